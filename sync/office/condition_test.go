package office_test

import (
	"slices"
	"testing"
	"time"

	"sourire/device/tap"
	"sourire/sync/office"
	"sourire/sync/wire"
)

// says is a state with these parts out of order.
func (b *box) says(session uint64, faults ...string) []byte {
	last, pending, config := b.last(), uint64(0), b.config
	p, err := wire.State{
		Online: true, Boot: 1, Session: session, Epoch: b.epoch, Last: &last, Pending: &pending, Config: &config,
		Clock: tap.Saved, Health: &wire.Health{Faults: faults},
	}.Encode()
	if err != nil {
		panic(err)
	}
	return p
}

// The four things that must never look alike, and the two around them.
func TestConditions(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil)
	want := func(c office.Condition, faults ...string) {
		t.Helper()
		s := r.status(exit1)
		if s.Condition != c || !slices.Equal(s.Faults, faults) || s.Faults == nil {
			t.Errorf("%s, faults %q; want %s, %q", s.Condition, s.Faults, c, faults)
		}
		if s.Online != (c != office.Off && c != office.Unknown) {
			t.Errorf("%s, and online %t", s.Condition, s.Online)
		}
	}
	hours := map[string]string{"tue": "09:00-13:45", "wed": "09:00-20:00"} // noon UTC is 13:00 there, on a Tuesday
	b.add(&tap.ConfigEvent{Question: "exit", Timezone: "Europe/Paris", Hours: hours}, tap.KindConfig)
	r.batches(b, 1, 2)
	want(office.Unknown)
	r.send(b, wire.LeafState, b.says(1))
	want(office.NoPresses)
	b.taps(1)
	r.batches(b, 3, 3)
	want(office.InService)
	r.send(b, wire.LeafState, b.says(1, "display", "button-2"))
	want(office.Broken, "display", "button-2")
	r.send(b, wire.LeafState, b.says(1))
	want(office.InService)
	if s := r.status(exit1); s.Clock != tap.Saved {
		t.Errorf("clock %q", s.Clock)
	}
	r.pass(74 * time.Minute) // 14:14, within the grace
	r.send(b, wire.LeafState, b.says(1))
	want(office.InService)
	r.pass(time.Minute)
	r.send(b, wire.LeafState, b.says(1))
	want(office.Closed)
	r.send(b, wire.LeafState, b.says(1, "disk"))
	want(office.Broken, "disk") // also at night
	r.send(b, wire.LeafState, b.says(1))
	r.reopen() // and it still knows the hours
	want(office.Off)
	r.send(b, wire.LeafState, b.says(2))
	want(office.Closed)
	r.pass(19 * time.Hour) // 09:15 on Wednesday: a new day
	r.send(b, wire.LeafState, b.says(2))
	want(office.NoPresses)
	r.send(b, wire.LeafState, b.state(2, 0, false))
	want(office.Off)
	if s := r.status(exit1); s.Pending != nil || s.Clock != "" {
		t.Errorf("an offline terminal says %v, %q", s.Pending, s.Clock)
	}
	r.send(b, wire.LeafState, b.says(3))
	want(office.NoPresses)
	r.pass(5*time.Minute - time.Millisecond)
	want(office.NoPresses)
	r.pass(time.Millisecond) // silent, whatever the broker remembers
	want(office.Off)
	r.batches(b, 3, 3) // a duplicate is a sign of life, too
	want(office.NoPresses)
}

// A state comes before the events that it speaks of, and hours change.
func TestHoursComeWithTheEvents(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil)
	closed := map[string]string{"mon": "09:00-12:00"} // it is Tuesday
	b.add(&tap.ConfigEvent{Question: "exit", Timezone: "UTC", Hours: closed}, tap.KindConfig)
	b.taps(1)
	b.add(&tap.ConfigEvent{Question: "exit", Timezone: "UTC"}, tap.KindConfig)
	want := func(c office.Condition) {
		t.Helper()
		if s := r.status(exit1); s.Condition != c {
			t.Errorf("%s, want %s", s.Condition, c)
		}
	}
	r.send(b, wire.LeafState, b.says(1))
	want(office.NoPresses)
	r.batches(b, 1, 3)
	want(office.Closed)
	r.batches(b, 4, 4)
	want(office.InService)
}

// Times are said as the store's clocks show them, the same in every field, and
// across the change of the clocks.
func TestTimesOfTheStore(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil)
	b.zone = time.FixedZone("", -5*3600)
	b.taps(1)
	r.batches(b, 1, 2)
	fork := b.copyAt(1).taps(1)
	r.batches(fork, 2, 2)
	lost := newBox(exit1, 2, newKey(1), &tap.Previous{Epoch: b.epoch, Why: "damaged"})
	lost.zone = b.zone
	lost.taps(1)
	r.batches(lost, 1, 2)
	s := r.status(exit1)
	if s.LastEvent != "2026-11-24T06:00:02.000-05:00" || s.CompleteTo != "2026-11-24T06:00:02.000-05:00" || s.Incidents[0].At != "2026-11-24T07:00:00.000-05:00" {
		t.Errorf("by the offset that was written: %+v", s)
	}
	lost.add(&tap.ConfigEvent{Question: "exit", Timezone: "America/New_York"}, tap.KindConfig)
	lost.taps(1)
	r.send(lost, wire.LeafState, lost.says(1))
	r.batches(lost, 3, 4)
	r.now = time.Date(2027, 6, 1, 3, 30, 0, 0, time.UTC) // 23:30 in summer
	lost.at = time.Date(2027, 6, 1, 2, 59, 59, 0, time.UTC)
	lost.zone = time.FixedZone("", -4*3600)
	lost.taps(2)
	r.send(lost, wire.LeafState, lost.says(1))
	r.batches(lost, 5, 6)
	s = r.status(exit1)
	if s.LastEvent != "2027-05-31T23:00:01.000-04:00" || s.CompleteTo != "2027-05-31T23:30:00.000-04:00" || s.Incidents[0].At != "2026-11-24T07:00:00.000-05:00" {
		t.Errorf("by the zone of the survey: %+v", s)
	}
	if s.CountedToday != 2 {
		t.Errorf("%d counted today, want the 2 of the store's own day", s.CountedToday)
	}
	r.pass(30 * time.Minute)
	if s = r.status(exit1); s.CountedToday != 0 {
		t.Errorf("%d counted after its midnight", s.CountedToday)
	}
}
