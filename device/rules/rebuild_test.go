package rules_test

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"sourire/device/rules"
	"sourire/device/tap"
	"sourire/device/tap/seedtest"
)

// log is a journal in miniature: it writes verdicts as events.
type log struct {
	seq    uint64
	boot   uint64
	events []tap.Event
}

func (l *log) head(kind tap.Kind, up int64) tap.Header {
	l.seq++
	return tap.Header{Seq: l.seq, Kind: kind, Boot: l.boot, Up: up}
}

// write stores a verdict and returns the state after it.
func (l *log) write(v rules.Verdict, up int64, s rules.State) rules.State {
	if v.Undo != 0 {
		l.events = append(l.events, &tap.UndoEvent{Header: l.head(tap.KindUndo, up), Tap: v.Undo, Why: "changed"})
	}
	for _, c := range v.Taps {
		e := &tap.TapEvent{Header: l.head(tap.KindTap, up), Choice: c.Button, Of: 4, Counted: c.Counted, Flags: c.Flags, Rule: rules.Version}
		l.events = append(l.events, e)
		if c.Counted {
			s = s.Stored(e.Seq)
		}
	}
	if v.Reason >= 0 {
		l.events = append(l.events, &tap.ReasonEvent{Header: l.head(tap.KindReason, up), Tap: v.ReasonFor, Reason: "waiting"})
	}
	return s
}

// randomPress makes presses that meet all rules often: near bounds, in
// bursts, in chords.
func randomPress(r *rand.Rand, up *int64) rules.Press {
	gaps := []int64{51, 200, 900, 1000, 1001, 2500, 3000, 3001, 5000, 5001, 9000, 60_000}
	*up += gaps[r.IntN(len(gaps))] + r.Int64N(3) - 1
	p := rules.Press{
		Up:       *up,
		Closed:   r.IntN(20) == 0,
		Test:     r.IntN(20) == 0,
		FollowUp: r.IntN(3) == 0,
	}
	for b := range 4 {
		if r.IntN(8) == 0 {
			p.Buttons = append(p.Buttons, b)
		}
	}
	if len(p.Buttons) == 0 {
		p.Buttons = []int{r.IntN(4)}
	}
	return p
}

// Whatever was pressed, a process that starts now judges as the one that ran
// on.
func TestRebuildIsTheLiveState(t *testing.T) {
	r := seedtest.Rand(t)
	for range 200 {
		l := &log{boot: 6}
		var up int64
		for range 5 { // a boot before, whose presses must not matter
			p := randomPress(r, &up)
			v, _ := rules.State{}.Judge(p)
			l.write(v, p.Up, rules.State{})
		}
		l.boot, up = 7, r.Int64N(5000)
		var s rules.State
		for range 60 {
			p := randomPress(r, &up)
			v, next := s.Judge(p)
			if r.IntN(10) == 0 {
				continue // the commit failed
			}
			s = l.write(v, p.Up, next)
			if r.IntN(15) == 0 { // the manager's view was opened
				v, next := s.Judge(rules.Press{Buttons: []int{0}, Up: up})
				s = l.write(v, up, next)
				held := l.seq
				l.events = append(l.events, &tap.UndoEvent{Header: l.head(tap.KindUndo, up), Tap: held, Why: "service"})
				s = s.Undone(held)
			}
			if got := rules.Rebuild(l.events, 7); got != s {
				t.Fatalf("after %d events rebuilt\n%+v\nlive\n%+v", len(l.events), got, s)
			}
			p = randomPress(r, new(up))
			live, _ := s.Judge(p)
			tail, _ := rules.Rebuild(since(l.events, up-rules.BurstPeriod), 7).Judge(p)
			if p.FollowUp {
				continue // shows only in a process that saw its tap
			}
			if !reflect.DeepEqual(live, tail) {
				t.Fatalf("the last minute judged %+v as %+v, live %+v", p, tail, live)
			}
		}
	}
}

// since is the events of the last boot from up on.
func since(events []tap.Event, up int64) []tap.Event {
	i := len(events)
	for i > 0 && events[i-1].Head().Boot == 7 && events[i-1].Head().Up >= up {
		i--
	}
	return events[i:]
}

func TestRebuildOfNothing(t *testing.T) {
	if got := rules.Rebuild(nil, 1); got != (rules.State{}) {
		t.Errorf("%+v", got)
	}
}

// A chord at the very moment of the boot is a press as any other.
func TestRebuildOfAChordAtUpZero(t *testing.T) {
	l := &log{boot: 1}
	v, live := rules.State{}.Judge(rules.Press{Buttons: []int{0, 1}})
	live = l.write(v, 0, live)
	if got := rules.Rebuild(l.events, 1); got != live {
		t.Errorf("rebuilt %+v, live %+v", got, live)
	}
}
