// Package terminal decides what a box does: [Terminal.Handle] takes timestamped
// inputs and returns effects, with no clock and no I/O; [Loop] feeds it and
// carries the effects out.
//
// A press is felt, decided 50 ms later, judged by the rules, and recorded.
// Thanks is shown only for a recorded press. Where a second button was felt by
// then and is not yet known to be down, the decision waits for it: a chord must
// not become a choice.
package terminal

import (
	"sourire/device/clock"
	"sourire/device/press"
	"sourire/device/rules"
	"sourire/device/screen"
	"sourire/device/tap"
)

const (
	thanksShown = 2_000 // ms, the same for every choice
	retryEvery  = 5_000 // ms between attempts to write while out of order
	partDisk    = "disk"
)

// Survey is what a terminal asks.
type Survey struct {
	Config    tap.ConfigEvent // as it goes into the journal
	Languages []string        // the first is the default
	Hours     tap.Hours
	Staff     bool // times are rounded down to the hour when they are written, after the rules have judged by them
}

// Resumed is what a start needs to know of the journal.
type Resumed struct {
	Boot   uint64 // number of this kernel boot in the epoch
	LastUp int64  // the latest up of this boot; 0 for none
	Rules  rules.State
}

// Resume reads from the journal's newest events, oldest first, which boot this
// is and what the rules remember. The events must reach back to the newest
// boot event, where there is one.
func Resume(events []tap.Event, bootID string) Resumed {
	r := Resumed{Boot: 1}
	for _, e := range events {
		if b, ok := e.(*tap.BootEvent); ok {
			r.Boot = b.Boot
			if b.BootID != bootID {
				r.Boot++
			}
		}
	}
	for _, e := range events {
		if h := e.Head(); h.Boot == r.Boot {
			r.LastUp = max(r.LastUp, h.Up)
		}
	}
	r.Rules = rules.Rebuild(events, r.Boot)
	return r
}

// Terminal is the state of a box. Make one with [New].
type Terminal struct {
	survey    Survey
	boot      uint64
	resumedUp int64 // what the journal held of this boot when it was opened
	rules     rules.State
	config    uint64 // seq of the config in force; 0 until it is stored

	felt    []Felt       // what may become a touch
	touches []Touch      // not yet decided, the first edge first
	counted []countedTap // those of late that no undo names
	held    []tap.Event  // notes that wait for the press under way
	owed    []tap.Event  // notes that could not be stored
	pending *attempt     // what the latest Record holds

	kind    screen.Kind
	until   int64 // when thanks ends
	broken  bool  // the latest commit failed
	deaf    bool  // the buttons cannot be read
	retry   int64
	lastUp  int64 // of the newest event, not rounded
	pressed int64 // of the latest press
}

// attempt is a Record under way.
type attempt struct {
	up      int64 // when it was begun
	events  []tap.Event
	notes   []tap.Event // those of events that are not of a press
	touches []Touch
	taps    []*tap.TapEvent // one a touch
	bounces []Touch
	rules   rules.State // after the press
}

// New is a terminal that has just started, and the effects of that: its boot
// and its configuration are recorded first.
// A fault that this start follows may come with them.
func New(at clock.Reading, s Survey, r Resumed, boot tap.BootEvent, faults ...tap.Event) (*Terminal, []Effect) {
	t := &Terminal{survey: s, boot: r.Boot, resumedUp: r.LastUp, lastUp: r.LastUp, rules: r.Rules, kind: screen.Starting}
	boot.Kind = tap.KindBoot
	config := s.Config
	config.Kind = tap.KindConfig
	return t, t.Handle(Note{at, append([]tap.Event{&boot, &config}, faults...)})
}

// Handle takes one input and returns what to do, in order.
func (t *Terminal) Handle(in Input) []Effect {
	switch in := in.(type) {
	case Felt:
		t.feel(in)
		return t.due(in.Reading)
	case Dropped:
		t.drop(in.Button)
		return t.due(in.Reading)
	case Touch:
		return t.touch(in)
	case Held:
		return t.service(in)
	case Gesture:
		if in.Is == press.Service {
			return t.service(Held{Reading: in.Reading})
		}
		return t.due(in.Reading)
	case Buttons:
		t.deaf = !in.Work
		return append(t.show(in.Reading), t.wake()...)
	case Tick:
		return t.tick(in.Reading)
	case Note:
		return t.note(in)
	case Stored:
		return t.stored(in.Reading)
	case Failed:
		return t.failed(in)
	}
	return nil
}

// Config is the seq of the configuration in force.
func (t *Terminal) Config() uint64 { return t.config }

func (t *Terminal) tick(at clock.Reading) []Effect {
	switch {
	case len(t.touches) > 0:
		if t.complete(at.Up) {
			return t.decide(at)
		}
	case len(t.held) > 0 && at.Up >= t.resolved(), len(t.owed) > 0 && at.Up >= t.retry:
		return t.record(at, &attempt{rules: t.rules})
	}
	return append(t.show(at), t.wake()...)
}

// decide turns the touches of the earliest press into taps, and records them.
func (t *Terminal) decide(at clock.Reading) []Effect {
	touches, bounces := t.take()
	if t.config == 0 { // not even the start could be written
		return append(refuse(append(touches, bounces...)), t.wake()...)
	}
	first := touches[0]
	t.pressed = t.ordered(max(first.Up, t.pressed+1)) // a press that was told of late is not taken for one with that before
	p := rules.Press{Up: t.pressed, Closed: rules.ClosedAt(t.survey.Hours, first.Wall, first.Quality)}
	touches = sortByButton(touches)
	for _, touch := range touches {
		p.Buttons = append(p.Buttons, touch.Button)
	}
	verdict, next := t.rules.Judge(p)
	a := &attempt{touches: touches, bounces: bounces, rules: next}
	if verdict.Undo != 0 {
		a.events = append(a.events, &tap.UndoEvent{Header: t.header(tap.KindUndo, p.Up, at), Tap: verdict.Undo, Why: "changed"})
	}
	for i, c := range verdict.Taps {
		e := &tap.TapEvent{
			Header: t.header(tap.KindTap, p.Up, at), Config: t.config, Choice: c.Button,
			Of: t.survey.Config.Scale.Choices(), Counted: c.Counted, Flags: c.Flags,
			Rule: rules.Version, Lang: t.language(touches[i].Lang),
		}
		a.taps = append(a.taps, e)
		a.events = append(a.events, e)
	}
	return t.record(at, a)
}

// record commits what is owed, then a's events, then the notes that waited.
func (t *Terminal) record(at clock.Reading, a *attempt) []Effect {
	a.notes = append(t.owed, t.held...)
	for _, e := range t.held {
		t.stamp(e, at)
	}
	a.events = append(append(append([]tap.Event{}, t.owed...), a.events...), t.held...)
	t.owed, t.held = nil, nil
	a.up, t.pending = at.Up, a
	return []Effect{Record{a.events}}
}

func (t *Terminal) note(in Note) []Effect {
	t.held = append(t.held, in.Events...)
	if t.deciding() || in.Up < t.resolved() { // Up never decreases along seq: the press was first
		return t.wake()
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
		}
		effects = append(effects, Reply{Ticket: a.touches[i].Ticket, Answer: press.Answer{Kind: press.Tap, Seq: e.Seq, Counted: e.Counted, Flags: e.Flags}})
	}
	for _, b := range a.bounces {
		effects = append(effects, Reply{Ticket: b.Ticket, Answer: press.Answer{Kind: press.Ignored, Flags: []tap.Flag{}}})
	}
	if len(a.taps) > 0 {
		t.until = at.Up + thanksShown
	}
	recovered := t.broken
	t.broken = false
	effects = append(effects, t.show(at)...)
	if recovered {
		at.Up = a.up // not later than a touch that was felt during the commit
		works := &tap.FaultEvent{Header: tap.Header{Kind: tap.KindClear}, Part: partDisk, Why: "writing works again"}
		effects = append(effects, t.note(Note{at, []tap.Event{works}})...)
	}
	return append(effects, t.wake()...)
}

func (t *Terminal) failed(in Failed) []Effect {
	a := t.pending
	t.pending = nil
	t.owed = a.notes
	if !t.broken {
		fault := &tap.FaultEvent{Header: t.header(tap.KindFault, t.ordered(a.up), in.Reading), Part: partDisk, Why: in.Err.Error()}
		t.owed = append(t.owed, fault)
	}
	t.broken, t.until, t.retry = true, 0, in.Up+retryEvery
	effects := append(refuse(append(a.touches, a.bounces...)), t.show(in.Reading)...)
	return append(effects, t.wake()...)
}

func refuse(touches []Touch) []Effect {
	var effects []Effect
	for _, touch := range touches {
		effects = append(effects, Reply{Ticket: touch.Ticket, Err: press.ErrNotStored})
	}
	return effects
}

// show is the effect of the scene having changed, if it has.
func (t *Terminal) show(at clock.Reading) []Effect {
	kind := screen.Question
	switch {
	case t.broken:
		kind = screen.OutOfOrder
	case t.config == 0:
		kind = screen.Starting
	case at.Up < t.until:
		kind = screen.Thanks
	case t.deaf:
		kind = screen.OutOfOrder
	}
	if kind == t.kind {
		return nil
	}
	t.kind = kind
	return []Effect{Show{t.Scene()}}
}

// Scene is what the display shows now.
func (t *Terminal) Scene() screen.Scene {
	return screen.Scene{Kind: t.kind, Scale: t.survey.Config.Scale, Text: t.survey.Config.Text, Languages: t.survey.Languages}
}

// wake asks for the next moment at which something happens by itself.
func (t *Terminal) wake() []Effect {
	switch {
	case len(t.touches) > 0:
		return []Effect{Wake{t.decision()}}
	case len(t.owed) > 0:
		return []Effect{Wake{t.retry}}
	case len(t.held) > 0:
		return []Effect{Wake{t.resolved()}}
	case t.kind == screen.Thanks:
		return []Effect{Wake{t.until}}
	}
	return nil
}
