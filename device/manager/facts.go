package manager

import (
	"time"

	"sourire/device/alert"
	"sourire/device/tally"
	"sourire/device/tap"
)

// Facts is what the pages are made of, counted by whoever makes them.
type Facts struct {
	Lang     string
	Rows     int  // how many a page has room for, at least 2; 0: any number
	Staff    bool // the audience is the staff: of their answers Block is shown only
	Scale    tap.Scale
	Targets  tap.Targets
	FollowUp *tap.FollowUp // nil: none is asked

	Now     time.Time    // in the store's time zone
	Clock   tap.Quality  // what Now is worth: where it is not known there are no days, only:
	Undated tally.Counts // the answers whose day is not known

	Today, Yesterday tally.Cell
	Parts            [tally.Parts]tally.Cell // of the last 28 days
	Month            tally.Counts            // the last 28 days
	Weekday          tally.Comparison        // of today, so far
	WeekdayBefore    tally.Comparison        // of yesterday, for as long as today has no answers

	Block tally.Block // the latest of the staff; without From where there is none yet

	Alerts []alert.Alert // those that are open
	Health Health
}

// Health is how the terminal is.
type Health struct {
	Stored    bool    // presses are
	Faults    []Fault // parts that are out of order
	Waiting   uint64  // events that head office has not confirmed
	Connected bool    // to the broker
	Heard     time.Time
	Free      uint64 // bytes on the card; 0: nobody knows
	Celsius   int    // of the processor
	Measured  bool   // Celsius is known
	Software  string
}

// Fault is a part that is out of order, by its name in the journal, and how:
// one of package button's faults, "silent", or empty.
type Fault struct{ Part, How string }
