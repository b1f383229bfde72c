// Package rules is the counting rules, version 1: which presses count, and why
// the others do not.
//
// To judge a press is pure: a [State] is a value, [State.Judge] gives back a
// verdict and the state after it, and a caller that could not store the
// verdict goes on with the state it had. After a restart [Rebuild] makes the
// same state from the journal. Times are CLOCK_BOOTTIME in ms, and every bound
// is inclusive.
package rules

import (
	"sourire/device/tap"
)

// Version is the version of the counting rules; every tap carries it.
const Version = 1

// The intervals of the rules, in ms.
const (
	Window           = 50        // from a press's first edge to its decision; more buttons within it are a chord (rule 1)
	ResponseInterval = 5_000     // after a counted tap, in which the next press is not another customer's (rule 2)
	ChangeOfMind     = 3_000     // after a counted tap, in which another button takes its place (rule 2)
	ChangeIfAsked    = 1_000     // the same, where a follow-up question shows or was answered (rule 2)
	ServiceHold      = 3_000     // both outer buttons held this long open the manager's view (rule 3)
	StuckAfter       = 30_000    // a button down for longer is a fault (rule 4)
	AnswerInterval   = 1_000     // after an answer to a follow-up, in which a press is of the same hand (rule 2)
	BurstPeriod      = 60_000    // in which presses are counted for a burst (rule 5)
	ClosingGrace     = 1_800_000 // after closing, in which presses still count (rule 6)
)

// BurstPresses is the press in a [BurstPeriod] from which on taps are flagged
// [tap.Burst] (rule 5).
const BurstPresses = 13

// Press is one decided press: what was down within [Window] of its first edge.
type Press struct {
	Buttons  []int // sorted, distinct, at least one; two or more are a chord
	Up       int64 // of the first edge
	Closed   bool  // the store is closed: see [ClosedAt]
	Test     bool  // test or cleaning mode is on
	FollowUp bool  // a follow-up question to the last counted tap shows
}

// Choice is one tap to write: one button of a press.
type Choice struct {
	Button  int
	Counted bool
	Flags   []tap.Flag // all that apply, sorted, never nil
}

// Verdict is what to write for a press, in one commit and in this order: the
// undo, the taps, the reason.
type Verdict struct {
	Undo      uint64   // seq of the tap that the counted one replaces (why: changed); 0 for none
	Taps      []Choice // one a button; none for an answer to a follow-up
	Reason    int      // the button that answers the follow-up, from 0; -1 for none
	ReasonFor uint64   // seq of the tap that the answer explains
}

// State is what the rules remember between presses. The zero State remembers
// nothing. It is comparable.
type State struct {
	last    counted
	answer  answer
	presses [BurstPresses - 1]int64 // up of the latest presses, the newest first
	n       int                     // how many of them there are
}

// counted is the last counted tap that was not undone.
type counted struct {
	some     bool
	seq      uint64 // 0 until Stored
	button   int
	up       int64
	answered bool // its follow-up was answered
}

// answer is the last answer to a follow-up.
type answer struct {
	some bool
	up   int64
}

// Judge applies the rules to a press. The state it returns is the one after
// the verdict was stored; if that has a counted tap, [State.Stored] must tell
// the state its seq before the next press.
func (s State) Judge(p Press) (Verdict, State) {
	next := s.pressed(p.Up)
	chord := len(p.Buttons) > 1
	if s.last.some && p.FollowUp && !chord && p.Up-s.last.up > ChangeIfAsked {
		next.last.answered, next.answer = true, answer{true, p.Up}
		return Verdict{Reason: p.Buttons[0], ReasonFor: s.last.seq}, next
	}

	v := Verdict{Reason: -1}
	for _, b := range p.Buttons {
		v.Taps = append(v.Taps, choice(b, s.flags(b, p, chord)))
	}
	if c := v.Taps[0]; c.Counted {
		if s.last.some && p.Up-s.last.up <= ResponseInterval {
			v.Undo = s.last.seq
		}
		next.last = counted{some: true, button: c.Button, up: p.Up}
	}
	return v, next
}

// Stored is the state once the journal gave seq to the counted tap of the
// verdict just judged. Without such a tap it changes nothing.
func (s State) Stored(seq uint64) State {
	if s.last.some && s.last.seq == 0 {
		s.last.seq = seq
	}
	return s
}

// Undone is the state after an undo that did not come from [State.Judge], as
// when the outer buttons held opened the manager's view (rule 3).
func (s State) Undone(seq uint64) State {
	if s.last.seq == seq {
		s.last = counted{}
	}
	return s
}

// flags lists, sorted, what applies to button b of a press.
func (s State) flags(b int, p Press, chord bool) []tap.Flag {
	f := []tap.Flag{}
	if s.burst(p.Up) {
		f = append(f, tap.Burst)
	}
	if chord {
		f = append(f, tap.Chord)
	}
	if p.Closed {
		f = append(f, tap.Closed)
	}
	if s.repeats(b, p) {
		f = append(f, tap.Repeat)
	}
	if p.Test {
		f = append(f, tap.Test)
	}
	return f
}

// choice is a tap on button b; it counts where no flag but burst applies.
func choice(b int, flags []tap.Flag) Choice {
	c := Choice{Button: b, Counted: true, Flags: flags}
	for _, f := range flags {
		if f != tap.Burst {
			c.Counted = false
		}
	}
	return c
}

// repeats reports whether button b comes within the response interval of the
// last counted tap and is no change of mind, or right after the answer to its
// follow-up: a second tap on an answer is not another customer's vote (rule 2).
func (s State) repeats(b int, p Press) bool {
	if s.answer.some && p.Up-s.answer.up <= AnswerInterval {
		return true
	}
	age := p.Up - s.last.up
	if !s.last.some || age > ResponseInterval {
		return false
	}
	change := int64(ChangeOfMind)
	if p.FollowUp || s.last.answered {
		change = ChangeIfAsked
	}
	return b == s.last.button || age > change
}

// burst reports whether a press at up is at least the 13th of some 60 s
// (rule 5).
func (s State) burst(up int64) bool {
	return s.n == len(s.presses) && up-s.presses[s.n-1] <= BurstPeriod
}

// pressed is the state after one more press, counted or not.
func (s State) pressed(up int64) State {
	copy(s.presses[1:], s.presses[:len(s.presses)-1])
	s.presses[0] = up
	s.n = min(s.n+1, len(s.presses))
	return s
}
