package main

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sort"

	"sourire/device/tap"
	"sourire/sync/journal"
	"sourire/sync/seal"
)

// enough events are more than can come in the minute that the rules remember.
const enough = 500

// past is the journal, as a start looks back at it.
type past interface {
	At(seq uint64) (seal.Link, error)
	Backward(visit func(seal.Link) bool) error
}

// recentEvents are the journal's newest events, oldest first, and before them
// the boot that they belong to, however long ago it was.
func recentEvents(r past) ([]tap.Event, error) {
	var events []tap.Event
	booted := false
	err := backward(r, func(e tap.Event) bool {
		_, isBoot := e.(*tap.BootEvent)
		booted = booted || isBoot
		events = append(events, e)
		return len(events) < enough
	})
	if err == nil && !booted && len(events) == enough {
		var boot *tap.BootEvent
		boot, err = bootOf(r, events[0].Head(), events[enough-1].Head().Seq)
		events = append(events, boot)
	}
	if err != nil {
		return nil, fmt.Errorf("read the newest events: %w", err)
	}
	slices.Reverse(events)
	return events, nil
}

// bootOf finds the start of a kernel boot, given one of its events and the
// oldest seq that has been looked at: the numbers of boots never decrease along
// seq, and the first event of each is its start.
func bootOf(r past, of *tap.Header, before uint64) (*tap.BootEvent, error) {
	var failed error
	at := func(seq uint64) tap.Event {
		e, err := readEvent(r, seq)
		failed = errors.Join(failed, err)
		return e
	}
	// Event 1 is genesis: it belongs to the first boot and comes before it.
	n := sort.Search(int(before)-2, func(i int) bool {
		e := at(2 + uint64(i))
		return failed != nil || e != nil && e.Head().Boot >= of.Boot
	})
	if failed != nil {
		return nil, failed
	}
	if boot, ok := at(2 + uint64(n)).(*tap.BootEvent); ok || failed != nil {
		return boot, failed
	}
	return &tap.BootEvent{Header: *of}, nil // of a kernel that nobody knows: the next start has another
}

// configInForce is the newest configuration of the journal; nil where there is
// none. A tap names it.
func configInForce(r past) (*tap.ConfigEvent, error) {
	var found *tap.ConfigEvent
	var named uint64
	err := backward(r, func(e tap.Event) bool {
		switch e := e.(type) {
		case *tap.ConfigEvent:
			found = e
		case *tap.TapEvent:
			named = e.Config
		}
		return found == nil && named == 0
	})
	if err == nil && found == nil && named != 0 {
		var e tap.Event
		e, err = readEvent(r, named)
		found, _ = e.(*tap.ConfigEvent)
	}
	if err != nil {
		return nil, fmt.Errorf("read the configuration in force: %w", err)
	}
	return found, nil
}

// newestTally is what was told of a finished hour last; nil where nothing was.
func newestTally(r *journal.Reader) (newest *tap.TallyEvent, err error) {
	err = backward(r, func(e tap.Event) bool {
		newest, _ = e.(*tap.TallyEvent)
		return newest == nil
	})
	if err != nil || newest != nil {
		return newest, err
	}
	err = r.Kept(0, func(l seal.Link) error {
		e, err := tap.Parse(l.Event)
		if t, ok := e.(*tap.TallyEvent); ok {
			newest = t
		}
		return err
	})
	return newest, err
}

// ofKind are the events of a kind that lasts, in the order of seq: the raw ones
// after a seq, and those that were kept when the events around them were dropped.
func ofKind(r *journal.Reader, kind tap.Kind, after uint64) (all []tap.Event, err error) {
	err = r.Search(after, fmt.Sprintf(`"kind":%q`, kind), func(l seal.Link) error {
		e, err := tap.Parse(l.Event)
		if err == nil && e.Head().Kind == kind {
			all = append(all, e)
		}
		return err
	})
	seq := func(e tap.Event) uint64 { return e.Head().Seq }
	slices.SortStableFunc(all, func(a, b tap.Event) int { return cmp.Compare(seq(a), seq(b)) })
	return slices.CompactFunc(all, func(a, b tap.Event) bool { return seq(a) == seq(b) }), err
}

// readEvent is the event seq; nil where it is not there any more.
func readEvent(r past, seq uint64) (tap.Event, error) {
	l, err := r.At(seq)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return tap.Parse(l.Event)
}

// backward visits the parsed events from the newest on.
func backward(r past, visit func(tap.Event) bool) error {
	var failed error
	err := r.Backward(func(l seal.Link) bool {
		var e tap.Event
		if e, failed = tap.Parse(l.Event); failed != nil {
			return false
		}
		return visit(e)
	})
	if err != nil {
		return err
	}
	return failed
}
