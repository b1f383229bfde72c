package journal

import (
	"log/slog"
	"testing"
	"testing/synctest"

	"sourire/device/tap"
)

// A press that comes while a step is waiting for its turn goes first, and no
// step is a long one.
func TestStepsGiveWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j, err := Open(Config{
			Dir: t.TempDir(), Identity: tap.Identity{Chain: "demo", Store: "lyon", Terminal: "exit-1"},
			Stamp: func(*tap.Header) {}, Log: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		press := func() error { return j.Append(&tap.TapEvent{Header: tap.Header{Kind: tap.KindTap}}) }
		for range 3 {
			j.turn <- struct{}{} // someone commits, and it takes its time
			stored := make(chan error)
			stepped := make(chan error)
			last, _ := j.Last()
			go func() {
				stepped <- j.between(t.Context(), func() error {
					if now, _ := j.Last(); now == last {
						t.Error("the step went before the press")
					}
					return nil
				})
			}()
			synctest.Wait() // the step is the first to get the turn
			go func() { stored <- press() }()
			synctest.Wait()
			<-j.turn
			if err := <-stored; err != nil {
				t.Error(err)
			}
			if err := <-stepped; err != nil {
				t.Error(err)
			}
		}
		for range 500 {
			if err := press(); err != nil {
				t.Fatal(err)
			}
		}
		base, err := j.At(1)
		if err != nil {
			t.Fatal(err)
		}
		s, err := j.step(base, 500)
		if err != nil || s.to.Seq != 101 {
			t.Errorf("a step from %d to %d, %v; want 100 events", s.from.Seq, s.to.Seq, err)
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
}
