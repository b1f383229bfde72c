package terminal

import (
	"time"

	"sourire/device/clock"
	"sourire/device/rules"
	"sourire/device/screen"
)

// Scene is what the display shows now.
func (t *Terminal) Scene() screen.Scene { return t.shown }

// show is the effect of the scene having changed, if it has.
func (t *Terminal) show(at clock.Reading) []Effect {
	s := t.scene(at)
	if s.Equal(t.shown) {
		return nil
	}
	t.shown = s
	return []Effect{Show{s}}
}

// scene is what is to be shown at a time.
func (t *Terminal) scene(at clock.Reading) screen.Scene {
	s := t.blank(screen.Question)
	i := t.stage(at.Up)
	testing := t.trial.at(at.Up)
	switch {
	case t.view.View != nil:
		return t.view.Scene(at.Up)
	case t.broken:
		s.Kind, s.Part = screen.OutOfOrder, partDisk
	case t.config == 0:
		s.Kind = screen.Starting
	case i >= 0:
		t.dress(&s, t.stages[i], at.Up)
	case t.deaf:
		s.Kind, s.Part = screen.OutOfOrder, partButtons
	case testing != "":
		s.Kind = screen.Test
		if testing == byCleaning {
			s.Kind = screen.Cleaning
		}
		s.Left, s.Of = left(t.trial.until-at.Up, t.trial.lasts())
	case t.closed(at):
		s.Kind = screen.Asleep
	default:
		s.Voices, s.Said, s.Alert = t.voices(at), t.said(at.Up), t.alert
	}
	return s
}

func (t *Terminal) blank(k screen.Kind) screen.Scene {
	return screen.Scene{
		Kind: k, Scale: t.survey.Config.Scale, Text: t.survey.Config.Text,
		Languages: t.survey.Languages, Texts: t.survey.Texts,
	}
}

// dress puts into a scene what a stage shows.
func (t *Terminal) dress(s *screen.Scene, of stage, up int64) {
	s.Kind, s.Reason, s.Link = of.kind, of.reason, of.link
	if of.kind == screen.FollowUp || of.reason != "" {
		s.FollowUp = t.survey.Config.FollowUp
	}
	if of.timed() {
		s.Left, s.Of = left(of.until-up, of.lasts)
	}
}

// left is a countdown in seconds, from ms: in steps, since each is drawn, on
// e-paper, too.
func left(ms, of int64) (seconds, whole int) {
	step := step(of)
	return int((ms + step - 1) / step * step / 1000), int(of / 1000)
}

// step is that of a countdown, in ms.
func step(of int64) int64 {
	switch {
	case of <= 10_000:
		return 1_000
	case of <= 60_000:
		return 5_000
	}
	return 30_000
}

// closed reports whether a press would not count for the hour that it is.
func (t *Terminal) closed(at clock.Reading) bool {
	return rules.ClosedAt(t.survey.Hours, at.Wall, at.Quality)
}

// wake asks for the next moment at which something happens by itself.
func (t *Terminal) wake(at clock.Reading) []Effect {
	if t.deciding() {
		return []Effect{Wake{t.decision()}}
	}
	var next int64
	by := func(up int64) {
		if next == 0 || up < next {
			next = up
		}
	}
	counting := func(until, lasts int64) {
		if n := step(lasts); until > at.Up {
			by(at.Up + (until-at.Up-1)%n + 1)
		}
	}
	switch {
	case len(t.owed) > 0:
		by(t.retry)
	case len(t.held) > 0:
		by(t.resolved())
	}
	if t.view.View != nil {
		by(t.view.Wake(at.Up))
	}
	if t.trial.on {
		by(t.trial.until)
		counting(t.trial.until, t.trial.lasts())
	}
	if i := t.stage(at.Up); i >= 0 {
		by(t.stages[i].until)
		if t.stages[i].timed() {
			counting(t.stages[i].until, t.stages[i].lasts)
		}
	}
	if t.shown.Kind == screen.Question && len(t.survey.Said) > 0 {
		by(at.Up - at.Up%saidShown + saidShown)
	}
	if t.survey.Hours.Known() || t.public.asked { // by the clock, which may have been set since
		minute := time.Minute - at.Wall.Sub(at.Wall.Truncate(time.Minute))
		by(at.Up + minute.Milliseconds() + 1)
	}
	if next == 0 {
		return nil
	}
	return []Effect{Wake{next}}
}
