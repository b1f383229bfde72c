package terminal_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sourire/device/clock"
	"sourire/device/manager"
	"sourire/device/press"
	"sourire/device/screen"
	"sourire/device/tap"
	"sourire/device/terminal"
)

var errFull = errors.New("no space left on device")

// bubbleClock reads the time of a synctest bubble.
type bubbleClock struct{ start time.Time }

func (c bubbleClock) Now() clock.Reading {
	now := time.Now()
	return clock.Reading{Up: 1000 + now.Sub(c.start).Milliseconds(), Wall: now, Quality: tap.Synced}
}

// journal is a Recorder in memory that takes its time and may fail.
type journal struct {
	mu     sync.Mutex
	takes  time.Duration
	err    error
	begun  int // appends that were asked for
	events []tap.Event
}

func (j *journal) set(takes time.Duration, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.takes, j.err = takes, err
}

func (j *journal) Append(events ...tap.Event) error {
	j.mu.Lock()
	takes := j.takes
	j.begun++
	j.mu.Unlock()
	if takes > 0 {
		<-time.After(takes)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err != nil {
		return j.err
	}
	for _, e := range events {
		e.Head().Seq = uint64(len(j.events) + 1)
		j.events = append(j.events, e)
	}
	return nil
}

func (j *journal) begins() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.begun
}

func (j *journal) taps() []*tap.TapEvent {
	j.mu.Lock()
	defer j.mu.Unlock()
	var taps []*tap.TapEvent
	for _, e := range j.events {
		if e, ok := e.(*tap.TapEvent); ok {
			taps = append(taps, e)
		}
	}
	return taps
}

// box is a loop that runs in a bubble.
type box struct {
	*terminal.Loop
	journal *journal
	clock   bubbleClock
	stop    func() // asks the loop to end
	ended   chan struct{}
}

// begin runs a loop whose start has been recorded, unless the journal fails.
func begin(j *journal) *box {
	survey := terminal.Survey{
		Config:    tap.ConfigEvent{Question: "exit", Scale: tap.Faces4},
		Languages: []string{"fr"},
		Manager:   manager.Setup{Buttons: 4, Lang: "fr", PIN: true},
	}
	c := bubbleClock{time.Now()}
	l := terminal.NewLoop(survey, terminal.Resumed{Boot: 1}, tap.BootEvent{}, j, c, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	b := &box{l, j, c, cancel, make(chan struct{})}
	go func() {
		defer close(b.ended)
		l.Run(ctx)
	}()
	synctest.Wait()
	return b
}

func (b *box) end() {
	b.stop()
	<-b.ended
}

// answer is what a press came to.
type answer struct {
	press.Answer
	err error
	at  time.Time
}

// press presses a button in the background. What comes of it arrives on the
// channel.
func (b *box) press(ctx context.Context, button int) <-chan answer {
	to := make(chan answer, 1)
	go func() {
		a, err := b.Press(ctx, button, "fr", "")
		to <- answer{a, err, time.Now()}
	}()
	synctest.Wait()
	return to
}

// pass lets d go by.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

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

func TestNoSuchButton(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begin(&journal{})
		defer b.end()
		if _, err := b.Press(t.Context(), 4, "fr", ""); !errors.Is(err, press.ErrNoButton) {
			t.Errorf("answered %v", err)
		}
	})
}

func TestHealthy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begin(&journal{err: errFull})
		defer b.end()
		if err := b.Healthy(); !errors.Is(err, errFull) {
			t.Errorf("at a start that is not recorded: %v", err)
		}
		if a := <-b.press(t.Context(), 1); !errors.Is(a.err, press.ErrNotStored) {
			t.Errorf("answered %+v", a)
		}
		if n := b.Config(); n != 0 {
			t.Errorf("config %d", n)
		}
		b.journal.set(0, nil)
		pass(5 * time.Second)
		if err := b.Healthy(); err != nil || b.Scene().Kind != screen.Question || b.Config() != 2 {
			t.Errorf("5 s later: %v, it shows %s, config %d", err, b.Scene().Kind, b.Config())
		}
		b.journal.set(0, errFull)
		if a := <-b.press(t.Context(), 1); !errors.Is(a.err, press.ErrNotStored) {
			t.Errorf("answered %+v", a)
		}
		if err := b.Healthy(); !errors.Is(err, errFull) || b.Scene().Kind != screen.OutOfOrder {
			t.Errorf("after the failure: %v, it shows %s", err, b.Scene().Kind)
		}
		b.journal.set(0, nil)
		if a := <-b.press(t.Context(), 1); a.err != nil || !a.Counted {
			t.Errorf("answered %+v", a)
		}
		synctest.Wait()
		if err := b.Healthy(); err != nil || b.Scene().Kind != screen.Thanks {
			t.Errorf("after a press that is stored: %v, it shows %s", err, b.Scene().Kind)
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

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begin(&journal{})
		ctx, cancel := context.WithCancel(t.Context())
		scenes, others := b.Watch(ctx), b.Watch(context.Background())
		if s := <-scenes; s.Kind != screen.Question {
			t.Errorf("now it shows %s", s.Kind)
		}
		ctxOfOne, cancelOne := context.WithCancel(t.Context())
		one := b.Watch(ctxOfOne)
		<-one
		cancelOne() // while nothing changes
		for range one {
		}
		<-b.press(t.Context(), 1)
		if s := <-scenes; s.Kind != screen.Thanks {
			t.Errorf("after the press it shows %s", s.Kind)
		}
		if s := <-scenes; s.Kind != screen.Question {
			t.Errorf("after thanks it shows %s", s.Kind)
		}
		b.press(t.Context(), 1)
		pass(time.Second)
		if s := <-others; s.Kind != screen.Thanks {
			t.Errorf("the first scene that is taken is %s, want the latest", s.Kind)
		}
		cancel()
		for range scenes { // until it is closed, or the bubble is dead
		}
		b.end()
		for range others {
		}
		for range b.Watch(context.Background()) {
		}
	})
}

// A ping is answered by the loop itself: not before it runs, not while a commit
// hangs, and at a box that is out of order like at any other.
func TestAPingWaitsForTheLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		full := begin(&journal{err: errFull})
		if err := full.Ping(ctx); err != nil {
			t.Errorf("out of order, but alive: %v", err)
		}
		full.end()
		b := begin(&journal{})
		b.journal.set(time.Minute, nil)
		to := b.press(t.Context(), 2)
		pass(50 * time.Millisecond)
		soon, cancel := context.WithTimeout(ctx, time.Minute-time.Second)
		defer cancel()
		if err := b.Ping(soon); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a ping while a commit hangs: %v", err)
		}
		<-to
		if err := b.Ping(ctx); err != nil {
			t.Error(err)
		}
		b.end()
		if err := b.Ping(ctx); !errors.Is(err, terminal.ErrStopped) {
			t.Errorf("a ping of a loop that has ended: %v", err)
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

// now is CLOCK_BOOTTIME in ms.
func (b *box) now() int64 { return b.clock.Now().Up }

// undone is how many taps were taken back for a reason.
func (b *box) undone(why string) (n int) {
	b.journal.mu.Lock()
	defer b.journal.mu.Unlock()
	for _, e := range b.journal.events {
		if e, ok := e.(*tap.UndoEvent); ok && e.Why == why {
			n++
		}
	}
	return n
}
