package terminal

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"sourire/device/clock"
	"sourire/device/manager"
	"sourire/device/press"
	"sourire/device/rules"
	"sourire/device/screen"
	"sourire/device/tap"
	"sourire/device/tap/seedtest"
)

// within is by when a screen that nobody touches rests: the longest way that it
// goes by itself, an attempt to write that has to be waited for, and a late tick.
const within = thanksAsking + followUpShown + writeShown + 2*retryEvery

// live is a life of a terminal: whatever is touched, noted and fails, however
// late the ticks are, and whatever the clock is set to.
func live(t *testing.T, random *rand.Rand, life uint64, s Survey, button func(int) int) *watcher {
	r := newRig()
	r.up = hour // so that even staff's times can be told from none
	w := &watcher{T: t, r: r, survey: s, button: button, seen: map[screen.Kind]int{}}
	r.saw, r.wrote = w.saw, w.wrote
	failing := life%3 == 0
	r.fails = func(int64) bool {
		w.broken = failing && random.IntN(4) > 0
		return w.broken
	}
	r.pin = "1"
	r.start(s)
	for range 80 {
		w.happens(random, &failing)
		w.settled()
		if t.Failed() {
			t.Fatalf("life %d", life)
		}
	}
	failing = false
	for b, up := range w.felt {
		if up != 0 {
			w.resolve(b, r.up, b%2 == 0)
		}
	}
	r.work(r.up, true)
	r.runTo(r.up + within)
	w.settled()
	w.quiet()
	r.runTo(r.up + testLasts)
	w.quiet()
	last := uint64(len(r.asked) + 1)
	r.touch(r.up+1, 1, "fr")
	r.runTo(r.up + within)
	if a := r.said[last]; len(a) != 1 || a[0].Answer.Kind != press.Tap {
		t.Errorf("the press of the next customer: %+v", a)
	}
	w.finished()
	if t.Failed() {
		t.Fatalf("life %d", life)
	}
	return w
}

// surveyOf is one of all kinds of survey.
func surveyOf(t *testing.T, random *rand.Rand) Survey {
	s := faces()
	if random.IntN(4) > 0 {
		s.Config.FollowUp = &tap.FollowUp{}
		for i := range 2 + random.IntN(5) {
			s.Config.FollowUp.Answers = append(s.Config.FollowUp.Answers, tap.Reason{ID: fmt.Sprint("r", i)})
		}
	}
	if random.IntN(2) > 0 {
		s.Write = "https://x.example/{ref}"
	}
	if random.IntN(3) == 0 {
		s.Said = []screen.Said{{You: map[string]string{"fr": "A"}}}
	}
	if random.IntN(3) == 0 {
		s.Hours = shop(t).Hours
	}
	s.Staff = random.IntN(4) == 0
	s.Manager = manager.Setup{Buttons: 4, Rows: 3, Lang: "fr", PIN: random.IntN(4) > 0}
	return s
}

func TestWhateverHappens(t *testing.T) {
	n := seedtest.Seed(t)
	seen := map[screen.Kind]int{}
	for life := range uint64(seedtest.Times(t, 200)) {
		random := rand.New(rand.NewPCG(n, life))
		w := live(t, random, life, surveyOf(t, random), func(b int) int { return b })
		for k, n := range w.seen {
			seen[k] += n
		}
	}
	for _, k := range []screen.Kind{
		screen.Question, screen.Thanks, screen.FollowUp, screen.Write, screen.Closed,
		screen.Asleep, screen.OutOfOrder, screen.Cleaning, screen.Test, screen.PIN, screen.Manager,
	} {
		if seen[k] < 10 {
			t.Errorf("%s was shown %d times in all those lives: they do not try it", k, seen[k])
		}
	}
}

// Who sees the screen and hears the box learns nothing of the choice: with any
// other buttons in the place of those, all is the same, to the millisecond.
func TestEveryChoiceLooksAndSoundsTheSame(t *testing.T) {
	n := seedtest.Seed(t)
	for life := range uint64(seedtest.Times(t, 40)) {
		var first []string
		for _, order := range [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 0, 3, 2}, {2, 3, 0, 1}} {
			random := rand.New(rand.NewPCG(n, life))
			s := surveyOf(t, random)
			s.Manager.PIN = false                 // its buttons do different things
			if f := s.Config.FollowUp; f != nil { // an answer a button
				f.Answers = []tap.Reason{{ID: "r0"}, {ID: "r1"}, {ID: "r2"}, {ID: "r3"}}
			}
			w := live(t, random, life, s, func(b int) int {
				if b < 0 || b >= len(order) {
					return b
				}
				return order[b]
			})
			if first == nil {
				first = w.public
			}
			if !slices.Equal(w.public, first) {
				i := 0
				for i < min(len(first), len(w.public)) && first[i] == w.public[i] {
					i++
				}
				t.Fatalf("life %d: with buttons %v what is seen differs:\n%q\n%q", life, order, first[max(0, i-3):min(len(first), i+3)], w.public[max(0, i-3):min(len(w.public), i+3)])
			}
		}
	}
}

// happens makes one thing happen, often close to a bound.
func (w *watcher) happens(random *rand.Rand, failing *bool) {
	r := w.r
	gaps := []int64{0, 1, 20, 49, 50, 51, 400, 990, 1999, 2949, 3000, 5000, 8000, 9000, 31_000}
	up := r.up + max(0, gaps[random.IntN(len(gaps))]+random.Int64N(3)-1)
	b := random.IntN(4)
	switch random.IntN(28) {
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
		for b, up := range w.felt {
			if up != 0 {
				w.resolve(b, r.up, false)
			}
		}
		r.work(r.up, true)
		r.runTo(r.up + within)
		w.quiet()
	case 6:
		r.touch(up, w.button(random.IntN(8)-2), "en")
	case 7: // felt while the commit before went on
		r.touch(max(up-commitTime, hour+commitTime), w.button(b), "en")
	case 8, 9, 10, 11:
		w.feel(up, b)
	case 12, 13, 14:
		if w.felt[b] != 0 {
			w.resolve(b, up, random.IntN(3) > 0)
		}
	case 15:
		w.hold(up)
	case 16, 17:
		on := []screen.Kind{screen.Question, screen.Thanks, screen.FollowUp, screen.FollowUp, screen.Manager}[random.IntN(5)]
		r.touchOn(up, w.button(random.IntN(6)), on)
	case 18, 19:
		r.gesture(up, []press.Gesture{press.More, press.More, press.End, press.Wake}[random.IntN(4)])
	case 20:
		if random.IntN(2) == 0 {
			w.try(up, random.IntN(2) > 0, []string{byManager, byOffice, byCleaning, "a child"}[random.IntN(4)])
		}
	case 21:
		r.tell(up, func(at clock.Reading) Input { return Public{at, random.IntN(50)} })
	case 22:
		r.tell(up, func(at clock.Reading) Input { return Alert{at, random.IntN(2) > 0} })
	case 23:
		r.runTo(up)
		r.noon = r.noon.Add(time.Duration(random.IntN(7)-3) * 20 * time.Minute)
		r.clock = []tap.Quality{tap.Synced, tap.Synced, tap.Saved, tap.Unknown}[random.IntN(4)]
	case 24:
		r.work(up, random.IntN(2) > 0)
	default:
		r.touch(up, w.button(b), "fr")
	}
}

// try asks for test mode, or for its end.
func (w *watcher) try(up int64, on bool, by string) {
	w.r.test(up, on, by)
	m := trial{on: on, by: by, from: up}
	if by != "a child" || !on {
		w.trials = append(w.trials, m)
	}
}

// feel begins what may become a touch of one of the box's buttons.
func (w *watcher) feel(up int64, b int) {
	if w.felt[b] == 0 {
		w.felt[b] = up
		w.r.feel(up, w.button(b))
	}
}

// resolve makes of it a touch or nothing. Where a button is told of as late as
// no contact is, it may also come after its window was decided.
func (w *watcher) resolve(b int, up int64, press bool) {
	first := w.felt[b]
	w.felt[b] = 0
	if n := len(w.views); n > 1 && first < w.views[n-2][1] {
		press = false // no contact is told of so late that the manager's view was called twice meanwhile
	}
	if !press {
		w.r.drop(up, w.button(b))
		return
	}
	touch := w.r.settle(up, w.button(b), first)
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
	w.called = up
	w.r.hold(up, touches...)
	w.keys()
}

// keys is what somebody does with the manager's view, now and then.
func (w *watcher) keys() {
	keys := [][]int{{}, {3}, {1, 1, 3, 3}, {1, 3}, {1, 3, 1, 1}, {1, 3, 1, 2}, {1, 3, 3}}[w.r.up%7]
	for _, k := range keys {
		if w.r.core.view.View == nil || !w.survey.Manager.PIN {
			return
		}
		w.r.touch(w.r.up+600, k, "")
	}
}
