package desk

import (
	"time"

	"sourire/device/screen"
	"sourire/device/tally"
	"sourire/device/tap"
)

// Report is what the manager's page shows, counted by whoever makes it.
type Report struct {
	Name      string            // of the terminal, for people
	Text      map[string]string // the question, by language
	Languages []string          // of the store; the first where a browser asks for none of ours
	Staff     bool              // the audience is the staff: nothing is shown under 10 answers

	State  screen.Kind // Question or Thanks where presses are taken
	Faults []string    // parts out of order, by name

	Now   time.Time   // in the store's time zone
	Clock tap.Quality // what Now is worth

	// Spans are the periods, the shortest first, of which the first is today's.
	// While the clock is not known there is one, Undated.
	Spans []Span
	Opens int // index of the one to open on

	Pending   uint64    // events that head office has not confirmed
	Connected bool      // to the broker
	Heard     time.Time // when the broker was last connected; zero: not yet
}

// Span is what was pressed in a period.
type Span struct {
	Period tally.Period
	Counts tally.Counts
}

// Undated stands for the presses whose day is not known yet.
const Undated tally.Period = 0
