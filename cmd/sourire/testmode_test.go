package main

import (
	"testing"
	"testing/synctest"
	"time"

	"sourire/device/clock"
	"sourire/device/clock/clocktest"
	"sourire/device/press"
	"sourire/device/screen"
)

// The manager's pages begin and end test mode, and see it when they are told
// that it is so.
func TestTheManagerTriesTheTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := clock.New(&clocktest.Machine{}, time.UTC)
		loop := running(t, now)
		b := book{&box{loop: loop, clock: now}}
		for _, step := range []struct {
			on   bool
			want screen.Kind
		}{{true, screen.Test}, {false, screen.Question}, {false, screen.Question}} {
			began := time.Now()
			b.Test(t.Context(), step.on)
			if got := stateOf(loop.Scene().Kind, false); got != step.want || time.Since(began) >= time.Second {
				t.Errorf("on %v: it is %s after %s", step.on, got, time.Since(began))
			}
		}
		if err := loop.Gesture(t.Context(), press.Service); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		b.Test(t.Context(), true) // the screen has another use: that keeps nobody waiting
	})
}

func TestTheStateOfATerminal(t *testing.T) {
	for shown, want := range map[screen.Kind][2]screen.Kind{
		screen.Question: {screen.Question, screen.Closed}, screen.Thanks: {screen.Question, screen.Closed},
		screen.FollowUp: {screen.Question, screen.Closed}, screen.Write: {screen.Question, screen.Closed},
		screen.Manager: {screen.Question, screen.Closed}, screen.Asleep: {screen.Question, screen.Closed},
		screen.Test: {screen.Test, screen.Test}, screen.Cleaning: {screen.Cleaning, screen.Cleaning},
		screen.OutOfOrder: {screen.OutOfOrder, screen.OutOfOrder}, screen.Starting: {screen.Starting, screen.Starting},
	} {
		if got := [2]screen.Kind{stateOf(shown, false), stateOf(shown, true)}; got != want {
			t.Errorf("%s: open and closed it is %v, want %v", shown, got, want)
		}
	}
}
