package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sourire/device/tap"
	"sourire/sync/seal"
)

// Why raw events are dropped, in a drop event.
const (
	WhyAge   = "age"   // they have been kept for as long as they have to be
	WhyRoom  = "room"  // the card has no room for more
	WhyYears = "years" // they were kept beyond that, and for as long as even these have to be
)

const (
	// newest is how many of the newest events are never dropped: a start looks
	// back at them.
	newest = 1000
	// dropMost is about how many events one drop event speaks of.
	dropMost = 5000
	// keptMost is about how many events that last are among them: they go together,
	// too, and keep a press waiting for that long.
	keptMost = 200
	// roomLeast is how many events are worth a drop event of their own.
	roomLeast = 200
)

// lasting reports whether an event outlives the raw events around it: finished
// hours, what people were asked, what they were alerted to and did about it, and
// what is said of the journal itself. An alert may be open for longer than the
// presses that raised it are there.
func lasting(k tap.Kind) bool {
	switch k {
	case tap.KindGenesis, tap.KindConfig, tap.KindTally, tap.KindAlert, tap.KindNote, tap.KindExport, tap.KindDrop, tap.KindClose:
		return true
	}
	return false
}

// Aged is the drop of the raw events that happened before a moment and that the
// receiver has confirmed, the oldest first; nil where there are none. To have
// them gone, append it, and then give it to [Journal.Prune].
//
// An event whose clock was not synced is older than the next one whose was. A
// time after now is not believed. So a box whose clock was never set drops nothing
// by age; when its card gets full, [Journal.Delivered] does.
func (j *Journal) Aged(before, now time.Time) (*tap.DropEvent, error) {
	return j.plan(WhyAge, byAge(before, now))
}

// Delivered is the drop of the oldest raw events that the receiver has
// confirmed, whatever their age, for a card that has no room left; nil where
// there are too few to make any.
func (j *Journal) Delivered() (*tap.DropEvent, error) {
	d, err := j.plan(WhyRoom, func(tap.Header) verdict { return old })
	if d == nil || d.Last-d.First+1 < roomLeast {
		return nil, err
	}
	return d, nil
}

// verdict is what an event's time says about it and all before it.
type verdict int

const (
	undated verdict = iota
	old             // it may go, and so may all before it
	young           // nothing after it may go
)

// byAge judges by whether an event happened before a moment.
func byAge(before, now time.Time) func(tap.Header) verdict {
	return func(h tap.Header) verdict {
		at, err := tap.ParseTime(h.At)
		switch {
		case h.Clock != tap.Synced || err != nil || at.After(now):
			return undated
		case at.Before(before):
			return old
		}
		return young
	}
}

var errPlanned = errors.New("enough for one drop")

// plan walks from the oldest raw event up to the first that must stay.
func (j *Journal) plan(why string, judge func(tap.Header) verdict) (*tap.DropEvent, error) {
	base, err := j.Base()
	if err != nil {
		return nil, err
	}
	last, _ := j.Last()
	most, _ := j.Watermark()
	most = min(most, last-min(last, newest))
	d := &tap.DropEvent{Header: tap.Header{Kind: tap.KindDrop}, First: max(base.Seq, 1) + 1, Why: why}
	var kept digest
	err = j.Forward(d.First-1, func(l seal.Link) error {
		if l.Seq > most {
			return errPlanned
		}
		var h tap.Header
		if err := json.Unmarshal(l.Event, &h); err != nil {
			return &WrongError{l.Seq, err.Error()}
		}
		if lasting(h.Kind) {
			kept.add(l.Head)
		}
		switch judge(h) {
		case young:
			return errPlanned
		case old:
			d.Last, d.After, d.Kept, d.Digest = l.Seq, l.Head.String(), kept.n, kept.String()
			if d.Last-d.First+1 >= dropMost || kept.n >= keptMost {
				return errPlanned
			}
		case undated:
		}
		return nil
	})
	if err != nil && !errors.Is(err, errPlanned) {
		return nil, fmt.Errorf("find what may be dropped: %w", err)
	}
	if d.Last == 0 {
		return nil, nil
	}
	return d, nil
}

// digest sums up the events that are kept of those dropped: the chain over
// their heads.
type digest struct {
	seal.Head
	n int
}

func (d *digest) add(h seal.Head) { d.Head, d.n = d.Next(h[:]), d.n+1 }
