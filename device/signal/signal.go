// Package signal decides what the lights and the buzzer of a box do. A [Cue]
// says what has happened, the tables in patterns.go say how that looks and
// sounds, and a [Player] turns them into levels over time. It is pure: the
// caller brings the time and drives the lines.
//
// Nothing in it depends on which button was pressed but the light of that
// button itself, before the press is stored: the thanks is the same for every
// choice, to the eye and to the ear.
package signal

// Cue is something that the lights and the buzzer tell.
type Cue int

// The cues. Out, Asleep and Ready last; the others pass.
const (
	Out     Cue = iota // no press is taken: starting, out of order, stopped
	Asleep             // the store is closed: dark until a press
	Ready              // a press is welcome
	Felt               // a button went down; it is not stored yet
	Dropped            // what was felt is no press
	Thanks             // the press is stored
	Refused            // the press could not be stored
	Service            // the outer buttons were held: the manager's view opens
	Key                // a button was pressed in the manager's view
)

// Lasts reports whether c is how a box is, until it is told otherwise.
func (c Cue) Lasts() bool { return c <= Ready }

// Lights are the lights that are on: bit i is the light of button i.
type Lights uint16

// Output is what the lines are to be set to.
type Output struct {
	Lights Lights
	Sound  bool
}

// nightPulse is how long a sound lasts at most at night, in ms: an active
// buzzer knows on and off only, so it is made quiet by being made short.
const nightPulse = 20

// Player plays one pattern over another. Each step lasts its time from when it
// was first asked for, so a box that stands still for a moment shows all of it
// later, and never a thanks without its blinks. Times are in ms, on any clock
// that does not go back.
type Player struct {
	all     Lights
	resting Cue // Out, Asleep or Ready

	playing []step // from the present one on; empty: resting
	begun   int64  // the present one
	pressed Lights
	night   bool
}

// NewPlayer is a player for so many buttons, of which none is taken yet.
func NewPlayer(buttons int) *Player {
	return &Player{all: 1<<buttons - 1}
}

// Play begins what c tells at up, in place of what was playing. Button matters
// to [Felt], [Dropped] and [Key] only. At night it is told quietly.
func (p *Player) Play(c Cue, button int, night bool, up int64) {
	light := Lights(1) << button & p.all
	switch c {
	case Out, Asleep, Ready:
		p.resting = c
		return
	case Dropped:
		if !p.isFelt(up) {
			return // an answer is told to its end
		}
		if p.pressed &^= light; p.pressed != 0 {
			return // another button was felt
		}
	case Key:
		p.pressed = light
	case Felt:
		if p.resting == Out {
			return // a light would promise what the box cannot keep
		}
		if !p.isFelt(up) {
			p.pressed = 0
		}
		p.pressed |= light // both buttons of a chord were felt
	}
	p.playing, p.begun, p.night = patterns[c], up, night
}

func (p *Player) isFelt(up int64) bool {
	return len(p.playing) > 0 && p.playing[0].lights == pressed && up < p.end()
}

// end is when the present step is over.
func (p *Player) end() int64 { return p.begun + p.playing[0].ms }

// At is what the lines are to be at up, and when to ask again; 0 for not
// before the next cue.
func (p *Player) At(up int64) (out Output, next int64) {
	if len(p.playing) > 0 && up >= p.end() {
		p.playing, p.begun = p.playing[1:], up
	}
	if len(p.playing) == 0 {
		if p.resting == Ready {
			out.Lights = p.all
		}
		return out, 0
	}
	s := p.playing[0]
	switch s.lights {
	case all:
		out.Lights = p.all
	case pressed:
		out.Lights = p.pressed
	case none:
	}
	out.Sound = s.sound
	if s.sound && p.night {
		if hush := p.begun + nightPulse; up < hush {
			return out, min(hush, p.end())
		}
		out.Sound = false
	}
	return out, p.end()
}
