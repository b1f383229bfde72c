package office_test

import (
	"testing"
	"time"

	"sourire/device/tap"
	"sourire/sync/wire"
)

func at(d time.Duration) string { return tap.FormatTime(noon.Add(d)) }

// unsaid is a number of pending events that nobody knows.
const unsaid = -1

func (r *rig) wantFresh(online bool, pending int64, completeTo string) {
	r.t.Helper()
	s := r.status(exit1)
	got := int64(unsaid)
	if s.Pending != nil {
		got = int64(*s.Pending)
	}
	if s.Online != online || got != pending || s.CompleteTo != completeTo {
		r.t.Errorf("online %t, %d pending, complete to %q; want %t, %d, %q", s.Online, got, s.CompleteTo, online, pending, completeTo)
	}
}

func TestFreshness(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil).taps(9)
	r.send(b, wire.LeafState, b.state(1, 10, true))
	r.wantFresh(true, 10, "")

	// A backlog: complete to the newest event that is here.
	r.batches(b, 1, 4)
	r.wantFresh(true, 6, at(-time.Hour+4*time.Second))

	// The last of it: complete now.
	r.pass(time.Minute)
	r.batches(b, 5, 10)
	r.wantFresh(true, 0, at(time.Minute))

	// Nothing new, and the terminal says so.
	r.pass(time.Minute)
	r.send(b, wire.LeafState, b.state(1, 0, true))
	r.wantFresh(true, 0, at(2*time.Minute))

	// More presses: complete to the newest of them.
	b.at = noon.Add(149 * time.Second)
	b.taps(1)
	r.pass(time.Minute)
	r.batches(b, 11, 11)
	r.wantFresh(true, 0, at(150*time.Second))

	// Missing events do not make it fresher.
	b.taps(5)
	r.pass(time.Minute)
	r.send(b, wire.LeafState, b.state(2, 5, true))
	r.wantFresh(true, 5, at(150*time.Second))

	// All of it survives a restart, but that it is online must be heard again.
	r.reopen()
	r.wantFresh(false, unsaid, at(150*time.Second))
	r.send(b, wire.LeafState, b.state(2, 5, true))
	r.wantFresh(true, 5, at(150*time.Second))
	if s := r.status(exit1); s.Software != "1.2.0" || s.LastEvent != at(150*time.Second) || s.TapsCounted != 10 {
		t.Errorf("status %+v", s)
	}
}

// A clock that nobody set says nothing, nor does one that is ahead of ours.
func TestFreshnessTrustsNoBadClock(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil)
	b.at = noon.Add(24 * time.Hour)
	b.taps(1)
	r.batches(b, 1, 2)
	r.wantFresh(false, unsaid, "")
}

func TestStatesInOrder(t *testing.T) {
	b := newBox(exit1, 1, newKey(1), nil).taps(9)
	next := newBox(exit1, 2, newKey(1), &tap.Previous{Epoch: b.epoch, Why: "new"})
	reboot := func(online bool) []byte {
		last := b.last()
		p, err := wire.State{Online: online, Boot: 2, Session: 1, Epoch: b.epoch, Last: &last}.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, c := range []struct {
		name   string
		states [][]byte
		online bool
	}{
		{"birth", [][]byte{b.state(1, 0, true)}, true},
		{"will", [][]byte{b.state(1, 0, true), b.state(1, 0, false)}, false},
		{"a late will of an earlier session", [][]byte{b.state(2, 0, true), b.state(1, 0, false)}, true},
		{"a late will of an earlier boot", [][]byte{b.state(9, 0, true), reboot(true), b.state(9, 0, false)}, true},
		{"the will of a later boot", [][]byte{b.state(9, 0, true), reboot(true), reboot(false)}, false},
		{"a late will of an earlier epoch", [][]byte{b.state(9, 0, true), next.state(1, 0, true), b.state(9, 0, false)}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, known := range []bool{false, true} { // whether the new epoch's events came before its states
				r := newRig(t)
				r.batches(b, 1, 10)
				if known {
					r.batches(next, 1, 1)
				}
				r.send(b, wire.LeafState, c.states...)
				if s := r.status(exit1); s.Online != c.online {
					t.Errorf("online %t, want %t; new epoch known: %t", s.Online, c.online, known)
				}
			}
		})
	}
}

// What a terminal kept aside of an earlier epoch may come after the next began.
func TestAnEpochThatArrivesLate(t *testing.T) {
	r := newRig(t)
	late := newBox(exit1, 1, newKey(1), nil).taps(3)
	live := newBox(exit1, 2, newKey(1), &tap.Previous{Epoch: late.epoch, Why: "damaged"}).taps(1)
	r.send(live, wire.LeafState, live.state(1, 2, true))
	r.batches(live, 1, 2)
	r.batches(late, 1, 4)
	check := func() {
		t.Helper()
		if s := r.status(exit1); s.Epoch != live.epoch || s.Last != 2 || s.Events != 6 {
			t.Errorf("status %+v, want the epoch of the state, and the events of both", s)
		}
		r.acks()
		if err := r.Announce(); err != nil {
			t.Fatal(err)
		}
		r.wantAck(live.epoch, 2, live.head())
	}
	check()
	r.reopen()
	check()
}

func TestCounts(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil)
	b.at = noon.Add(-20 * time.Hour)
	b.taps(2) // 2, 3: yesterday
	b.at = noon.Add(-2 * time.Hour)
	b.taps(3)                                             // 4, 5, 6: today
	b.add(&tap.UndoEvent{Tap: 5, Why: "changed"}, "undo") // 7
	b.add(&tap.UndoEvent{Tap: 5, Why: "service"}, "undo") // 8: undone before
	b.add(&tap.UndoEvent{Tap: 1, Why: "changed"}, "undo") // 9: no tap
	b.add(&tap.UndoEvent{Tap: 99, Why: "changed"}, "undo")
	b.add(&tap.TapEvent{Of: 4, Flags: []tap.Flag{tap.Repeat}, Rule: 1}, tap.KindTap) // 11: not counted
	b.add(&tap.UndoEvent{Tap: 11, Why: "changed"}, "undo")
	b.add(&tap.UndoEvent{Tap: 2, Why: "changed"}, "undo") // 13: yesterday's
	want := func(counted uint64, today int64) {
		t.Helper()
		if s := r.status(exit1); s.TapsCounted != counted || s.CountedToday != today {
			t.Errorf("%d counted, %d today; want %d, %d", s.TapsCounted, s.CountedToday, counted, today)
		}
	}
	r.batches(b, 1, 5)
	want(4, 2)
	r.batches(b, 3, 13) // the undo of 5 finds its tap in the store
	want(3, 2)
	r.reopen()
	want(3, 2)
	r.pass(12 * time.Hour)
	want(3, 0)
}
