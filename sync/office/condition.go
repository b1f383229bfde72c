package office

import "time"

// Condition is what a terminal is doing, in a word.
type Condition string

// The conditions, the first that applies. Broken, off, closed and without a
// press are four different things.
const (
	Broken    Condition = "broken"     // a part is out of order, or its events cannot be stored here
	Unknown   Condition = "unknown"    // it has said nothing of itself yet
	Off       Condition = "off"        // not online
	Closed    Condition = "closed"     // online outside opening hours
	NoPresses Condition = "no_presses" // in service, and no press was counted today
	InService Condition = "in_service"
)

// closingGrace is how long after closing a press still counts (rule 6).
const closingGrace = 30 * time.Minute

// condition is the condition of a terminal at a time in its place.
func (t *terminal) condition(s *Status, local time.Time) Condition {
	switch e := t.newest(); {
	case len(s.Faults) > 0 || s.Damage != nil:
		return Broken
	case t.state == nil:
		return Unknown
	case !s.Online:
		return Off
	case e != nil && e.survey != nil && e.survey.hours.ClosedAt(local, closingGrace):
		return Closed
	case s.CountedToday == 0:
		return NoPresses
	}
	return InService
}
