package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"sourire/device/tap"
	"sourire/sync/office"
)

// ids are the row ids of terminals and epochs that were committed.
type ids struct {
	terminals map[tap.Identity]int64
	epochs    map[office.EpochID]int64
}

func newIDs() ids {
	return ids{map[tap.Identity]int64{}, map[office.EpochID]int64{}}
}

// rowsAtOnce is how many events one statement inserts.
const rowsAtOnce = 50

// Commit makes a group durable, all of it or nothing.
func (s *Store) Commit(ctx context.Context, g *office.Group) error {
	tx, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	w := writer{ctx: ctx, tx: tx, known: s.ids, found: newIDs()}
	for _, step := range []func(*office.Group) error{w.terminals, w.epochs, w.events, w.batches, w.forks, w.incidents, w.commands} {
		if err := step(g); err != nil {
			return explain(err)
		}
	}
	if err := tx.Commit(); err != nil {
		return explain(err)
	}
	maps.Copy(s.ids.terminals, w.found.terminals)
	maps.Copy(s.ids.epochs, w.found.epochs)
	return nil
}

// writer is a transaction under way.
type writer struct {
	ctx   context.Context
	tx    *sql.Tx
	known ids // committed
	found ids // seen in this transaction
}

func (w *writer) terminals(g *office.Group) error {
	for _, t := range g.Terminals {
		days, err := json.Marshal(t.Days)
		if err != nil {
			return err
		}
		var id int64
		err = w.tx.QueryRowContext(w.ctx, `
			INSERT INTO terminal (chain, store, terminal, pos, state, complete_to, last_event, software, counted, days)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET pos = excluded.pos, state = excluded.state, complete_to = excluded.complete_to,
				last_event = excluded.last_event, software = excluded.software, counted = excluded.counted, days = excluded.days
			RETURNING id`,
			t.Chain, t.Store, t.Terminal, t.Pos, t.State, millis(t.CompleteTo), t.LastEvent, t.Software, t.Counted, string(days)).Scan(&id)
		if err != nil {
			return fmt.Errorf("terminal %s: %w", t.Identity, err)
		}
		w.found.terminals[t.Identity] = id
	}
	return nil
}

func (w *writer) epochs(g *office.Group) error {
	for _, e := range g.Epochs {
		terminal, err := w.terminal(e.Identity)
		if err != nil {
			return err
		}
		var id int64
		err = w.tx.QueryRowContext(w.ctx, `
			INSERT INTO epoch (terminal, uuid, base, prev, last, head, key) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET last = excluded.last, head = excluded.head
			RETURNING id`,
			terminal, e.EpochID.Epoch, e.Base, e.Prev[:], e.Last, e.Head[:], e.Key.String()).Scan(&id)
		if err != nil {
			return fmt.Errorf("epoch %s of %s: %w", e.EpochID.Epoch, e.Identity, err)
		}
		w.found.epochs[e.EpochID] = id
		for _, h := range e.Holes {
			_, err := w.tx.ExecContext(w.ctx, `INSERT INTO hole (epoch, after, upto, head) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
				id, h.After, h.Upto, h.Head[:])
			if err != nil {
				return fmt.Errorf("hole: %w", err)
			}
		}
	}
	return nil
}

func (w *writer) terminal(id tap.Identity) (int64, error) {
	if row, ok := w.known.terminals[id]; ok {
		return row, nil
	}
	if row, ok := w.found.terminals[id]; ok {
		return row, nil
	}
	var row int64
	err := w.tx.QueryRowContext(w.ctx, `SELECT id FROM terminal WHERE chain = ? AND store = ? AND terminal = ?`,
		id.Chain, id.Store, id.Terminal).Scan(&row)
	if err != nil {
		return 0, fmt.Errorf("terminal %s: %w", id, err)
	}
	w.found.terminals[id] = row
	return row, nil
}

func (w *writer) epoch(id office.EpochID) (int64, error) {
	if row, ok := w.known.epochs[id]; ok {
		return row, nil
	}
	if row, ok := w.found.epochs[id]; ok {
		return row, nil
	}
	var row int64
	err := w.tx.QueryRowContext(w.ctx, epochOf, id.Chain, id.Store, id.Terminal, id.Epoch).Scan(&row)
	if err != nil {
		return 0, fmt.Errorf("epoch %s of %s: %w", id.Epoch, id.Identity, err)
	}
	w.found.epochs[id] = row
	return row, nil
}

func (w *writer) events(g *office.Group) error {
	many, err := w.tx.PrepareContext(w.ctx, insertEvents(rowsAtOnce))
	if err != nil {
		return err
	}
	defer many.Close()
	args := make([]any, 0, 6*rowsAtOnce)
	for i, e := range g.Events {
		terminal, err := w.terminal(e.Identity)
		if err != nil {
			return err
		}
		epoch, err := w.epoch(e.EpochID)
		if err != nil {
			return err
		}
		args = append(args, terminal, e.Pos, epoch, e.Seq, g.Events[i].Head[:], e.Link.Event)
		if len(args) == cap(args) {
			if _, err := many.ExecContext(w.ctx, args...); err != nil {
				return fmt.Errorf("events: %w", err)
			}
			args = args[:0]
		}
	}
	if len(args) > 0 {
		if _, err := w.tx.ExecContext(w.ctx, insertEvents(len(args)/6), args...); err != nil {
			return fmt.Errorf("events: %w", err)
		}
	}
	return nil
}

func insertEvents(n int) string {
	return `INSERT INTO event (terminal, pos, epoch, seq, head, raw) VALUES ` +
		strings.Repeat("(?, ?, ?, ?, ?, ?), ", n-1) + "(?, ?, ?, ?, ?, ?)"
}

func (w *writer) batches(g *office.Group) error {
	for _, b := range g.Batches {
		epoch, err := w.epoch(b.EpochID)
		if err != nil {
			return err
		}
		_, err = w.tx.ExecContext(w.ctx, `
			INSERT INTO batch (epoch, first, last, prev, head, key, sig, covered, fork) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			epoch, b.First, b.Last, b.Prev[:], b.Head[:], b.KeyID, b.Sig, b.Covered, b.Fork)
		if err != nil {
			return fmt.Errorf("batch: %w", err)
		}
	}
	return nil
}

func (w *writer) forks(g *office.Group) error {
	for _, f := range g.Forks {
		epoch, err := w.epoch(f.EpochID)
		if err != nil {
			return err
		}
		_, err = w.tx.ExecContext(w.ctx, `
			INSERT INTO fork (epoch, seq, head, prev, point, raw) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			epoch, f.Seq, f.Head[:], f.Prev[:], f.Point, f.Link.Event)
		if err != nil {
			return fmt.Errorf("fork: %w", err)
		}
	}
	return nil
}

func (w *writer) incidents(g *office.Group) error {
	for _, i := range g.Incidents {
		terminal, err := w.terminal(i.Identity)
		if err != nil {
			return err
		}
		_, err = w.tx.ExecContext(w.ctx, `INSERT INTO incident (terminal, at, epoch, seq, what) VALUES (?, ?, ?, ?, ?)`,
			terminal, i.At.UnixMilli(), i.Epoch, i.Seq, i.What)
		if err != nil {
			return fmt.Errorf("incident: %w", err)
		}
	}
	return nil
}

func (w *writer) commands(g *office.Group) error {
	for _, c := range g.Commands {
		terminal, err := w.terminal(c.Identity)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("%w: %w", office.ErrDamaged, err)
		}
		if err != nil {
			return err
		}
		_, err = w.tx.ExecContext(w.ctx, `
			INSERT INTO command (terminal, id, sealed, answer) VALUES (?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET answer = excluded.answer`, terminal, c.ID, c.Sealed, c.Answer)
		if err != nil {
			return fmt.Errorf("command: %w", err)
		}
	}
	return nil
}

// millis is t in Unix ms; 0 for the zero time.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
