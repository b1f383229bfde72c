package tally

import (
	"maps"
	"slices"
	"time"

	"sourire/device/tap"
)

// Since says that of the hours before a moment not all events will be added:
// then it is their tally events that count, in whatever order they come before
// events that are not in them.
func (l *Ledger) Since(t time.Time) { l.since = l.slotAt(t) }

// told takes an hour from its tally event, where its own events were not all
// added.
func (l *Ledger) told(e *tap.TallyEvent) {
	k, ok := l.keyOf(e)
	if !ok || l.since == noTime || k.slot >= l.since {
		return
	}
	c := cell{raw: int32(e.Raw)}
	for i, n := range e.Counts {
		c.by[i] = int32(n)
	}
	for i, f := range flags {
		c.flags[i] = int32(e.Flags[f])
	}
	for reason, n := range e.Reasons {
		worse := e.Unhappy[reason]
		c.because(l.reasonOf(reason), true, int32(worse))
		c.because(l.reasonOf(reason), false, int32(n-worse))
		if e.Unhappy == nil {
			c.unsided += int32(n)
		}
	}
	l.cells[k] = &c
}

// keyOf is the hour and the survey that a tally event is of; false for one that
// makes no sense.
func (l *Ledger) keyOf(e *tap.TallyEvent) (key, bool) {
	if len(e.Counts) != e.Scale.Choices() || len(e.Counts) == 0 {
		return key{}, false
	}
	k := key{noTime, l.survey(Survey{e.Question, e.Audience, e.Scale})}
	if e.Hour != nil {
		at, err := tap.ParseTime(*e.Hour)
		if err != nil {
			return key{}, false
		}
		k.slot = l.slotAt(at)
	}
	return k, true
}

// tell is an hour as a tally event, but for what is not counted.
func (l *Ledger) tell(k key) *tap.TallyEvent {
	s := l.surveys[k.survey]
	e := &tap.TallyEvent{
		Header:   tap.Header{Kind: tap.KindTally},
		Question: s.Question, Audience: s.Audience, Scale: s.Scale,
		Counts: make([]int, s.Scale.Choices()), Flags: map[tap.Flag]int{}, Reasons: map[string]int{},
	}
	if k.slot != noTime {
		hour := tap.FormatTime(l.start(k.slot))
		e.Hour = &hour
	}
	c := l.cells[k]
	if c == nil {
		e.Unhappy = map[string]int{}
		return e
	}
	if c.unsided == 0 {
		e.Unhappy = map[string]int{}
	}
	e.Raw = int(c.raw)
	for i := range e.Counts {
		e.Counts[i] = int(c.by[i])
	}
	for i, f := range flags {
		if c.flags[i] > 0 {
			e.Flags[f] = int(c.flags[i])
		}
	}
	for i, n := range c.reasons {
		if n.all > 0 {
			e.Reasons[l.reasons[i]] = int(n.all)
		}
		if n.worse > 0 && c.unsided == 0 {
			e.Unhappy[l.reasons[i]] = int(n.worse)
		}
	}
	return e
}

// sameHour reports whether two tally events say the same of their hour.
func sameHour(a, b *tap.TallyEvent) bool {
	return slices.Equal(a.Counts, b.Counts) && a.Raw == b.Raw && maps.Equal(a.Flags, b.Flags) && maps.Equal(a.Reasons, b.Reasons) &&
		maps.Equal(a.Unhappy, b.Unhappy) && a.On == b.On && a.Served == b.Served && a.Untimed == b.Untimed
}
