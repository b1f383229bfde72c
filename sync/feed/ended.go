package feed

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"sourire/device/tap"
	"sourire/sync/journal"
	"sourire/sync/seal"
)

// ended is the journal of an epoch that has ended, kept aside: as SQLite reads
// it, or what is left of it.
type ended struct {
	epoch   string
	folder  string
	damage  error // why it is not whole; nil where it is
	reading interface {
		Next(after seal.Link, n int) (before seal.Link, links []seal.Link, err error)
		Has(seq uint64, head seal.Head) (bool, error)
		Close() error
	}
}

// openEnded opens the journal in a folder; nil where there is none. It returns
// an error for one that this terminal cannot deliver.
func (f *Feed) openEnded(folder string) (*ended, error) {
	r, err := journal.OpenReader(folder)
	switch {
	case err == nil:
		e := &ended{epoch: r.Epoch(), folder: folder, reading: whole{r}}
		if err := f.mine(r.Identity(), r.Public()); err != nil {
			return nil, errors.Join(err, r.Close())
		}
		return e, nil
	case journal.Damaged(err), errors.Is(err, sql.ErrNoRows), errors.Is(err, journal.ErrForeign), errors.Is(err, journal.ErrNone):
	default:
		return nil, err
	}
	epoch, _, _ := cutLast(filepath.Base(folder), "-") // as [journal.Aside] names it
	e := &ended{epoch: epoch, folder: folder}
	switch wrong := e.salvage(err); {
	case errors.Is(wrong, journal.ErrNone):
		return nil, nil
	case wrong != nil:
		return nil, wrong
	}
	left := e.reading.(*journal.Salvage)
	if left.Empty() || len(epoch) != len(f.source.Epoch()) {
		return nil, errors.Join(err, e.close())
	}
	if g := left.Genesis(); g != nil {
		key, wrong := seal.ParsePublic(g.Ed25519)
		if wrong == nil {
			wrong = f.mine(g.Identity, key)
		}
		if wrong != nil {
			return nil, errors.Join(wrong, e.close())
		}
	}
	return e, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// mine returns an error for a journal that this terminal cannot sign for.
func (f *Feed) mine(id tap.Identity, key seal.Public) error {
	switch {
	case id != f.source.Identity():
		return fmt.Errorf("it belongs to %s", id)
	case key.ID() != f.source.Key().Public().ID():
		return errors.New("the key that signed it is gone")
	}
	return nil
}

// salvage goes on with what is left of the journal.
func (e *ended) salvage(damage error) error {
	left, err := journal.OpenSalvage(e.folder)
	if err != nil {
		return err
	}
	err = e.close()
	e.reading, e.damage = left, damage
	return err
}

func (e *ended) close() error {
	if e.reading == nil {
		return nil
	}
	return e.reading.Close()
}

// whole is a journal that SQLite can read, until it proves to be damaged.
type whole struct{ *journal.Reader }

// Next is the run of at most n events after an event. Where that is not without
// a gap it is an error that is [journal.Damaged]; so is the end, where SQLite
// cannot reach what the log has behind it.
func (w whole) Next(after seal.Link, n int) (seal.Link, []seal.Link, error) {
	links, err := w.After(after.Seq, n)
	if err != nil {
		return after, nil, err
	}
	at := after
	for _, l := range links {
		if l.Seq != at.Seq+1 || at.Head.Next(l.Event) != l.Head {
			return after, nil, &journal.WrongError{Seq: at.Seq + 1, Why: "it is missing or altered"}
		}
		at = l
	}
	if len(links) == 0 {
		err = w.CheckLog()
	}
	return after, links, err
}

// Has reports whether the journal has an event with this head.
func (w whole) Has(seq uint64, head seal.Head) (bool, error) {
	if seq == 0 {
		return head == seal.Head{}, nil
	}
	l, err := w.At(seq)
	if journal.Damaged(err) || errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return l.Head == head, err
}
