package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sourire/device/board"
	"sourire/device/board/gpio"
	"sourire/device/board/gpio/gpiotest"
	"sourire/device/button"
	"sourire/device/clock"
	"sourire/device/signal"
	"sourire/device/tap"
	"sourire/device/tap/seedtest"
	"sourire/device/terminal"
)

// busy is a machine with too much to do: whatever a box reads or sets takes its
// time, every now and then. It is the box's lines, lights and journal.
type busy struct {
	*gpiotest.Inputs
	begun time.Time

	mu     sync.Mutex
	random *rand.Rand
	stalls bool
	still  time.Duration // until then all stands still, as far as the box is concerned
	shown  []signal.Output
	taps   []*tap.TapEvent
	seq    uint64
	faults []string
}

func (m *busy) up() time.Duration { return time.Since(m.begun) }

// Now is the box's clock.
func (m *busy) Now() clock.Reading {
	return clock.Reading{Up: m.up().Milliseconds(), Wall: time.Now(), Quality: tap.Synced}
}

func (m *busy) stall() {
	m.mu.Lock()
	var d time.Duration
	if m.stalls && m.random.IntN(3) == 0 {
		d = time.Duration(m.random.ExpFloat64() * float64(150*time.Millisecond))
	}
	d = max(d, m.still-m.up())
	m.mu.Unlock()
	<-time.After(d)
}

func (m *busy) Levels() (uint64, error) {
	m.stall()
	defer m.stall()
	return m.Inputs.Levels()
}

func (m *busy) Edges(timeout time.Duration) ([]gpio.Edge, error) {
	end := time.Now().Add(timeout)
	m.stall()
	defer m.stall()
	if left := time.Until(end); left > 0 {
		return m.Inputs.Edges(left)
	}
	return m.Inputs.Waiting()
}

func (m *busy) Waiting() ([]gpio.Edge, error) {
	m.stall()
	defer m.stall()
	return m.Inputs.Waiting()
}

func (m *busy) Append(events ...tap.Event) error {
	m.stall()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range events {
		m.seq++
		e.Head().Seq = m.seq
		switch e := e.(type) {
		case *tap.TapEvent:
			m.taps = append(m.taps, e)
		case *tap.FaultEvent:
			m.faults = append(m.faults, fmt.Sprintf("%s %s", e.Kind, e.Part))
		}
	}
	return nil
}

// since is what was shown and stored since it was last asked.
func (m *busy) since() (shown []signal.Output, taps []*tap.TapEvent) {
	m.mu.Lock()
	defer m.mu.Unlock()
	shown, taps = m.shown, m.taps
	m.shown, m.taps = nil, nil
	return shown, taps
}

func (m *busy) setStalls(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stalls = on
}

// start runs a box of four buttons on the machine until the returned function
// is called.
func (m *busy) start(ctx context.Context) (stop func()) {
	log := slog.New(slog.DiscardHandler)
	survey := terminal.Survey{Config: tap.ConfigEvent{Question: "exit", Scale: tap.Faces4}, Languages: []string{"fr"}}
	loop := terminal.NewLoop(survey, terminal.Resumed{Boot: 1}, tap.BootEvent{}, m, m, log)
	h := &hardware{lines: []string{"A", "B", "C", "D"}, loop: loop, log: log, failed: map[failure]bool{}}
	h.buttons = &board.Buttons{
		Config: button.Config{Buttons: 4, Quiet: 12 * time.Millisecond, Hold: 3 * time.Second, Stuck: 30 * time.Second},
		Open:   func() (board.Lines, error) { return m, nil },
		Up:     m.up, Tell: h.tell, Trouble: h.heard,
	}
	h.buttons.Start()
	h.signals = &board.Signals{
		Buttons: 4, Up: m.up, Night: func() bool { return false },
		Open:    func() (board.Outputs, error) { return lights{m}, nil },
		Trouble: h.trouble(partSignals),
	}
	h.signals.Start()
	loop.Answered = h.answered
	ctx, cancel := context.WithCancel(ctx)
	var parts sync.WaitGroup
	parts.Go(func() { h.run(ctx) })
	parts.Go(func() { loop.Run(ctx) })
	return func() {
		cancel()
		parts.Wait()
	}
}

// lights are those of a machine, and its buzzer.
type lights struct{ *busy }

func (l lights) Set(out signal.Output, _ bool) error {
	l.stall()
	defer l.stall()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shown = append(l.shown, out)
	return nil
}

// Close leaves them as they are.
func (lights) Close() error { return nil }

// However a busy machine holds up the parts of a box, and with a button down
// since before it started: each press of another is shown by its light alone,
// stored once, by the time of its edge, and then thanked.
func TestABusyMachineAnswersEachPress(t *testing.T) {
	seed := seedtest.Seed(t)
	for round := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, round))
		synctest.Test(t, func(t *testing.T) {
			m := &busy{begun: time.Now(), random: rand.New(rand.NewPCG(seed, round+1<<32)), stalls: true}
			m.Inputs = &gpiotest.Inputs{Up: m.up}
			m.Rest(1, true)
			stop := m.start(t.Context())
			defer stop()
			<-time.After(time.Minute)
			if !slices.Equal(m.faults, []string{"fault button-2"}) {
				t.Fatalf("round %d: faults %q", round, m.faults)
			}
			for n := range 50 {
				m.since()
				m.setStalls(n%5 > 0)
				choice := []int{0, 2, 3}[r.IntN(3)]
				at := m.up()
				m.press(choice, r)
				<-time.After(10*time.Second + time.Duration(r.Int64N(int64(time.Second))))
				shown, taps := m.since()
				if err := answered(shown, taps, choice, at); err != nil {
					t.Fatalf("round %d, press %d of button %d at %s: %v", round, n, choice+1, at, err)
				}
			}
			if !slices.Equal(m.faults, []string{"fault button-2"}) {
				t.Errorf("round %d: faults %q", round, m.faults)
			}
		})
	}
}

// press presses a button with a bounce, and lets go.
func (m *busy) press(choice int, r *rand.Rand) {
	for _, down := range []bool{true, false} {
		for range r.IntN(4) {
			m.Set(choice, down)
			<-time.After(time.Millisecond)
			m.Set(choice, !down)
			<-time.After(time.Millisecond)
		}
		m.Set(choice, down)
		<-time.After(20*time.Millisecond + time.Duration(r.Int64N(int64(time.Second))))
	}
}

// answered is nil where one press at a time was felt, stored and thanked.
func answered(shown []signal.Output, taps []*tap.TapEvent, choice int, at time.Duration) error {
	if len(taps) != 1 || taps[0].Choice != choice || !taps[0].Counted {
		return fmt.Errorf("taps %v, want one of choice %d", taps, choice)
	}
	if off := time.Duration(taps[0].Up)*time.Millisecond - at; off < -time.Millisecond || off > time.Millisecond {
		return fmt.Errorf("dated %s after its edge", off)
	}
	const all = 0b1111
	want := []signal.Output{
		{Lights: 1 << choice},
		{Lights: all, Sound: true}, {}, {Lights: all}, {}, {Lights: all},
	}
	if waited := slices.Insert(slices.Clone(want), 1, signal.Output{Lights: all}); slices.Equal(shown, waited) {
		return nil // the card was slower than the light of the press
	}
	if !slices.Equal(shown, want) {
		return fmt.Errorf("the lights and the buzzer were set to %v, want %v", shown, want)
	}
	return nil
}

// What people did while a box stood still is dated by when they did it, though a
// button became stuck meanwhile, which is written too.
func TestABoxThatStoodStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &busy{begun: time.Now()}
		m.Inputs = &gpiotest.Inputs{Up: m.up}
		defer m.start(t.Context())()
		<-time.After(time.Second)
		m.Inputs.Set(1, true)
		<-time.After(29 * time.Second)
		m.since()
		m.mu.Lock()
		m.still = m.up() + 5*time.Second
		m.mu.Unlock()
		var edges []int64
		for range 40 {
			edges = append(edges, m.up().Milliseconds())
			for _, down := range []bool{true, false} {
				m.Inputs.Set(0, down)
				<-time.After(30 * time.Millisecond)
			}
		}
		<-time.After(10 * time.Second)
		var dated []int64
		_, taps := m.since()
		for _, p := range taps {
			dated = append(dated, p.Up)
		}
		if !slices.Equal(dated, edges) {
			t.Errorf("dated %d, want %d", dated, edges)
		}
		if !slices.Equal(m.faults, []string{"fault button-2"}) {
			t.Errorf("faults %q", m.faults)
		}
	})
}
