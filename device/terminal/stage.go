package terminal

import (
	"slices"
	"strings"

	"sourire/device/clock"
	"sourire/device/press"
	"sourire/device/screen"
)

// How long each stage of what follows a press is shown, in ms: the same for
// every choice, so that who stands behind learns nothing of the vote.
const (
	thanksShown   = 2_000
	thanksAsking  = 1_000 // where a follow-up comes next: as long as another button changes the vote
	followUpShown = 8_000
	writeShown    = 20_000
	closedShown   = 5_000

	// lateAnswer is how long after its time-out a button still answers the
	// follow-up: what is pressed so soon was aimed at what had been there.
	lateAnswer = 300

	// mostMore is how often a stage is given its time again. WCAG 2.2.1 wants
	// ten; what leans on the screen must not keep it for ever.
	mostMore = 20
)

// stage is a part of what the screen goes through after a press.
type stage struct {
	kind        screen.Kind
	from, until int64
	lasts       int64  // ms, unless it is given more
	more        int    // how often it was
	reason      string // Thanks: what was understood
	link        string // Write
}

// timed reports whether what is left of the stage is shown, and may be had again.
func (s stage) timed() bool { return s.kind == screen.FollowUp || s.kind == screen.Write }

// follow is what the screen goes through after a press that is stored, and
// whether a QR code comes last, once it has a reference.
func (t *Terminal) follow(at clock.Reading, a *attempt) (writes bool) {
	if a.reason == nil && len(a.taps) == 0 {
		return false // notes
	}
	t.stages = nil
	switch {
	case a.test == byCleaning: // a cloth is not thanked
		return false
	case a.test != "" || t.trial.at(at.Up) != "":
		t.then(at.Up, thanksShown, stage{kind: screen.Thanks})
		return false
	case a.reason != nil:
		t.then(at.Up, thanksShown, stage{kind: screen.Thanks, reason: a.reason.Reason})
	case a.closed:
		t.then(at.Up, closedShown, stage{kind: screen.Closed})
		return false
	case t.survey.Config.FollowUp != nil && a.about:
		t.then(at.Up, thanksAsking, stage{kind: screen.Thanks})
		t.then(at.Up, followUpShown, stage{kind: screen.FollowUp})
	default:
		t.then(at.Up, thanksShown, stage{kind: screen.Thanks})
	}
	return t.survey.Write != "" && !t.survey.Staff
}

// invited adds the QR code to what is shown.
func (t *Terminal) invited(in Invited) {
	if n := len(t.stages); n > 0 && t.stages[n-1].kind != screen.Write && in.Up < t.stages[n-1].until {
		t.then(in.Up, writeShown, stage{kind: screen.Write, link: strings.ReplaceAll(t.survey.Write, "{ref}", in.Reference)})
	}
}

// then adds a stage behind the others, or from up on where there is none.
func (t *Terminal) then(up, lasts int64, s stage) {
	if n := len(t.stages); n > 0 {
		up = t.stages[n-1].until
	}
	s.from, s.until, s.lasts = up, up+lasts, lasts
	t.stages = append(t.stages, s)
}

// cut ends what is shown of the stages. What was touched before is judged by
// what was there, however late it is decided.
func (t *Terminal) cut(up int64) {
	t.stages = slices.DeleteFunc(t.stages, func(s stage) bool { return s.from >= up })
	if n := len(t.stages); n > 0 {
		t.stages[n-1].until = min(t.stages[n-1].until, up)
	}
}

// stage is the index of the stage that is shown; -1 for none.
func (t *Terminal) stage(up int64) int {
	return slices.IndexFunc(t.stages, func(s stage) bool { return s.from <= up && up < s.until })
}

// asked is the follow-up that is shown or comes yet; nil for none.
func (t *Terminal) asked(up int64) *stage {
	for i := range t.stages {
		if s := &t.stages[i]; s.kind == screen.FollowUp && up < s.until+lateAnswer {
			return s
		}
	}
	return nil
}

// answers reports whether a touch answers the follow-up.
func (t *Terminal) answers(in Touch) bool {
	s := t.asked(in.Up)
	return s != nil && in.Up >= s.from && in.test == "" && (in.On == "" || in.On == screen.FollowUp)
}

// gesture is a touch of a screen that answers nothing.
func (t *Terminal) gesture(in Gesture) []Effect {
	if v := t.view.View; v != nil && in.Is == press.End {
		return append(t.viewed(in.Up, v.End(in.Up)), t.due(in.Reading)...)
	}
	switch i := t.stage(in.Up); {
	case in.Is == press.Service:
		return t.service(Held{Reading: in.Reading})
	case in.Is == press.Wake && t.shown.Kind == screen.Asleep:
		t.stages = nil
		t.then(in.Up, closedShown, stage{kind: screen.Closed})
	case i < 0 || !t.stages[i].timed():
	case in.Is == press.More:
		t.more(i, in.Up)
	case in.Is == press.End:
		t.cut(in.Up)
	}
	return t.due(in.Reading)
}

// more gives a stage its time again, and has those behind it wait.
func (t *Terminal) more(i int, up int64) {
	if t.stages[i].more == mostMore {
		return
	}
	t.stages[i].more++
	added := up + t.stages[i].lasts - t.stages[i].until
	t.stages[i].until += added
	for j := i + 1; j < len(t.stages); j++ {
		t.stages[j].from += added
		t.stages[j].until += added
	}
}
