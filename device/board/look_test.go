package board

import (
	"slices"
	"testing"
	"time"

	"sourire/device/board/gpio"
	"sourire/device/board/gpio/gpiotest"
	"sourire/device/button"
)

// heldUp are lines of which a process is held up when it begins to read them.
type heldUp struct {
	*gpiotest.Inputs
	levels, waiting func() // what happens meanwhile
}

func (h *heldUp) Levels() (uint64, error) {
	h.levels()
	return h.Inputs.Levels()
}

func (h *heldUp) Waiting() ([]gpio.Edge, error) {
	h.waiting()
	return h.Inputs.Waiting()
}

// TestLookDatesByTheEdge: where the processor was taken away between a look at
// the clock and one at the levels, a press that began in between is dated by
// its edge, and one whose edge was lost by when it was seen. What was at rest
// before is told from what was not by the edges.
func TestLookDatesByTheEdge(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		name string
		move func(*gpiotest.Inputs, int, bool)
		want []button.Event
	}{
		{"edge", (*gpiotest.Inputs).Set, []button.Event{
			{Kind: button.Felt, Button: 0, At: 1000 * ms},
			{Kind: button.Felt, Button: 1, At: 1013 * ms},
		}},
		{"edge lost", (*gpiotest.Inputs).Slip, []button.Event{
			{Kind: button.Felt, Button: 0, At: 1000 * ms},
			{Kind: button.Felt, Button: 1, At: 1020 * ms},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := 1000 * ms
			up := func() time.Duration { return now }
			inputs := &heldUp{Inputs: &gpiotest.Inputs{Up: up}, levels: func() {}}
			inputs.waiting = func() { // a bounce, since it was seen to go down
				now += 6 * ms
				inputs.Set(0, false)
				inputs.Set(0, true)
			}
			var told []button.Event
			b := &Buttons{
				Config:  button.Config{Buttons: 2, Quiet: 12 * ms, Hold: time.Hour, Stuck: time.Hour},
				Open:    func() (Lines, error) { return inputs, nil },
				Up:      up,
				Tell:    func(e button.Event) { told = append(told, e) },
				Trouble: func(err error) { t.Error(err) },
			}
			b.Start()
			b.edges([]gpio.Edge{{Line: 0, Active: true, At: now}})
			inputs.Rest(0, true)
			now += 5 * ms
			inputs.levels = func() {
				now += 2 * ms
				c.move(inputs.Inputs, 1, true)
				now += 7 * ms
			}
			if err := b.look(); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(told, c.want) {
				t.Errorf("told %v, want %v", told, c.want)
			}
		})
	}
}

// TestLookKnowsHowBouncesEnded: where the last edge of bounces was lost, the
// level tells how they ended, and the press is dated by the first of them.
func TestLookKnowsHowBouncesEnded(t *testing.T) {
	const ms = time.Millisecond
	now := 1000 * ms
	inputs := &gpiotest.Inputs{Up: func() time.Duration { return now }}
	var told []button.Event
	b := &Buttons{
		Config:  button.Config{Buttons: 1, Quiet: 12 * ms, Hold: time.Hour, Stuck: time.Hour},
		Open:    func() (Lines, error) { return inputs, nil },
		Up:      inputs.Up,
		Tell:    func(e button.Event) { told = append(told, e) },
		Trouble: func(err error) { t.Error(err) },
	}
	b.Start()
	inputs.Set(0, true)
	inputs.Set(0, false)
	inputs.Slip(0, true)
	for range 2 {
		now += 100 * ms // the process stands still
		if err := b.look(); err != nil {
			t.Fatal(err)
		}
	}
	want := []button.Event{
		{Kind: button.Felt, Button: 0, At: 1000 * ms},
		{Kind: button.Pressed, Button: 0, At: 1000 * ms},
	}
	if !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
}

// slowly are lines of which a process is held up when it has read the levels.
type slowly struct {
	*gpiotest.Inputs
	then func()
}

func (s slowly) Levels() (uint64, error) {
	levels, err := s.Inputs.Levels()
	s.then()
	return levels, err
}

// A press that begins while the start is held up is dated by its edge.
func TestAPressDuringTheFirstLook(t *testing.T) {
	const ms = time.Millisecond
	now := 1000 * ms
	inputs := &gpiotest.Inputs{Up: func() time.Duration { return now }}
	var told []button.Event
	b := &Buttons{
		Config: button.Config{Buttons: 1, Quiet: 12 * ms, Hold: time.Hour, Stuck: time.Hour},
		Open: func() (Lines, error) {
			return slowly{inputs, func() {
				now += 5 * ms
				inputs.Set(0, true)
				now += 300 * ms
			}}, nil
		},
		Up:      inputs.Up,
		Tell:    func(e button.Event) { told = append(told, e) },
		Trouble: func(err error) { t.Error(err) },
	}
	b.Start()
	b.lines = inputs
	if err := b.look(); err != nil {
		t.Fatal(err)
	}
	want := []button.Event{
		{Kind: button.Felt, Button: 0, At: 1005 * ms},
		{Kind: button.Pressed, Button: 0, At: 1005 * ms},
	}
	if !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
}
