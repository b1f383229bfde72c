package board

import (
	"slices"
	"testing"
	"time"

	"sourire/device/board/gpio/gpiotest"
	"sourire/device/button"
)

// TestLookDatesByTheEdge: where the processor was taken away between a look at
// the clock and one at the levels, a press that began in between is dated by
// its edge, and one whose edge was lost by when it was seen.
func TestLookDatesByTheEdge(t *testing.T) {
	for _, c := range []struct {
		name string
		move func(*gpiotest.Inputs, int, bool)
		want time.Duration
	}{
		{"edge", (*gpiotest.Inputs).Set, 1013 * time.Millisecond},
		{"edge lost", (*gpiotest.Inputs).Slip, 1020 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := time.Second
			up := func() time.Duration { return now }
			inputs := &gpiotest.Inputs{Up: up}
			var felt []time.Duration
			b := &Buttons{
				Config: button.Config{Buttons: 2, Quiet: 12 * time.Millisecond, Hold: time.Hour, Stuck: time.Hour},
				Open:   func() (Lines, error) { return inputs, nil },
				Up:     up,
				Tell: func(e button.Event) {
					if e.Kind == button.Felt {
						felt = append(felt, e.At)
					}
				},
				Trouble: func(err error) { t.Error(err) },
			}
			b.Start()
			at := now
			now += 13 * time.Millisecond
			c.move(inputs, 1, true)
			now += 7 * time.Millisecond
			levels, err := inputs.Levels()
			if err != nil {
				t.Fatal(err)
			}
			if err := b.look(at, button.Mask(levels)); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(felt, []time.Duration{c.want}) {
				t.Errorf("felt at %v, want %s", felt, c.want)
			}
		})
	}
}
