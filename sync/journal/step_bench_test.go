package journal

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"sourire/device/tap"
)

// BenchmarkStep is how long a step of a pruning holds the turn, and with it a
// press that comes in this moment, in ms; and the commit of a press, which is
// what it would wait for otherwise.
func BenchmarkStep(b *testing.B) {
	j, err := Open(Config{
		Dir: b.TempDir(), Identity: tap.Identity{Chain: "demo", Store: "lyon", Terminal: "exit-1"},
		Stamp: func(*tap.Header) {}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	press := func(n int) {
		events := make([]tap.Event, n)
		for i := range events {
			events[i] = &tap.TapEvent{
				Header: tap.Header{Kind: tap.KindTap, At: "2026-11-23T14:05:03.120+01:00", Clock: tap.Synced, Boot: 1, Up: 9120},
				Config: 2, Choice: i % 4, Of: 4, Counted: true, Flags: []tap.Flag{}, Rule: 1, Lang: "fr",
			}
		}
		if err := j.Append(events...); err != nil {
			b.Fatal(err)
		}
	}
	for range 20 {
		press(5000)
	}
	p, err := openPruner(j.folder)
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	if err := p.begin(); err != nil {
		b.Fatal(err)
	}
	base, err := j.Base()
	if err != nil {
		b.Fatal(err)
	}
	var steps, presses []time.Duration
	for b.Loop() {
		for range 400 {
			s, err := j.step(base, 99_000)
			if err != nil {
				b.Fatal(err)
			}
			base = s.to
			began := time.Now()
			err = j.between(b.Context(), func() error { return j.carry(p, s) })
			steps = append(steps, time.Since(began))
			if err != nil {
				b.Fatal(err)
			}
			began = time.Now()
			press(1)
			presses = append(presses, time.Since(began))
		}
		if err := p.checkpoint(); err != nil {
			b.Fatal(err)
		}
	}
	for name, took := range map[string][]time.Duration{"step": steps, "press": presses} {
		slices.Sort(took)
		ms := func(share float64) float64 { return took[int(share*float64(len(took)-1))].Seconds() * 1000 }
		b.ReportMetric(ms(0.5), name+"-p50-ms")
		b.ReportMetric(ms(0.99), name+"-p99-ms")
		b.ReportMetric(ms(1), name+"-max-ms")
	}
}
