package office_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"sourire/device/tap"
	"sourire/sync/office"
	"sourire/sync/wire"
)

// answers takes what was published since the last call: each watermark's epoch
// and seq, and whether it was to be retained.
func (r *rig) answers() []string {
	r.t.Helper()
	var all []string
	for _, p := range r.taken() {
		a, err := wire.DecodeAck(p.Payload, officeKey.Public())
		if err != nil {
			r.t.Fatal(err)
		}
		text := fmt.Sprintf("%s %d", a.Epoch[len(a.Epoch)-1:], a.Seq)
		if p.Retain {
			text += " retained"
		}
		if want := p.Topic + "#" + a.Epoch; p.Slot != want {
			r.t.Errorf("slot %q, want %q: another epoch's must not replace it", p.Slot, want)
		}
		all = append(all, text)
	}
	slices.Sort(all)
	return all
}

func (r *rig) wantAnswers(want ...string) {
	r.t.Helper()
	if got := r.answers(); !slices.Equal(got, want) {
		r.t.Errorf("answers %q, want %q", got, want)
	}
}

// A terminal that delivers an epoch which it kept aside is answered about that
// epoch, every time; what is retained is the watermark of the one it is in.
func TestAnEarlierEpochIsAnswered(t *testing.T) {
	for _, stated := range []bool{false, true} { // whether the state of the new epoch comes first
		t.Run(fmt.Sprintf("stated first %t", stated), func(t *testing.T) {
			r := newRig(t)
			old := newBox(exit1, 1, newKey(1), nil).taps(39)
			live := newBox(exit1, 2, newKey(1), &tap.Previous{Epoch: old.epoch, Why: "damaged"}).taps(39)
			r.send(old, wire.LeafState, old.state(1, 40, true))
			r.batches(old, 1, 10)
			r.wantAnswers("1 10 retained")
			if stated {
				r.send(live, wire.LeafState, live.state(1, 40, true))
				r.wantAnswers()
				r.batches(live, 1, 10)
				r.wantAnswers("2 10 retained")
			} else {
				r.batches(live, 1, 10)
				r.wantAnswers("2 10")
				r.send(live, wire.LeafState, live.state(1, 40, true))
				r.wantAnswers("2 10 retained") // now it is the terminal's epoch
			}
			for range 2 {
				r.batches(old, 11, 20)
				r.wantAnswers("1 20")
				r.batches(old, 11, 20) // a duplicate at once
				r.wantAnswers("1 20")
				r.batches(old, 31, 40) // too early
				r.wantAnswers("1 20")
			}
			fork := old.copyAt(15).taps(20)
			r.batches(fork, 16, 18)
			r.wantAnswers("1 20")
			r.batches(fork, 16, 18)
			r.wantAnswers("1 20")

			// Both in one group.
			r.pass(time.Minute)
			first := r.Submit(t.Context(), live.topic("ev"), live.batch(11, 20))
			second := r.Submit(t.Context(), old.topic("ev"), old.batch(21, 40))
			for _, rec := range []office.Receipt{first, second} {
				if err := rec.Wait(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			r.wantAnswers("1 40", "2 20 retained")

			// Of the epoch that the terminal is in, a repetition asks for a resend.
			r.batches(live, 11, 20)
			r.wantAnswers("2 20 retained")
			r.batches(live, 11, 20)
			r.wantAnswers()
			r.batches(old, 31, 40)
			r.wantAnswers("1 40")

			// A terminal that comes back.
			r.reopen()
			if err := r.Announce(); err != nil {
				t.Fatal(err)
			}
			r.mu.Lock()
			r.published = r.published[1:] // the office's key
			r.mu.Unlock()
			r.wantAnswers("2 20 retained")
			r.batches(old, 31, 40)
			r.wantAnswers("1 40")
			r.wantChain(old, 0, 40)
			r.wantChain(live, 0, 20)
			r.verify()
		})
	}
}

// An office that has nothing says so, also of an epoch that it does not know.
func TestAnUnknownEpochIsAnswered(t *testing.T) {
	r := newRig(t)
	live := newBox(exit1, 2, newKey(1), nil).taps(9)
	r.send(live, wire.LeafState, live.state(1, 10, true))
	r.batches(live, 1, 10)
	r.answers()
	other := newBox(exit1, 3, newKey(1), nil).taps(9)
	r.send(live, wire.LeafState, other.state(1, 10, true)) // it is in another epoch now
	r.batches(other, 5, 10)
	r.wantAnswers("3 0")
	r.batches(other, 5, 10)
	r.wantAnswers() // not twice in a moment
	r.pass(10 * time.Second)
	r.batches(other, 5, 10)
	r.wantAnswers("3 0")
	r.batches(other, 1, 10)
	r.wantAnswers("3 10 retained")
}

// What earlier epochs had and the office does not is said until it comes.
func TestMissingEvents(t *testing.T) {
	seq := func(n uint64) *uint64 { return &n }
	a := newBox(exit1, 1, newKey(1), nil).taps(19)
	b := newBox(exit1, 2, newKey(1), &tap.Previous{Epoch: a.epoch, Seq: seq(20), Why: "damaged"}).taps(9)
	c := newBox(exit1, 3, newKey(1), &tap.Previous{Epoch: b.epoch, Seq: seq(10), Why: "damaged"}).taps(4)
	r := newRig(t)
	want := func(n uint64) {
		t.Helper()
		for range 2 {
			if s := r.status(exit1); s.Missing != n {
				t.Errorf("%d missing, want %d", s.Missing, n)
			}
			r.reopen()
		}
	}
	r.send(c, wire.LeafState, c.state(1, 5, true))
	r.batches(c, 1, 5)
	want(10) // all of b
	r.batches(b, 1, 4)
	want(26) // the rest of b, and all of a
	r.batches(a, 1, 20)
	want(6)
	r.batches(b, 5, 10)
	want(0)
	if s := r.status(exit1); s.Epoch != c.epoch || s.Last != 5 || s.LastEvent != tap.FormatTime(c.at) || s.Events != 35 || s.TapsCounted != 32 {
		t.Errorf("status %+v", s)
	}
	// Nobody is surprised by a that names none before it: b goes back to it.
	for _, i := range r.status(exit1).Incidents {
		if i.Epoch == a.epoch {
			t.Errorf("incident %+v", i)
		}
	}
	// Old news, though its epoch arrived last.
	r.send(c, wire.LeafState, c.state(1, 0, true))
	r.send(a, wire.LeafState, a.state(9, 0, false))
	if s := r.status(exit1); !s.Online || s.Epoch != c.epoch {
		t.Errorf("status %+v", s)
	}
	// What a copy wrote is kept beside the chain, or nowhere.
	d := newBox(exit1, 4, newKey(1), &tap.Previous{Epoch: c.epoch, Seq: seq(500), Why: "copied"})
	r.batches(d, 1, 1)
	want(0)
}
