package board_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sourire/device/board"
	"sourire/device/signal"
)

// bench is a box with four lights and a buzzer that a test looks at.
type bench struct {
	slow time.Duration // what setting the lines takes

	mu     sync.Mutex
	start  time.Time
	fails  error
	opened int
	closed int
	set    []signal.Output // since it was last opened
	told   []error
	looks  int // at the clock
}

func (b *bench) looked() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.looks
}

func (b *bench) Set(out signal.Output, _ bool) error {
	<-time.After(b.slow)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.set = append(b.set, out)
	return b.fails
}

func (b *bench) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed++
	return nil
}

func (b *bench) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fails = err
}

func (b *bench) seen() (set []signal.Output, told []error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.set), slices.Clone(b.told)
}

// signals are those of the bench, at work until the returned function is
// called. It is for use in a synctest bubble.
func (b *bench) signals() (*board.Signals, func()) {
	b.start = time.Now()
	s := &board.Signals{
		Buttons: 4,
		Open: func() (board.Outputs, error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			if b.fails != nil {
				return nil, b.fails
			}
			b.opened++
			b.set = nil
			return b, nil
		},
		Up: func() time.Duration {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.looks++
			return time.Since(b.start)
		},
		Night: func() bool { return false },
		Trouble: func(err error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.told = append(b.told, err)
		},
	}
	s.Start()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Run(ctx)
	}()
	return s, func() {
		cancel()
		<-ended
	}
}

func TestAPressIsFeltAtOnceAndThankedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bench
		s, stop := b.signals()
		s.Cue(signal.Ready, 0)
		synctest.Wait()
		s.Cue(signal.Felt, 2)
		synctest.Wait() // no time passes
		if set, _ := b.seen(); len(set) != 2 || set[1] != (signal.Output{Lights: 0b0100}) {
			t.Fatalf("felt: the lines were set to %v", set)
		}
		<-time.After(60 * time.Millisecond)
		s.Cue(signal.Thanks, 0)
		<-time.After(5 * time.Second)
		set, _ := b.seen()
		sounds := 0
		for _, out := range set {
			if out.Sound {
				sounds++
			}
		}
		if sounds != 1 || set[len(set)-1] != (signal.Output{Lights: 0b1111}) {
			t.Errorf("thanks: the lines were set to %v, want one sound, and all lights in the end", set)
		}
		stop()
		if b.closed != 1 {
			t.Errorf("the lines were given back %d times, want once", b.closed)
		}
	})
}

// A box that has no time for its lights for longer than the sound of the thanks
// lasts thanks late, and not without a sound.
func TestALateThanksIsHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := bench{slow: 200 * time.Millisecond}
		s, stop := b.signals()
		defer stop()
		s.Cue(signal.Ready, 0)
		<-time.After(time.Second)
		s.Cue(signal.Felt, 2)
		<-time.After(60 * time.Millisecond)
		s.Cue(signal.Thanks, 0)
		<-time.After(5 * time.Second)
		if set, _ := b.seen(); !slices.ContainsFunc(set, func(out signal.Output) bool { return out.Sound }) {
			t.Errorf("the lines were set to %v, want a sound among that", set)
		}
	})
}

func TestAGlitchLeavesNoLight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bench
		s, stop := b.signals()
		defer stop()
		s.Cue(signal.Ready, 0)
		s.Cue(signal.Felt, 0)
		s.Cue(signal.Dropped, 0)
		synctest.Wait()
		if set, _ := b.seen(); set[len(set)-1] != (signal.Output{Lights: 0b1111}) {
			t.Errorf("the lines were set to %v, want all lights in the end", set)
		}
	})
}

func TestLinesThatFailAreOpenedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bench
		gone := errors.New("gone")
		s, stop := b.signals()
		defer stop()
		b.fail(gone)
		s.Cue(signal.Ready, 0)
		<-time.After(10 * time.Minute)
		if _, told := b.seen(); !slices.Equal(told, []error{gone}) {
			t.Fatalf("told %v, want one fault for one change", told)
		}
		b.fail(nil)
		<-time.After(2 * time.Minute)
		set, told := b.seen()
		if !slices.Equal(told, []error{gone, nil}) || b.opened != 2 {
			t.Errorf("told %v after %d openings, want that they work again", told, b.opened)
		}
		if !slices.Equal(set, []signal.Output{{Lights: 0b1111}}) {
			t.Errorf("the new lines were set to %v, want what the box is now", set)
		}
	})
}

// Lights that rest take no time of the processor.
func TestIdleSignalsSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bench
		s, stop := b.signals()
		s.Cue(signal.Ready, 0)
		s.Cue(signal.Thanks, 0)
		<-time.After(time.Minute)
		before := b.looked()
		<-time.After(10 * time.Hour)
		looks := b.looked() - before
		stop()
		if looks > 30 {
			t.Errorf("it woke up %d times in ten hours", looks)
		}
	})
}

func TestCuesNeverWait(t *testing.T) {
	var b bench
	s := &board.Signals{
		Buttons: 4, Up: func() time.Duration { return 0 }, Night: func() bool { return false },
		Open: func() (board.Outputs, error) { return &b, nil }, Trouble: func(error) {},
	}
	s.Start()
	for i := range 10_000 { // nobody plays them
		s.Cue(signal.Felt, i%4)
	}
}
