package journal

import (
	"bytes"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"sourire/device/tap"
	"sourire/sync/durable"
	"sourire/sync/seal"
)

// ErrNone is returned where a folder holds no journal.
var ErrNone = errors.New("no journal here")

// Reader reads a journal without changing it, beside a running terminal or
// without one.
type Reader struct {
	folder  folder
	db      *sql.DB
	bulk    *sql.Stmt // many events in one row
	genesis tap.GenesisEvent
	public  seal.Public
}

// OpenReader opens the journal in dir for reading.
func OpenReader(dir string) (*Reader, error) { return machineFolder(dir).openReader() }

func (f folder) openReader() (*Reader, error) {
	path := f.database()
	if _, err := f.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", path, ErrNone)
	} else if err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	if h, err := f.readHeader(); err != nil || !h.ours {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, ErrForeign), err)
	}
	return newReader(f)
}

// ReadKey is the key of the terminal whose data folder dir is; none is made.
func ReadKey(dir string) (seal.Key, error) {
	return durable.Machine.ReadKey(filepath.Join(dir, keyName))
}

func newReader(f folder) (*Reader, error) {
	db, err := f.connectReaders()
	if err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	r := &Reader{folder: f, db: db}
	if err = r.readGenesis(); err == nil {
		r.bulk, err = db.Prepare(bulkQuery)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the journal %s: %w", f.database(), err), db.Close())
	}
	return r, nil
}

func (r *Reader) readGenesis() error {
	var version int
	if err := r.db.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version != schemaVersion && version != prunedVersion {
		var same bool
		if err := r.db.QueryRow("SELECT sql = ? FROM sqlite_schema WHERE name = 'event'", eventTable).Scan(&same); err != nil {
			return err
		}
		if same {
			return fmt.Errorf("%w: it calls its schema %d", errBroken, version)
		}
		return fmt.Errorf("written by another version of this program: schema %d, want %d or %d", version, schemaVersion, prunedVersion)
	}
	var head, raw []byte
	if err := r.db.QueryRow("SELECT head, bytes FROM event WHERE seq = 1").Scan(&head, &raw); err != nil {
		return fmt.Errorf("read genesis: %w", err)
	}
	if (seal.Head{}).Next(raw).String() != hex.EncodeToString(head) {
		return fmt.Errorf("%w: its genesis was altered", errBroken)
	}
	e, err := tap.Parse(raw)
	if err != nil {
		return fmt.Errorf("%w: %w", errBroken, err)
	}
	g, ok := e.(*tap.GenesisEvent)
	if !ok {
		return fmt.Errorf("%w: the first event is %q, not genesis", errBroken, e.Head().Kind)
	}
	r.genesis = *g
	if r.public, err = seal.ParsePublic(g.Ed25519); err != nil {
		return fmt.Errorf("%w: %w", errBroken, err)
	}
	return nil
}

// CheckLog finds damage of a journal that nobody writes and that SQLite passes
// over: commits that it cannot reach any more.
func (r *Reader) CheckLog() error {
	tail, err := r.Tail()
	if err != nil {
		return err
	}
	return r.folder.checkLog(tail.Seq)
}

// Close releases the files.
func (r *Reader) Close() error { return errors.Join(r.bulk.Close(), r.db.Close()) }

// Identity is the terminal whose journal this is.
func (r *Reader) Identity() tap.Identity { return r.genesis.Identity }

// Epoch is the id of this life of the journal.
func (r *Reader) Epoch() string { return r.genesis.Epoch }

// Previous names the epoch before this one; nil in a first life.
func (r *Reader) Previous() *tap.Previous { return r.genesis.Previous }

// Public is the key that signs the journal's batches.
func (r *Reader) Public() seal.Public { return r.public }

// Tail is the newest event; a journal is never empty.
func (r *Reader) Tail() (seal.Link, error) {
	links, err := r.query("SELECT seq, head, bytes FROM event ORDER BY seq DESC LIMIT 1")
	if err != nil {
		return seal.Link{}, err
	}
	if len(links) == 0 {
		return seal.Link{}, fmt.Errorf("%w: it has no event", errBroken)
	}
	return links[0], nil
}

func (r *Reader) lastEvent() (tap.Event, error) {
	tail, err := r.Tail()
	if err != nil {
		return nil, err
	}
	e, err := tap.Parse(tail.Event)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBroken, err)
	}
	return e, nil
}

// After is up to n events that follow seq, in order.
func (r *Reader) After(seq uint64, n int) ([]seal.Link, error) {
	if n <= bulkMost {
		if links := r.readBulk(seq, n); len(links) > 0 {
			return links, nil
		}
	}
	return r.query("SELECT seq, head, bytes FROM event WHERE seq > ? ORDER BY seq LIMIT ?", seq, n)
}

// At is the event seq; [sql.ErrNoRows] where there is none, or none any more.
func (r *Reader) At(seq uint64) (seal.Link, error) {
	links, err := r.query("SELECT seq, head, bytes FROM event WHERE seq = ?", seq)
	if err != nil {
		return seal.Link{}, err
	}
	if len(links) > 0 {
		return links[0], nil
	}
	l, err := r.keptAt(seq)
	if err != nil {
		return l, fmt.Errorf("read event %d: %w", seq, err)
	}
	return l, nil
}

// Backward calls visit with the raw events from the newest to the oldest that
// is there, until it returns false.
func (r *Reader) Backward(visit func(seal.Link) bool) error { return r.Before(1<<62, visit) }

// Before is Backward from the event before a seq on.
func (r *Reader) Before(seq uint64, visit func(seal.Link) bool) error {
	for before := seq; ; {
		links, err := r.query("SELECT seq, head, bytes FROM event WHERE seq < ? ORDER BY seq DESC LIMIT 500", before)
		if err != nil || len(links) == 0 {
			return err
		}
		for _, l := range links {
			if !visit(l) {
				return nil
			}
			before = l.Seq
		}
	}
}

// Forward calls visit with the raw events after seq that are there, in order,
// until it returns an error, which Forward returns.
func (r *Reader) Forward(seq uint64, visit func(seal.Link) error) error {
	for {
		links, err := r.After(seq, 500)
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

// Saved is the watermark as it was last written down. The office may have
// confirmed more: it is asked at the next connection.
func (r *Reader) Saved() (seq uint64, head seal.Head, err error) {
	var n sql.Null[uint64] // a page that is gone is read as one of NULLs
	var h []byte
	if err := r.db.QueryRow("SELECT seq, head FROM cursor").Scan(&n, &h); err != nil {
		return 0, head, fmt.Errorf("read the watermark: %w", err)
	}
	if copy(head[:], h) != len(head) || !n.Valid {
		return 0, head, fmt.Errorf("%w: the watermark's head has %d bytes", errBroken, len(h))
	}
	return n.V, head, nil
}

const (
	bulkMost  = 1000
	bulkQuery = `SELECT count(*), min(seq), max(seq), CAST(group_concat(head, '') AS BLOB), CAST(group_concat(bytes, char(10)) AS BLOB)
		FROM event WHERE seq > ? AND seq <= ?`
)

// readBulk has SQLite put up to n events that follow seq into one row: handing
// over each by itself takes two thirds of the time of reading it. Canonical JSON
// has no line break that could be taken for the end of an event. It returns
// nothing where they are not whole or not without a gap.
func (r *Reader) readBulk(seq uint64, n int) []seal.Link {
	var count int
	var first, last sql.Null[uint64]
	var heads, events []byte
	err := r.bulk.QueryRow(seq, seq+uint64(n)).Scan(&count, &first, &last, &heads, &events)
	if err != nil || count == 0 || first.V != seq+1 || last.V != seq+uint64(count) || len(heads) != count*len(seal.Head{}) {
		return nil
	}
	links := make([]seal.Link, count)
	for i := range links {
		l := &links[i]
		l.Seq = seq + 1 + uint64(i)
		heads = heads[copy(l.Head[:], heads):]
		var more bool
		if l.Event, events, more = bytes.Cut(events, []byte{'\n'}); more != (i < count-1) {
			return nil
		}
		l.Event = l.Event[:len(l.Event):len(l.Event)] // who appends to it gets a copy
	}
	return links
}

func (r *Reader) query(q string, args ...any) ([]seal.Link, error) {
	rows, err := r.db.Query(q, args...)
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var links []seal.Link
	var head, event sql.RawBytes
	for rows.Next() {
		var l seal.Link
		if err := rows.Scan(&l.Seq, &head, &event); err != nil {
			return nil, fmt.Errorf("read the journal: %w", err)
		}
		l.Event = bytes.Clone(event)
		if copy(l.Head[:], head) != len(l.Head) {
			return nil, fmt.Errorf("%w: the head of event %d has %d bytes", errBroken, l.Seq, len(head))
		}
		links = append(links, l)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	return links, nil
}
