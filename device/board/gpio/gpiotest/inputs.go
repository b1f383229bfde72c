// Package gpiotest has lines that a test moves.
package gpiotest

import (
	"cmp"
	"os"
	"sync"
	"time"

	"sourire/device/board/gpio"
)

// Inputs are lines without a chip. Its zero value is ready: all are inactive.
type Inputs struct {
	Up func() time.Duration // the clock that edges are dated by

	mu     sync.Mutex
	levels uint64
	edges  []gpio.Edge
	missed bool
	err    error
	failed error // of Edges only
	waits  int
	wake   chan struct{}
}

// Set moves a line, with an edge.
func (in *Inputs) Set(line int, active bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.set(line, active)
	in.edges = append(in.edges, gpio.Edge{Line: line, Active: active, At: in.Up(), Missed: in.missed})
	in.missed = false
	in.rouse()
}

// Slip moves a line, and the edge is lost: a later one tells that.
func (in *Inputs) Slip(line int, active bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.set(line, active)
	in.missed = true
}

// Rest sets what a line is like before anyone looks.
func (in *Inputs) Rest(line int, active bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.set(line, active)
}

// Fail has everything return err from now on, or work again where it is nil.
func (in *Inputs) Fail(err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.err = err
	in.rouse()
}

// FailEdges has Edges return err from now on, while levels can be read.
func (in *Inputs) FailEdges(err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.failed = err
	in.rouse()
}

// Waits is how often edges were asked for.
func (in *Inputs) Waits() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.waits
}

func (in *Inputs) set(line int, active bool) {
	in.levels &^= 1 << line
	if active {
		in.levels |= 1 << line
	}
}

// rouse ends a wait.
func (in *Inputs) rouse() {
	if in.wake != nil {
		close(in.wake)
		in.wake = nil
	}
}

// Levels are the levels now.
func (in *Inputs) Levels() (uint64, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.levels, in.err
}

// Edges waits for edges. Unlike the real one it panics where the timeout is
// not positive.
func (in *Inputs) Edges(timeout time.Duration) ([]gpio.Edge, error) {
	if timeout <= 0 {
		panic("gpiotest: wait for an edge without a time")
	}
	end := time.NewTimer(timeout)
	defer end.Stop()
	in.mu.Lock()
	in.waits++
	in.mu.Unlock()
	for {
		edges, wake, err := in.take()
		if err != nil || len(edges) > 0 {
			return edges, err
		}
		select {
		case <-wake:
		case <-end.C:
			return in.Waiting()
		}
	}
}

// Waiting are the edges that nobody has read.
func (in *Inputs) Waiting() ([]gpio.Edge, error) {
	edges, _, err := in.take()
	return edges, err
}

// take takes the edges that there are; wake is closed when there are others.
func (in *Inputs) take() (edges []gpio.Edge, wake <-chan struct{}, err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.wake == nil {
		in.wake = make(chan struct{})
	}
	if err := cmp.Or(in.err, in.failed); err != nil {
		return nil, in.wake, err
	}
	edges, in.edges = in.edges, nil
	return edges, in.wake, nil
}

// Close ends a wait; nothing can be read after it.
func (in *Inputs) Close() error {
	in.Fail(os.ErrClosed)
	return nil
}
