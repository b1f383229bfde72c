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
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/uuid"

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

// Why a new epoch began, in its genesis.
const (
	WhyDamaged = "damaged" // the journal could not be read
	WhyCopied  = "copied"  // the office knows a later or another history
	WhyReset   = "reset"   // the journal's file, or its key, was gone
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
		if err := clearLog(c); err != nil {
			return nil, err
		}
		return begin(c, key, mark)
	case mark != nil && mark.Ended != "":
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
	var wrong *WrongError
	switch {
	case err == nil:
		return j, nil
	case damaged(err), errors.Is(err, errBroken), errors.Is(err, sql.ErrNoRows), errors.As(err, &wrong):
		c.Log.Error("the journal is damaged: it is kept aside and a new epoch begins", "error", err)
		return endEpoch(c, key, epitaph(path, mark, WhyDamaged))
	case errors.Is(err, errKey):
		c.Log.Error("the journal was signed with a key that is gone: a new epoch begins")
		return endEpoch(c, key, epitaph(path, mark, WhyReset))
	default:
		return nil, err
	}
}

func present(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// epitaph gathers what can still be read of an epoch that ends.
func epitaph(path string, mark *marker, why string) marker {
	m := marker{Ended: why}
	if mark != nil {
		m.Epoch = mark.Epoch
	}
	r, err := newReader(path)
	if err != nil {
		return m
	}
	defer func() { _ = r.Close() }()
	m.Epoch = r.Epoch()
	if tail, err := r.Tail(); err == nil {
		head := tail.Head.String()
		m.Seq, m.Head = &tail.Seq, &head
	}
	return m
}

// endEpoch keeps the files of an epoch aside and begins the next.
func endEpoch(c Config, key seal.Key, m marker) (*Journal, error) {
	if err := writeMarker(c.Dir, m); err != nil {
		return nil, err
	}
	to, err := keepAside(c.Dir, time.Now())
	if err != nil {
		return nil, err
	}
	c.Log.Warn("epoch ended", "epoch", m.Epoch, "why", m.Ended, "kept", to)
	return begin(c, key, &m)
}

// begin starts an epoch in a folder that has no journal.
func begin(c Config, key seal.Key, mark *marker) (*Journal, error) {
	g := &tap.GenesisEvent{
		Header:   tap.Header{Seq: 1, Kind: tap.KindGenesis, Boot: 1},
		Identity: c.Identity,
		Epoch:    uuid.NewString(),
		Ed25519:  key.Public().String(),
	}
	if mark != nil {
		g.Previous = &tap.Previous{Epoch: mark.Epoch, Seq: mark.Seq, Head: mark.Head, Why: mark.Ended}
		if mark.Ended == "" {
			g.Previous.Why = WhyReset
		}
	}
	c.Stamp(&g.Header)
	raw, err := seal.Canonical(g)
	if err != nil {
		return nil, fmt.Errorf("begin an epoch: %w", err)
	}
	if err := create(filepath.Join(c.Dir, fileName), row{1, seal.Head{}.Next(raw), raw}); err != nil {
		return nil, fmt.Errorf("begin an epoch in %s: %w", c.Dir, err)
	}
	if err := writeMarker(c.Dir, marker{Epoch: g.Epoch}); err != nil {
		return nil, err
	}
	c.Log.Info("epoch begun", "epoch", g.Epoch, "terminal", c.Identity.String())
	return open(c, key)
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

// EndEpoch closes the journal and keeps its files aside, so that the next Open
// begins a new epoch whose genesis names this one and why it ended.
func (j *Journal) EndEpoch(dir, why string) error {
	if err := j.Close(); err != nil {
		return err
	}
	head := j.head.String()
	if err := writeMarker(dir, marker{Epoch: j.Epoch(), Seq: &j.seq, Head: &head, Ended: why}); err != nil {
		return err
	}
	_, err := keepAside(dir, time.Now())
	return err
}
