package terminal_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"sourire/device/press"
	"sourire/device/tap"
	"sourire/device/terminal"
)

func TestASlowJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begin(&journal{})
		defer b.end()
		b.journal.set(700*time.Millisecond, nil)
		var to []<-chan answer
		for range 40 {
			to = append(to, b.press(t.Context(), 1))
			pass(100 * time.Millisecond)
		}
		for i, c := range to {
			if a := <-c; a.err != nil || a.Kind != press.Tap {
				t.Errorf("press %d: answered %+v", i, a)
			}
		}
		for i, e := range b.journal.taps() {
			if want := int64(1000 + 100*i); e.Up != want {
				t.Errorf("tap %d was felt at %d, want %d", e.Seq, e.Up, want)
			}
		}
	})
}

// The buttons of a chord that was pressed while the journal was busy are
// decided together: not the first of them alone, because its time is long over.
func TestAChordDuringASlowCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begin(&journal{})
		defer b.end()
		for range 20 {
			b.journal.set(300*time.Millisecond, nil)
			before := b.press(t.Context(), 1)
			pass(60 * time.Millisecond)
			first := b.press(t.Context(), 0)
			pass(30 * time.Millisecond)
			second := b.press(t.Context(), 3)
			<-before
			for _, to := range []<-chan answer{first, second} {
				if a := <-to; a.err != nil || a.Counted || len(a.Flags) == 0 || a.Flags[0] != tap.Chord && a.Flags[1] != tap.Chord {
					t.Fatalf("answered %+v", a)
				}
			}
			pass(10 * time.Second)
		}
	})
}

// A bounce that is handled when the window is over does not keep its press from
// being decided.
func TestABounceDuringASlowCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begin(&journal{})
		defer b.end()
		for range 20 {
			b.journal.set(300*time.Millisecond, nil)
			b.press(t.Context(), 1)
			pass(60 * time.Millisecond)
			first := b.press(t.Context(), 0)
			pass(10 * time.Millisecond)
			second := b.press(t.Context(), 0)
			pass(time.Second)
			select {
			case a := <-first:
				if bounce := <-second; a.Kind != press.Tap || bounce.Kind != press.Ignored {
					t.Fatalf("answered %+v and %+v", a, bounce)
				}
			default:
				t.Fatal("the press is not answered")
			}
			pass(10 * time.Second)
		}
	})
}

func TestManyPressesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begin(&journal{})
		defer b.end()
		var to []<-chan answer
		for i := range 200 {
			to = append(to, b.press(t.Context(), i%4))
		}
		taps := map[uint64]bool{}
		ignored := 0
		for i, c := range to {
			switch a := <-c; {
			case a.err != nil:
				t.Errorf("press %d: %v", i, a.err)
			case a.Kind == press.Tap && !a.Counted && !taps[a.Seq]:
				taps[a.Seq] = true
			case a.Kind == press.Ignored:
				ignored++
			default:
				t.Errorf("press %d: answered %+v", i, a)
			}
		}
		if len(taps) != 4 || ignored != 196 || len(b.journal.taps()) != 4 {
			t.Errorf("%d taps, %d ignored, %d stored", len(taps), ignored, len(b.journal.taps()))
		}
	})
}

// A press that finds the queue full waits; where its browser goes away before
// it was let in, it was not felt.
func TestAFullQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begin(&journal{})
		defer b.end()
		b.journal.set(time.Minute, nil)
		var to []<-chan answer
		to = append(to, b.press(t.Context(), 1))
		pass(50 * time.Millisecond)
		for range 1024 {
			to = append(to, b.press(t.Context(), 1))
		}
		ctx, leave := context.WithCancel(t.Context())
		gone := b.press(ctx, 3)
		to = append(to, b.press(t.Context(), 2))
		leave()
		if a := <-gone; !errors.Is(a.err, context.Canceled) {
			t.Errorf("answered %+v", a)
		}
		for i, c := range to {
			if a := <-c; a.err != nil {
				t.Errorf("press %d: %v", i, a.err)
			}
		}
		for _, e := range b.journal.taps() {
			if e.Choice == 3 {
				t.Errorf("tap %d was never felt", e.Seq)
			}
		}
	})
}

// What the box's buttons tell during a commit that takes long is one press of
// two, and the gesture that comes out of it finds nothing to take back.
func TestButtonsDuringASlowCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begin(&journal{})
		defer b.end()
		b.journal.set(10*time.Second, nil)
		<-b.press(t.Context(), 1)
		slow := b.press(t.Context(), 2)
		pass(time.Second)
		first, second := b.At(b.now()-40), b.At(b.now())
		if second.Up-first.Up != 40 || second.Wall.Sub(first.Wall) != 40*time.Millisecond {
			t.Errorf("40 ms apart: %+v and %+v", first, second)
		}
		left := terminal.Touch{Reading: first, Button: 0}
		right := terminal.Touch{Reading: second, Button: 3}
		b.Do(terminal.Felt{Reading: first, Button: 0})
		b.Do(terminal.Felt{Reading: second, Button: 3})
		b.Do(right)
		b.Do(left)
		b.Do(terminal.Held{Reading: b.At(b.now()), Touches: []terminal.Touch{left, right}})
		<-slow
		pass(30 * time.Second)
		if n := b.undone("service"); n != 0 {
			t.Errorf("%d taps were taken back", n)
		}
		taps := b.journal.taps()
		if len(taps) != 4 || taps[2].Counted || taps[3].Counted || taps[2].Up != first.Up || taps[3].Up != first.Up {
			t.Errorf("stored: %+v", taps)
		}
	})
}
