package board

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sourire/device/board/gpio/gpiotest"
	"sourire/device/button"
)

// desk is a Buttons on lines that a test moves.
type desk struct {
	*Buttons
	lines *gpiotest.Inputs // those that Open gives next, or gave
	opens int
	fails error // what Open returns

	mu   sync.Mutex
	said []string
	stop context.CancelFunc
	done chan struct{}
}

// sit starts a desk; it is left when the test ends.
func sit(t *testing.T, prepare func(*desk)) *desk {
	begun := time.Now()
	up := func() time.Duration { return time.Since(begun) }
	d := &desk{lines: &gpiotest.Inputs{Up: up}, done: make(chan struct{})}
	d.Buttons = &Buttons{
		Config: button.Config{Buttons: 4, Quiet: 12 * time.Millisecond, Hold: 3 * time.Second, Stuck: 30 * time.Second},
		Up:     up,
		Open: func() (Lines, error) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.opens++
			if d.fails != nil {
				return nil, d.fails
			}
			return d.lines, nil
		},
		Tell: func(e button.Event) {
			d.say(strings.TrimSpace(fmt.Sprintf("%d %s %d %s", e.At.Milliseconds(), e.Kind, e.Button, e.Fault)))
		},
		Trouble: func(err error) { d.say(fmt.Sprintf("%d trouble: %v", up().Milliseconds(), err)) },
	}
	if prepare != nil {
		prepare(d)
	}
	d.Start()
	ctx, stop := context.WithCancel(t.Context())
	d.stop = stop
	go func() {
		defer close(d.done)
		d.Run(ctx)
	}()
	return d
}

func (d *desk) leave() {
	d.stop()
	<-d.done
}

func (d *desk) say(s string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.said = append(d.said, s)
}

// heard is what was told since it was last called.
func (d *desk) heard() []string {
	synctest.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	said := d.said
	d.said = nil
	return said
}

func (d *desk) expect(t *testing.T, want ...string) {
	t.Helper()
	if got := d.heard(); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestButtonsArePressed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := sit(t, nil)
		defer d.leave()
		pass(100 * time.Millisecond)
		d.lines.Set(2, true)
		d.expect(t, "100 felt 2") // at once: a light answers to it
		pass(11 * time.Millisecond)
		d.expect(t)
		pass(time.Millisecond)
		d.expect(t, "100 pressed 2")
		pass(100 * time.Millisecond)
		d.lines.Set(2, false)
		pass(12 * time.Millisecond)
		d.expect(t, "212 released 2")
	})
}

// An edge that the kernel lost is made up for within a second.
func TestALostEdge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := sit(t, nil)
		defer d.leave()
		pass(100 * time.Millisecond)
		d.lines.Slip(1, true)
		pass(time.Second)
		d.expect(t, "1000 felt 1", "1000 pressed 1")
	})
}

// Also where another button never stops to give edges.
func TestALostEdgeBesideANoisyButton(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := sit(t, nil)
		defer d.leave()
		d.lines.Slip(1, true)
		for i := range 5000 {
			d.lines.Set(3, i%2 == 0)
			pass(400 * time.Microsecond)
		}
		if said := d.heard(); !slices.ContainsFunc(said, func(s string) bool { return strings.HasSuffix(s, "pressed 1") }) {
			t.Errorf("heard only %q", said)
		}
	})
}

// Edges that were lost before one that was not put off what is believed.
func TestMissedEdgesAreNotGuessed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := sit(t, nil)
		defer d.leave()
		pass(100 * time.Millisecond)
		d.lines.Set(0, true)
		pass(5 * time.Millisecond)
		d.lines.Slip(0, false)
		d.lines.Slip(0, true)
		d.lines.Set(1, true)
		pass(11 * time.Millisecond)
		d.expect(t, "100 felt 0", "105 felt 1", "105 felt 2", "105 felt 3")
		pass(time.Millisecond)
		d.expect(t, "100 pressed 0", "105 pressed 1", "117 dropped 2", "117 dropped 3")
	})
}

// What was pressed before anyone looked at the edges has its own time.
func TestEdgesWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := sit(t, func(d *desk) { d.Tell = late(d.Tell, 300*time.Millisecond) })
		defer d.leave()
		pass(100 * time.Millisecond)
		d.lines.Set(2, true) // its felt is held up
		pass(10 * time.Millisecond)
		d.lines.Set(0, true)
		pass(80 * time.Millisecond)
		d.lines.Set(0, false)
		pass(time.Second)
		d.expect(t, "100 felt 2", "110 felt 0", "110 pressed 0", "100 pressed 2", "190 released 0")
	})
}

// late has the first call take its time.
func late(tell func(button.Event), first time.Duration) func(button.Event) {
	return func(e button.Event) {
		<-time.After(first)
		first = 0
		tell(e)
	}
}

func TestDownAtStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := sit(t, func(d *desk) { d.lines.Rest(1, true) })
		defer d.leave()
		d.expect(t, "0 failed 1 start") // before Run: the box is not yet ready
		pass(time.Second)
		d.lines.Set(1, false)
		pass(20 * time.Millisecond)
		d.expect(t, "1000 cleared 1 start")
	})
}

// A contact that chatters at the pace of the processor does not take it.
func TestChatterDoesNotSpin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := sit(t, nil)
		defer d.leave()
		for i := range 100_000 { // 20 us apart
			d.lines.Set(3, i%2 == 0)
			<-time.After(20 * time.Microsecond)
		}
		d.expect(t, "0 felt 3", "1000 dropped 3", "1000 failed 3 noisy")
		if n := d.lines.Waits(); n > 1100 {
			t.Errorf("edges were asked for %d times in 2 s", n)
		}
		pass(6 * time.Second)
		d.expect(t, "6999 cleared 3 noisy")
	})
}

// A box that nobody touches sleeps: a look a second, in case an edge was lost.
func TestIdleButtonsWakeOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := sit(t, nil)
		defer d.leave()
		pass(time.Hour)
		if n := d.lines.Waits(); n > 3601 {
			t.Errorf("edges were asked for %d times in an hour", n)
		}
	})
}

func TestLinesThatFailAreOpenedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := sit(t, nil)
		defer d.leave()
		pass(500 * time.Millisecond)
		d.lines.Fail(errors.New("no such device"))
		d.expect(t, "500 trouble: no such device")
		pass(time.Second + 10*time.Millisecond)
		d.mu.Lock()
		d.lines = &gpiotest.Inputs{Up: d.Up}
		d.lines.Rest(0, true)
		d.mu.Unlock()
		pass(2 * time.Second)
		d.expect(t, "3500 failed 0 start", "3500 trouble: <nil>")
		d.lines.Set(0, false)
		d.lines.Set(2, true)
		pass(time.Second)
		d.expect(t, "3510 felt 2", "3510 cleared 0 start", "3510 pressed 2")
	})
}

// However long they fail, it is told once, and tried once a minute.
func TestNoLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := sit(t, func(d *desk) { d.fails = errors.New("no such line") })
		d.expect(t, "0 trouble: no such line")
		pass(time.Hour)
		d.expect(t)
		if d.opens < 60 || d.opens > 70 {
			t.Errorf("opened %d times in an hour", d.opens)
		}
		d.mu.Lock()
		d.fails = nil
		d.mu.Unlock()
		pass(time.Minute)
		if got := d.heard(); len(got) != 1 || !strings.HasSuffix(got[0], "trouble: <nil>") {
			t.Errorf("heard %q", got)
		}
		d.leave()
		if _, err := d.lines.Levels(); err == nil {
			t.Error("the lines were not given back")
		}
	})
}

// Lines that can be opened, and fail at once: no faster than the others.
func TestLinesThatFailAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := sit(t, func(d *desk) {
			d.Open = func() (Lines, error) {
				d.opens++
				lines := &gpiotest.Inputs{Up: d.Up}
				lines.FailEdges(errors.New("input/output error"))
				return lines, nil
			}
		})
		defer d.leave()
		pass(time.Hour)
		if d.opens > 70 {
			t.Errorf("opened %d times in an hour", d.opens)
		}
	})
}

// Stop comes at once, though no edge does.
func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := sit(t, nil)
		pass(100 * time.Millisecond)
		begun := time.Now()
		d.leave()
		if took := time.Since(begun); took > 0 {
			t.Errorf("it took %v", took)
		}
		d.expect(t)
	})
}

// Whoever asks is answered within a second while the goroutine goes round, lines
// or not; and not while it hangs.
func TestPing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, fails := range []error{nil, errors.New("no such line")} {
			d := sit(t, func(d *desk) { d.fails = fails })
			for range 100 {
				pass(990 * time.Millisecond)
				begun := time.Now()
				if err := d.Ping(t.Context()); err != nil || time.Since(begun) > time.Second {
					t.Errorf("with %v: answered %v after %v", fails, err, time.Since(begun))
				}
			}
			d.leave()
			if err := d.Ping(t.Context()); !errors.Is(err, ErrEnded) {
				t.Errorf("after the end: %v", err)
			}
		}

		d := sit(t, func(d *desk) { d.Tell = late(d.Tell, time.Minute) })
		defer d.leave()
		d.lines.Set(0, true)
		pass(2 * time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		if err := d.Ping(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("while it hangs: %v", err)
		}
	})
}
