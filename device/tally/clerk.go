package tally

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"sourire/device/tap"
)

const (
	// settling is how long after its end an hour is finished: an undo may still
	// come, and a press that is being stored.
	settling = undoPeriod*time.Millisecond + 30*time.Second
	// tellMost is about how many hours are told at once.
	tellMost = 100
	// toldKept is for how long it is remembered what was told, should it change.
	toldKept = 70 * slotsOfDay
)

// Clerk tells what finished hours came to, for the journal to keep when the
// events themselves are gone. It counts with its [Ledger], and is as pure.
// Nothing is told while the time is not known; then, all that has waited for it.
//
// An hour in which nobody pressed is told with the next one in which somebody
// did: nothing is written for its sake.
type Clerk struct {
	*Ledger
	duty  *duty
	marks *marks
	hours map[uint16]tap.Hours    // when the store is open, by survey
	opens map[key]int             // seconds of an hour, as they were asked for
	told  map[key]*tap.TallyEvent // the newest of each hour
	until slot                    // all hours before are told
	prev  uint64                  // seq of the newest tally event
	busy  bool                    // what was told last is not in the journal yet
}

// NewClerk is a clerk with an empty ledger of a store in the given location.
func NewClerk(loc *time.Location) *Clerk {
	l := NewLedger(loc)
	l.changed = map[key]struct{}{}
	c := &Clerk{Ledger: l, until: noTime, hours: map[uint16]tap.Hours{}, opens: map[key]int{}, told: map[key]*tap.TallyEvent{}}
	c.duty, c.marks = newDuty(l.slotAt), newMarks(l.slotAt)
	return c
}

// Add folds in one event, in the order of seq.
func (c *Clerk) Add(e tap.Event) {
	c.Ledger.Add(e)
	switch e := e.(type) {
	case *tap.GenesisEvent:
		c.duty, c.marks = newDuty(c.slotAt), newMarks(c.slotAt)
		c.prev, c.busy = 0, false
	case *tap.ConfigEvent:
		c.opening(e)
	case *tap.TallyEvent:
		c.heard(e)
		return
	}
	c.duty.add(e)
	c.marks.add(e, c.duty.known, c.duty.offset)
}

// Asked tells of a configuration that taps name, and that was added before the
// events that are.
func (c *Clerk) Asked(e *tap.ConfigEvent) {
	c.asked(e)
	c.opening(e)
}

// Runs says that the box runs at a moment of a boot, in ms of up, without an
// event to tell it.
func (c *Clerk) Runs(boot uint64, up int64) {
	if c.duty.boot == boot {
		c.duty.reach(up)
	}
}

func (c *Clerk) opening(e *tap.ConfigEvent) {
	c.hours[c.current], _ = tap.ParseHours(e.Hours) // what cannot be read is not known
	clear(c.opens)
}

// heard notes what the journal says of an hour.
func (c *Clerk) heard(e *tap.TallyEvent) {
	c.busy, c.prev = false, e.Seq
	if at, err := tap.ParseTime(e.Until); err == nil && c.slotAt(at) > c.until {
		c.until = c.slotAt(at)
		c.duty.forget(c.until, at.UnixMilli())
		c.marks.forget(e.From)
		maps.DeleteFunc(c.told, func(k key, _ *tap.TallyEvent) bool { return k.slot != noTime && k.slot < c.until-toldKept })
	}
	if k, ok := c.keyOf(e); ok {
		c.told[k] = e
	}
}

// Due is what is to be told now, in one commit: nothing, as long as nobody has
// pressed in an hour that is finished and not told, and none of those told has
// changed. To be asked when all events were added, with the time of a synced
// clock, and while presses can be taken.
func (c *Clerk) Due(now time.Time) []*tap.TallyEvent {
	end := c.slotAt(now.Add(-settling)) // the first hour that is not finished
	if c.busy || !c.duty.known || !c.pressed(end) {
		return nil
	}
	c.duty.reach(c.start(end).UnixMilli() - c.duty.offset)
	var due []*tap.TallyEvent
	var last slot
	for _, k := range c.finished(end) {
		if len(due) >= tellMost && k.slot != last {
			end = k.slot
			break
		}
		last = k.slot
		delete(c.changed, k)
		if e := c.hour(k); c.told[k] == nil || !sameHour(e, c.told[k]) {
			due = append(due, e)
		}
	}
	from := c.marks.from(end, c.boot.number)
	for _, e := range due {
		e.Prev, e.From, e.Until = c.prev, from, tap.FormatTime(c.start(end))
	}
	c.busy = len(due) > 0
	return due
}

// pressed reports whether an hour before end has other counts than were told.
func (c *Clerk) pressed(end slot) bool {
	for k := range c.changed {
		if k.slot >= end {
			continue
		}
		now, told := c.tell(k), c.told[k]
		if told != nil {
			now.On, now.Served, now.Untimed = told.On, told.Served, told.Untimed
		}
		if told == nil && now.Raw > 0 || told != nil && !sameHour(now, told) {
			return true
		}
		delete(c.changed, k)
	}
	return false
}

// finished are the hours before end that have changed or are not told yet, in
// their order.
func (c *Clerk) finished(end slot) []key {
	var all []key
	pressed := map[slot]bool{}
	for k := range c.changed {
		if k.slot < end {
			all = append(all, k)
			pressed[k.slot] = true
		}
	}
	passed := func(s slot) {
		if s < end && !pressed[s] && s >= c.until && len(c.surveys) > 0 {
			all = append(all, key{s, c.current})
			pressed[s] = true
		}
	}
	for s := range c.duty.hours {
		passed(s)
	}
	c.blindly(end, passed)
	slices.SortFunc(all, func(a, b key) int { return cmp.Or(cmp.Compare(a.slot, b.slot), cmp.Compare(a.survey, b.survey)) })
	return all
}

// blindly visits the hours before end in which the store was open, and of which
// nobody can tell whether the box was off, or ran without knowing the time.
func (c *Clerk) blindly(end slot, visit func(slot)) {
	first := max(c.first(c.duty.hours), c.until)
	for _, b := range c.duty.blind {
		at := time.UnixMilli(b.from)
		if first != noTime && c.slotAt(at) < first {
			at = c.start(first)
		}
		for s := c.slotAt(at); s < end && at.UnixMilli() < b.to; s = c.slotAt(at) {
			if open, known := c.open(key{s, c.current}); !known || open > 0 {
				visit(s)
			}
			at = nextHour(at, s, c.slotAt)
		}
	}
}

// hour is a finished hour as it is told. How long the box served in an hour that
// was told before is not told otherwise: it may not have seen all of it.
func (c *Clerk) hour(k key) *tap.TallyEvent {
	e := c.tell(k)
	if k.slot == noTime {
		return e
	}
	if told := c.told[k]; told != nil {
		e.On, e.Served, e.Untimed = told.On, told.Served, told.Untimed
	} else {
		begin := c.start(k.slot)
		end := nextHour(begin, k.slot, c.slotAt)
		length := int(end.Sub(begin) / time.Second)
		if s := c.duty.hours[k.slot]; s != nil {
			e.On, e.Served = min(length, seconds(s.on)), min(length, seconds(s.served))
		}
		e.Untimed = min(length-e.On, overlap(c.duty.blind, begin, end))
	}
	if open, known := c.open(k); known {
		e.Open = &open
	}
	return e
}

func seconds(ms int64) int { return int((ms + 500) / 1000) }

// open is for how many seconds of an hour the store was open, to the minute.
func (c *Clerk) open(k key) (n int, known bool) {
	if !c.hours[k.survey].Known() {
		return 0, false
	}
	n, ok := c.opens[k]
	if !ok {
		begin := c.start(k.slot)
		n = c.openIn(k, begin, nextHour(begin, k.slot, c.slotAt))
		c.opens[k] = n
	}
	return n, true
}

// openIn is for how many seconds the store was open from a moment to another,
// to the minute.
func (c *Clerk) openIn(k key, from, to time.Time) (n int) {
	h := c.hours[k.survey]
	for at := from; at.Before(to); at = at.Add(time.Minute) {
		if h.OpenAt(at) {
			n += 60
		}
	}
	return n
}
