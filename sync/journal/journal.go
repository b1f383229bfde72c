// Package journal is the terminal's event log: append-only, gap-free from 1,
// hash-chained, in SQLite. An event that Append has returned survives a power
// cut at any moment after.
//
// A journal lives in a data folder:
//
//	journal.db     the events of this epoch, and the watermark
//	terminal.key   the seed of the key that signs the feed
//	epoch.json     which epoch this is; how it ended, while the next begins
//	aside/         journals that were damaged or found to be copies
package journal

import (
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"

	"sourire/device/tap"
	"sourire/sync/durable"
	"sourire/sync/seal"
)

var (
	// ErrForeign is returned for a file that is not a journal of ours. It is
	// left as it is.
	ErrForeign = errors.New("not a journal of sourire")
	// ErrIdentity is returned for a journal of another terminal.
	ErrIdentity = errors.New("journal of another terminal")
	// ErrClosed is returned by an Append after Close.
	ErrClosed = errors.New("journal is closed")

	errBroken = errors.New("journal is damaged")
)

const tailChecked = 200

// Config says whose journal to open and where.
type Config struct {
	Dir      string
	Identity tap.Identity
	Stamp    func(*tap.Header) // sets At, Clock and Up of a genesis
	Log      *slog.Logger
}

// Journal is the log, open for writing. Its methods may be called from any
// goroutine.
type Journal struct {
	*Reader
	key   seal.Key
	db    *sql.DB
	clean bool
	log   *slog.Logger

	insert  *sql.Stmt
	wake    chan struct{} // holds a signal when the queue may have grown
	stopped chan struct{} // closed when the writer has ended
	saved   uint64        // the watermark as written down; the writer's own

	mu        sync.Mutex
	queue     []request
	closed    bool
	commits   uint64
	seq       uint64
	head      seal.Head
	grown     chan struct{} // closed at the next commit
	watermark seal.Link     // Event is nil
}

// Open opens the journal in c.Dir, or begins a new epoch where there is none or
// where the one there is damaged; the damaged files are kept aside.
func Open(c Config) (*Journal, error) {
	key, err := durable.Key(filepath.Join(c.Dir, keyName))
	if err != nil {
		return nil, err
	}
	path := filepath.Join(c.Dir, fileName)
	mark, err := readMarker(c.Dir)
	if err != nil {
		return nil, err
	}
	switch exists, err := present(path); {
	case err != nil:
		return nil, fmt.Errorf("open the journal: %w", err)
	case !exists:
		if err := clearLog(c, mark); err != nil {
			return nil, err
		}
		return begin(c, key, mark)
	case mark != nil && mark.Ended != "" && !begun(path, mark.Epoch):
		// Power went between the decision to end the epoch and the move.
		return endEpoch(c, key, *mark)
	}
	switch ok, err := ours(path); {
	case err != nil:
		return nil, fmt.Errorf("open the journal: %w", err)
	case !ok && mark == nil:
		return nil, fmt.Errorf("%s: %w: give another data folder, or move that file away", path, ErrForeign)
	case !ok:
		mark.Ended = WhyDamaged
		return endEpoch(c, key, *mark)
	}
	j, err := open(c, key)
	switch {
	case err == nil:
		return j, j.mark(c.Dir, mark)
	case Damaged(err), errors.Is(err, sql.ErrNoRows):
		c.Log.Error("the journal is damaged: it is kept aside and a new epoch begins", "error", err)
		return endEpoch(c, key, epitaph(path, mark, WhyDamaged))
	case errors.Is(err, errKey):
		c.Log.Error("the journal was signed with a key that is gone: a new epoch begins")
		return endEpoch(c, key, epitaph(path, mark, WhyReset))
	default:
		return nil, err
	}
}

var errKey = errors.New("the key in the folder is not the one in genesis")

// open opens a journal that exists.
func open(c Config, key seal.Key) (_ *Journal, err error) {
	path := filepath.Join(c.Dir, fileName)
	db, err := openWriter(path)
	if err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	r, err := newReader(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
		}
	}()
	if r.Identity() != c.Identity {
		return nil, fmt.Errorf("%s belongs to %s, not to %s: %w: give another data folder", path, r.Identity(), c.Identity, ErrIdentity)
	}
	if r.Public().ID() != key.Public().ID() {
		return nil, errKey
	}
	if err := r.verifyTail(tailChecked); err != nil {
		return nil, fmt.Errorf("check the journal's tail: %w", err)
	}
	if err := preallocate(db, path); err != nil {
		return nil, err
	}
	insert, err := db.Prepare("INSERT INTO event VALUES (?, ?, ?)")
	if err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	j := &Journal{
		Reader: r, key: key, db: db, log: c.Log, insert: insert,
		wake: make(chan struct{}, 1), stopped: make(chan struct{}), grown: make(chan struct{}),
	}
	if err := j.load(); err != nil {
		return nil, err
	}
	go j.write()
	return j, nil
}

// load reads where the journal stands, and notes that a run has begun.
func (j *Journal) load() error {
	tail, err := j.Tail()
	if err != nil {
		return err
	}
	j.seq, j.head = tail.Seq, tail.Head
	if j.watermark.Seq, j.watermark.Head, err = j.Saved(); err != nil {
		return err
	}
	j.saved = j.watermark.Seq
	if err := j.db.QueryRow("SELECT clean FROM cursor").Scan(&j.clean); err != nil {
		return fmt.Errorf("read how the run before ended: %w", err)
	}
	if _, err := j.db.Exec("UPDATE cursor SET clean = 0"); err != nil {
		return fmt.Errorf("note that a run begins: %w", err)
	}
	return nil
}

// Key signs the journal's batches.
func (j *Journal) Key() seal.Key { return j.key }

// EndedClean reports whether the run before this one was closed in good order.
func (j *Journal) EndedClean() bool { return j.clean }

// Last is the seq of the newest event, and the head after it.
func (j *Journal) Last() (uint64, seal.Head) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.seq, j.head
}

// Commits is the number of transactions that this run has committed.
func (j *Journal) Commits() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.commits
}

// Grown is closed when an event is committed after this call.
func (j *Journal) Grown() <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.grown
}

// Close writes what is queued, notes the clean end, and releases the files.
func (j *Journal) Close() error {
	if !j.stop() {
		return nil
	}
	_, err := j.db.Exec("UPDATE cursor SET seq = ?, head = ?, clean = 1", j.watermark.Seq, j.watermark.Head[:])
	if err != nil {
		err = fmt.Errorf("note the clean end: %w", err)
	}
	return errors.Join(err, j.Reader.Close(), j.db.Close())
}
