package terminal

import (
	"slices"

	"sourire/device/clock"
	"sourire/device/press"
	"sourire/device/rules"
	"sourire/device/tap"
)

const (
	retryEvery = 5_000 // ms between attempts to write while out of order

	// Parts that are out of order, as their faults name them.
	partDisk    = "disk"
	partButtons = "buttons"
)

// attempt is a Record under way.
type attempt struct {
	up      int64 // when it was begun
	events  []tap.Event
	notes   []tap.Event // those of events that are not of a press
	touches []Touch
	taps    []*tap.TapEvent  // one a touch
	reason  *tap.ReasonEvent // or of the only touch
	bounces []Touch
	rules   rules.State // after the press
	about   bool        // there is a tap that a follow-up may be asked about, see decide
	closed  bool        // the store was, at the press
	test    string      // by whom test mode was begun in which the press came
}

// record commits what is owed, then a's events, then the notes that waited.
func (t *Terminal) record(at clock.Reading, a *attempt) []Effect {
	var held []tap.Event
	for _, n := range t.held {
		for _, e := range n.Events {
			t.stamp(e, n.Reading) // not when it is written: presses of before that may be told of yet
			held = append(held, e)
		}
	}
	a.notes = slices.Concat(t.owed, held)
	a.events = slices.Concat(t.owed, a.events, held)
	t.owed, t.held = nil, nil
	a.up, t.pending = at.Up, a
	return []Effect{Record{a.events}}
}

func (t *Terminal) note(in Note) []Effect {
	t.held = append(t.held, in)
	if t.deciding() || in.Up < t.resolved() { // Up never decreases along seq: the press was first
		return nil
	}
	return t.record(in.Reading, &attempt{rules: t.rules})
}

func (t *Terminal) stored(at clock.Reading) []Effect {
	a := t.pending
	t.pending, t.rules = nil, a.rules
	for _, e := range a.events {
		switch e := e.(type) {
		case *tap.ConfigEvent:
			t.config = e.Seq
		case *tap.UndoEvent:
			t.forget(e.Tap)
		}
	}
	var effects []Effect
	for i, e := range a.taps {
		if e.Counted {
			t.rules = t.rules.Stored(e.Seq)
			t.remember(a.touches[i], e.Seq)
			a.about = true
		}
		effects = append(effects, Reply{Ticket: a.touches[i].Ticket, Answer: press.Answer{Kind: press.Tap, Seq: e.Seq, Counted: e.Counted, Flags: e.Flags}})
	}
	if a.reason != nil {
		effects = append(effects, Reply{Ticket: a.touches[0].Ticket, Answer: press.Answer{Kind: press.Reason, Seq: a.reason.Seq, Flags: []tap.Flag{}}})
	}
	effects = append(effects, ignore(a.bounces)...)
	recovered := t.broken
	t.broken = false
	writes := t.follow(at, a)
	effects = append(effects, t.show(at)...)
	if writes {
		effects = append(effects, Invite{})
	}
	if recovered {
		at.Up = a.up // not later than a touch that was felt during the commit
		works := &tap.FaultEvent{Header: tap.Header{Kind: tap.KindClear}, Part: partDisk, Why: "writing works again"}
		effects = append(effects, t.note(Note{at, []tap.Event{works}})...)
	}
	return effects
}

func (t *Terminal) failed(in Failed) []Effect {
	a := t.pending
	t.pending = nil
	t.owed = a.notes
	if !t.broken {
		fault := &tap.FaultEvent{Header: t.header(tap.KindFault, t.ordered(a.up), in.Reading), Part: partDisk, Why: in.Err.Error()}
		t.owed = append(t.owed, fault)
	}
	t.broken, t.retry = true, in.Up+retryEvery
	t.cut(in.Up)
	return append(refuse(append(a.touches, a.bounces...)), t.show(in.Reading)...)
}

func refuse(touches []Touch) (replies []Effect) {
	for _, touch := range touches {
		replies = append(replies, Reply{Ticket: touch.Ticket, Err: press.ErrNotStored})
	}
	return replies
}

// ignore answers touches of which nothing is written.
func ignore(touches []Touch) (replies []Effect) {
	for _, touch := range touches {
		replies = append(replies, Reply{Ticket: touch.Ticket, Answer: press.Answer{Kind: press.Ignored, Flags: []tap.Flag{}}})
	}
	return replies
}
