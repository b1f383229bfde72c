package terminal

import (
	"slices"

	"sourire/device/clock"
	"sourire/device/press"
	"sourire/device/rules"
	"sourire/device/screen"
)

// patience is how long, in ms, a press waits for a button that was felt with
// it and does not come to rest. A clean contact needs the quiet time, 50 ms at
// most, a bouncing one some 15 ms more.
const patience = 100

// deciding reports whether there is a touch that is not yet decided.
func (t *Terminal) deciding() bool { return len(t.touches) > 0 }

// unfinished reports whether something is to be recorded in a moment.
func (t *Terminal) unfinished() bool { return t.deciding() || len(t.held) > 0 }

func (t *Terminal) feel(in Felt) {
	t.drop(in.Button)
	t.felt = append(t.felt, in)
}

func (t *Terminal) drop(button int) {
	t.felt = slices.DeleteFunc(t.felt, func(f Felt) bool { return f.Button == button })
}

func (t *Terminal) touch(in Touch) []Effect {
	t.felt = slices.DeleteFunc(t.felt, func(f Felt) bool { return f.Button == in.Button && f.Up == in.Up })
	in.test = t.trial.at(in.Up)
	if t.isKey(in) {
		return t.key(in)
	}
	if !t.takes(in) {
		return append(ignore([]Touch{in}), t.due(in.Reading)...)
	}
	n := t.survey.Config.Scale.Choices()
	if t.answers(in) {
		n = max(n, len(t.survey.Config.FollowUp.Answers))
	}
	if in.Button < 0 || in.Button >= n {
		return []Effect{Reply{in.Ticket, press.Answer{}, press.ErrNoButton}}
	}
	at := len(t.touches)
	for at > 0 && t.touches[at-1].Up > in.Up {
		at--
	}
	t.touches = slices.Insert(t.touches, at, in)
	return t.due(in.Reading)
}

// takes reports whether the answers that the touched scene shows are still
// taken. Those of the question are, always: the rules say what they are worth.
func (t *Terminal) takes(in Touch) bool {
	switch in.On {
	case screen.FollowUp:
		return t.answers(in)
	}
	return true
}

// due decides what something that happened shows to be complete: at the very
// end of a window others may still come. Notes that waited for nothing are
// written.
func (t *Terminal) due(at clock.Reading) []Effect {
	if t.deciding() && at.Up > t.touches[0].Up+rules.Window && t.complete(at.Up) {
		return t.decide(at)
	}
	if len(t.held) > 0 && !t.deciding() && at.Up >= t.resolved() {
		return t.record(at, &attempt{rules: t.rules})
	}
	return nil
}

// resolved is when all that was felt has become a touch or nothing, or is not
// waited for any more.
func (t *Terminal) resolved() (up int64) {
	for _, f := range t.felt {
		up = max(up, f.Up+patience)
	}
	return up
}

// complete reports whether nothing can join the earliest press any more.
func (t *Terminal) complete(up int64) bool { return up >= t.decision() }

// decision is when the earliest press is decided, as things stand.
func (t *Terminal) decision() int64 {
	end := t.touches[0].Up + rules.Window
	decision := end
	for _, f := range t.felt {
		if f.Up <= end {
			decision = max(decision, f.Up+patience)
		}
	}
	return decision
}

// take takes out the touches of the earliest press, and those of a button that
// is in it already.
func (t *Terminal) take() (touches, bounces []Touch) {
	end := t.touches[0].Up + rules.Window
	for len(t.touches) > 0 && t.touches[0].Up <= end {
		in := t.touches[0]
		t.touches = t.touches[1:]
		if slices.ContainsFunc(touches, func(w Touch) bool { return w.Button == in.Button }) {
			bounces = append(bounces, in) // answered with its press: not even this is thanked before the commit
		} else {
			touches = append(touches, in)
		}
	}
	return touches, bounces
}
