package main

import (
	"context"
	"time"

	"sourire/device/clock"
	"sourire/device/tap"
)

// clockPoll is how late a change of the clock is noted at most.
const clockPoll = 5 * time.Second

// notes takes events that are not presses.
type notes interface{ Note(events ...tap.Event) }

// watchClock has a clock event written whenever one is due, until ctx ends.
func watchClock(ctx context.Context, c *clock.Clock, to notes) {
	poll := time.NewTicker(clockPoll)
	defer poll.Stop()
	var watch clock.Watch
	for {
		if e := watch.Due(c.Anchor()); e != nil {
			to.Note(e)
		}
		select {
		case <-poll.C:
		case <-ctx.Done():
			return
		}
	}
}
