package terminal

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"sourire/device/press"
	"sourire/device/rules"
	"sourire/device/screen"
	"sourire/device/tap"
	"sourire/device/tap/seedtest"
)

// watcher holds a rig to what must be true at every moment.
type watcher struct {
	*testing.T
	r      *rig
	staff  bool
	pushed int           // notes handed in, each named by its number
	felt   map[int]int64 // when what may become a touch began, by button
	down   [4]*Touch     // the latest touch of each of the box's buttons
	held   []uint64      // tickets of the touches that began a service gesture
	thanks int           // taps stored since the scene changed
	broken bool
}

func (w *watcher) saw(e Effect) {
	show, ok := e.(Show)
	if !ok {
		return
	}
	if show.Scene.Kind == screen.Thanks && (w.thanks == 0 || w.broken) {
		w.Errorf("at %d: thanks for nothing that is stored", w.r.up)
	}
	w.thanks = 0
}

func (w *watcher) wrote(events []tap.Event) {
	counted := 0
	for _, e := range events {
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
	for _, e := range r.core.held {
		e.Head().Boot = 7
	}
	written := slices.Concat(r.store, r.core.owed, r.core.held)
	if again := rules.Rebuild(written, 7); !w.staff && r.core.rules != again {
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
	if core.shown.Kind != screen.Question || core.broken || len(core.touches)+len(core.held)+len(core.owed) > 0 || core.pending != nil {
		w.Fatalf("at %d it is stuck: %+v", w.r.up, core)
	}
}

func (w *watcher) finished() {
	if n := len(w.r.core.felt); n > 0 {
		w.Errorf("it still waits for %d buttons", n)
	}
	stored := map[uint64]*tap.TapEvent{}
	undone := map[uint64]bool{}
	var up int64
	var notes int
	working := true
	for i, e := range w.r.store {
		h := e.Head()
		if h.Up < up {
			w.Errorf("up goes from %d to %d in event %d", up, h.Up, h.Seq)
		}
		up = h.Up
		if w.staff && h.Up%hour != 0 {
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
			if t := stored[e.Tap]; t == nil || !t.Counted || undone[e.Tap] {
				w.Errorf("event %d takes back %d, which is no counted tap, or not any more", h.Seq, e.Tap)
			}
			undone[e.Tap] = true
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
	for seq := range stored {
		w.Errorf("tap %d is stored, and nobody was told", seq)
	}
}

// answered checks one reply, and takes what it names out of stored.
func (w *watcher) answered(touch Touch, r Reply, stored map[uint64]*tap.TapEvent) {
	known := 0 <= touch.Button && touch.Button < 4
	switch {
	case r.Err != nil:
		if !errors.Is(r.Err, press.ErrNotStored) && known || !errors.Is(r.Err, press.ErrNoButton) && !known {
			w.Errorf("button %d: %v", touch.Button, r.Err)
		}
	case r.Answer.Kind == press.Tap:
		e := stored[r.Answer.Seq]
		if e == nil || e.Choice != touch.Button || e.Counted != r.Answer.Counted || len(e.Flags) != len(r.Answer.Flags) {
			w.Errorf("button %d was told %+v; stored is %+v", touch.Button, r.Answer, e)
		}
		delete(stored, r.Answer.Seq)
	case r.Answer.Kind != press.Ignored || r.Answer.Seq != 0 || r.Answer.Flags == nil:
		w.Errorf("button %d was told %+v", touch.Button, r.Answer)
	}
}

// Whatever is touched, noted and fails, and however late the ticks are.
func TestWhateverHappens(t *testing.T) {
	n := seedtest.Seed(t)
	for life := range uint64(400) {
		random := rand.New(rand.NewPCG(n, life))
		r := newRig()
		r.up = hour // so that even staff's times can be told from none
		w := &watcher{T: t, r: r, staff: life%4 == 3, felt: map[int]int64{}}
		r.saw, r.wrote = w.saw, w.wrote
		failing := life%3 == 0
		r.fails = func(int64) bool {
			w.broken = failing && random.IntN(4) > 0
			return w.broken
		}
		s := faces()
		s.Staff = w.staff
		r.start(s)
		for range 80 {
			w.happens(random, &failing)
			w.settled()
			if t.Failed() {
				t.Fatalf("life %d", life)
			}
		}
		failing = false
		for b := range w.felt {
			w.resolve(b, r.up, b%2 == 0)
		}
		r.runTo(r.up + 60_000)
		w.settled()
		w.quiet()
		w.finished()
		if t.Failed() {
			t.Fatalf("life %d", life)
		}
	}
}

// happens makes one thing happen, often close to a bound.
func (w *watcher) happens(random *rand.Rand, failing *bool) {
	r := w.r
	gaps := []int64{0, 1, 20, 49, 50, 51, 400, 1999, 2949, 3000, 5000, 9000}
	up := r.up + max(0, gaps[random.IntN(len(gaps))]+random.Int64N(3)-1)
	switch random.IntN(20) {
	case 0:
		r.late = []int64{0, 0, 1, 60, 900}[random.IntN(5)]
	case 1:
		*failing = !*failing
	case 2:
		r.runTo(up)
		r.carryOut(r.core.Handle(Tick{r.at(r.up)}))
	case 3, 4:
		r.note(up, fmt.Sprint(w.pushed))
		w.pushed++
	case 5:
		*failing = false
		r.runTo(r.up + 30_000)
		w.quiet()
	case 6:
		r.touch(up, random.IntN(8)-2, "en")
	case 7: // felt while the commit before went on
		r.touch(max(up-commitTime, hour+commitTime), random.IntN(4), "en")
	case 8, 9, 10, 11:
		w.feel(up, random.IntN(4))
	case 12, 13, 14:
		for b := range w.felt { // any one
			w.resolve(b, up, random.IntN(3) > 0)
			break
		}
	case 15:
		w.hold(up)
	default:
		r.touch(up, random.IntN(4), "fr")
	}
}

// feel begins what may become a touch of one of the box's buttons.
func (w *watcher) feel(up int64, b int) {
	if _, already := w.felt[b]; already {
		return
	}
	w.felt[b] = up
	w.r.feel(up, b)
}

// resolve makes of it a touch or nothing. Where a button is told of as late as
// no contact is, it may also come after its window was decided.
func (w *watcher) resolve(b int, up int64, press bool) {
	first := w.felt[b]
	delete(w.felt, b)
	if !press {
		w.r.drop(up, b)
		return
	}
	touch := w.r.settle(up, b, first)
	w.down[b] = &touch
}

// hold is the service gesture, with touches of the last 30 s.
func (w *watcher) hold(up int64) {
	var touches []Touch
	for _, b := range []int{0, 3} {
		if t := w.down[b]; t != nil && up-t.Up <= rules.StuckAfter {
			touches = append(touches, *t)
			w.held = append(w.held, t.Ticket)
		}
		w.down[b] = nil
	}
	w.r.hold(up, touches...)
}
