package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"sourire/device/tap"
	"sourire/sync/office"
	"sourire/sync/seal"
)

const epochOf = `SELECT e.id FROM epoch e JOIN terminal t ON t.id = e.terminal
	WHERE t.chain = ? AND t.store = ? AND t.terminal = ? AND e.uuid = ?`

// query reads all rows into a slice, but for those that scan sets aside.
func query[T any](ctx context.Context, db reader, scan func(row, *T) error, text string, args ...any) ([]T, error) {
	rows, err := db.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, explain(err)
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		var v T
		switch err := scan(rows, &v); {
		case err == nil:
			all = append(all, v)
		case !errors.Is(err, errAside):
			return nil, explain(err)
		}
	}
	return all, explain(rows.Err())
}

type row interface{ Scan(...any) error }

// reader is a database or a transaction.
type reader interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row
}

// head scans a hash.
type head struct{ *seal.Head }

func (h head) Scan(v any) error {
	b, ok := v.([]byte)
	if !ok || len(b) != len(h.Head) {
		return fmt.Errorf("head is %v, want %d bytes: %w", v, len(h.Head), office.ErrDamaged)
	}
	copy(h.Head[:], b)
	return nil
}

// key scans a public key.
type key struct{ *seal.Public }

func (k key) Scan(v any) (err error) {
	s, _ := v.(string)
	if *k.Public, err = seal.ParsePublic(s); err != nil {
		return fmt.Errorf("%w: %w", err, office.ErrDamaged)
	}
	return nil
}

// Load returns everything but events, batches and the bytes of forks. Rows that
// make no sense are left out. Their terminal is named as damaged, as one is
// whose summary does not fit its events.
func (s *Store) Load(ctx context.Context) (office.Snapshot, error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}) // an office may write meanwhile
	if err != nil {
		return office.Snapshot{}, explain(err)
	}
	defer func() { _ = tx.Rollback() }()
	return load(ctx, tx)
}

func load(ctx context.Context, tx reader) (snap office.Snapshot, err error) {
	snap.Terminals, err = query(ctx, tx, func(r row, t *office.Terminal) error {
		var complete int64
		var days []byte
		var newest uint64
		err := r.Scan(&t.Chain, &t.Store, &t.Identity.Terminal, &t.Pos, &t.State, &complete, &t.LastEvent, &t.Software, &t.Counted, &days, &newest)
		if err == nil && json.Unmarshal(days, &t.Days) != nil {
			err = fmt.Errorf("days are %.40q", days)
		}
		if complete != 0 {
			t.CompleteTo = time.UnixMilli(complete).UTC()
		}
		if err == nil && newest != t.Pos {
			snap.Damage(t.Identity, fmt.Errorf("newest event has place %d, on record is %d", newest, t.Pos))
		}
		return aside(&snap, t.Identity, err)
	}, `SELECT chain, store, terminal, pos, state, complete_to, last_event, software, counted, days,
		ifnull((SELECT max(pos) FROM event v WHERE v.terminal = t.id), pos) FROM terminal t ORDER BY chain, store, terminal`)
	if err != nil {
		return snap, fmt.Errorf("read terminals: %w", err)
	}
	var ids []int64
	snap.Epochs, err = query(ctx, tx, func(r row, e *office.Epoch) error {
		var id int64
		err := r.Scan(&e.Chain, &e.Store, &e.Terminal, &e.EpochID.Epoch, &id, &e.Base, head{&e.Prev}, &e.Last, head{&e.Head}, key{&e.Key})
		if err == nil {
			ids = append(ids, id)
		}
		return aside(&snap, e.Identity, err)
	}, `SELECT t.chain, t.store, t.terminal, e.uuid, e.id, e.base, e.prev, e.last, e.head, e.key
		FROM epoch e JOIN terminal t ON t.id = e.terminal ORDER BY e.id`)
	if err != nil {
		return snap, fmt.Errorf("read epochs: %w", err)
	}
	for i, e := range snap.Epochs {
		snap.Epochs[i].Holes, err = query(ctx, tx, func(r row, h *office.Hole) error {
			return aside(&snap, e.Identity, r.Scan(&h.After, &h.Upto, head{&h.Head}))
		}, `SELECT after, upto, head FROM hole WHERE epoch = ? ORDER BY after`, ids[i])
		if err != nil {
			return snap, fmt.Errorf("read holes: %w", err)
		}
		if err := checkEnd(ctx, tx, ids[i], e); errors.Is(err, office.ErrDamaged) {
			snap.Damage(e.Identity, err)
		} else if err != nil {
			return snap, fmt.Errorf("read the end of epoch %s of %s: %w", e.EpochID.Epoch, e.Identity, err)
		}
	}
	snap.ForkPoints, err = query(ctx, tx, func(r row, f *office.ForkPoint) error {
		err := r.Scan(&f.Chain, &f.Store, &f.Terminal, &f.Epoch, &f.Seq, head{&f.Head})
		return aside(&snap, f.Identity, err)
	}, `SELECT t.chain, t.store, t.terminal, e.uuid, f.seq, f.head
		FROM fork f JOIN epoch e ON e.id = f.epoch JOIN terminal t ON t.id = e.terminal WHERE f.point ORDER BY e.id, f.seq, f.head`)
	if err != nil {
		return snap, fmt.Errorf("read forks: %w", err)
	}
	snap.Incidents, err = query(ctx, tx, func(r row, i *office.Incident) error {
		var at int64
		err := r.Scan(&i.Chain, &i.Store, &i.Terminal, &at, &i.Epoch, &i.Seq, &i.What)
		i.At = time.UnixMilli(at).UTC()
		return err
	}, `SELECT t.chain, t.store, t.terminal, i.at, i.epoch, i.seq, i.what
		FROM incident i JOIN terminal t ON t.id = i.terminal ORDER BY i.id`)
	if err != nil {
		return snap, fmt.Errorf("read incidents: %w", err)
	}
	snap.Commands, err = query(ctx, tx, func(r row, c *office.Command) error {
		return r.Scan(&c.Chain, &c.Store, &c.Terminal, &c.ID, &c.Sealed, &c.Answer)
	}, `SELECT t.chain, t.store, t.terminal, c.id, c.sealed, c.answer
		FROM command c JOIN terminal t ON t.id = c.terminal ORDER BY c.row`)
	if err != nil {
		return snap, fmt.Errorf("read commands: %w", err)
	}
	return snap, nil
}

// errAside leaves a row out.
var errAside = errors.New("row is left out")

// aside leaves a row of a terminal out where it could not be read.
func aside(snap *office.Snapshot, id tap.Identity, err error) error {
	if err == nil {
		return nil
	}
	snap.Damage(id, err)
	return errAside
}

// checkEnd checks that the newest event of an epoch is the one in its row.
func checkEnd(ctx context.Context, tx reader, id int64, e office.Epoch) error {
	var seq uint64
	var h seal.Head
	err := tx.QueryRowContext(ctx, `SELECT seq, head FROM event WHERE epoch = ? ORDER BY seq DESC LIMIT 1`, id).Scan(&seq, head{&h})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		seq, h = e.Base, e.Prev
	case err != nil:
		return explain(err)
	}
	if seq != e.Last || h != e.Head {
		return fmt.Errorf("epoch %s ends with event %d, on record is %d: %w", e.EpochID.Epoch, seq, e.Last, office.ErrDamaged)
	}
	return nil
}

// Links returns the events of an epoch with from <= seq <= to, by seq.
func (s *Store) Links(ctx context.Context, id office.EpochID, from, to uint64) ([]seal.Link, error) {
	return query(ctx, s.read, func(r row, l *seal.Link) error {
		return r.Scan(&l.Seq, head{&l.Head}, &l.Event)
	}, `SELECT seq, head, raw FROM event WHERE epoch = (`+epochOf+`) AND seq BETWEEN ? AND ? ORDER BY seq`,
		id.Chain, id.Store, id.Terminal, id.Epoch, from, to)
}

// Events returns at most limit events of a terminal after a position.
func (s *Store) Events(ctx context.Context, id tap.Identity, after uint64, limit int) ([]office.Event, error) {
	return query(ctx, s.read, func(r row, e *office.Event) error {
		e.Identity = id
		return r.Scan(&e.EpochID.Epoch, &e.Pos, &e.Seq, head{&e.Head}, &e.Link.Event)
	}, `SELECT e.uuid, v.pos, v.seq, v.head, v.raw FROM event v JOIN epoch e ON e.id = v.epoch
		WHERE v.terminal = (SELECT id FROM terminal WHERE chain = ? AND store = ? AND terminal = ?) AND v.pos > ?
		ORDER BY v.pos LIMIT ?`,
		id.Chain, id.Store, id.Terminal, after, limit)
}

// EventsOf returns the events of a terminal of some kinds, from behind a position
// up to another. SQLite finds them by their bytes: a quote within a text is
// escaped there.
func (s *Store) EventsOf(ctx context.Context, id tap.Identity, after, upto uint64, kinds []tap.Kind) ([]office.Event, error) {
	args := []any{id.Chain, id.Store, id.Terminal, after, upto}
	for _, k := range kinds {
		args = append(args, []byte(`"kind":"`+string(k)+`"`))
	}
	return query(ctx, s.read, func(r row, e *office.Event) error {
		e.Identity = id
		return r.Scan(&e.EpochID.Epoch, &e.Pos, &e.Seq, head{&e.Head}, &e.Link.Event)
	}, `SELECT e.uuid, v.pos, v.seq, v.head, v.raw FROM event v JOIN epoch e ON e.id = v.epoch
		WHERE v.terminal = (SELECT id FROM terminal WHERE chain = ? AND store = ? AND terminal = ?) AND v.pos > ? AND v.pos <= ?
		AND (false`+strings.Repeat(" OR instr(v.raw, ?)", len(kinds))+`) ORDER BY v.pos`, args...)
}

// Batches returns at most limit signed batches of an epoch beyond a row.
func (s *Store) Batches(ctx context.Context, id office.EpochID, after uint64, limit int) ([]office.Batch, error) {
	return query(ctx, s.read, func(r row, b *office.Batch) error {
		b.EpochID = id
		return r.Scan(&b.Row, &b.First, &b.Last, head{&b.Prev}, head{&b.Head}, &b.KeyID, &b.Sig, &b.Covered, &b.Fork)
	}, `SELECT id, first, last, prev, head, key, sig, covered, fork FROM batch
		WHERE epoch = (`+epochOf+`) AND id > ? ORDER BY id LIMIT ?`,
		id.Chain, id.Store, id.Terminal, id.Epoch, after, limit)
}

// Forks returns the events of an epoch that contradict its chain.
func (s *Store) Forks(ctx context.Context, id office.EpochID) ([]office.Fork, error) {
	return query(ctx, s.read, func(r row, f *office.Fork) error {
		f.EpochID = id
		return r.Scan(&f.Seq, head{&f.Head}, head{&f.Prev}, &f.Point, &f.Link.Event)
	}, `SELECT seq, head, prev, point, raw FROM fork WHERE epoch = (`+epochOf+`) ORDER BY seq, head`,
		id.Chain, id.Store, id.Terminal, id.Epoch)
}

// HasFork reports whether an event beside the chain is kept.
func (s *Store) HasFork(ctx context.Context, id office.EpochID, seq uint64, h seal.Head) (bool, error) {
	var n int
	err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM fork WHERE epoch = (`+epochOf+`) AND seq = ? AND head = ?`,
		id.Chain, id.Store, id.Terminal, id.Epoch, seq, h[:]).Scan(&n)
	return n > 0, explain(err)
}
