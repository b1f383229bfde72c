package display

import (
	"context"
	"math/rand/v2"
	"time"

	"sourire/device/screen"
)

// lastWords is how long a panel has to show that the box stops.
const lastWords = 5 * time.Second

// Run shows the latest of the scenes until ctx ends or scenes is closed, then
// that the box is about to start again. It opens a panel when the first scene
// comes, anew after every error and a pause that doubles from 1 to 15 s, and
// anew when [Panel.Renew] has passed.
//
// report is told why when the panel begins to fail, and nil when it has worked
// for a while again: for 10 s, and for longer where faults come often. A call
// of the driver that does not return within 30 s is a fault, too; the one
// goroutine that makes these calls waits for it, and makes no other.
func Run(ctx context.Context, open func() (Panel, error), scenes <-chan screen.Scene, report func(why error)) {
	r := &runner{
		keeper: keeper{random: rand.Float64}, report: report, timer: time.NewTimer(0),
		jobs: make(chan job), outcomes: make(chan outcome, 1), closed: make(chan struct{}),
	}
	defer r.timer.Stop()
	go func() {
		defer close(r.closed)
		work(open, r.jobs, r.outcomes)
	}()
	r.follow(ctx, scenes)
	late, cancel := context.WithTimeout(context.Background(), lastWords)
	defer cancel()
	r.farewell(late)
	close(r.jobs)
	if r.hung {
		return
	}
	select {
	case <-r.closed:
	case <-late.Done():
	}
}

// runner gives a keeper the time, and has done what it decides.
type runner struct {
	keeper
	report   func(why error)
	timer    *time.Timer
	jobs     chan job
	outcomes chan outcome
	closed   chan struct{}
}

func (r *runner) follow(ctx context.Context, scenes <-chan screen.Scene) {
	for {
		r.advance()
		select {
		case s, more := <-scenes:
			if !more {
				return
			}
			r.want(s)
		case o := <-r.outcomes:
			r.done(time.Now(), o)
		case <-r.timer.C:
		case <-ctx.Done():
			return
		}
	}
}

// farewell has the panel, if it is in order, show that the box stops.
func (r *runner) farewell(late context.Context) {
	if !r.known {
		return
	}
	r.want(screen.Scene{Kind: screen.Starting, Languages: r.scene.Languages, Texts: r.scene.Texts})
	for r.advance(); r.busy && !r.hung; r.advance() {
		select {
		case o := <-r.outcomes:
			r.done(time.Now(), o)
		case <-r.timer.C:
		case <-late.Done():
			return
		}
	}
}

// advance begins what is due, reports what is new, and sets the timer.
func (r *runner) advance() {
	j, begin, wake := r.next(time.Now())
	if begin {
		r.jobs <- j // taken at once: the job before has ended
		_, _, wake = r.next(time.Now())
	}
	for _, why := range r.takeNews() {
		r.report(why)
	}
	r.timer.Stop()
	if !wake.IsZero() {
		r.timer.Reset(time.Until(wake))
	}
}
