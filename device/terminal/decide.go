package terminal

import (
	"slices"

	"sourire/device/clock"
	"sourire/device/rules"
	"sourire/device/screen"
	"sourire/device/tap"
)

// decide turns the touches of the earliest press into taps, or into the answer
// to the follow-up, and records them.
func (t *Terminal) decide(at clock.Reading) []Effect {
	touches, bounces := t.take()
	if t.config == 0 { // not even the start could be written
		return refuse(append(touches, bounces...))
	}
	first := touches[0]
	asks := t.answers(first)
	if touches, bounces = t.meant(asks, touches, bounces); len(touches) == 0 {
		return ignore(bounces)
	}
	t.pressed = t.ordered(max(first.Up, t.pressed+1)) // a press that was told of late is not taken for one with that before
	a := &attempt{
		touches: sortByButton(touches), bounces: bounces,
		closed: t.closed(first.Reading), test: first.test,
	}
	p := rules.Press{Up: t.pressed, Closed: a.closed, Test: a.test != "", FollowUp: asks}
	for _, touch := range a.touches {
		p.Buttons = append(p.Buttons, touch.Button)
	}
	var verdict rules.Verdict
	verdict, a.rules = t.rules.Judge(p)
	if verdict.Reason >= 0 {
		return t.answer(at, a, verdict)
	}
	if p.Buttons[0] >= t.survey.Config.Scale.Choices() { // the tap that it would answer was taken back
		return ignore(slices.Concat(touches, bounces))
	}
	// A press that does not count leaves the tap before it, and has that one asked
	// about again: whether it was the same face or another is nobody's business.
	a.about = t.asked(first.Up) != nil
	if verdict.Undo != 0 {
		a.events = append(a.events, &tap.UndoEvent{Header: t.header(tap.KindUndo, p.Up, at), Tap: verdict.Undo, Why: "changed"})
	}
	for i, c := range verdict.Taps {
		e := &tap.TapEvent{
			Header: t.header(tap.KindTap, p.Up, at), Config: t.config, Choice: c.Button,
			Of: t.survey.Config.Scale.Choices(), Counted: c.Counted, Flags: c.Flags,
			Rule: rules.Version, Lang: t.language(a.touches[i].Lang),
		}
		a.taps = append(a.taps, e)
		a.events = append(a.events, e)
	}
	return t.record(at, a)
}

// meant takes out of a press what is neither a choice nor an answer: a button
// without one, or an answer a moment after they all went. Where a follow-up is
// asked and one of several keys is none, none is meant.
func (t *Terminal) meant(asks bool, touches, bounces []Touch) (meant, ignored []Touch) {
	n := t.survey.Config.Scale.Choices()
	if asks && len(touches) == 1 {
		n = len(t.survey.Config.FollowUp.Answers)
	}
	for _, touch := range touches {
		if touch.Button < n && (asks || touch.On != screen.FollowUp) {
			meant = append(meant, touch)
		} else {
			ignored = append(ignored, touch)
		}
	}
	if asks && len(ignored) > 0 {
		meant, ignored = nil, touches
	}
	return meant, slices.Concat(ignored, bounces)
}

// answer records the answer to the follow-up.
func (t *Terminal) answer(at clock.Reading, a *attempt, v rules.Verdict) []Effect {
	a.reason = &tap.ReasonEvent{
		Header: t.header(tap.KindReason, t.pressed, at),
		Tap:    v.ReasonFor, Reason: t.survey.Config.FollowUp.Answers[v.Reason].ID,
	}
	a.events = append(a.events, a.reason)
	return t.record(at, a)
}
