package journal

import (
	"database/sql"
	"fmt"

	"sourire/sync/seal"
)

// pruned is the schema of a journal of which events have been dropped, beside
// its first one. Its version tells programs that look for every event to keep
// away.
//
// The oldest raw event that is there follows the one that dropped names: what it
// chains to. An event that is kept names what it chained to itself.
const (
	prunedVersion = 2
	prunedSchema  = `
CREATE TABLE IF NOT EXISTS kept (
	seq    INTEGER PRIMARY KEY,
	before BLOB NOT NULL,
	bytes  BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS dropped (
	id   INTEGER PRIMARY KEY CHECK (id = 1),
	seq  INTEGER NOT NULL,
	head BLOB NOT NULL
) STRICT;
INSERT OR IGNORE INTO dropped SELECT 1, seq, head FROM event WHERE seq = 1;
PRAGMA user_version = 2;`
)

// pruned reports whether events have ever been dropped.
func (r *Reader) pruned() (bool, error) {
	var version int
	if err := r.db.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
		return false, fmt.Errorf("read the journal's version: %w", err)
	}
	return version >= prunedVersion, nil
}

// Base is the newest event that was dropped, without its bytes: the oldest raw
// event that is there follows it. It is the zero Link where none was dropped.
// The first event, genesis, is always there.
func (r *Reader) Base() (seal.Link, error) {
	some, err := r.pruned()
	if err != nil || !some {
		return seal.Link{}, err
	}
	var l seal.Link
	var head []byte
	if err := r.db.QueryRow("SELECT seq, head FROM dropped").Scan(&l.Seq, &head); err != nil {
		return l, fmt.Errorf("read what was dropped: %w", err)
	}
	if copy(l.Head[:], head) != len(l.Head) {
		return l, fmt.Errorf("%w: the head of what was dropped has %d bytes", errBroken, len(head))
	}
	return l, nil
}

// Kept calls visit with the events after seq that were kept when those around
// them were dropped, in order, until it returns an error, which Kept returns.
func (r *Reader) Kept(seq uint64, visit func(seal.Link) error) error {
	some, err := r.pruned()
	if err != nil || !some {
		return err
	}
	for {
		links, err := r.keptAfter(seq)
		if err != nil || len(links) == 0 {
			return err
		}
		for _, l := range links {
			if err := visit(l); err != nil {
				return err
			}
			seq = l.Seq
		}
	}
}

func (r *Reader) keptAfter(seq uint64) ([]seal.Link, error) {
	return r.queryKept("SELECT seq, before, bytes FROM kept WHERE seq > ? ORDER BY seq LIMIT 500", seq)
}

// keptAt is the event seq, if it was kept; [sql.ErrNoRows] where it was not.
func (r *Reader) keptAt(seq uint64) (seal.Link, error) {
	some, err := r.pruned()
	if err != nil {
		return seal.Link{}, err
	}
	if some {
		links, err := r.queryKept("SELECT seq, before, bytes FROM kept WHERE seq = ?", seq)
		if err != nil {
			return seal.Link{}, err
		}
		if len(links) > 0 {
			return links[0], nil
		}
	}
	return seal.Link{}, sql.ErrNoRows
}

// queryKept makes links of rows that name what each chained to, where those of
// query have their own head.
func (r *Reader) queryKept(q string, arg any) ([]seal.Link, error) {
	links, err := r.query(q, arg)
	if err != nil {
		return nil, fmt.Errorf("what was kept: %w", err)
	}
	for i, l := range links {
		links[i].Head = l.Head.Next(l.Event)
	}
	return links, nil
}
