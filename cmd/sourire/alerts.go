package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"sourire/device/alert"
	"sourire/device/clock"
	"sourire/device/config"
	"sourire/device/desk"
	"sourire/device/tap"
	"sourire/device/terminal"
	"sourire/sync/journal"
	"sourire/sync/seal"
)

const (
	// alertPoll is how late it is noticed that nothing happens.
	alertPoll = time.Minute
	// alertDays is for how long a start looks back at what was pressed, and
	// alertEvents at how many events at most: a silence may last for as long. An
	// alert may be open for longer.
	alertDays   = 30
	alertEvents = 50_000
)

// alerts keep watch over the journal. Each press is looked at when it stands in
// it, and what does not happen every minute.
type alerts struct {
	journal *journal.Reader
	results *results
	clock   *clock.Clock
	loop    *terminal.Loop
	log     *slog.Logger
	boot    uint64

	mu     sync.Mutex
	watch  *alert.Watch
	begun  bool          // it knows the past
	wrong  bool          // the past could not be read
	heard  chan struct{} // closed when the journal says something of an alert
	marked bool          // the screen says that one is open
}

func newAlerts(b *box, hours tap.Hours) *alerts {
	return &alerts{
		journal: b.journal.Reader, results: b.results, clock: b.clock, loop: b.loop, log: b.log, boot: b.boot,
		watch: alert.New(alertSettings(b.config, hours), b.config.Location()), heard: make(chan struct{}),
	}
}

func alertSettings(c config.Config, hours tap.Hours) alert.Settings {
	a := c.Alerts
	return alert.Settings{
		Unhappy: a.Unhappy, Minutes: a.Minutes, Reason: a.Reason, Silence: a.Silence, Good: a.Good,
		Staff: c.Survey.Audience == "staff", Hours: hours, Targets: tap.Targets(c.Survey.Targets),
	}
}

// add hears of an event that stands in the journal.
func (a *alerts) add(e tap.Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.begun { // then it is read with the past
		return
	}
	a.watch.Add(e)
	if e, ok := e.(*tap.AlertEvent); ok {
		a.log.Info("alert", "rule", e.Rule, "state", e.State)
		close(a.heard)
		a.heard = make(chan struct{})
	}
}

func (a *alerts) caughtUp() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.begun {
		a.begin()
	}
	a.look()
}

// run looks every minute until ctx ends.
func (a *alerts) run(ctx context.Context) {
	poll := time.NewTicker(alertPoll)
	defer poll.Stop()
	for {
		select {
		case <-poll.C:
			a.mu.Lock()
			a.look()
			a.mu.Unlock()
		case <-ctx.Done():
			return
		}
	}
}

// begin has the past known.
func (a *alerts) begin() {
	if err := a.recall(); err != nil {
		if !a.wrong {
			a.log.Error("no alert is raised: the past cannot be read", "error", err)
		}
		a.wrong = true
		return
	}
	a.begun, a.wrong = true, false
}

// recall looks for where to begin, and reads from there.
func (a *alerts) recall() error {
	var newest time.Time
	first, n := uint64(1), 0
	var wrong error
	err := a.journal.Backward(func(l seal.Link) bool {
		if l.Seq == 1 { // genesis stays where all after it were dropped
			return false
		}
		var h tap.Header
		if wrong = json.Unmarshal(l.Event, &h); wrong != nil {
			return false
		}
		first = h.Seq
		n++
		at, err := tap.ParseTime(h.At)
		if err != nil || h.Clock == tap.Unknown {
			return n < alertEvents
		}
		if newest.IsZero() {
			newest = at
		}
		return n < alertEvents && newest.Sub(at) < alertDays*24*time.Hour
	})
	if err = errors.Join(err, wrong); err != nil {
		return err
	}
	last, err := a.journal.Tail()
	if err != nil {
		return err
	}
	told, err := ofKind(a.journal, tap.KindAlert, last.Seq-min(last.Seq, alertEvents))
	if err != nil {
		return err
	}
	for _, e := range told {
		if e.Head().Seq < first { // the others come with the rest
			a.watch.Add(e)
		}
	}
	return a.journal.Forward(first-1, func(l seal.Link) error {
		e, err := tap.Parse(l.Event)
		if err == nil {
			a.watch.Add(e)
		}
		return err
	})
}

// look has what is due written. While presses cannot be stored, nothing is.
func (a *alerts) look() {
	if !a.begun || a.loop.Healthy() != nil {
		return
	}
	now := a.clock.Now()
	if due := a.due(now); len(due) > 0 {
		a.loop.Note(due...)
	}
	open := slices.ContainsFunc(a.watch.Open(), func(o alert.Alert) bool { return !o.Acknowledged })
	if open != a.marked {
		a.loop.Do(terminal.Alert{Reading: now, Open: open})
		a.marked = open
	}
}

func (a *alerts) due(now clock.Reading) (due []tap.Event) {
	r := a.results
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clerk.Runs(a.boot, now.Up)
	for _, e := range a.watch.Look(alert.Moment{Boot: a.boot, Up: now.Up, Wall: now.Wall, Quality: now.Quality}, r.clerk) {
		due = append(due, e)
	}
	return due
}

// open are the alerts that have not cleared.
func (a *alerts) open() []alert.Alert {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.watch.Open()
}

// shown are the same, as the manager's pages have them.
func (a *alerts) shown() (all []desk.Alert) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, o := range a.watch.Open() {
		shown := desk.Alert{ID: o.Seq, Rule: o.Rule, Figures: o.Figures, Reason: o.Reason, Seen: o.Acknowledged, Text: o.Text}
		if o.Raised.Quality != tap.Unknown {
			shown.At = o.Raised.Wall
		}
		all = append(all, shown)
	}
	return all
}

// acknowledge has it written that an alert was seen, and what is said of it; it
// is durable on return. The error is [alert.ErrNotOpen] or [alert.ErrTooLong],
// or that of ctx.
func (a *alerts) acknowledge(ctx context.Context, seq uint64, text string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	e, err := a.watch.Acknowledge(seq, text)
	if err != nil || e == nil {
		return err
	}
	a.loop.Note(e)
	for a.watch.Owes() {
		heard := a.heard
		a.mu.Unlock()
		select {
		case <-heard:
		case <-ctx.Done():
			err = fmt.Errorf("acknowledge alert %d: %w", seq, ctx.Err())
		}
		a.mu.Lock()
		if err != nil {
			return err
		}
	}
	a.look()
	return nil
}
