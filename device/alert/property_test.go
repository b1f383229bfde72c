package alert_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"sourire/device/alert"
	"sourire/device/tap"
	"sourire/device/tap/seedtest"
)

// restarted is a watch that has read the journal again.
func (s *store) restarted() *alert.Watch {
	w := alert.New(s.set, time.UTC)
	for _, e := range s.events {
		w.Add(e)
	}
	return w
}

// A store in which everything happens: whatever does, an alert is raised once,
// is open until it clears, and a watch that starts at any moment, and reads the
// journal, goes on as if it had been there all the time.
func TestWhateverHappens(t *testing.T) {
	r := seedtest.Rand(t)
	set := settings
	set.Good, set.Silence, set.Targets = true, 60, tap.Targets{Satisfied: 70}
	seen := map[string]int{}
	for round := range 3 * min(rounds(t), 20) {
		s := newStore(set, time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC))
		s.keep = true
		twin := s.restarted()
		bad := 0.1
		for range 1000 {
			s.happens(r, &bad)
			follow(twin, s)
			if r.IntN(20) == 0 {
				s.add(&tap.TestEvent{Header: tap.Header{Kind: tap.KindTest}, By: "manager"}) // until here it ran
				twin = s.restarted()
			}
			s.clerk.Runs(s.boot, s.now().Up)
			due, again := s.watch.Look(s.now(), s.clerk), twin.Look(s.now(), s.clerk)
			if !reflect.DeepEqual(due, again) {
				t.Fatalf("round %d, %s: due %+v, after a restart %+v", round, s.at, texts(due), texts(again))
			}
			for _, e := range due {
				s.check(t, e)
				s.add(e)
				seen[e.Rule+" "+e.State]++
			}
			follow(twin, s)
			if !reflect.DeepEqual(s.watch.Open(), twin.Open()) {
				t.Fatalf("round %d, %s: open %+v, after a restart %+v", round, s.at, s.watch.Open(), twin.Open())
			}
		}
		s.balance(t)
	}
	t.Logf("%v", seen)
	want := []string{"unhappy raised", "unhappy cleared", "reason raised", "reason cleared"}
	if rounds(t) > 1 { // the others are rare
		want = append(want, "silence raised", "silence cleared", "good raised", "good cleared")
	}
	for _, what := range want {
		if seen[what] == 0 {
			t.Errorf("%s: it never came about", what)
		}
	}
}

// follow has a watch hear what it has not.
func follow(w *alert.Watch, s *store) {
	for _, e := range s.events[max(0, len(s.events)-20):] {
		w.Add(e)
	}
}

func texts(due []*tap.AlertEvent) (all []tap.AlertEvent) {
	for _, e := range due {
		all = append(all, *e)
	}
	return all
}

// happens lets some time pass and something happen.
func (s *store) happens(r *rand.Rand, bad *float64) {
	s.at = s.at.Add(time.Duration(r.Int64N(int64(15 * time.Minute))))
	if !hours.OpenAt(s.at) {
		s.at = s.at.Add(time.Hour)
	}
	switch r.IntN(60) {
	case 0: // a better or a worse time begins
		*bad = r.Float64() * r.Float64()
	case 1: // the power goes
		s.at = s.at.Add(time.Duration(r.Int64N(int64(5 * time.Hour))))
		s.unknown = r.IntN(4) == 0
		s.reboot()
	case 2:
		s.add(&tap.FaultEvent{Header: tap.Header{Kind: tap.KindFault}, Part: []string{"buttons", "disk", "display"}[r.IntN(3)]})
	case 3:
		s.add(&tap.FaultEvent{Header: tap.Header{Kind: tap.KindClear}, Part: []string{"buttons", "disk", "display"}[r.IntN(3)]})
	case 4:
		s.at = s.at.Add(time.Duration(r.Int64N(int64(3 * time.Hour))))
	case 5:
		if open := s.watch.Open(); len(open) > 0 && !s.watch.Owes() {
			if e, err := s.watch.Acknowledge(open[r.IntN(len(open))].Seq, "seen"); e != nil && err == nil {
				s.add(e)
			}
		}
	default:
		choice := 3
		if r.Float64() < *bad {
			choice = r.IntN(2)
		}
		seq := s.press(choice)
		if r.IntN(2) == 0 {
			s.add(&tap.ReasonEvent{Header: tap.Header{Kind: tap.KindReason}, Tap: seq, Reason: []string{"waiting", "price"}[r.IntN(2)]})
		}
		if r.IntN(20) == 0 {
			s.add(&tap.UndoEvent{Header: tap.Header{Kind: tap.KindUndo}, Tap: seq, Why: "changed"})
		}
	}
}

// check compares an alert with what the journal says, the slow and obvious way.
func (s *store) check(t *testing.T, e *tap.AlertEvent) {
	t.Helper()
	about := func(o *tap.AlertEvent) bool { return o.Rule == e.Rule && o.Reason == e.Reason }
	var last *tap.AlertEvent // of the same subject, but for what people said
	for _, o := range s.events {
		if o, ok := o.(*tap.AlertEvent); ok && about(o) && o.State != tap.AlertAcknowledged {
			last = o
		}
	}
	if e.State == tap.AlertCleared {
		if last == nil || last.State != tap.AlertRaised || last.Seq != e.Alert {
			t.Fatalf("%s: %+v clears nothing that is open", s.at, e)
		}
		return
	}
	if last != nil && last.State == tap.AlertRaised {
		t.Fatalf("%s: %+v is raised twice", s.at, e)
	}
	var answers, unhappy, reason int
	for _, o := range s.events {
		o, ok := o.(*tap.TapEvent)
		at := func() time.Time { at, _ := tap.ParseTime(o.At); return at }
		if !ok || last != nil && o.Seq < last.Seq || s.undone(o.Seq) || s.at.Sub(at()) > time.Hour ||
			o.Boot != s.boot && (s.unknown || o.Clock == tap.Unknown) {
			continue
		}
		answers++
		if o.Choice < 2 {
			unhappy++
		}
		if s.said(o.Seq, e.Reason) {
			reason++
		}
	}
	f := e.Figures
	switch {
	case e.Rule == alert.Unhappy && (f["unhappy"] != unhappy || f["answers"] != answers || unhappy < 3):
		t.Fatalf("%s: %v, want %d of %d", s.at, f, unhappy, answers)
	case e.Rule == alert.Reason && (f["answers"] != reason || reason < 5):
		t.Fatalf("%s: %s %v, want %d", s.at, e.Reason, f, reason)
	}
}

func (s *store) undone(seq uint64) bool {
	return slices.ContainsFunc(s.events, func(e tap.Event) bool { u, ok := e.(*tap.UndoEvent); return ok && u.Tap == seq })
}

func (s *store) said(seq uint64, reason string) bool {
	return slices.ContainsFunc(s.events, func(e tap.Event) bool {
		r, ok := e.(*tap.ReasonEvent)
		return ok && r.Tap == seq && r.Reason == reason
	})
}

// balance fails where an alert is neither cleared nor open.
func (s *store) balance(t *testing.T) {
	t.Helper()
	open := map[uint64]bool{}
	for _, e := range s.events {
		if e, ok := e.(*tap.AlertEvent); ok {
			switch e.State {
			case tap.AlertRaised:
				open[e.Seq] = true
			case tap.AlertCleared:
				delete(open, e.Alert)
			}
		}
	}
	for _, a := range s.watch.Open() {
		if !open[a.Seq] {
			t.Errorf("%+v is open, and the journal says it is not", a)
		}
		delete(open, a.Seq)
	}
	if len(open) > 0 {
		t.Errorf("raised, not cleared, and not open: %v", open)
	}
}
