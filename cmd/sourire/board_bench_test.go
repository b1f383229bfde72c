package main

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"sourire/device/board"
	"sourire/device/board/gpio/gpiotest"
	"sourire/device/button"
	"sourire/device/clock"
	"sourire/device/tap"
	"sourire/device/terminal"
)

// BenchmarkDecision is how long after its first edge a press is decided, from
// the line to the journal's door: one button, and a chord whose second button
// comes as late as 45 ms after the first. The budget is 60 ms.
func BenchmarkDecision(b *testing.B) {
	for name, second := range map[string]time.Duration{"press": 0, "chord": 45 * time.Millisecond} {
		b.Run(name, func(b *testing.B) {
			book := &notebook{events: make(chan tap.Event, 16)}
			survey := terminal.Survey{Config: tap.ConfigEvent{Question: "exit", Scale: tap.Faces4}, Languages: []string{"fr"}}
			loop := terminal.NewLoop(survey, terminal.Resumed{Boot: 1}, tap.BootEvent{}, book, clock.New(clock.Machine{}, time.UTC), slog.New(slog.DiscardHandler))
			h := &hardware{lines: []string{"A", "B", "C", "D"}, loop: loop, failed: map[failure]bool{}}
			lines := &gpiotest.Inputs{Up: clock.SinceBoot}
			buttons := &board.Buttons{
				Config: button.Config{Buttons: 4, Quiet: 12 * time.Millisecond, Hold: time.Hour, Stuck: time.Hour},
				Open:   func() (board.Lines, error) { return lines, nil },
				Up:     clock.SinceBoot, Tell: h.tell, Trouble: h.heard,
			}
			buttons.Start()
			ctx, stop := context.WithCancel(context.Background())
			defer stop()
			go loop.Run(ctx)
			go buttons.Run(ctx)
			book.next(2)
			var took []time.Duration
			for b.Loop() {
				begun := clock.SinceBoot()
				lines.Set(0, true)
				n := 1
				if second > 0 {
					<-time.After(second - (clock.SinceBoot() - begun))
					lines.Set(2, true)
					n = 2
				}
				book.next(n)
				took = append(took, clock.SinceBoot()-begun)
				lines.Set(0, false)
				lines.Set(2, false)
				<-time.After(100 * time.Millisecond)
			}
			slices.Sort(took)
			ms := func(q float64) float64 { return float64(took[int(q*float64(len(took)-1))]) / float64(time.Millisecond) }
			b.ReportMetric(ms(0.5), "p50-ms")
			b.ReportMetric(ms(1), "max-ms")
			b.ReportMetric(0, "ns/op")
		})
	}
}
