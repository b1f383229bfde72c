package journal

import (
	"context"
	"errors"

	"sourire/device/tap"
	"sourire/sync/seal"
)

// For tests outside the package.

// WithLog has the write-ahead log begin again after fewer pages.
func (c Config) WithLog(pages int) Config {
	c.logPages = pages
	return c
}

// Integrity is what SQLite finds wrong with the database: "ok" for nothing.
func (r *Reader) Integrity() (found string, err error) {
	err = r.db.QueryRow("PRAGMA integrity_check").Scan(&found)
	return found, err
}

// Uninterrupted is uninterrupted.
var Uninterrupted = uninterrupted

// OpenReaderOn is [OpenReader] on a card.
func OpenReaderOn(c Card, dir string) (*Reader, error) {
	return Config{Card: c, Dir: dir}.folder().openReader()
}

// AsideOn is [Aside] on a card.
func AsideOn(c Card, dir string) ([]string, error) {
	return Config{Card: c, Dir: dir}.folder().aside()
}

// Forge puts other events in the place of those of a journal that nobody has
// open, numbered and chained as they should be, as a wrong journal would.
func (c Config) Forge(change func([]tap.Event) []tap.Event) error {
	r, err := newReader(c.folder())
	if err != nil {
		return err
	}
	links, err := r.After(0, 100_000)
	if err = errors.Join(err, r.Close()); err != nil {
		return err
	}
	events := make([]tap.Event, len(links))
	for i, l := range links {
		if events[i], err = tap.Parse(l.Event); err != nil {
			return err
		}
	}
	rows, err := makeRows(0, seal.Head{}, change(events))
	if err != nil {
		return err
	}
	w, err := openWriter(c.folder())
	if err != nil {
		return err
	}
	if _, err = w.ExecContext(context.Background(), "DELETE FROM event"); err == nil {
		err = w.prepare()
	}
	if err == nil {
		err = w.together(rows)
	}
	return errors.Join(err, w.Close())
}

// Queued is how many Appends wait for a commit.
func (j *Journal) Queued() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.queue)
}

// Hold keeps others from committing until the returned function is called.
func (j *Journal) Hold() (release func()) {
	j.turn <- struct{}{}
	return func() { <-j.turn }
}
