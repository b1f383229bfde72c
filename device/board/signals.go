package board

import (
	"context"
	"slices"
	"sync"
	"time"

	"sourire/device/signal"
)

// Outputs are what the lights and the buzzer hang on, such as [SignalLines].
// Close leaves all off.
type Outputs interface {
	Set(out signal.Output, night bool) error
	Close() error
}

// Signals plays what the lights and the buzzer tell, in one goroutine. Outputs
// that fail are opened anew, like the lines of [Buttons]; no press waits for
// them.
type Signals struct {
	Buttons int
	Open    func() (Outputs, error)
	Up      func() time.Duration // CLOCK_BOOTTIME
	Night   func() bool          // sounds are to be soft
	Trouble func(error)          // the outputs fail; or nil: they work again

	mu   sync.Mutex
	rest signal.Cue // the latest cue that lasts
	cues []cue      // the others, not yet played
	wake chan struct{}

	outputs Outputs
	set     signal.Output // what they are set to
	retry   time.Duration // when to open them anew
	pause   time.Duration // after that
}

type cue struct {
	signal.Cue
	button int
	night  bool
}

// Start takes the outputs, or has Trouble told of it. Nothing is on. Cues from
// here on are kept for [Signals.Run], which must be called.
func (s *Signals) Start() {
	s.wake, s.pause = make(chan struct{}, 1), firstTry
	if err := s.open(); err != nil {
		s.Trouble(err)
	}
}

const cuesKept = 32

// Cue has something told. It never waits: where cues come faster than they can
// be told, the oldest are left out. Button is that of [signal.Felt].
func (s *Signals) Cue(c signal.Cue, button int) {
	next := cue{c, button, s.Night()}
	s.mu.Lock()
	if c.Lasts() {
		s.rest = c
	} else {
		s.cues = append(s.cues, next)
	}
	if n := len(s.cues) - cuesKept; n > 0 {
		s.cues = slices.Delete(s.cues, 0, n)
	}
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default: // it will look at the cues anyway
	}
}

// take is what came since it was last called, how the box is first.
func (s *Signals) take() []cue {
	s.mu.Lock()
	defer s.mu.Unlock()
	cues := append([]cue{{Cue: s.rest}}, s.cues...)
	s.cues = nil
	return cues
}

// Run plays until ctx ends, and leaves all off.
func (s *Signals) Run(ctx context.Context) {
	p := signal.NewPlayer(s.Buttons)
	timer := time.NewTimer(0)
	defer timer.Stop()
	defer s.close()
	night := false
	for {
		for _, c := range s.take() { // each is shown, and told from now on: who is late leaves nothing out
			up := s.Up().Milliseconds()
			p.Play(c.Cue, c.button, c.night, up)
			night = c.night
			out, _ := p.At(up)
			s.play(out, night)
		}
		up := s.Up()
		out, next := p.At(up.Milliseconds())
		wait := time.Hour
		if next > 0 {
			wait = time.Duration(next)*time.Millisecond - up
		}
		if !s.play(out, night) {
			wait = min(wait, s.retry-up)
		}
		timer.Reset(max(wait, 0))
		select {
		case <-s.wake:
		case <-timer.C:
		case <-ctx.Done():
			return
		}
	}
}

// play sets the outputs; false where they fail.
func (s *Signals) play(out signal.Output, night bool) bool {
	if s.outputs == nil {
		if s.Up() < s.retry || s.open() != nil {
			return false
		}
		s.Trouble(nil)
	}
	if out == s.set {
		return true
	}
	if err := s.outputs.Set(out, night); err != nil {
		s.close()
		s.later()
		s.Trouble(err)
		return false
	}
	s.set, s.pause = out, firstTry
	return true
}

func (s *Signals) open() error {
	outputs, err := s.Open()
	if err != nil {
		s.later()
		return err
	}
	s.outputs, s.set = outputs, signal.Output{}
	return nil
}

// later puts the next try off, a little longer each time.
func (s *Signals) later() {
	s.retry = s.Up() + s.pause
	s.pause = min(2*s.pause, lastTry)
}

func (s *Signals) close() {
	if s.outputs != nil {
		_ = s.outputs.Close()
		s.outputs = nil
	}
}
