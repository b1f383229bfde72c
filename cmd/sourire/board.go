package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"sourire/device/board"
	"sourire/device/board/gpio"
	"sourire/device/button"
	"sourire/device/clock"
	"sourire/device/config"
	"sourire/device/rules"
	"sourire/device/signal"
	"sourire/device/tap"
	"sourire/device/terminal"
)

// hardware is what a box has beside its page: nothing, for a panel.
type hardware struct {
	lines   []string // of the buttons
	buttons *board.Buttons
	signals *board.Signals // nil without lights and buzzer
	loop    *terminal.Loop
	log     *slog.Logger
	held    []terminal.Touch // of a service gesture that is being told

	mu     sync.Mutex
	failed map[failure]bool
}

// failure is one thing that is wrong with a part.
type failure struct {
	part string
	what button.Fault // of one button; else empty
}

// partButtons is all buttons together.
const partButtons = "buttons"

// newHardware takes the lines that the configuration names, and reads them for
// the first time. What cannot be opened now is a fault, and tried again.
func newHardware(c config.Config, loop *terminal.Loop, now *clock.Clock, log *slog.Logger) *hardware {
	h := &hardware{loop: loop, log: log, failed: map[failure]bool{}}
	if c.Board.Kind != config.BoardGPIO {
		return h
	}
	h.lines = c.ButtonLines()
	inputs := inputsOf(c)
	h.buttons = &board.Buttons{
		Config:  buttonsOf(c),
		Open:    func() (board.Lines, error) { return gpio.OpenInputs(inputs) },
		Up:      clock.SinceBoot,
		Tell:    h.tell,
		Trouble: h.heard,
	}
	h.buttons.Start()
	h.addSignals(c, now)
	return h
}

// buttonsOf is how the buttons of a box are judged.
func buttonsOf(c config.Config) button.Config {
	return button.Config{
		Buttons: len(c.ButtonLines()),
		Quiet:   time.Duration(c.Board.Debounce) * time.Millisecond,
		Hold:    rules.ServiceHold * time.Millisecond,
		Stuck:   rules.StuckAfter * time.Millisecond,
	}
}

func (h *hardware) run(ctx context.Context) {
	var parts sync.WaitGroup
	if h.buttons != nil {
		parts.Go(func() { h.buttons.Run(ctx) })
	}
	if h.signals != nil {
		parts.Go(func() { h.signals.Run(ctx) })
		parts.Go(func() { h.followScenes(ctx) })
	}
	parts.Wait()
}

// tell carries to the terminal what happened to a button.
func (h *hardware) tell(e button.Event) {
	at := h.loop.At(e.At.Milliseconds())
	switch e.Kind {
	case button.Felt:
		h.cue(signal.Felt, e.Button)
		h.loop.Do(terminal.Felt{Reading: at, Button: e.Button})
	case button.Dropped:
		h.cue(signal.Dropped, e.Button)
		h.loop.Do(terminal.Dropped{Reading: at, Button: e.Button})
	case button.Pressed:
		if h.loop.Scene().Pages != nil {
			h.cue(signal.Key, e.Button)
		}
		h.loop.Do(terminal.Touch{Reading: at, Button: e.Button})
	case button.Held:
		h.held = append(h.held, terminal.Touch{Reading: at, Button: e.Button})
		if len(h.held) == 2 {
			h.cue(signal.Service, e.Button)
			h.loop.Do(terminal.Held{Reading: h.loop.At(clock.Up()), Touches: h.held})
			h.held = nil
		}
	case button.Failed:
		h.note(at, h.failure(failure{partOf(e.Button), e.Fault}, h.lines[e.Button]+": "+whys[e.Fault]))
	case button.Cleared:
		h.note(at, h.recovery(failure{partOf(e.Button), e.Fault}, h.lines[e.Button]+": "+cleared[e.Fault]))
	}
}

// heard is told when the buttons cannot be read, and when they can again.
func (h *hardware) heard(err error) {
	h.loop.Do(terminal.Buttons{Reading: h.loop.At(clock.Up()), Work: err == nil})
	h.trouble(partButtons)(err)
}

// trouble is told when a part cannot be used, and when it can again.
func (h *hardware) trouble(part string) func(error) {
	return func(err error) {
		if err != nil {
			h.fault(failure{part: part}, err.Error())
			return
		}
		h.clear(failure{part: part}, "works again")
	}
}

// partOf names a button as people count: the worst face's is the first.
func partOf(b int) string { return fmt.Sprintf("button-%d", b+1) }

// whys and cleared say what a fault of a button is, and its end.
var (
	whys = map[button.Fault]string{
		button.Stuck:   "down for over 30 s: free the button",
		button.AtStart: "down when it was first looked at: no press until it comes up",
		button.Noisy:   "its contact does not come to rest: check its wires, or raise board.debounce",
	}
	cleared = map[button.Fault]string{
		button.Stuck:   "it came up",
		button.AtStart: "it came up",
		button.Noisy:   "its contact is at rest",
	}
)

func (h *hardware) fault(f failure, why string) { h.loop.Note(h.failure(f, why)) }

func (h *hardware) clear(f failure, why string) { h.loop.Note(h.recovery(f, why)) }

// note has an event of a button written by when it happened: presses of before
// it and after it are told in their order, however late.
func (h *hardware) note(at clock.Reading, e tap.Event) {
	h.loop.Do(terminal.Note{Reading: at, Events: []tap.Event{e}})
}

// failure is the event that a part is out of order, and recovery that it is not
// any more, from now on.
func (h *hardware) failure(f failure, why string) tap.Event {
	h.mu.Lock()
	h.failed[f] = true
	h.mu.Unlock()
	h.log.Warn("a part is out of order", "part", f.part, "why", why)
	return &tap.FaultEvent{Header: tap.Header{Kind: tap.KindFault}, Part: f.part, Why: why}
}

func (h *hardware) recovery(f failure, why string) tap.Event {
	h.mu.Lock()
	delete(h.failed, f)
	h.mu.Unlock()
	h.log.Info("a part is in order again", "part", f.part, "why", why)
	return &tap.FaultEvent{Header: tap.Header{Kind: tap.KindClear}, Part: f.part, Why: why}
}

// faults are the parts that are out of order, sorted.
func (h *hardware) faults() []string {
	var parts []string
	for _, f := range h.failures() {
		parts = append(parts, f.part)
	}
	return slices.Compact(parts)
}

// failures are what is wrong with the parts, sorted.
func (h *hardware) failures() []failure {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.SortedFunc(maps.Keys(h.failed), func(a, b failure) int {
		return cmp.Or(strings.Compare(a.part, b.part), strings.Compare(string(a.what), string(b.what)))
	})
}
