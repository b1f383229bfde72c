package terminal_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sourire/device/press"
	"sourire/device/screen"
	"sourire/device/tap"
	"sourire/device/terminal"
)

func TestAPressIsAnsweredAfterItsCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begin(&journal{})
		defer b.end()
		b.journal.set(300*time.Millisecond, nil)
		felt := time.Now()
		to := b.press(t.Context(), 2)
		pass(49 * time.Millisecond)
		if n := b.journal.begins(); n != 1 {
			t.Fatalf("%d appends before the window is over, want that of the start", n)
		}
		pass(time.Millisecond)
		if n := b.journal.begins(); n != 2 {
			t.Fatalf("%d appends after 50 ms", n)
		}
		if kind := b.Scene().Kind; kind != screen.Question {
			t.Errorf("during the commit it shows %s", kind)
		}
		a := <-to
		if took := a.at.Sub(felt); took != 350*time.Millisecond {
			t.Errorf("answered after %s", took)
		}
		if a.err != nil || a.Kind != press.Tap || a.Seq != 3 || !a.Counted {
			t.Errorf("answered %+v", a)
		}
		synctest.Wait()
		if kind := b.Scene().Kind; kind != screen.Thanks {
			t.Errorf("after the commit it shows %s", kind)
		}
		pass(1999 * time.Millisecond)
		if kind := b.Scene().Kind; kind != screen.Thanks {
			t.Errorf("2 s are not over, and it shows %s", kind)
		}
		pass(time.Millisecond)
		if kind := b.Scene().Kind; kind != screen.Question {
			t.Errorf("after 2 s it shows %s", kind)
		}
	})
}

func TestAPressIsRecordedWhereTheBrowserWentAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begin(&journal{})
		defer b.end()
		ctx, leave := context.WithCancel(t.Context())
		to := b.press(ctx, 2)
		leave()
		if a := <-to; !errors.Is(a.err, context.Canceled) {
			t.Errorf("answered %+v", a)
		}
		pass(50 * time.Millisecond)
		if n := len(b.journal.taps()); n != 1 {
			t.Errorf("%d taps", n)
		}
	})
}

func TestNoSuchButton(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begin(&journal{})
		defer b.end()
		if _, err := b.Press(t.Context(), 4, "fr", ""); !errors.Is(err, press.ErrNoButton) {
			t.Errorf("answered %v", err)
		}
	})
}

func TestTheServiceGesture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begin(&journal{})
		defer b.end()
		touch := terminal.Touch{Reading: b.At(b.now()), Button: 3}
		b.Do(touch)
		pass(3 * time.Second)
		b.Do(terminal.Held{Reading: b.At(b.now()), Touches: []terminal.Touch{touch}})
		pass(time.Second)
		if n := b.undone("service"); n != 1 {
			t.Errorf("%d taps were taken back", n)
		}
	})
}

// A touch of what the screen shows no more becomes no vote.
func TestATouchOfAnotherSceneIsIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begin(&journal{})
		defer b.end()
		for _, on := range []screen.Kind{screen.FollowUp, screen.PIN, screen.Manager} {
			if a, err := b.Press(t.Context(), 2, "fr", on); err != nil || a.Kind != press.Ignored || len(b.journal.taps()) > 0 {
				t.Errorf("%s: %+v, %v; stored %d", on, a, err, len(b.journal.taps()))
			}
		}
		if a, err := b.Press(t.Context(), 2, "fr", screen.Question); err != nil || a.Kind != press.Tap {
			t.Errorf("%+v, %v", a, err)
		}
	})
}

// A follow-up through the loop: the answer is stored before it is thanked for,
// and the code that comes last has a reference that nothing tells.
func TestAFollowUpIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := beginWith(&journal{}, func(s *terminal.Survey) {
			s.Config.FollowUp = &tap.FollowUp{Answers: []tap.Reason{{ID: "waiting"}, {ID: "price"}}}
			s.Write = "https://x.example/{ref}"
		})
		defer b.end()
		<-b.press(t.Context(), 3)
		pass(1500 * time.Millisecond)
		b.journal.set(300*time.Millisecond, nil)
		to := b.press(t.Context(), 1)
		pass(349 * time.Millisecond)
		if s := b.Scene(); s.Kind != screen.FollowUp || s.Left != 8 {
			t.Errorf("before the answer is stored it shows %s, %d s", s.Kind, s.Left)
		}
		if a := <-to; a.err != nil || a.Kind != press.Reason || a.Seq != 4 {
			t.Errorf("answered %+v", a)
		}
		synctest.Wait()
		if s := b.Scene(); s.Kind != screen.Thanks || s.Reason != "price" {
			t.Errorf("after it is stored it shows %s %s", s.Kind, s.Reason)
		}
		links := map[string]bool{}
		for range 3 {
			pass(2 * time.Second)
			ref, ok := strings.CutPrefix(b.Scene().Link, "https://x.example/")
			if !ok || len(ref) < 26 || links[ref] { // 26 letters of base32 are 128 bits
				t.Errorf("the code says %q, after %v", b.Scene().Link, links)
			}
			links[ref] = true
			pass(20 * time.Second)
			<-b.press(t.Context(), 3)
			pass(9 * time.Second)
		}
	})
}

func TestTestModeByTheLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begin(&journal{})
		defer b.end()
		b.Test(true, "cleaning")
		if a := <-b.press(t.Context(), 3); a.err != nil || a.Counted || b.Scene().Kind != screen.Cleaning {
			t.Errorf("answered %+v, it shows %s", a, b.Scene().Kind)
		}
		pass(time.Minute)
		if a := <-b.press(t.Context(), 3); !a.Counted {
			t.Errorf("a minute later: %+v", a)
		}
	})
}
