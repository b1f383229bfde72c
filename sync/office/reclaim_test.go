package office_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sourire/device/tap"
	"sourire/sync/wire"
)

// requests takes the watermarks that ask for what was acknowledged before, of
// those published since the last call: boot, session, and the seq after which.
func (r *rig) requests() (all []string) {
	r.t.Helper()
	for _, a := range r.acks() {
		if a.Resend != nil {
			all = append(all, fmt.Sprintf("%d/%d after %d", a.Resend.Boot, a.Resend.Session, a.Seq))
		}
	}
	return all
}

func (r *rig) wantRequests(want ...string) {
	r.t.Helper()
	if got := r.requests(); !slices.Equal(got, want) {
		r.t.Errorf("asked for %q, want %q", got, want)
	}
}

// An older copy of the store, or an empty one: the terminal is asked for what it
// saw acknowledged, on the connection that it has, and nothing is missing in the
// end.
func TestWhatWasLostIsAskedFor(t *testing.T) {
	for name, had := range map[string]uint64{"an older copy": 10, "an empty store": 0} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			b := newBox(exit1, 1, newKey(1), nil).taps(59)
			after := fmt.Sprintf("1/1 after %d", had)
			if had > 0 {
				r.batches(b, 1, had)
			}
			r.wantRequests()
			r.send(b, wire.LeafState, b.state(1, 30, true)) // it saw 30 acknowledged
			r.wantRequests(after)
			r.batches(b, 31, 40) // on their way before it heard
			r.pass(9 * time.Second)
			r.send(b, wire.LeafState, b.state(1, 30, true))
			r.wantRequests() // not twice in a moment
			r.reopen()
			r.pass(time.Second)
			r.batches(b, 31, 40)
			if had > 0 { // else nobody knows the terminal yet: the office was started again
				r.wantRequests(after)
			}
			r.send(b, wire.LeafState, b.state(2, 30, true)) // another connection
			r.pass(10 * time.Second)
			r.send(b, wire.LeafState, b.state(2, 30, true))
			if got := r.requests(); !slices.Contains(got, fmt.Sprintf("1/2 after %d", had)) {
				t.Errorf("asked for %q", got)
			}
			r.send(b, wire.LeafState, b.state(2, 60-had, true)) // it heard
			r.batches(b, had+1, 60)
			r.wantChain(b, 0, 60)
			r.send(b, wire.LeafState, b.state(2, 0, true))
			r.pass(2 * time.Minute)
			r.wantRequests()
			if s := r.status(exit1); s.Missing != 0 || len(s.Incidents) != 0 || s.Events != 60 {
				t.Errorf("status %+v", s)
			}
			r.verify()
		})
	}
}

// A terminal that has dropped part of it gives what it has.
func TestWhatWasLostAndDropped(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil).taps(59)
	r.batches(b, 1, 10)
	r.send(b, wire.LeafState, b.state(1, 30, true))
	r.wantRequests("1/1 after 10")
	r.send(b, wire.LeafState, b.state(1, 40, true)) // it has what follows 20
	r.batches(b, 21, 30)
	r.wantChain(b, 0, 10)
	r.pass(time.Minute)
	r.batches(b, 21, 60)
	s := r.status(exit1)
	if s.Last != 60 || s.Missing != 10 || len(s.Incidents) != 1 || !strings.Contains(s.Incidents[0].What, "events 11 to 20") {
		t.Errorf("status %+v", s)
	}
	r.acks()
	r.send(b, wire.LeafState, b.state(1, 0, true))
	r.wantRequests() // in peace
	r.verify()
}

// What nobody acknowledged is not asked for in this way, nor is anything asked
// of who is away.
func TestNothingWasLost(t *testing.T) {
	for name, state := range map[string]func(b *box) []byte{
		"all is here":            func(b *box) []byte { return b.state(1, 50, true) },
		"less was acknowledged":  func(b *box) []byte { return b.state(1, 55, true) },
		"offline":                func(b *box) []byte { return b.state(1, 0, false) },
		"more waits than exist":  func(b *box) []byte { return b.state(1, 61, true) },
		"nothing of a new epoch": func(b *box) []byte { return newBox(exit1, 2, b.key, &tap.Previous{Epoch: b.epoch}).state(1, 1, true) },
	} {
		r := newRig(t)
		b := newBox(exit1, 1, newKey(1), nil).taps(59)
		r.batches(b, 1, 10)
		r.acks()
		r.send(b, wire.LeafState, state(b))
		if got := r.requests(); len(got) != 0 {
			t.Errorf("%s: asked for %q", name, got)
		}
	}
}
