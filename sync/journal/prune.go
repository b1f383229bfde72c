package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"sourire/device/tap"
	"sourire/sync/seal"
)

const (
	// stepMost is how many events are dropped at once. A press that comes
	// meanwhile waits for the rest of one step.
	stepMost = 100
	// checkpointSteps is after how many steps their pages, some 16 each, are moved
	// from the write-ahead log to the database, lest it grow.
	checkpointSteps = 8
)

// ErrNeeded is returned for a drop of events that must stay.
var ErrNeeded = errors.New("events are still needed")

// Prune deletes the events of a drop that has been appended, but for those that
// last, which it keeps by themselves; of a drop for years, what had been kept. It
// goes in small steps, and whoever wants to append goes first. Begun again after a
// power cut, it goes on where it was.
//
// It returns [ErrNeeded], and drops nothing, where the receiver has not
// confirmed all of the events or where they are among the newest.
func (j *Journal) Prune(ctx context.Context, d *tap.DropEvent) (err error) {
	if err := j.droppable(d); err != nil {
		return fmt.Errorf("drop events %d to %d: %w", d.First, d.Last, err)
	}
	if d.Why == WhyYears {
		if err := j.forget(ctx, d); err != nil {
			return fmt.Errorf("drop what was kept of events %d to %d: %w", d.First, d.Last, err)
		}
		return nil
	}
	base, err := j.Base()
	if err != nil || base.Seq >= d.Last {
		return err
	}
	p, err := openPruner(j.folder)
	if err != nil {
		return fmt.Errorf("drop events: %w", err)
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if base.Seq == 0 {
		if err := j.between(ctx, p.begin); err != nil {
			return fmt.Errorf("drop the first events: %w", err)
		}
		if base, err = j.Base(); err != nil {
			return err
		}
	}
	for n := 1; base.Seq < d.Last; n++ {
		s, err := j.step(base, d.Last)
		if err != nil {
			return err
		}
		carry := func() error {
			if confirmed, _ := j.Watermark(); s.to.Seq > confirmed { // it has receded
				return fmt.Errorf("%w: they are confirmed up to %d", ErrNeeded, confirmed)
			}
			return j.carry(p, s)
		}
		if err := j.between(ctx, carry); err != nil {
			return fmt.Errorf("drop events %d to %d: %w", base.Seq+1, s.to.Seq, err)
		}
		base = s.to
		if n%checkpointSteps == 0 {
			if err := p.checkpoint(); err != nil {
				return err
			}
		}
	}
	return nil
}

// droppable returns an error where d must not be carried out.
func (j *Journal) droppable(d *tap.DropEvent) error {
	l, err := j.At(d.Seq)
	if err != nil {
		return err
	}
	var said tap.DropEvent
	if err := json.Unmarshal(l.Event, &said); err != nil {
		return err
	}
	last, _ := j.Last()
	confirmed, _ := j.Watermark()
	switch {
	case said != *d:
		return fmt.Errorf("event %d does not say so", d.Seq)
	case d.Last > confirmed:
		return fmt.Errorf("%w: they are confirmed up to %d", ErrNeeded, confirmed)
	case d.Last+newest > last:
		return fmt.Errorf("%w: the newest is %d", ErrNeeded, last)
	}
	return nil
}

// between does something that needs the turn, when nobody waits to append.
func (j *Journal) between(ctx context.Context, do func() error) error {
	for {
		select {
		case j.turn <- struct{}{}:
		case <-j.stopped:
			return ErrClosed
		case <-ctx.Done():
			return ctx.Err()
		}
		if j.awaited() {
			j.lead()
			continue
		}
		err := do()
		<-j.turn
		return err
	}
}

// awaited reports whether someone waits to append.
func (j *Journal) awaited() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.queue) > 0
}

// step is a few events that are dropped at once.
type step struct {
	from, to seal.Link // the events after from, up to to, without their bytes
	kept     []kept
}

// kept is an event that stays, and what it chains to.
type kept struct {
	seq    uint64
	before seal.Head
	bytes  []byte
}

// step makes ready to drop a few events after base. It needs no turn: they never
// change.
func (j *Journal) step(base seal.Link, last uint64) (step, error) {
	links, err := j.After(base.Seq, int(min(stepMost, last-base.Seq)))
	if err != nil {
		return step{}, err
	}
	if len(links) == 0 {
		return step{}, &WrongError{base.Seq + 1, "it is missing"}
	}
	s := step{from: base, to: base}
	for _, l := range links {
		if l.Seq != s.to.Seq+1 {
			return step{}, &WrongError{s.to.Seq + 1, "it is missing"}
		}
		var h tap.Header
		if err := json.Unmarshal(l.Event, &h); err != nil {
			return step{}, &WrongError{l.Seq, err.Error()}
		}
		if lasting(h.Kind) {
			s.kept = append(s.kept, kept{l.Seq, s.to.Head, l.Event})
		}
		s.to = seal.Link{Seq: l.Seq, Head: l.Head}
	}
	return s, nil
}

// carry carries out a step, and writes the watermark down with it where the one
// on the card is among what goes: the feed would begin there.
func (j *Journal) carry(p *pruner, s step) error {
	seq, head := j.saved, seal.Head{}
	if seq < s.to.Seq {
		seq, head = j.Watermark()
	}
	if err := p.drop(s, seq > j.saved, seq, head); err != nil {
		return err
	}
	j.saved = seq
	return nil
}

// pruner is the connection that deletes. It does not flush what it writes: a
// step that a power cut undoes is taken again, the next press flushes it with
// itself, and no press waits for a flush that is not its own.
type pruner struct{ db *sql.DB }

func openPruner(f folder) (*pruner, error) {
	db, err := sql.Open("sourire-journal", f.dsn(f.database(), "mode=rw&_synchronous=NORMAL&_txlock=immediate"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("PRAGMA wal_autocheckpoint=0"); err != nil { // within a step it would keep a press waiting
		return nil, errors.Join(err, db.Close())
	}
	return &pruner{db}, nil
}

func (p *pruner) Close() error { return p.db.Close() }

// begin makes the tables of a journal that is pruned for the first time.
func (p *pruner) begin() error {
	return p.transact(func(tx *sql.Tx) error {
		_, err := tx.Exec(prunedSchema)
		return err
	})
}

// drop deletes the events of a step in one transaction and, where save is set,
// writes the watermark down.
func (p *pruner) drop(s step, save bool, seq uint64, head seal.Head) error {
	return p.transact(func(tx *sql.Tx) error {
		if _, err := tx.Exec("DELETE FROM event WHERE seq > ? AND seq <= ?", s.from.Seq, s.to.Seq); err != nil {
			return err
		}
		for _, k := range s.kept {
			if _, err := tx.Exec("INSERT INTO kept VALUES (?, ?, ?)", k.seq, k.before[:], k.bytes); err != nil {
				return err
			}
		}
		if _, err := tx.Exec("UPDATE dropped SET seq = ?, head = ?", s.to.Seq, s.to.Head[:]); err != nil {
			return err
		}
		if !save {
			return nil
		}
		_, err := tx.Exec("UPDATE cursor SET seq = ?, head = ?", seq, head[:])
		return err
	})
}

func (p *pruner) transact(do func(*sql.Tx) error) error {
	tx, err := p.db.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// checkpoint moves what is in the log to the database. It keeps no press
// waiting: whoever appends goes on at the end of the log.
func (p *pruner) checkpoint() error {
	var busy, frames, moved int
	if err := p.db.QueryRow("PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &frames, &moved); err != nil {
		return fmt.Errorf("move dropped pages to the database: %w", err)
	}
	return nil
}
