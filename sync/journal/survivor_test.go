package journal_test

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"sourire/device/tap"
	"sourire/sync/journal"
	"sourire/sync/journal/cardtest"
	"sourire/sync/seal"
)

// expected is what must be found on a card that has survived a power cut:
// between what was acknowledged and what was under way.
type expected struct {
	lives    []life
	low, top known
	log      int // pages
}

// wrong is what a card has instead.
type wrong struct {
	what   string // as a column of the table
	detail string
}

// The columns.
const (
	lost       = "lost"
	doubled    = "doubled"
	misordered = "wrong order"
	amiss      = "else"
)

func (w *wrong) Error() string { return w.what + ": " + w.detail }

func bad(what, format string, args ...any) error { return &wrong{what, fmt.Sprintf(format, args...)} }

// check opens the journal on a card as a start of the program does, and looks
// whether it is what was expected; then it goes on with it. It leaves the journal
// closed.
func (x expected) check(card *cardtest.Card, thorough bool) error {
	j, err := journal.Open(configOn(card, x.log))
	if err != nil {
		return bad(amiss, "it does not open: %v", err)
	}
	if err := errors.Join(x.found(card, j), x.goesOn(card, j, thorough)); err != nil {
		return errors.Join(err, j.Close())
	}
	if err := j.Close(); err != nil {
		return bad(amiss, "close: %v", err)
	}
	return nil
}

func (x expected) found(card *cardtest.Card, j *journal.Journal) error {
	if found, err := j.Integrity(); err != nil || found != "ok" {
		return bad(amiss, "the database is not whole: %s, %v", found, err)
	}
	n := slices.IndexFunc(x.lives, func(l life) bool { return l.epoch == j.Epoch() })
	switch {
	case n < 0:
		return x.foundNew(card, j)
	case n == x.low.life && x.low.ended:
		return bad(amiss, "the epoch goes on that had ended")
	case n == x.low.life:
		top := x.top.last
		if x.top.life != n {
			top = uint64(len(x.lives[n].events))
		}
		return errors.Join(x.foundEvents(j, n, x.low.last, top), x.foundCursor(j, n), x.foundAside(card, n))
	case n == x.top.life:
		return errors.Join(x.foundEvents(j, n, 1, x.top.last), x.foundAside(card, n))
	}
	return bad(lost, "the epoch is %s", j.Epoch())
}

// foundNew looks at an epoch that nobody had heard of.
func (x expected) foundNew(card *cardtest.Card, j *journal.Journal) error {
	p := j.Previous()
	if last, _ := j.Last(); last != 1 {
		return bad(amiss, "a new epoch of %d events", last)
	}
	if x.low.life < 0 {
		if p != nil {
			return bad(amiss, "the first epoch follows %+v", p)
		}
		return nil
	}
	before := x.lives[x.low.life]
	switch {
	case p == nil || p.Epoch != before.epoch:
		return bad(lost, "a new epoch follows %+v", p)
	case !x.low.ended && !x.top.ended:
		return bad(lost, "the epoch ended by itself: %s", p.Why)
	case p.Why != journal.WhyCopied:
		return bad(amiss, "the epoch ended as %s", p.Why)
	case p.Seq == nil || p.Head == nil || *p.Seq < x.low.last || *p.Seq > uint64(len(before.events)) || before.events[*p.Seq-1].Head.String() != *p.Head:
		return bad(lost, "the epoch before is said to end at %+v", p)
	}
	return x.foundAside(card, len(x.lives))
}

// foundAside looks for the epochs before one.
func (x expected) foundAside(card *cardtest.Card, n int) error {
	if x.low.life < 0 || min(n, x.low.life+1) == 0 {
		return nil
	}
	folders, err := journal.AsideOn(card, card.Dir())
	if err != nil {
		return bad(amiss, "%v", err)
	}
	for i, l := range x.lives[:min(n, x.low.life+1)] {
		k := slices.IndexFunc(folders, func(f string) bool { return strings.HasPrefix(filepath.Base(f), l.epoch) })
		if k < 0 {
			return bad(lost, "the epoch %d is not kept", i)
		}
		r, err := journal.OpenReaderOn(card, folders[k])
		if err != nil {
			return bad(lost, "the epoch %d: %v", i, err)
		}
		low := uint64(len(l.events))
		if i == x.low.life {
			low = x.low.last
		}
		if err := errors.Join(x.foundEvents(r, i, low, uint64(len(l.events))), r.Close()); err != nil {
			return err
		}
	}
	return nil
}

// reader is a journal, this one or one kept aside.
type reader interface {
	Tail() (seal.Link, error)
	Base() (seal.Link, error)
	After(seq uint64, n int) ([]seal.Link, error)
}

// foundEvents compares the events of a life with those that were appended.
func (x expected) foundEvents(r reader, n int, low, top uint64) error {
	events := x.lives[n].events
	tail, err := r.Tail()
	if err != nil {
		return bad(lost, "read the last event: %v", err)
	}
	base, err := r.Base()
	if err != nil {
		return bad(amiss, "read what was dropped: %v", err)
	}
	switch {
	case base.Seq > max(x.low.base, x.top.base): // less is a step that is taken again
		return bad(lost, "dropped up to %d, not %d", base.Seq, x.top.base)
	case base.Seq > 0 && base.Head != events[base.Seq-1].Head:
		return bad(amiss, "what was dropped has the head %s", base.Head)
	}
	as := low <= tail.Seq && tail.Seq <= top // as it was appended
	var found []seal.Link
	for at := base.Seq; at < tail.Seq; {
		links, err := r.After(at, 1000)
		if err != nil || len(links) == 0 {
			return bad(lost, "after %d: %d events, %v", at, len(links), err)
		}
		for _, l := range links {
			if at++; l.Seq != at {
				return bad(lost, "event %d follows %d", l.Seq, at-1)
			}
			as = as && bytes.Equal(l.Event, events[at-1].Event)
			if as && l.Head != events[at-1].Head {
				return bad(amiss, "event %d has the head %s", at, l.Head)
			}
		}
		found = append(found, links...)
	}
	if !as {
		return misplaced(found, events[base.Seq:top], low)
	}
	return nil
}

// foundCursor looks at the watermark, and at how the run before ended.
func (x expected) foundCursor(j *journal.Journal, n int) error {
	seq, head, err := j.Saved()
	switch {
	case err != nil:
		return bad(amiss, "%v", err)
	case seq < x.low.saved || seq > max(x.low.saved, x.top.saved) && x.top.life == n:
		return bad(lost, "the watermark is %d, not %d to %d", seq, x.low.saved, x.top.saved)
	case seq > 0 && head != x.lives[n].events[seq-1].Head:
		return bad(amiss, "the watermark is %d with the head %s", seq, head)
	case j.EndedClean() != x.low.clean && j.EndedClean() != x.top.clean:
		return bad(amiss, "the run before is said to have ended clean: %v", j.EndedClean())
	}
	return nil
}

// goesOn appends to the journal: the box is in service.
func (x expected) goesOn(card *cardtest.Card, j *journal.Journal, thorough bool) error {
	before, _ := j.Last()
	next := press(3)
	boot := &tap.BootEvent{Header: next.Header, BootID: "b", Software: "1", Ended: "cut"}
	boot.Kind = tap.KindBoot
	if err := errors.Join(j.Append(boot), j.Append(next)); err != nil {
		return bad(amiss, "the next press: %v", err)
	}
	if last, _ := j.Last(); last != before+2 || next.Seq != last {
		return bad(amiss, "the next press is event %d after %d", next.Seq, before)
	}
	if !thorough {
		return nil
	}
	if n, err := j.Verify(); err != nil || n != next.Seq {
		return bad(amiss, "verify: %d events, %v", n, err)
	}
	// Power goes a second time: the press is there.
	replay := card.Tape().Replay()
	for replay.Next() {
	}
	again := replay.Cut(cardtest.None, nil).Card()
	defer again.Discard()
	k, err := journal.Open(configOn(again, x.log))
	if err != nil {
		return bad(amiss, "after a second cut it does not open: %v", err)
	}
	if last, _ := k.Last(); last != next.Seq {
		return errors.Join(bad(lost, "after a second cut it ends at %d, and %d was acknowledged", last, next.Seq), k.Close())
	}
	return k.Close()
}
