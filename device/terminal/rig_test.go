package terminal

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sourire/device/clock"
	"sourire/device/manager"
	"sourire/device/press"
	"sourire/device/rules"
	"sourire/device/screen"
	"sourire/device/tap"
)

var errFull = errors.New("no space left on device")

// commitTime is how long the rig's journal takes, in ms.
const commitTime = 7

// rig carries out the effects of a terminal on a made-up clock, and writes
// down each of them, with the time at which it was carried out.
type rig struct {
	core  *Terminal
	up    int64     // now
	noon  time.Time // the wall time at up 0
	clock tap.Quality
	late  int64               // by which ticks come late
	fails func(up int64) bool // whether a commit that begins at up fails
	saw   func(Effect)        // called before each effect, where it is set
	wrote func([]tap.Event)   // called after each commit, where it is set
	wake  int64               // 0: nobody asked
	seq   uint64              // of the newest event
	trace []string            // what was done
	store []tap.Event         // what is durable
	said  map[uint64][]Reply  // by ticket
	asked map[uint64]Touch    // by ticket
	told  map[uint64]int64    // when each was handed in
	shown screen.Scene

	invitations int  // so far
	mute        bool // none is answered

	pin     string  // the right one
	answers []Input // of the desk, not yet handed in
}

func newRig() *rig {
	return &rig{
		up: 100, noon: time.Date(2026, 11, 23, 12, 0, 0, 0, time.FixedZone("", 3600)), clock: tap.Synced,
		fails: func(int64) bool { return false }, said: map[uint64][]Reply{}, asked: map[uint64]Touch{}, told: map[uint64]int64{},
	}
}

// asking is faces with a follow-up of three answers.
func asking() Survey {
	s := faces()
	s.Config.FollowUp = &tap.FollowUp{Answers: []tap.Reason{{ID: "waiting"}, {ID: "welcome"}, {ID: "price"}}}
	return s
}

// faces is a survey on four faces in two languages.
func faces() Survey {
	return Survey{
		Config:    tap.ConfigEvent{Question: "exit", Scale: tap.Faces4, Text: map[string]string{"fr": "Content ?"}},
		Languages: []string{"fr", "en"},
	}
}

func (r *rig) start(s Survey) { r.resume(s, Resumed{Boot: 7}) }

func (r *rig) resume(s Survey, from Resumed) {
	core, effects := New(r.at(r.up), s, from, tap.BootEvent{BootID: "b"})
	r.core, r.shown = core, core.Scene()
	r.carryOut(effects)
}

func (r *rig) at(up int64) clock.Reading {
	return clock.Reading{Up: up, Wall: r.noon.Add(time.Duration(up) * time.Millisecond), Quality: r.clock}
}

// touch is felt at up, after all ticks that are due before.
func (r *rig) touch(up int64, button int, lang string) {
	r.hand(up, Touch{Reading: r.at(up), Button: button, Lang: lang})
}

// touchOn is a touch of a panel that shows a scene.
func (r *rig) touchOn(up int64, button int, on screen.Kind) {
	r.hand(up, Touch{Reading: r.at(up), Button: button, On: on})
}

// settle is a touch that is told of at up and was felt at first.
func (r *rig) settle(up int64, button int, first int64) Touch {
	return r.hand(up, Touch{Reading: r.at(first), Button: button})
}

// hand hands in a touch at up, with a ticket.
func (r *rig) hand(up int64, in Touch) Touch {
	in.Ticket = uint64(len(r.asked) + 1)
	r.asked[in.Ticket] = in
	r.tell(up, func(clock.Reading) Input { return in })
	r.told[in.Ticket] = r.up
	return in
}

// tell hands in what a box's buttons tell at up, after all ticks that are due
// before.
func (r *rig) tell(up int64, in func(at clock.Reading) Input) {
	r.runTo(up - 1)
	r.up = max(r.up, up)
	r.carryOut(r.core.Handle(in(r.at(up))))
}

func (r *rig) feel(up int64, button int) {
	r.tell(up, func(at clock.Reading) Input { return Felt{at, button} })
}

func (r *rig) drop(up int64, button int) {
	r.tell(up, func(at clock.Reading) Input { return Dropped{at, button} })
}

// gesture is a touch of a screen that answers nothing.
func (r *rig) gesture(up int64, is press.Gesture) {
	r.tell(up, func(at clock.Reading) Input { return Gesture{at, is} })
}

func (r *rig) test(up int64, on bool, by string) {
	r.tell(up, func(at clock.Reading) Input { return Test{Reading: at, On: on, By: by} })
}

func (r *rig) command(up int64, on bool, id string) {
	r.tell(up, func(at clock.Reading) Input { return Test{Reading: at, On: on, By: "office", Command: id} })
}

func (r *rig) hold(up int64, touches ...Touch) {
	r.tell(up, func(at clock.Reading) Input { return Held{at, touches} })
}

func (r *rig) work(up int64, can bool) {
	r.tell(up, func(at clock.Reading) Input { return Buttons{at, can} })
}

func (r *rig) note(up int64, part string) {
	r.runTo(up - 1)
	r.up = max(r.up, up)
	r.carryOut(r.core.Handle(Note{r.at(up), []tap.Event{&tap.FaultEvent{Header: tap.Header{Kind: tap.KindFault}, Part: part}}}))
}

// runTo lets the time come to up, with the ticks that were asked for.
func (r *rig) runTo(up int64) {
	for len(r.answers) > 0 {
		in := r.answers[0]
		r.answers = r.answers[1:]
		r.carryOut(r.core.Handle(in))
	}
	for at, n := r.up, 0; r.wake != 0 && r.wake+r.late <= up; n++ {
		if r.up > at {
			at, n = r.up, 0
		} else if n > 100 {
			panic("it asks for one tick after the other")
		}
		r.up, r.wake = max(r.up, r.wake+r.late), 0
		r.carryOut(r.core.Handle(Tick{r.at(r.up)}))
	}
	r.up = max(r.up, up)
}

func (r *rig) carryOut(effects []Effect) {
	for _, e := range effects {
		if r.saw != nil {
			r.saw(e)
		}
		switch e := e.(type) {
		case Record:
			r.record(e)
		case Again:
			r.carryOut(r.core.Handle(e.Input))
		case Wake:
			r.wake = e.Up
		case Show:
			r.log("show %s", describeScene(e.Scene))
			r.shown = e.Scene
		case Invite:
			if r.mute {
				continue
			}
			r.invitations++
			r.carryOut(r.core.Handle(Invited{r.at(r.up), fmt.Sprintf("ref%d", r.invitations)}))
		case Service:
			r.log("service")
		case CheckPIN:
			r.log("check %s", e.Digits)
			r.answers = append(r.answers, Checked{Reading: r.at(r.up), View: e.View, Right: e.Digits == r.pin})
		case Refresh:
			r.log("refresh")
			r.answers = append(r.answers, Filled{Reading: r.at(r.up), View: e.View, Pages: []manager.Page{{Title: "Today"}, {Title: "Cleaning", Cleaning: true}}})
		case Reply:
			r.said[e.Ticket] = append(r.said[e.Ticket], e)
			r.log("reply %d: %s", e.Ticket, answer(e))
		}
	}
}

func (r *rig) record(e Record) {
	failed := r.fails(r.up)
	words := []string{"record"}
	if failed {
		words[0] = "cannot record"
	}
	for _, e := range e.Events {
		words = append(words, describe(e))
	}
	r.log("%s", strings.Join(words, "; "))
	r.up += commitTime
	if failed {
		r.carryOut(r.core.Handle(Failed{r.at(r.up), errFull}))
		return
	}
	for _, e := range e.Events {
		r.seq++
		e.Head().Seq = r.seq
	}
	r.store = append(r.store, e.Events...)
	if r.wrote != nil {
		r.wrote(e.Events)
	}
	r.carryOut(r.core.Handle(Stored{r.at(r.up)}))
}

// vote is what is done for the first touch, of a button that nothing else is
// about: it counts, and is thanked for.
func vote(up int64, button int) []string {
	return []string{
		fmt.Sprintf("%d record; tap %d counted", up+rules.Window, button),
		fmt.Sprintf("%d reply 1: tap in 3 counted", up+rules.Window+commitTime),
		fmt.Sprintf("%d show thanks", up+rules.Window+commitTime),
	}
}

func (r *rig) log(format string, args ...any) {
	r.trace = append(r.trace, fmt.Sprintf("%d ", r.up)+fmt.Sprintf(format, args...))
}

func describe(e tap.Event) string {
	switch e := e.(type) {
	case *tap.TapEvent:
		return fmt.Sprintf("tap %d%s", e.Choice, judged(e.Counted, e.Flags))
	case *tap.UndoEvent:
		return fmt.Sprintf("undo %d %s", e.Tap, e.Why)
	case *tap.ReasonEvent:
		return fmt.Sprintf("reason %s for %d", e.Reason, e.Tap)
	case *tap.TestEvent:
		text := "test off " + e.By
		if e.On {
			text = "test on " + e.By
		}
		if e.Command != "" {
			text += " for " + e.Command
		}
		return text
	case *tap.FaultEvent:
		return fmt.Sprintf("%s %s", e.Kind, e.Part)
	}
	return string(e.Head().Kind)
}

// describeScene is what changes in a scene.
func describeScene(s screen.Scene) string {
	text := string(s.Kind)
	if s.Of > 0 {
		text += fmt.Sprintf(" %d/%d", s.Left, s.Of)
	}
	for _, more := range []string{s.Reason, s.Link, s.Part} {
		if more != "" {
			text += " " + more
		}
	}
	if s.Voices > 0 {
		text += fmt.Sprintf(" %d voices", s.Voices)
	}
	if s.Said != nil {
		text += " said " + s.Said.You["fr"]
	}
	if s.Alert {
		text += " alert"
	}
	return text
}

func answer(r Reply) string {
	switch {
	case r.Err != nil:
		return r.Err.Error()
	case r.Answer.Kind == press.Tap:
		return fmt.Sprintf("tap in %d%s", r.Answer.Seq, judged(r.Answer.Counted, r.Answer.Flags))
	case r.Answer.Kind == press.Reason:
		return fmt.Sprintf("reason in %d", r.Answer.Seq)
	}
	return r.Answer.Kind
}

func judged(counted bool, flags []tap.Flag) string {
	s := ""
	if counted {
		s = " counted"
	}
	for _, f := range flags {
		s += " " + string(f)
	}
	return s
}

// same compares a trace with the one wanted.
func same(t *testing.T, got, want []string) {
	t.Helper()
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}
