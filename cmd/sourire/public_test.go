package main

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"sourire/device/clock"
	"sourire/device/clock/clocktest"
	"sourire/device/screen"
	"sourire/device/tap"
	"sourire/device/terminal"
)

// kept keeps nothing, and gives its numbers.
type kept struct{ seq uint64 }

func (k *kept) Append(events ...tap.Event) error {
	for _, e := range events {
		k.seq++
		e.Head().Seq = k.seq
	}
	return nil
}

// running is a terminal that keeps nothing, running in the bubble of a test.
func running(t *testing.T, now *clock.Clock) *terminal.Loop {
	survey := terminal.Survey{Config: tap.ConfigEvent{Question: "exit", Scale: tap.Faces4}, Languages: []string{"fr"}}
	loop := terminal.NewLoop(survey, terminal.Resumed{Boot: 1}, tap.BootEvent{}, &kept{}, now, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(func() {
		stop()
		synctest.Wait()
	})
	go loop.Run(ctx)
	return loop
}

// The screen is told of today's answers: those that count, once there are ten.
func TestTheScreenIsToldOfTodaysAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		machine := &clocktest.Machine{}
		where, err := time.LoadLocation("Europe/Paris")
		if err != nil {
			t.Fatal(err)
		}
		now := clock.New(machine, where)
		loop := running(t, now)
		b := &box{loop: loop, clock: now, results: newResults(where)}
		told := func() screen.Scene {
			public{b}.caughtUp()
			synctest.Wait()
			return loop.Scene()
		}
		b.results.clerk.Add(&tap.ConfigEvent{Header: tap.Header{Seq: 1, Kind: tap.KindConfig}, Question: "exit", Scale: tap.Faces4})
		answer := func(counted bool) {
			r := now.Now()
			b.results.clerk.Add(&tap.TapEvent{
				Header: tap.Header{Kind: tap.KindTap, At: tap.FormatTime(r.Wall), Clock: r.Quality, Boot: 1, Up: r.Up},
				Config: 1, Choice: 2, Of: 4, Counted: counted,
			})
		}
		machine.Sync(time.Date(2026, 11, 23, 10, 0, 0, 0, where))
		for range 9 {
			answer(true)
		}
		answer(false)
		if s := told(); s.Kind != screen.Question || s.Voices != 0 {
			t.Errorf("of nine answers it shows %s, %d voices", s.Kind, s.Voices)
		}
		answer(true)
		if s := told(); s.Voices != 10 {
			t.Errorf("of ten answers it says %d", s.Voices)
		}
	})
}
