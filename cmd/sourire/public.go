package main

import (
	"time"

	"sourire/device/config"
	"sourire/device/screen"
	"sourire/device/tally"
	"sourire/device/tap"
	"sourire/device/terminal"
)

// public tells the terminal how many answers there are today, where customers
// are told. How late they hear is the terminal's to decide.
type public struct{ box *box }

func (p public) add(tap.Event) {}

func (p public) caughtUp() {
	now := p.box.clock.Now()
	if now.Quality != tap.Unknown {
		p.box.loop.Do(terminal.Public{Reading: now, Voices: p.box.results.today(now.Wall)})
	}
}

// today is how many answers there are on the day of a moment.
func (r *results) today(now time.Time) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.clerk.Last(tally.Today, now).N()
}

// plain is a scene of a terminal of which nothing is known but its
// configuration.
func plain(c config.Config, k screen.Kind) screen.Scene {
	return screen.Scene{
		Kind: k, Scale: c.Survey.Scale, Text: c.Event("").Text,
		Languages: c.Terminal.Languages, Texts: c.Texts,
	}
}

// said is what was done, as the screen has it.
func said(all []config.Said) (shown []screen.Said) {
	for _, s := range all {
		shown = append(shown, screen.Said(s))
	}
	return shown
}
