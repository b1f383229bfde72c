package main

import (
	"context"
	"errors"

	"sourire/device/board"
	"sourire/device/board/gpio"
	"sourire/device/board/sound"
	"sourire/device/clock"
	"sourire/device/config"
	"sourire/device/press"
	"sourire/device/screen"
	"sourire/device/signal"
	"sourire/device/tap"
)

// partSignals is the lights and the buzzer.
const partSignals = "lights"

// addSignals gives a box its lights and its buzzer, where it has any.
func (h *hardware) addSignals(c config.Config, now *clock.Clock) {
	if len(c.Board.Lights) == 0 && c.Board.Buzzer == "" {
		return
	}
	lines := signalsOf(c)
	night := c.Board.QuietTime()
	h.signals = &board.Signals{
		Buttons: len(h.lines),
		Open:    func() (board.Outputs, error) { return board.OpenSignals(lines) },
		Up:      clock.SinceBoot,
		Night: func() bool {
			r := now.Now()
			return r.Quality != tap.Unknown && night.OpenAt(r.Wall)
		},
		Trouble: h.trouble(partSignals),
	}
	h.signals.Start()
	h.loop.Answered = h.answered
}

// signalsOf is where the lights and the buzzer of a box are.
func signalsOf(c config.Config) board.SignalConfig {
	return board.SignalConfig{Dev: gpio.Dev, PWM: sound.Sysfs, Chip: c.Board.Chip, Lights: c.Board.Lights, Buzzer: c.Board.Buzzer}
}

// answered tells what became of a press; not of one that is of a cloth.
func (h *hardware) answered(err error) {
	switch {
	case h.loop.Scene().Kind == screen.Cleaning:
	case err == nil:
		h.cue(signal.Thanks, 0)
	case !errors.Is(err, press.ErrNoButton):
		h.cue(signal.Refused, 0)
	}
}

func (h *hardware) cue(c signal.Cue, button int) {
	if h.signals != nil {
		h.signals.Cue(c, button)
	}
}

// followScenes has the lights show whether a press is welcome.
func (h *hardware) followScenes(ctx context.Context) {
	for s := range h.loop.Watch(ctx) {
		h.cue(welcome(s.Kind), 0)
	}
}

// welcome is how the lights are while a scene shows. All of them shine alike,
// also those of buttons that do not answer a follow-up: a dark one would look
// broken, and the labels say what each means.
func welcome(k screen.Kind) signal.Cue {
	switch k {
	case screen.OutOfOrder, screen.Starting, screen.Cleaning:
		return signal.Out // no light answers a cloth
	case screen.Asleep, screen.Closed, screen.PIN, screen.Manager:
		return signal.Asleep
	}
	return signal.Ready
}
