// Package journal is the terminal's event log: append-only, gap-free from 1,
// hash-chained, in SQLite. An event that Append has returned survives a power
// cut at any moment after.
//
// A journal lives in a data folder:
//
//	journal.db     the events of this epoch, and the watermark
//	terminal.key   the seed of the key that signs the feed
//	epoch.json     which epoch this is; how it ended, while the next begins
//	reserve        room that is given up when the card is full
//	aside/         journals that were damaged or found to be copies; spoilt keys
//
// Raw events that are old, and that the receiver has confirmed, may be dropped:
// a drop event says which, [Journal.Prune] deletes them. Genesis stays, and so do
// finished hours and other events that last, each with the head that it chained
// to; a drop event vouches for all of them. The chain of raw events goes on from
// the newest that was dropped. After years even these go, but for the newest
// configuration among them, and the drop event that says so vouches for that.
package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"sourire/device/tap"
	"sourire/sync/seal"
)

var (
	// ErrForeign is returned for a file that is not a journal of ours. It is
	// left as it is.
	ErrForeign = errors.New("not a journal of sourire")
	// ErrIdentity is returned for a journal of another terminal.
	ErrIdentity = errors.New("journal of another terminal")
	// ErrUnavailable is returned by Open, and by the end of an epoch, where it is
	// not the journal that is wrong but what it stands on: the folder cannot be
	// written, the card is read-only or fails, or is too full for a new journal.
	// Nothing was taken for damage; the same call may succeed later.
	ErrUnavailable = errors.New("journal is not available now")
	// ErrClosed is returned by an Append after Close.
	ErrClosed = errors.New("journal is closed")

	errBroken = errors.New("journal is damaged")
)

const tailChecked = 200

// Config says whose journal to open and where.
type Config struct {
	Dir      string
	Card     Card // what Dir is on; nil for the machine's file system
	Identity tap.Identity
	Stamp    func(*tap.Header) // sets At, Clock and Up of the first and the last event of an epoch
	Log      *slog.Logger

	logPages int // where it is not the usual size of the write-ahead log
}

// Journal is the log, open for writing. Its methods may be called from any
// goroutine.
type Journal struct {
	*Reader
	key    seal.Key
	writer *writer // of who has the turn
	watch  *watch
	clean  bool // how the run before ended
	stamp  func(*tap.Header)
	log    *slog.Logger

	turn    chan struct{} // holds a signal while someone writes
	stopped chan struct{} // closed when nothing is written by Append any more

	// of who has the turn
	saved   uint64 // the watermark as written down
	running bool   // it is written down that a run has begun
	marked  bool   // the marker says that this is the journal in use
	crowd   bool   // the latest commit was shared
	refused bool   // the card has refused something since the latest commit

	released atomic.Bool // the files have been closed

	mu        sync.Mutex
	queue     []request
	closed    bool
	commits   uint64
	seq       uint64
	head      seal.Head
	grown     chan struct{} // closed at the next commit
	watermark seal.Link     // Event is nil
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

// Close writes what is queued, notes the end in good order, and releases the
// files. A second Close does nothing.
func (j *Journal) Close() error {
	j.stop()
	if j.released.Swap(true) {
		return nil
	}
	return errors.Join(j.noteEnd(), j.Reader.Close(), j.writer.Close())
}

// noteEnd writes the watermark down, and that the run ends in good order. A run
// that stored nothing leaves the word on the one before as it is.
func (j *Journal) noteEnd() error {
	seq, head := j.Watermark()
	if !j.running && seq == j.saved {
		return nil
	}
	if _, err := j.writer.ExecContext(context.Background(), "UPDATE cursor SET seq = ?, head = ?, clean = ?", seq, head[:], j.running || j.clean); err != nil {
		return fmt.Errorf("note the end of the run: %w", err)
	}
	return nil
}
