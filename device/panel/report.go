package panel

import (
	"time"

	"sourire/device/screen"
	"sourire/device/tally"
	"sourire/device/tap"
)

// Report is what the manager's page shows, counted by whoever makes it.
type Report struct {
	Text      map[string]string // the question, by language
	Languages []string          // of the store; the first where a browser asks for none of ours
	Staff     bool              // the audience is the staff: nothing is shown under 10 answers

	State  screen.Kind // Question or Thanks where presses are taken
	Faults []string    // parts out of order, by name

	Now   time.Time   // in the store's time zone
	Clock tap.Quality // what Now is worth

	Today  tally.Counts // while the clock is not known: the presses without a day
	Shown  tally.Counts // of Period
	Period tally.Period // the shortest that has enough answers, from the ledger's View

	Pending uint64    // events that head office has not confirmed
	Contact time.Time // when head office last answered; zero: not yet
}

// fewStaff is the number of answers below which staff could be recognised.
const fewStaff = 10
