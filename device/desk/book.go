package desk

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"sourire/device/manager"
	"sourire/device/screen"
	"sourire/device/tally"
	"sourire/device/tap"
)

// Book is what a terminal knows, as the pages ask for it. Days are those of the
// store; a moment that is a bound belongs to what begins with it.
type Book interface {
	// Report is what is so now.
	Report() Report
	// Hours are the hours that begin from a moment to before another, in order,
	// also those in which the box was off.
	Hours(from, to time.Time) ([]Hour, error)
	// Notes are what people did and saw, the oldest first.
	Notes() ([]Note, error)
	// Events visits the raw events of a time, in the order of seq.
	Events(from, to time.Time, visit func(json.RawMessage) error) error

	// Signed writes the raw events of a time as a file that anybody can verify.
	Signed(to io.Writer, from, until time.Time) error

	// Note writes down what somebody did or saw; it is durable on return. day is
	// the zero time for today's.
	Note(ctx context.Context, kind, text string, day time.Time) error
	// Acknowledge says of an open alert that somebody has seen to it. The error
	// is [ErrNoAlert] where it is not open.
	Acknowledge(ctx context.Context, alert uint64, text string) error
	// Test begins test mode, in which presses do not count, or ends that and
	// cleaning.
	Test(ctx context.Context, on bool)
}

// ErrNoAlert says that an alert is not open any more.
var ErrNoAlert = errors.New("the alert is not open any more")

// Report is what is so now, and the results, counted by whoever makes it.
type Report struct {
	Name      string            // of the terminal, for people
	ID        string            // of the terminal, for the names of files
	Text      map[string]string // the question, by language
	Languages []string          // of the store; the first where a browser asks for none of ours
	Staff     bool              // the audience is the staff: of their answers whole blocks are shown only
	Final     time.Time         // until when nothing is counted any more, or counted elsewhere, of the staff

	State          screen.Kind // Question or Thanks where presses are taken
	manager.Health             // the same that the view on the box shows

	Now   time.Time   // in the store's time zone
	Clock tap.Quality // what Now is worth

	// Spans are the periods, the shortest first, of which the first is today's.
	// While the clock is not known there is one, Undated; of the staff there is one,
	// Whole.
	Spans []Span
	Opens int // index of the one to open on

	Hours    bool          // it is known when the store is open
	FollowUp *tap.FollowUp // nil: no reason is asked for
	Targets  tap.Targets
	Alerts   []Alert  // the open ones, the oldest first
	Moments  []Moment // critical ones
}

// Span is what was pressed in a period.
type Span struct {
	Period   tally.Period
	Counts   tally.Counts
	From, To time.Time // of Whole: midnights; zero where there is no block yet
}

// Undated stands for the presses whose day is not known yet.
const Undated tally.Period = 0

// Whole stands for the latest block of the staff's answers.
const Whole tally.Period = -1

// Hour is what is known of an hour.
type Hour struct {
	Begin time.Time // in the store's time zone
	tally.Cell

	// Since is when the block begins whose answers all stand in this hour, its last;
	// zero where they are those of the hour.
	Since time.Time
}

// Note is what somebody did or saw.
type Note struct {
	Type string    // tap.NoteQuick and its like
	Text string    //
	Day  time.Time // the beginning of the day of which it is; zero: not known
}

// Alert is an open alert.
type Alert struct {
	ID      uint64
	Rule    string         // unhappy, reason, silence or good
	At      time.Time      // zero: not known
	Figures map[string]int // what it is about, by name
	Reason  string         // its id
	Seen    bool           // somebody has seen to it
	Text    string         // and said this
}

// Moment is a critical time that is looked at by itself.
type Moment struct {
	Name     string
	From, To time.Time // beginnings of the first and of the last day
}
