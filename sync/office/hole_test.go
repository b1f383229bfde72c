package office_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sourire/device/tap"
	"sourire/sync/office"
	"sourire/sync/wire"
)

// rolledBack is an office whose store is an older copy, up to seq 10 of a
// terminal that has seen up to 30 of its events acknowledged.
func rolledBack(t *testing.T) (*rig, *box) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil).taps(39)
	b.add(&tap.UndoEvent{Tap: 28, Why: "changed"}, tap.KindUndo) // 41 takes back what is in the hole
	b.add(&tap.UndoEvent{Tap: 32, Why: "changed"}, tap.KindUndo)
	b.taps(18) // to 60
	r.batches(b, 1, 10)
	r.acks()
	r.send(b, wire.LeafState, b.state(1, 30, true)) // 30 of 60 wait: 30 were acknowledged
	r.pass(time.Minute)                             // it was asked for what is missing in vain
	r.acks()
	return r, b
}

// The terminal does not have any more what is missing. Without this the office
// would ask in vain for ever.
func TestAnOlderCopyOfTheStore(t *testing.T) {
	r, b := rolledBack(t)
	r.batches(b, 31, 40)
	r.wantAck(b.epoch, 40, b.links[39].Head)
	check := func(events, counted uint64) {
		t.Helper()
		for range 2 {
			s := r.status(exit1)
			if s.Events != events || s.Missing != 20 || s.TapsCounted != counted || len(s.Forks) != 0 {
				t.Errorf("%d events, %d missing, %d counted, forks %v; want %d, 20, %d", s.Events, s.Missing, s.TapsCounted, s.Forks, events, counted)
			}
			if len(s.Incidents) != 1 || !strings.Contains(s.Incidents[0].What, "events 11 to 30 are not here") {
				t.Errorf("incidents %+v", s.Incidents)
			}
			v := r.verify()
			if want := (office.HoleFinding{Terminal: exit1.String(), Epoch: b.epoch, First: 11, Last: 30}); len(v.Holes) != 1 || v.Holes[0] != want || v.Events != events {
				t.Errorf("verify: holes %+v, %d events", v.Holes, v.Events)
			}
			r.reopen()
		}
	}
	check(20, 19)
	r.acks()
	for _, again := range [][2]uint64{
		{31, 40}, {29, 35}, {1, 40}, {8, 38}, // over the hole, or into it
		{12, 20}, {8, 12}, {20, 30}, {11, 30}, // what ends in it cannot be compared with anything
		{1, 10}, {5, 8}, // before it
	} {
		r.pass(10 * time.Second)
		r.batches(b, again[0], again[1])
		r.wantAck(b.epoch, 40, b.links[39].Head)
	}
	check(20, 19)
	r.batches(b, 25, 50)
	check(30, 19+8-1) // the undo of 32 took one away, the other found nothing
	r.batches(b, 51, 60)
	r.wantChain(&box{Identity: exit1, epoch: b.epoch, links: slices.Concat(b.links[:10], b.links[30:])}, 0, 40)

	var out bytes.Buffer
	if err := office.ExportJSONL(t.Context(), r.store, &out); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "\n"); n != 40 {
		t.Errorf("%d events exported", n)
	}
	// What is taken away beyond the hole is found.
	r.exec(`UPDATE hole SET upto = 31`)
	v, err := office.Verify(t.Context(), r.store)
	if err != nil || v.Wrong == nil {
		t.Errorf("a hole that grew: %+v, %v", v.Wrong, err)
	}
}

// A copied card that differs before, within and after the hole.
func TestForksAroundAHole(t *testing.T) {
	for _, c := range []struct{ at, first, last, want uint64 }{
		{5, 6, 9, 6},     // before it
		{5, 4, 35, 31},   // its beginning cannot be told any more
		{20, 25, 33, 31}, // within it
		{35, 20, 38, 36}, // after it
		{40, 41, 42, 41}, // right after our last
		{30, 31, 34, 31}, // right after the hole
		{33, 10, 60, 34}, // and on
		{15, 31, 40, 31}, // all of it differs
		{9, 10, 10, 10},  // the last event before the hole
		{3, 15, 25, 0},   // all within the hole: nothing to compare
		{3, 11, 30, 0},   // all of the hole
		{45, 43, 47, 46}, // over our last
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			r, b := rolledBack(t)
			r.batches(b, 31, 40)
			if c.at >= 40 {
				r.batches(b, 41, c.at+1)
			}
			f := b.copyAt(c.at).taps(60)
			r.batches(f, c.first, c.last)
			s := r.status(exit1)
			switch {
			case c.want == 0 && len(s.Forks) != 0:
				t.Errorf("forks %+v, want none", s.Forks)
			case c.want != 0 && (len(s.Forks) != 1 || s.Forks[0].Seq != c.want):
				t.Errorf("forks %+v, want one at %d", s.Forks, c.want)
			case c.want != 0:
				r.wantFork(f, c.want, c.last)
			}
			r.batches(b, s.Last+1, 60)
			if s := r.status(exit1); s.Last != 60 || s.Events != 40 {
				t.Errorf("status %+v", s)
			}
			r.verify()
		})
	}
}

// It takes the terminal's own word that head office had what is missing; what
// comes early for another reason comes again.
func TestAGapIsNoHole(t *testing.T) {
	for name, state := range map[string]func(b *box) []byte{
		"not acknowledged":      func(b *box) []byte { return b.state(1, 31, true) },
		"of another epoch":      func(b *box) []byte { return newBox(exit1, 9, newKey(1), nil).taps(59).state(1, 0, true) },
		"offline":               func(b *box) []byte { return b.state(1, 0, false) },
		"more waits than exist": func(b *box) []byte { return b.state(1, 61, true) },
	} {
		t.Run(name, func(t *testing.T) {
			r, b := rolledBack(t)
			r.send(b, wire.LeafState, state(b))
			r.batches(b, 31, 40)
			r.wantChain(b, 0, 10)
			r.batches(b, 11, 40)
			r.wantChain(b, 0, 40)
			if s := r.status(exit1); s.Missing != 0 || len(s.Incidents) != 0 {
				t.Errorf("status %+v", s)
			}
		})
	}
}

// The hole and what came just before it in one group.
func TestAHoleBesideProgress(t *testing.T) {
	p := newPair(t)
	p.send(p.hurt, wire.LeafState, p.hurt.state(1, 60, true)) // 240 of 300 were acknowledged
	p.pass(time.Minute)
	p.gate.armed.Store(true)
	ctx := t.Context()
	blocked := p.Submit(ctx, p.well.topic("ev"), p.well.batch(11, 11))
	<-p.gate.inside
	before := p.Submit(ctx, p.hurt.topic("ev"), p.hurt.batch(201, 210))
	behind := p.Submit(ctx, p.hurt.topic("ev"), p.hurt.batch(241, 250))
	again := p.Submit(ctx, p.hurt.topic("ev"), p.hurt.batch(201, 205))
	p.gate.leave <- struct{}{}
	for _, rec := range []office.Receipt{blocked, before, behind, again} {
		if err := rec.Wait(ctx); err != nil {
			t.Fatal(err)
		}
	}
	p.batches(p.hurt, 241, 250)
	if s := p.status(exit1); s.Last != 250 || s.Events != 220 || s.Missing != 30 {
		t.Errorf("status %+v", s)
	}
	p.verify()
}

// What a damaged terminal has lost for good is a hole with a name: what comes
// behind it is taken, once and in its place, and only where the terminal has
// signed that nothing will come before it.
func TestEventsBehindALoss(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil).taps(59)
	next := newBox(exit1, 2, newKey(1), &tap.Previous{Epoch: b.epoch, Why: "damaged"})
	behind := func(lost, first, last uint64) {
		t.Helper()
		r.send(b, wire.LeafEvents, wire.EncodeBatchBehind(exit1, b.epoch, lost, b.links[first-2].Head, b.links[first-1:last], b.key))
	}
	r.batches(b, 1, 10)
	r.batches(next, 1, 1)
	for _, early := range []func(){
		func() { r.batches(b, 31, 40) }, // nothing says that it is lost
		func() { behind(15, 31, 40) },   // not all that lies between
		func() {
			r.send(b, wire.LeafEvents, wire.EncodeBatchBehind(exit1, b.epoch, 20, b.links[29].Head, b.links[30:40], newKey(2)))
		}, // not the terminal's word
	} {
		early()
		if s := r.status(exit1); s.Events != 11 || len(s.Incidents) != 1 {
			t.Fatalf("%d events, incidents %+v", s.Events, s.Incidents)
		}
	}
	behind(20, 31, 40)
	behind(25, 31, 40) // once more; it knows of less than is here
	r.acks()
	behind(5, 46, 60)
	r.wantAck(b.epoch, 60, b.links[59].Head)
	for range 2 {
		s := r.status(exit1)
		if s.Events != 1+10+10+15 || s.Missing != 25 || len(s.Forks) != 0 || len(s.Incidents) != 3 {
			t.Errorf("%d events, %d missing, forks %v, incidents %+v", s.Events, s.Missing, s.Forks, s.Incidents)
		}
		for i, want := range []string{"", "events 11 to 30 are lost", "events 41 to 45 are lost"} {
			if !strings.HasPrefix(s.Incidents[i].What, want) {
				t.Errorf("incident %d: %s", i, s.Incidents[i].What)
			}
		}
		if v := r.verify(); len(v.Holes) != 2 || v.Events != 36 {
			t.Errorf("verify: %+v", v)
		}
		r.reopen()
	}
}

// Even genesis is lost: the key is that of the epoch that names this one.
func TestEventsOfAnEpochWhoseGenesisIsLost(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil).taps(39)
	send := func(lost uint64, key byte) {
		t.Helper()
		r.send(b, wire.LeafEvents, wire.EncodeBatchBehind(exit1, b.epoch, lost, b.links[19].Head, b.links[20:], newKey(key)))
	}
	send(20, 1) // nobody knows of the epoch
	next := newBox(exit1, 2, newKey(1), &tap.Previous{Epoch: b.epoch, Why: "damaged"})
	r.send(next, wire.LeafState, next.state(1, 1, true))
	r.batches(next, 1, 1)
	send(20, 2) // another key
	send(19, 1) // event 1 is not lost
	if s := r.status(exit1); s.Events != 1 {
		t.Fatalf("%d events", s.Events)
	}
	r.acks()
	send(20, 1)
	r.wantAck(b.epoch, 40, b.links[39].Head)
	for range 2 {
		s := r.status(exit1)
		if s.Events != 21 || s.Missing != 20 || s.Epoch != uuid(2) {
			t.Errorf("%d events, %d missing, epoch %s", s.Events, s.Missing, s.Epoch)
		}
		if v := r.verify(); v.Events != 21 {
			t.Errorf("verify: %+v", v)
		}
		r.reopen()
	}
}
