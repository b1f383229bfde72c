package terminal_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"sourire/device/tap"
	"sourire/device/terminal"
)

func TestAPressInItsWindowIsAnsweredAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begin(&journal{})
		to := b.press(t.Context(), 2)
		b.end()
		if a := <-to; a.err != nil || a.Seq != 3 {
			t.Errorf("answered %+v", a)
		}
	})
}

func TestAPressInItsWindowIsRecordedAtTheEndWhereTheBrowserWentAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begin(&journal{})
		ctx, leave := context.WithCancel(t.Context())
		to := b.press(ctx, 2)
		leave()
		<-to
		b.end()
		if n := len(b.journal.taps()); n != 1 {
			t.Errorf("%d taps", n)
		}
	})
}

func TestAPressAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begin(&journal{})
		b.end()
		for range 20 { // the queue has room, and must not be chosen
			if _, err := b.Press(t.Context(), 2, "fr", ""); !errors.Is(err, terminal.ErrStopped) {
				t.Errorf("answered %v", err)
			}
		}
		if err := b.Healthy(); !errors.Is(err, terminal.ErrStopped) {
			t.Errorf("healthy: %v", err)
		}
		for range 100 {
			b.Note(&tap.FaultEvent{}) // nobody takes it, and it does not wait
		}
	})
}

// However long the journal takes, the end comes and everyone is answered.
func TestTheEndDoesNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begin(&journal{})
		b.journal.set(10*time.Second, nil)
		var to []<-chan answer
		for range 30 {
			to = append(to, b.press(t.Context(), 1))
			pass(60 * time.Millisecond)
		}
		stopped := time.Now()
		b.end()
		if took := time.Since(stopped); took > 20*time.Second { // the commit under way, and one more
			t.Errorf("it ended after %s", took)
		}
		told := 0
		for i, c := range to {
			switch a := <-c; {
			case a.err == nil:
				told++
			case !errors.Is(a.err, terminal.ErrStopped):
				t.Errorf("press %d: %v", i, a.err)
			}
		}
		if stored := len(b.journal.taps()); stored != told {
			t.Errorf("%d taps are stored, %d people were told", stored, told)
		}
	})
}

func TestNotesAreRecordedBeforeTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begin(&journal{})
		b.journal.set(100*time.Millisecond, nil)
		for range 3 {
			b.Note(&tap.FaultEvent{Header: tap.Header{Kind: tap.KindFault}, Part: "display"})
		}
		b.end()
		if n := len(b.journal.events); n != 2+3 {
			t.Errorf("%d events, want boot, config and 3 notes", n)
		}
	})
}

// A note that waits for a press which was felt is not forgotten at the end.
func TestANoteBehindAPressIsRecordedAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begin(&journal{})
		b.Do(terminal.Felt{Reading: b.At(b.now()), Button: 0})
		b.Note(&tap.FaultEvent{Header: tap.Header{Kind: tap.KindFault}, Part: "display"})
		synctest.Wait()
		b.end()
		if n := len(b.journal.events); n != 3 {
			t.Errorf("%d events are stored, want the start and the note", n)
		}
	})
}
