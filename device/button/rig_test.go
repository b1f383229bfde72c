package button

import (
	"fmt"
	"strings"
	"time"
)

const ms = time.Millisecond

var four = Config{Buttons: 4, Quiet: 12 * ms, Hold: 3 * time.Second, Stuck: 30 * time.Second}

// rig moves contacts on a made-up clock, looks whenever it is wanted, and
// writes down what happens.
type rig struct {
	b      *Buttons
	now    time.Duration
	level  Mask
	late   time.Duration // by which a look comes late
	events []Event
	saw    func() // after each sample
}

func start(c Config, level Mask) *rig {
	r := &rig{level: level}
	var events []Event
	r.b, events = New(c, Sample{Down: level})
	r.events = events
	return r
}

func (r *rig) see(s Sample) {
	r.events = append(r.events, r.b.See(s)...)
	if r.saw != nil {
		r.saw()
	}
}

// runTo lets the time come to t, with the looks that are wanted until then.
func (r *rig) runTo(t time.Duration) {
	for next := r.b.Next(); next < Never && next+r.late <= t; next = r.b.Next() {
		r.now = max(r.now, next+r.late)
		r.see(Sample{At: r.now, Down: r.level})
	}
	r.now = max(r.now, t)
}

// set moves a button at t, with its edge.
func (r *rig) set(t time.Duration, button int, down bool) {
	r.runTo(t - 1)
	r.slip(button, down)
	r.see(Sample{At: t, Down: r.level, Edges: 1 << button})
	r.now = max(r.now, t)
}

// slip moves a button, and its edge is lost.
func (r *rig) slip(button int, down bool) {
	r.level &^= 1 << button
	if down {
		r.level |= 1 << button
	}
}

// look is one that comes by itself.
func (r *rig) look(t time.Duration) {
	r.runTo(t - 1)
	r.see(Sample{At: t, Down: r.level})
	r.now = max(r.now, t)
}

// bounce moves a button n times, every so often, to end at a level.
func (r *rig) bounce(t time.Duration, button, n int, every time.Duration, end bool) {
	for i := range n {
		r.set(t+time.Duration(i)*every, button, end == ((n-1-i)%2 == 0))
	}
}

// trace is what happened, a word or three each: 12 pressed 0 means that it was
// button 0, and that it began at 12 ms.
func (r *rig) trace() string {
	var words []string
	for _, e := range r.events {
		w := fmt.Sprintf("%v %s %d", float64(e.At)/float64(ms), e.Kind, e.Button)
		if e.Fault != "" {
			w += " " + string(e.Fault)
		}
		words = append(words, w)
	}
	return strings.Join(words, ", ")
}
