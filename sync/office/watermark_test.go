package office_test

import (
	"strings"
	"testing"
	"time"

	"sourire/device/tap"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

func TestBatchesInOrder(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil).taps(9)
	r.batches(b, 1, 4)
	r.wantAck(b.epoch, 4, b.links[3].Head)
	r.batches(b, 5, 10)
	r.wantAck(b.epoch, 10, b.head())
	r.wantChain(b, 0, 10)
	r.verify()
}

func TestOverlapsAreAcceptedOnce(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil).taps(19)
	r.batches(b, 1, 10, 5, 12, 1, 13, 12, 20, 3, 4)
	r.wantChain(b, 0, 20)
	if v := r.verify(); v.Events != 20 {
		t.Errorf("%d events", v.Events)
	}
	if s := r.status(exit1); s.Events != 20 || s.TapsCounted != 19 || len(s.Forks) != 0 {
		t.Errorf("status %+v", s)
	}
}

// A terminal whose watermark was lost sends again; it must be told.
func TestDuplicateRepeatsTheWatermarkOnceIn10s(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil).taps(9)
	r.batches(b, 1, 10)
	r.acks()
	r.batches(b, 1, 5)
	r.wantAck(b.epoch, 10, b.head())
	r.pass(9999 * time.Millisecond)
	r.batches(b, 6, 10, 1, 10)
	r.wantNoAck()
	r.pass(time.Millisecond)
	r.batches(b, 1, 10)
	r.wantAck(b.epoch, 10, b.head())
}

func TestGapAsksForAResendOnceIn10s(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil).taps(29)
	r.batches(b, 1, 10)
	r.acks()
	r.batches(b, 12, 20)
	r.wantAck(b.epoch, 10, b.links[9].Head)
	r.batches(b, 21, 30)
	r.wantNoAck()
	r.pass(10 * time.Second)
	r.batches(b, 21, 30)
	r.wantAck(b.epoch, 10, b.links[9].Head)
	r.wantChain(b, 0, 10)
	r.batches(b, 11, 30)
	r.wantAck(b.epoch, 30, b.head())
	r.wantChain(b, 0, 30)
}

// What is not signed must not make the office say anything.
func TestForgedGapIsNotAnswered(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil).taps(29)
	r.batches(b, 1, 10)
	r.acks()
	forged := *b
	forged.key = newKey(9)
	r.batches(&forged, 12, 20)
	r.wantNoAck()
}

func TestUnknownEpochInMidChain(t *testing.T) {
	for _, c := range []struct {
		name     string
		pending  uint64 // of 30 events
		accepted bool
	}{
		{"the office had acknowledged what came before", 20, true},
		{"more than that", 5, true},
		{"less than that", 21, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			b := newBox(exit1, 1, newKey(1), nil).taps(29)
			r.send(b, wire.LeafState, b.state(1, c.pending, true))
			r.pass(time.Minute) // it was asked for more in vain
			r.acks()
			r.batches(b, 11, 20)
			if !c.accepted {
				r.wantAck(b.epoch, 0, seal.Head{})
				r.wantChain(b, 0, 0)
				return
			}
			r.wantAck(b.epoch, 20, b.links[19].Head)
			r.batches(b, 15, 30)
			r.wantChain(b, 10, 30)
			r.verify()
			s := r.status(exit1)
			if len(s.Incidents) != 1 || s.Incidents[0].What != "history before seq 11 is not here" || s.Events != 20 {
				t.Errorf("status %+v", s)
			}
			r.acks()
			r.batches(b, 1, 5) // older than what is here
			r.wantAck(b.epoch, 30, b.head())
			r.batches(b, 6, 12)
			r.wantChain(b, 10, 30)
			if s := r.status(exit1); len(s.Forks) != 0 {
				t.Errorf("forks %+v", s.Forks)
			}
		})
	}
}

func TestUnknownEpochInMidChainWithoutAKey(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil).taps(29)
	r.batches(b, 11, 20)
	r.wantNoAck()
	if s := r.Terminals(); len(s) != 0 {
		t.Errorf("terminals %+v", s)
	}
	r.send(b, wire.LeafState, b.state(1, 20, true))
	r.pass(time.Minute)
	r.batches(b, 11, 20)
	r.wantChain(b, 10, 20)
}

func TestForks(t *testing.T) {
	for _, c := range []struct {
		name string
		at   uint64 // the copy was made after this event
		send []uint64
		want uint64 // seq named
	}{
		{"other bytes within the chain", 5, []uint64{6, 8}, 6},
		{"a batch that begins before the copy", 5, []uint64{2, 9}, 6},
		{"a batch that goes beyond our last", 5, []uint64{4, 14}, 6},
		{"right after our last", 8, []uint64{11, 14}, 11},
		{"another genesis-to-end", 1, []uint64{1, 14}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			a := newBox(exit1, 1, newKey(1), nil).taps(9)
			b := a.copyAt(c.at).taps(20)
			r.batches(a, 1, 10)
			r.acks()
			r.batches(b, c.send...)
			r.wantAck(a.epoch, 10, a.head())
			r.wantChain(a, 0, 10)
			check := func() {
				t.Helper()
				s := r.status(exit1)
				if len(s.Forks) != 1 || s.Forks[0].Seq != c.want || s.Forks[0].Epoch != a.epoch {
					t.Errorf("forks %+v, want one at %d", s.Forks, c.want)
				}
				if v := r.verify(); len(v.Forks) != 1 || v.Forks[0].Seq != c.want {
					t.Errorf("verify names %+v", v.Forks)
				}
				r.wantFork(b, c.want, c.send[1])
			}
			check()
			r.batches(b, c.send...) // again: nothing new
			check()
			last := c.send[1]
			r.acks()
			r.batches(b, last+1, last+3) // the branch goes on, and the terminal hears of it
			r.wantAck(a.epoch, 10, a.head())
			c.send[1] = last + 3
			check()
			r.batches(b, last-1, last+4) // and overlaps itself
			c.send[1] = last + 4
			check()
			r.batches(a.taps(5), 11, 15) // and so does the chain
			r.wantChain(a, 0, 15)
			r.reopen()
			check()
		})
	}
}

func TestNewEpoch(t *testing.T) {
	seq := func(n uint64) *uint64 { return &n }
	for _, c := range []struct {
		name     string
		previous func(b *box) *tap.Previous
		want     string // incident; empty for none
	}{
		{"follows what is here", func(b *box) *tap.Previous {
			h := b.head().String()
			return &tap.Previous{Epoch: b.epoch, Seq: seq(10), Head: &h, Why: "new"}
		}, ""},
		{"follows an unknown end", func(b *box) *tap.Previous {
			return &tap.Previous{Epoch: b.epoch, Why: "new"}
		}, ""},
		{"after damage", func(b *box) *tap.Previous {
			return &tap.Previous{Epoch: b.epoch, Why: "damaged"}
		}, "the journal of epoch " + uuid(1) + " was damaged"},
		{"after a reset", func(b *box) *tap.Previous {
			h := b.head().String()
			return &tap.Previous{Epoch: b.epoch, Seq: seq(10), Head: &h, Why: "reset"}
		}, "the journal or the key of epoch " + uuid(1) + " was gone"},
		{"of a copy", func(b *box) *tap.Previous {
			h := b.head().String()
			return &tap.Previous{Epoch: b.epoch, Seq: seq(10), Head: &h, Why: "copied"}
		}, "its epoch " + uuid(1) + " was ended"},
		{"after damage of an epoch that is not here", func(*box) *tap.Previous {
			return &tap.Previous{Epoch: uuid(77), Why: "damaged"}
		}, uuid(77) + " was damaged and a new one begun: nothing of it is here yet"},
		{"follows an epoch that is not here", func(*box) *tap.Previous {
			return &tap.Previous{Epoch: uuid(77), Seq: seq(10), Why: "new"}
		}, uuid(77) + " (\"new\"): nothing of it is here yet"},
		{"leaves events behind", func(b *box) *tap.Previous {
			return &tap.Previous{Epoch: b.epoch, Seq: seq(15), Why: "damaged"}
		}, "its events 11 to 15 are not here yet"},
		{"forgets events", func(b *box) *tap.Previous {
			return &tap.Previous{Epoch: b.epoch, Seq: seq(7), Why: "copied"}
		}, "but event 10 is here"},
		{"follows another history", func(b *box) *tap.Previous {
			h := b.links[3].Head.String()
			return &tap.Previous{Epoch: b.epoch, Seq: seq(10), Head: &h, Why: "copied"}
		}, "its event 10 is said to be another"},
		{"knows of no history", func(*box) *tap.Previous { return nil }, "a first journal, which names none before it, but epoch " + uuid(1) + " is here"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			old := newBox(exit1, 1, newKey(1), nil).taps(9)
			r.batches(old, 1, 10)
			r.acks()
			b := newBox(exit1, 2, newKey(1), c.previous(old)).taps(4)
			r.batches(b, 1, 5)
			r.wantAck(b.epoch, 5, b.head())
			r.wantChain(old, 0, 10)
			r.wantChain(b, 0, 5)
			r.reopen()
			s := r.status(exit1)
			if s.Epoch != b.epoch || s.Last != 5 || s.Events != 15 {
				t.Errorf("status %+v", s)
			}
			switch {
			case c.want == "" && len(s.Incidents) != 0:
				t.Errorf("incidents %+v, want none", s.Incidents)
			case c.want != "" && (len(s.Incidents) != 1 || !strings.Contains(s.Incidents[0].What, c.want)):
				t.Errorf("incidents %+v, want %q", s.Incidents, c.want)
			}
			r.verify()
		})
	}
}

func TestKeyChangesWithTheEpoch(t *testing.T) {
	r := newRig(t)
	a := newBox(exit1, 1, newKey(1), nil).taps(9)
	b := newBox(exit1, 2, newKey(3), &tap.Previous{Epoch: a.epoch, Why: "new"}).taps(1)
	r.batches(a, 1, 10)
	r.batches(b, 1, 2)
	r.wantChain(b, 0, 2)
	if s := r.status(exit1); len(s.Incidents) != 1 || !strings.Contains(s.Incidents[0].What, "key changed") {
		t.Errorf("incidents %+v", s.Incidents)
	}
	r.verify()
}

// Genesis decides: what a state says of the key of an epoch whose genesis is
// here counts for nothing.
func TestGenesisDecidesTheKey(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil).taps(9)
	r.batches(b, 1, 5)
	thief := *b
	thief.key = newKey(9)
	r.send(&thief, wire.LeafState, thief.state(2, 5, true))
	r.batches(&thief, 6, 10)
	r.wantChain(b, 0, 5)
	r.batches(b, 6, 10)
	r.wantChain(b, 0, 10)
	if got := r.rejected(exit1); len(got) != 1 || got["signature"] != 1 {
		t.Errorf("rejected %v", got)
	}
}

func TestAnnounce(t *testing.T) {
	r := newRig(t)
	a := newBox(exit1, 1, newKey(1), nil).taps(9)
	other := exit1
	other.Terminal = "exit-2"
	b := newBox(other, 2, newKey(3), nil).taps(3)
	r.batches(a, 1, 10)
	r.batches(b, 1, 4)
	r.reopen()
	r.acks()
	if err := r.Announce(); err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	pub, err := wire.DecodeOffice(r.published[0].Payload, "demo")
	topic := r.published[0].Topic
	r.mu.Unlock()
	if err != nil || pub.ID() != officeKey.Public().ID() || topic != "sourire/v1/demo/office" {
		t.Errorf("office key %s on %s, %v", pub.ID(), topic, err)
	}
	acks := r.acks()
	if len(acks) != 2 || acks[0].Seq+acks[1].Seq != 14 {
		t.Errorf("watermarks %+v", acks)
	}
}
