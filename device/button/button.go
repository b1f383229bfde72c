// Package button turns the levels of a box's buttons into presses.
//
// Edges wake, levels decide: an edge says that something began, and only a
// level that has not moved for the quiet time is believed. So a glitch is no
// press, a bounce is not two, and an edge that was lost is made up for by the
// next look at the levels. [Buttons.See] is pure: times come with the samples,
// and [Buttons.Next] says when it wants the next one.
package button

import "time"

// Mask has a bit for each button, the worst face's first.
type Mask uint64

// Has reports whether button b is in the mask.
func (m Mask) Has(b int) bool { return m>>b&1 == 1 }

// Sample is what all buttons were like at one moment.
type Sample struct {
	At    time.Duration // CLOCK_BOOTTIME
	Down  Mask          // the buttons that are down
	Edges Mask          // the buttons that had an edge then, whatever became of it
}

// Kind is what happened to a button.
type Kind string

// What happens to buttons. Felt is followed by Pressed or Dropped.
const (
	Felt     Kind = "felt"     // the first edge of what may be a press
	Dropped  Kind = "dropped"  // what was felt is no press
	Pressed  Kind = "pressed"  // it went down, and stayed so for the quiet time
	Released Kind = "released" // it came up, and stayed so
	Held     Kind = "held"     // the service gesture: one for each of the outer buttons, together
	Failed   Kind = "failed"   // a fault begins
	Cleared  Kind = "cleared"  // and ends
)

// Fault is what may be wrong with a button.
type Fault string

// The faults. A button has one at most.
const (
	Stuck   Fault = "stuck" // down for too long
	AtStart Fault = "start" // down when it was first seen
	Noisy   Fault = "noisy" // its contact does not come to rest
)

// Event is something that happened to a button. At is when it began: of a
// press or release the first edge, of Held that of the press that is held.
type Event struct {
	Kind   Kind
	Button int
	At     time.Duration
	Fault  Fault // of Failed and Cleared
}

// Config is how buttons are judged.
type Config struct {
	Buttons int           // 64 at most
	Quiet   time.Duration // a level that has not moved for so long is believed
	Hold    time.Duration // both outer buttons down for so long are the service gesture
	Stuck   time.Duration // a button down for longer is a fault
}

const (
	noisyFrom = time.Second     // a contact that has moved for so long is noisy
	calm      = 5 * time.Second // one that has rested for so long is not noisy any more
)

// contact is one button.
type contact struct {
	level bool          // as it was last seen
	down  bool          // as it was last believed
	since time.Duration // when down began
	mute  bool          // this time down is no press

	moving      bool          // level is not yet to be believed
	first, last time.Duration // edges of that

	fault Fault // or none
}

// Buttons are the buttons of a box.
type Buttons struct {
	config   Config
	contacts []contact
	now      time.Duration
	held     bool // the service gesture was made, and not yet let go
}

// New begins with a first look at the levels. What is down then is a fault,
// and no press.
func New(c Config, first Sample) (*Buttons, []Event) {
	b := &Buttons{config: c, contacts: make([]contact, c.Buttons), now: first.At}
	return b, b.Resume(first)
}

// Resume goes on after a time in which nobody looked, as a start does: what is
// down and was not before is no press.
func (b *Buttons) Resume(first Sample) []Event {
	var events []Event
	b.now = max(b.now, first.At)
	for i := range b.contacts {
		c, level := &b.contacts[i], first.Down.Has(i)
		if c.moving && !c.down {
			events = append(events, Event{Kind: Dropped, Button: i, At: b.now})
		}
		if c.fault == Noisy {
			events = append(events, c.clear(i, b.now))
		}
		c.level, c.moving = level, false
		switch {
		case c.down && !level:
			events = append(events, c.up(i, b.now)...)
		case !c.down && level:
			c.down, c.since, c.mute = true, b.now, true
			events = append(events, c.fail(i, b.now, AtStart))
		}
	}
	return events
}

// Down is the buttons that are believed to be down.
func (b *Buttons) Down() Mask {
	var m Mask
	for i, c := range b.contacts {
		if c.down {
			m |= 1 << i
		}
	}
	return m
}

// See takes a sample and returns what follows from it. A sample that is older
// than the one before is taken to be as old.
func (b *Buttons) See(s Sample) []Event {
	var events []Event
	b.now = max(b.now, s.At)
	for i := range b.contacts {
		events = append(events, b.see(i, s.Down.Has(i), s.Edges.Has(i))...)
	}
	return append(events, b.holds()...)
}

// see is [Buttons.See] for one button.
func (b *Buttons) see(i int, level, edge bool) []Event {
	var events []Event
	c := &b.contacts[i]
	if c.fault == Noisy && b.now-c.last >= calm {
		events = append(events, c.clear(i, b.now))
		c.down, c.since, c.mute = c.level, b.now, c.level
	}
	moved := edge || level != c.level
	if c.fault == Noisy {
		if moved {
			c.level, c.last = level, b.now
		}
		return events
	}
	// A change of level comes with an edge, and an edge with a change: where
	// one is without the other, an edge was missed, and nobody knows when.
	if c.moving && b.now-c.last >= b.config.Quiet && edge == (level != c.level) {
		events = append(events, c.settle(i, c.last+b.config.Quiet)...)
	}
	if moved {
		if !c.moving && !c.down {
			events = append(events, Event{Kind: Felt, Button: i, At: b.now})
		}
		if !c.moving {
			c.moving, c.first = true, b.now
		}
		c.level, c.last = level, b.now
	}
	switch {
	case c.moving && c.last-c.first >= noisyFrom:
		events = append(events, c.noisy(i, b.now)...)
	case c.down && c.fault == "" && b.now-c.since > b.config.Stuck:
		events = append(events, c.fail(i, b.now, Stuck))
	}
	return events
}

// settle believes the level that has rested until at.
func (c *contact) settle(i int, at time.Duration) []Event {
	c.moving = false
	switch {
	case c.level == c.down && c.down:
		return nil
	case c.level == c.down:
		return []Event{{Kind: Dropped, Button: i, At: at}}
	case c.level:
		c.down, c.since, c.mute = true, c.first, false
		return []Event{{Kind: Pressed, Button: i, At: c.first}}
	}
	return c.up(i, c.first)
}

// up ends a time down.
func (c *contact) up(i int, at time.Duration) []Event {
	var events []Event
	if !c.mute {
		events = append(events, Event{Kind: Released, Button: i, At: at})
	}
	if c.fault != "" {
		events = append(events, c.clear(i, at))
	}
	c.down, c.mute = false, false
	return events
}

// noisy gives up on a contact until it rests.
func (c *contact) noisy(i int, at time.Duration) []Event {
	events := []Event{{Kind: Dropped, Button: i, At: at}}
	if c.down {
		events = c.up(i, at)
	}
	c.moving = false
	return append(events, c.fail(i, at, Noisy))
}

func (c *contact) fail(i int, at time.Duration, f Fault) Event {
	c.fault = f
	return Event{Kind: Failed, Button: i, At: at, Fault: f}
}

func (c *contact) clear(i int, at time.Duration) Event {
	f := c.fault
	c.fault = ""
	return Event{Kind: Cleared, Button: i, At: at, Fault: f}
}

// pressed reports whether a button is down by a press, and may be believed.
func (c *contact) pressed() bool { return c.down && !c.mute && c.fault == "" }

// gesture reports whether the outer buttons are down, since when both are, and
// whether they alone. A button that may be broken takes no part: neither does
// it hold, nor keep others from it.
func (b *Buttons) gesture() (since time.Duration, both, alone bool) {
	last := len(b.contacts) - 1
	if last < 1 || !b.contacts[0].pressed() || !b.contacts[last].pressed() {
		return 0, false, false
	}
	for _, c := range b.contacts[1:last] {
		if c.pressed() {
			return 0, true, false
		}
	}
	return max(b.contacts[0].since, b.contacts[last].since), true, true
}

// holds is the service gesture, once for each time that it is made.
func (b *Buttons) holds() []Event {
	since, both, alone := b.gesture()
	b.held = b.held && both
	if !alone || b.held || b.now-since < b.config.Hold {
		return nil
	}
	b.held = true
	last := len(b.contacts) - 1
	return []Event{
		{Kind: Held, Button: 0, At: b.contacts[0].since},
		{Kind: Held, Button: last, At: b.contacts[last].since},
	}
}

// Never is later than all times.
const Never = time.Duration(1<<63 - 1)

// Next is when the next sample is wanted, where no edge comes before: later
// than the latest sample, or [Never].
func (b *Buttons) Next() time.Duration {
	next := Never
	for _, c := range b.contacts {
		switch {
		case c.fault == Noisy:
			next = min(next, c.last+calm)
		case c.moving:
			next = min(next, c.last+b.config.Quiet)
		}
		if c.down && c.fault == "" {
			next = min(next, c.since+b.config.Stuck+1)
		}
	}
	if since, _, alone := b.gesture(); alone && !b.held {
		next = min(next, since+b.config.Hold)
	}
	return next
}
