package terminal

import (
	"time"

	"sourire/device/clock"
	"sourire/device/screen"
	"sourire/device/tap"
)

// The public figure is late and moves in steps: whoever watches somebody press
// and then the screen must not learn whether that press was counted. Between
// two figures there are at least publicStep answers and publicEvery.
const (
	publicStep  = 10
	publicEvery = 15 * 60_000 // ms
	saidShown   = 20_000      // ms, and as long nothing before the next
)

// public is what customers are told of all answers.
type public struct {
	asked  bool // somebody counts
	day    string
	voices int   // on that day
	told   int   // as the screen says it; 0 for nothing
	since  int64 // up when it began to
}

// tell brings the public figure up to date, where it is time. Another day, also
// one that comes of the clock being set, begins with nothing.
func (p *public) tell(at clock.Reading) {
	if day := at.Wall.Format(time.DateOnly); day != p.day {
		p.day, p.voices, p.told = day, 0, 0
	}
	step := p.voices - p.told
	if p.told == 0 && step >= publicStep || max(step, -step) >= publicStep && at.Up-p.since >= publicEvery {
		p.told, p.since = p.voices, at.Up
		if p.told < publicStep {
			p.told = 0
		}
	}
}

func (p *public) count(in Public) {
	p.tell(in.Reading) // first: is it the same day?
	p.asked, p.voices = true, in.Voices
}

// voices is what the screen says there were today; 0 where it says nothing.
func (t *Terminal) voices(at clock.Reading) int {
	t.public.tell(at)
	if at.Quality == tap.Unknown {
		return 0
	}
	return t.public.told
}

// said is what is told at a time of what was done: one after the other, and
// nothing between them.
func (t *Terminal) said(up int64) *screen.Said {
	turn := up / saidShown
	if n := int64(len(t.survey.Said)); n > 0 && turn%2 == 1 {
		return &t.survey.Said[turn/2%n]
	}
	return nil
}
