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
	"sourire/device/manager"
	"sourire/device/rules"
	"sourire/device/screen"
	"sourire/device/tap"
)

// Survey is what a terminal asks.
type Survey struct {
	Config    tap.ConfigEvent // as it goes into the journal
	Languages []string        // the first is the default
	Hours     tap.Hours
	Texts     map[string]map[string]string // the chain's own, by language and key
	Said      []screen.Said                // told in turn while nobody presses
	Write     string                       // where those go who want to write: a URL with {ref}; empty: nobody is asked to
	Staff     bool                         // times are rounded down to the hour when they are written, after the rules have judged by them
	Manager   manager.Setup                // of the manager's view
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
	held    []Note       // those that wait for the press under way
	owed    []tap.Event  // notes that could not be stored
	pending *attempt     // what the latest Record holds

	stages  []stage // what follows the latest press on the screen
	view    view
	trial   trial
	public  public
	alert   bool         // one is open
	shown   screen.Scene // now
	broken  bool         // the latest commit failed
	deaf    bool         // the buttons cannot be read
	retry   int64
	now     clock.Reading
	lastUp  int64 // of the newest event, not rounded
	pressed int64 // of the latest press
}

// New is a terminal that has just started, and the effects of that: its boot
// and its configuration are recorded first, and that test mode is over, if it
// was on. A fault that this start follows may come with them.
func New(at clock.Reading, s Survey, r Resumed, boot tap.BootEvent, faults ...tap.Event) (*Terminal, []Effect) {
	t := &Terminal{survey: s, boot: r.Boot, resumedUp: r.LastUp, lastUp: r.LastUp, rules: r.Rules}
	t.shown = t.blank(screen.Starting)
	boot.Kind = tap.KindBoot
	config := s.Config
	config.Kind = tap.KindConfig
	first := []tap.Event{&boot, &config}
	if r.Tested != "" {
		first = append(first, trialEvent(false, r.Tested))
	}
	return t, t.Handle(Note{at, append(first, faults...)})
}

// Handle takes one input and returns what to do, in order.
func (t *Terminal) Handle(in Input) []Effect {
	if in.at().Up >= t.now.Up { // what is told of late is of before
		t.now = in.at()
	}
	effects := t.handle(in)
	if t.pending != nil || again(effects) { // settled first
		return effects
	}
	if !t.deciding() { // what a press is about stays while it is decided
		effects = append(effects, t.show(t.now)...)
	}
	return append(effects, t.wake(t.now)...)
}

// again reports whether an input is handed back in the end.
func again(effects []Effect) bool {
	if len(effects) == 0 {
		return false
	}
	_, is := effects[len(effects)-1].(Again)
	return is
}

func (t *Terminal) handle(in Input) []Effect {
	switch in := in.(type) {
	case Felt:
		t.feel(in)
	case Dropped:
		t.drop(in.Button)
	case Touch:
		return t.touch(in)
	case Held:
		return t.service(in)
	case Gesture:
		return t.gesture(in)
	case Buttons:
		t.deaf = !in.Work
	case Tick:
		return t.tick(in.Reading)
	case Note:
		return t.note(in)
	case Test:
		return t.test(in)
	case Public:
		t.public.count(in)
	case Alert:
		t.alert = in.Open
	case Invited:
		t.invited(in)
	case Checked:
		return t.checked(in)
	case Filled:
		return t.filled(in)
	case Stored:
		return t.stored(in.Reading)
	case Failed:
		return t.failed(in)
	}
	return t.due(in.at())
}

// Config is the seq of the configuration in force.
func (t *Terminal) Config() uint64 { return t.config }

func (t *Terminal) tick(at clock.Reading) []Effect {
	effects := t.look(at.Up)
	switch {
	case t.deciding():
		if t.complete(at.Up) {
			return append(effects, t.decide(at)...)
		}
	case t.trial.on && at.Up >= t.trial.until:
		return append(effects, t.expire(at)...)
	case len(t.held) > 0 && at.Up >= t.resolved(), len(t.owed) > 0 && at.Up >= t.retry:
		return append(effects, t.record(at, &attempt{rules: t.rules})...)
	}
	return effects
}
