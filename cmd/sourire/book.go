package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"sourire/device/alert"
	"sourire/device/desk"
	"sourire/device/screen"
	"sourire/device/tally"
	"sourire/device/tap"
	"sourire/sync/export"
	"sourire/sync/journal"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

// book is a box as the manager's pages ask for it.
type book struct{ *box }

var _ desk.Book = book{}

// Report is what is so now.
func (b book) Report() desk.Report { return b.report() }

// live is for how many days back, at least, the clerk has all hours.
const live = 62

// Hours are the hours of a time. Those that are too long ago for the clerk to
// remember are taken from what was told of them when they were finished.
func (b book) Hours(from, to time.Time) ([]desk.Hour, error) {
	now := b.clock.Now().Wall
	cut := midnight(now, -live)
	var hours []desk.Hour
	if from.Before(cut) {
		old, err := b.past.hours(b.journal.Reader, b.results.newestTold(), from, earlier(to, cut), now)
		if err != nil {
			return nil, fmt.Errorf("read the hours from %s on: %w", from.Format(time.DateOnly), err)
		}
		hours, from = old, cut
	}
	b.results.settle(b.boot, b.clock.Anchor())
	b.results.mu.Lock()
	defer b.results.mu.Unlock()
	return append(hours, hoursOf(b.results.clerk, from, to, now)...), nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// midnight begins the day that is n days after that of t.
func midnight(t time.Time, n int) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+n, 0, 0, 0, 0, t.Location())
}

// hoursOf are the hours that a clerk knows of some days.
func hoursOf(c *tally.Clerk, from, to, now time.Time) (hours []desk.Hour) {
	if !from.Before(to) {
		return nil
	}
	y, m, d := from.Date()
	for i, day := range c.HoursByDay(from, midnight(to, -1), now) {
		for h, cell := range day {
			hours = append(hours, desk.Hour{Begin: time.Date(y, m, d+i, h, 0, 0, 0, from.Location()), Cell: cell})
		}
	}
	return hours
}

// Events visits the raw events of a time that are still there.
func (b book) Events(from, to time.Time, visit func(json.RawMessage) error) error {
	first, last, err := period{from, to}.of(b.journal.Reader)
	if err != nil {
		return err
	}
	base, err := b.journal.Base()
	if err != nil {
		return err
	}
	err = b.journal.Forward(max(first, base.Seq+1)-1, func(l seal.Link) error {
		if l.Seq > last {
			return errEnough
		}
		return visit(l.Event)
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return err
}

// Signed writes events of the journal, and of those before it that are kept, as
// the export command does, and notes that they were copied.
func (b book) Signed(to io.Writer, from, until time.Time) (err error) {
	dir := b.config.Terminal.Data
	key, err := journal.ReadKey(dir)
	if err != nil {
		return err
	}
	found, err := collect(dir, b.journal.Reader, period{from, until})
	defer func() { err = errors.Join(err, found.close()) }()
	if err != nil {
		return err
	}
	cover := wire.Export{Identity: b.config.Identity(), At: tap.FormatTime(b.clock.Now().Wall), Software: version, Left: found.left}
	if cover, err = export.Write(to, cover, found.parts, key); err != nil || len(cover.Parts) == 0 {
		return err
	}
	b.exported(copied(cover))
	return nil
}

// Notes are what people did and saw.
func (b book) Notes() ([]desk.Note, error) { return b.diary.notes(b.journal.Reader) }

// Note writes down what somebody did or saw.
func (b book) Note(ctx context.Context, kind, text string, day time.Time) error {
	n := &tap.NoteEvent{Header: tap.Header{Kind: tap.KindNote}, Type: kind, Text: text}
	now := b.clock.Now()
	if !day.IsZero() && (now.Quality == tap.Unknown || day.Format(time.DateOnly) != now.Wall.Format(time.DateOnly)) {
		n.Day = day.Format(time.DateOnly)
	}
	return b.diary.write(ctx, b.loop, n)
}

// Test begins or ends test mode. It returns when the screen says so, or after a
// moment: the box's own manager's view may be open.
func (b book) Test(ctx context.Context, on bool) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	b.loop.Test(on, "manager")
	for s := range b.loop.Watch(ctx) {
		if tested := s.Kind == screen.Test || s.Kind == screen.Cleaning; tested == on {
			return
		}
	}
}

// Acknowledge says of an open alert that somebody has seen to it.
func (b book) Acknowledge(ctx context.Context, seq uint64, text string) error {
	ctx, cancel := context.WithTimeout(ctx, notesIn)
	defer cancel()
	err := b.alerts.acknowledge(ctx, seq, text)
	if errors.Is(err, alert.ErrNotOpen) {
		return desk.ErrNoAlert
	}
	return err
}
