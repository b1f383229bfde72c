package terminal

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"sourire/device/press"
	"sourire/device/rules"
	"sourire/device/screen"
	"sourire/device/tap"
)

// watcher holds a rig to what must be true at every moment.
type watcher struct {
	*testing.T
	r      *rig
	survey Survey
	button func(int) int // the real button of one that is named
	pushed int           // notes handed in, each named by its number
	felt   [4]int64      // when what may become a touch began, by button; 0 for nothing
	down   [4]*Touch     // the latest touch of each of the box's buttons
	held   []uint64      // tickets of the touches that began a service gesture
	trials []trial       // as they were asked for
	called int64         // when a service gesture was told of last
	views  [][2]int64    // from when to when the manager's view was open
	thanks int           // taps and answers stored since the scene changed
	broken bool
	seen   map[screen.Kind]int // scenes that were shown
	public []string            // what is seen and heard, of any choice
}

func (w *watcher) saw(e Effect) {
	if m := w.r.core.trial; m.on && m.by == byCleaning {
		m.from = m.until - m.lasts()
		if !slices.ContainsFunc(w.trials, func(n trial) bool { return n.from == m.from }) {
			w.trials = append(w.trials, m) // begun in the manager's view
		}
	}
	switch e := e.(type) {
	case Reply: // light and sound
		w.public = append(w.public, fmt.Sprint(w.r.up, " ", e.Answer.Kind, " ", e.Err))
	case Show:
		w.view(e.Scene.Pages != nil)
		w.seen[e.Scene.Kind]++
		if e.Scene.Pages != nil { // it hides what is below
			return
		}
		if e.Scene.Kind == screen.Thanks && (w.thanks == 0 || w.broken) {
			w.Errorf("at %d: thanks for nothing that is stored", w.r.up)
		}
		w.thanks = 0
		e.Scene.Reason = "" // the same answer may have another label
		w.public = append(w.public, fmt.Sprint(w.r.up, " ", describeScene(e.Scene)))
	}
}

// view takes down whether the manager's view is open now.
func (w *watcher) view(open bool) {
	n := len(w.views)
	switch was := n > 0 && w.views[n-1][1] == math.MaxInt64; {
	case open && !was:
		w.views = append(w.views, [2]int64{w.called, math.MaxInt64})
	case was && !open:
		w.views[n-1][1] = w.r.core.view.until // not of the commit that may come before it is seen
	}
}

func (w *watcher) wrote(events []tap.Event) {
	counted := 0
	for _, e := range events {
		if _, ok := e.(*tap.ReasonEvent); ok {
			w.thanks++
		}
		if e, ok := e.(*tap.TapEvent); ok {
			w.thanks++
			if e.Counted {
				counted++
			}
			if _, ok := w.r.store[e.Config-1].(*tap.ConfigEvent); !ok {
				w.Errorf("tap %d names %d, which is no configuration", e.Seq, e.Config)
			}
		}
	}
	if counted > 1 {
		w.Errorf("%d counted taps in the commit of %d", counted, events[0].Head().Seq)
	}
}

// settled checks what must be true whenever the terminal waits.
func (w *watcher) settled() {
	r := w.r
	written := slices.Concat(r.store, r.core.owed)
	for _, n := range r.core.held {
		for _, e := range n.Events {
			e.Head().Boot = 7
			written = append(written, e)
		}
	}
	if again := rules.Rebuild(written, 7); !w.survey.Staff && r.core.rules != again {
		w.Fatalf("at %d the rules remember\n%+v\nthe journal says\n%+v", r.up, r.core.rules, again)
	}
	if got, want := r.core.Scene(), r.shown; !got.Equal(want) {
		w.Fatalf("at %d the scene is %s, and %s was shown", r.up, got.Kind, want.Kind)
	}
}

// quiet checks what must be true some time after the last input, when the
// journal can be written.
func (w *watcher) quiet() {
	core := w.r.core
	rests := map[screen.Kind]bool{screen.Question: true, screen.Asleep: true}
	if core.trial.on {
		rests = map[screen.Kind]bool{screen.Test: true, screen.Cleaning: true}
	}
	if !rests[core.shown.Kind] || core.broken || len(core.touches)+len(core.held)+len(core.owed) > 0 || core.pending != nil {
		w.Fatalf("at %d it is stuck: %s, stages %+v, %+v, wake %d, touches %v, held %v, owed %v", w.r.up, describeScene(core.shown), core.stages, core.trial, w.r.wake, core.touches, core.held, core.owed)
	}
}

func (w *watcher) finished() {
	if n := len(w.r.core.felt); n > 0 {
		w.Errorf("it still waits for %d buttons", n)
	}
	stored := map[uint64]tap.Event{} // taps and reasons
	undone, explained := map[uint64]bool{}, map[uint64]bool{}
	var testing *tap.TestEvent
	var up int64
	var notes int
	working := true
	for i, e := range w.r.store {
		h := e.Head()
		if h.Up < up {
			w.Errorf("up goes from %d to %d in event %d", up, h.Up, h.Seq)
		}
		up = h.Up
		if w.survey.Staff && h.Up%hour != 0 {
			w.Errorf("event %d tells the minute: %d", h.Seq, h.Up)
		}
		switch e := e.(type) {
		case *tap.TapEvent:
			stored[e.Seq] = e
		case *tap.BootEvent, *tap.ConfigEvent:
			if i > 1 {
				w.Errorf("event %d is a %s", h.Seq, h.Kind)
			}
		case *tap.UndoEvent:
			if t, ok := stored[e.Tap].(*tap.TapEvent); !ok || !t.Counted || undone[e.Tap] {
				w.Errorf("event %d takes back %d, which is no counted tap, or not any more", h.Seq, e.Tap)
			}
			undone[e.Tap] = true
		case *tap.ReasonEvent:
			stored[e.Seq] = e
			if t, ok := stored[e.Tap].(*tap.TapEvent); !ok || !t.Counted || undone[e.Tap] || explained[e.Tap] {
				w.Errorf("event %d explains %d, which is no counted tap, or is explained", h.Seq, e.Tap)
			}
			explained[e.Tap] = true
		case *tap.TestEvent:
			if was := testing != nil && testing.On; !e.On && (!was || testing.By != e.By) {
				w.Errorf("event %d ends a test of %s that was not on", h.Seq, e.By)
			}
			testing = e
		case *tap.FaultEvent:
			switch {
			case e.Part != partDisk:
				if want := fmt.Sprint(notes); e.Part != want {
					w.Errorf("event %d is note %s, want %s", h.Seq, e.Part, want)
				}
				notes++
			case working != (e.Kind == tap.KindFault):
				w.Errorf("event %d is a second %s", h.Seq, e.Kind)
			default:
				working = !working
			}
		}
	}
	if testing != nil && testing.On {
		w.Errorf("the test of %s never ended", testing.By)
	}
	if notes != w.pushed || !working {
		w.Errorf("%d of %d notes are stored; the last word on the disk is good: %v", notes, w.pushed, working)
	}
	for _, ticket := range w.held {
		if r := w.r.said[ticket][0]; r.Answer.Counted && !undone[r.Answer.Seq] {
			w.Errorf("tap %d began a service gesture, and counts", r.Answer.Seq)
		}
	}
	for ticket, touch := range w.r.asked {
		replies := w.r.said[ticket]
		if len(replies) != 1 {
			w.Errorf("touch %d got %d replies: %+v", ticket, len(replies), replies)
			continue
		}
		w.answered(touch, replies[0], stored)
	}
	for seq, e := range stored {
		w.Errorf("%s %d is stored, and nobody was told", e.Head().Kind, seq)
	}
}

// answered checks one reply, and takes what it names out of stored.
func (w *watcher) answered(touch Touch, r Reply, stored map[uint64]tap.Event) {
	choices, answers := 4, 0
	if f := w.survey.Config.FollowUp; f != nil {
		answers = len(f.Answers)
	}
	for _, v := range w.views {
		if v[0] < touch.Up && touch.Up < v[1] && touch.On == "" && r.Answer.Kind != press.Ignored && r.Err == nil {
			w.Errorf("at %d in the manager's view, open from %d to %d: %+v", touch.Up, v[0], v[1], r.Answer)
		}
	}
	switch {
	case r.Err != nil:
		sure := touch.Button < 0 || touch.Button >= max(choices, answers) // that there is none
		if none := errors.Is(r.Err, press.ErrNoButton); none && touch.Button >= 0 && touch.Button < choices || sure && !none {
			w.Errorf("button %d: %v", touch.Button, r.Err)
		}
	case r.Answer.Kind == press.Tap:
		e, ok := stored[r.Answer.Seq].(*tap.TapEvent)
		if !ok || e.Choice != touch.Button || e.Counted != r.Answer.Counted || !slices.Equal(e.Flags, r.Answer.Flags) {
			w.Errorf("button %d was told %+v; stored is %+v", touch.Button, r.Answer, e)
			return
		}
		w.flagged(touch, e)
		if touch.On == screen.FollowUp && !slices.Contains(e.Flags, tap.Chord) {
			w.Errorf("an answer became tap %d", e.Seq)
		}
		delete(stored, r.Answer.Seq)
	case r.Answer.Kind == press.Reason:
		e, ok := stored[r.Answer.Seq].(*tap.ReasonEvent)
		if !ok || e.Reason != w.survey.Config.FollowUp.Answers[touch.Button].ID || r.Answer.Counted || r.Answer.Flags == nil {
			w.Errorf("button %d was told %+v; stored is %+v", touch.Button, r.Answer, e)
		}
		delete(stored, r.Answer.Seq)
	case r.Answer.Kind != press.Ignored || r.Answer.Seq != 0 || r.Answer.Flags == nil:
		w.Errorf("button %d was told %+v", touch.Button, r.Answer)
	}
}

// flagged checks what a tap says of the moment at which it was touched. Those of
// a chord say it of the first.
func (w *watcher) flagged(touch Touch, e *tap.TapEvent) {
	if slices.Contains(e.Flags, tap.Chord) {
		return
	}
	if want := rules.ClosedAt(w.survey.Hours, touch.Wall, touch.Quality); want != slices.Contains(e.Flags, tap.Closed) {
		w.Errorf("tap %d at %s is flagged %v", e.Seq, touch.Wall, e.Flags)
	}
	tested, sure := false, w.r.told[touch.Ticket]-touch.Up <= patience
	for i, m := range w.trials {
		sure = sure && touch.Up != m.from // which was first?
		next := int64(math.MaxInt64)
		if i+1 < len(w.trials) {
			next = w.trials[i+1].from
		}
		tested = tested || m.on && m.from <= touch.Up && touch.Up < min(next, m.from+m.lasts())
	}
	if sure && tested != slices.Contains(e.Flags, tap.Test) {
		w.Errorf("tap %d at %d is flagged %v; tests: %+v", e.Seq, touch.Up, e.Flags, w.trials)
	}
}
