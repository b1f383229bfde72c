package board

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"sourire/device/board/gpio"
	"sourire/device/board/gpio/gpiotest"
	"sourire/device/button"
	"sourire/device/tap/seedtest"
)

// stalled are lines that a process reads which has no processor for a while,
// every now and then.
type stalled struct {
	*gpiotest.Inputs
	random *rand.Rand
}

func (s stalled) stall() {
	if s.random.IntN(3) == 0 {
		<-time.After(time.Duration(s.random.ExpFloat64() * float64(12*time.Millisecond)))
	}
}

func (s stalled) Levels() (uint64, error) {
	s.stall()
	defer s.stall()
	return s.Inputs.Levels()
}

func (s stalled) Edges(timeout time.Duration) ([]gpio.Edge, error) {
	end := time.Now().Add(timeout)
	s.stall()
	defer s.stall()
	if left := time.Until(end); left > 0 {
		return s.Inputs.Edges(left)
	}
	return s.Inputs.Waiting()
}

func (s stalled) Waiting() ([]gpio.Edge, error) {
	s.stall()
	defer s.stall()
	return s.Inputs.Waiting()
}

// exact is what happens to buttons with these edges where somebody always looks
// in time.
func exact(c button.Config, edges []gpio.Edge, end time.Duration) []button.Event {
	b, all := button.New(c, button.Sample{})
	var down button.Mask
	rest := func(until time.Duration) {
		for b.Next() < until {
			all = append(all, b.See(button.Sample{At: b.Next(), Down: down})...)
		}
	}
	for _, e := range edges {
		rest(e.At)
		down &^= 1 << e.Line
		if e.Active {
			down |= 1 << e.Line
		}
		all = append(all, b.See(button.Sample{At: e.At, Down: down, Edges: 1 << e.Line})...)
	}
	rest(end)
	return all
}

// bouncing is a day of presses that bounce, on all buttons at any time, as
// edges.
func bouncing(r *rand.Rand, buttons int) (edges []gpio.Edge) {
	for b := range buttons {
		at := time.Duration(r.Int64N(int64(time.Second)))
		for range 20 {
			for _, active := range []bool{true, false} {
				for range r.IntN(12) {
					edges = append(edges, gpio.Edge{Line: b, Active: active, At: at})
					at += time.Duration(1 + r.Int64N(int64(6*time.Millisecond)))
					edges = append(edges, gpio.Edge{Line: b, Active: !active, At: at})
					at += time.Duration(1 + r.Int64N(int64(6*time.Millisecond)))
				}
				edges = append(edges, gpio.Edge{Line: b, Active: active, At: at})
				at += 15*time.Millisecond + time.Duration(r.Int64N(int64(400*time.Millisecond)))
			}
		}
	}
	slices.SortStableFunc(edges, func(a, b gpio.Edge) int { return cmp.Compare(a.At, b.At) })
	return edges
}

// Whenever the process is held up, and for however long, the same happens to
// the buttons, at the same times, as if it never were.
func TestStallsChangeNothing(t *testing.T) {
	seed := seedtest.Seed(t)
	for round := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, round))
		synctest.Test(t, func(t *testing.T) {
			begun := time.Now()
			up := func() time.Duration { return time.Since(begun) }
			config := button.Config{Buttons: 4, Quiet: 12 * time.Millisecond, Hold: time.Hour, Stuck: time.Hour}
			lines := stalled{&gpiotest.Inputs{Up: up}, rand.New(rand.NewPCG(seed, round+1<<32))}
			var got []button.Event
			b := &Buttons{
				Config: config, Up: up,
				Open:    func() (Lines, error) { return lines, nil },
				Tell:    func(e button.Event) { got = append(got, e) },
				Trouble: func(err error) { t.Error(err) },
			}
			b.Start()
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() {
				defer close(done)
				b.Run(ctx)
			}()
			start := up()
			edges := bouncing(r, config.Buttons)
			for i := range edges {
				<-time.After(start + edges[i].At - up())
				edges[i].At = up()
				lines.Set(edges[i].Line, edges[i].Active)
			}
			<-time.After(time.Minute)
			stop()
			<-done
			want := exact(config, edges, up())
			for _, events := range [][]button.Event{got, want} {
				slices.SortStableFunc(events, func(a, b button.Event) int {
					return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Button, b.Button))
				})
			}
			for i := range max(len(got), len(want)) {
				if i >= len(got) || i >= len(want) || got[i] != want[i] {
					t.Fatalf("round %d: event %d of %d is %v, want of %d %v", round, i, len(got), got[i:min(i+3, len(got))], len(want), want[i:min(i+3, len(want))])
				}
			}
		})
	}
}
