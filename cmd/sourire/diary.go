package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"sourire/device/desk"
	"sourire/device/tap"
	"sourire/sync/journal"
)

// errEnough ends a walk through the journal.
var errEnough = errors.New("enough")

// notesIn is how long a note may take into the journal.
const notesIn = 5 * time.Second

// diary is the notes of a journal. It reads the older ones when they are asked
// for, and hears of the new ones.
type diary struct {
	loc *time.Location

	mu    sync.Mutex
	all   []*tap.NoteEvent // by seq
	read  bool             // the older ones were read
	grown chan struct{}    // closed when there is one more
}

func newDiary(loc *time.Location) *diary { return &diary{loc: loc, grown: make(chan struct{})} }

// add hears of an event.
func (d *diary) add(e tap.Event) {
	n, ok := e.(*tap.NoteEvent)
	if !ok {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.keep(n)
	close(d.grown)
	d.grown = make(chan struct{})
}

func (d *diary) caughtUp() {}

func (d *diary) keep(n *tap.NoteEvent) {
	i := len(d.all)
	for i > 0 && d.all[i-1].Seq >= n.Seq {
		i--
	}
	if i < len(d.all) && d.all[i].Seq == n.Seq {
		return
	}
	d.all = append(d.all[:i], append([]*tap.NoteEvent{n}, d.all[i:]...)...)
}

// notes are all of them, in the order of their days.
func (d *diary) notes(r *journal.Reader) ([]desk.Note, error) {
	if err := d.recall(r); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]desk.Note, 0, len(d.all))
	for _, n := range d.all {
		all = append(all, desk.Note{Type: n.Type, Text: n.Text, Day: d.dayOf(n)})
	}
	slices.SortStableFunc(all, func(a, b desk.Note) int { return a.Day.Compare(b.Day) })
	return all, nil
}

// recall reads the older ones, once. New ones do not wait for it.
func (d *diary) recall(r *journal.Reader) error {
	d.mu.Lock()
	read := d.read
	d.mu.Unlock()
	if read {
		return nil
	}
	older, err := ofKind(r, tap.KindNote, 0)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range older {
		d.keep(e.(*tap.NoteEvent))
	}
	d.read = true
	return nil
}

// dayOf is the beginning of the day of which a note is; the zero time where
// nobody knows.
func (d *diary) dayOf(n *tap.NoteEvent) time.Time {
	if day, err := time.ParseInLocation(time.DateOnly, n.Day, d.loc); err == nil {
		return day
	}
	at, err := tap.ParseTime(n.At)
	if err != nil || n.Clock == tap.Unknown {
		return time.Time{}
	}
	y, m, day := at.In(d.loc).Date()
	return time.Date(y, m, day, 0, 0, 0, 0, d.loc)
}

// write has a note written, and returns when it is durable.
func (d *diary) write(ctx context.Context, to notes, n *tap.NoteEvent) error {
	ctx, cancel := context.WithTimeout(ctx, notesIn)
	defer cancel()
	d.mu.Lock()
	after := uint64(0)
	if k := len(d.all); k > 0 {
		after = d.all[k-1].Seq
	}
	d.mu.Unlock()
	to.Note(n)
	for {
		d.mu.Lock()
		grown := d.grown
		for _, m := range d.all {
			if m.Seq > after && m.Type == n.Type && m.Text == n.Text && m.Day == n.Day {
				d.mu.Unlock()
				return nil
			}
		}
		d.mu.Unlock()
		select {
		case <-grown:
		case <-ctx.Done():
			return errors.New("the note did not come into the journal in time")
		}
	}
}
