package office

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sourire/device/tap"
	"sourire/sync/seal"
)

// Store is where an office keeps what it accepted. Rows are never altered but
// for the two summaries, [Terminal] and [Epoch], and the answers to commands. Reads may run at any time and
// see what was committed before they began; Commit is called by one goroutine.
//
// Errors that may concern the rows in question only wrap [ErrDamaged]; after
// any other the store is taken to have failed as a whole.
//
// sync/office/storetest says in tests what an implementation owes.
type Store interface {
	// Load returns everything but events, batches and the bytes of forks. It
	// checks that the newest event of each terminal and epoch is the one in its
	// summary.
	Load(ctx context.Context) (Snapshot, error)

	// Commit makes a group durable, all of it or nothing. An event whose
	// (epoch, seq) is there already is [ErrDamaged].
	Commit(ctx context.Context, g *Group) error

	// Links returns the events of an epoch with from <= seq <= to, by seq.
	Links(ctx context.Context, id EpochID, from, to uint64) ([]seal.Link, error)

	// Events returns at most limit events of a terminal after a position, in
	// the order of their arrival.
	Events(ctx context.Context, id tap.Identity, after uint64, limit int) ([]Event, error)

	// EventsOf returns the events of a terminal of some kinds, from behind a
	// position up to another, in the order of their arrival.
	EventsOf(ctx context.Context, id tap.Identity, after, upto uint64, kinds []tap.Kind) ([]Event, error)

	// Batches returns at most limit signed batches of an epoch whose Row is
	// beyond after, by Row.
	Batches(ctx context.Context, id EpochID, after uint64, limit int) ([]Batch, error)

	// Forks returns the events of an epoch that contradict its chain, by seq.
	Forks(ctx context.Context, id EpochID) ([]Fork, error)

	// HasFork reports whether such an event with this seq and head is kept.
	HasFork(ctx context.Context, id EpochID, seq uint64, head seal.Head) (bool, error)
}

// EpochID names one life of one terminal's journal.
type EpochID struct {
	tap.Identity
	Epoch string // UUID
}

// Terminal is what the office knows of a terminal.
type Terminal struct {
	tap.Identity
	Pos        uint64           // position of the newest event, in the order of arrival
	State      []byte           // the newest state as received; nil before the first
	CompleteTo time.Time        // nothing written before was missing; office clock, ms
	LastEvent  string           // `at` of the newest event
	Software   string           // as the newest state says
	Counted    uint64           // taps counted and not undone, those of forks among them
	Days       map[string]int64 // the same by day, yesterday to tomorrow only
}

// Epoch is the chain of one epoch: every event from Base+1 to Last is here, but
// for those in Holes.
type Epoch struct {
	EpochID
	Base  uint64      // 0, or the events up to here are not in this office
	Prev  seal.Head   // after Base
	Last  uint64      // seq of the newest event
	Head  seal.Head   // after Last
	Key   seal.Public // genesis' key; the state's where Base is not 0
	Holes []Hole      // by seq; nil in most
}

// Event is a stored event.
type Event struct {
	EpochID
	Pos uint64 // in the order of arrival at this office, by terminal
	seal.Link
}

// Batch is the evidence that a terminal signed its events.
type Batch struct {
	EpochID
	First, Last uint64
	Prev, Head  seal.Head
	KeyID       string
	Sig         string // base64
	Covered     []byte // what Sig covers where that is more than the fields above
	Fork        bool   // accepted beside the chain, not onto it
	Row         uint64 // grows in the order of arrival; assigned by the store
}

// Fork is an event that contradicts the chain: the same seq, other bytes.
type Fork struct {
	EpochID
	Prev  seal.Head
	Point bool // a branch begins here; otherwise it goes on
	seal.Link
}

// Incident is something about a terminal's history that a person should know.
type Incident struct {
	tap.Identity
	At    time.Time // office clock, ms
	Epoch string
	Seq   uint64
	What  string
}

// Group is what one transaction adds.
type Group struct {
	Terminals []Terminal // new or changed
	Epochs    []Epoch    // new or changed
	Events    []Event
	Batches   []Batch
	Forks     []Fork // those that are kept already are skipped
	Incidents []Incident
	Commands  []Command // new, or with another answer
}

// Snapshot is what an office needs to know when it starts.
type Snapshot struct {
	Terminals  []Terminal
	Epochs     []Epoch // in the order of their arrival
	ForkPoints []ForkPoint
	Incidents  []Incident
	Commands   []Command              // in the order in which they were given
	Damaged    map[tap.Identity]error // why not all of a terminal could be read; they wrap [ErrDamaged]
}

// Damage notes that a row of a terminal could not be read.
func (s *Snapshot) Damage(id tap.Identity, err error) {
	if s.Damaged == nil {
		s.Damaged = map[tap.Identity]error{}
	}
	if !errors.Is(err, ErrDamaged) {
		err = fmt.Errorf("%w (%w)", ErrDamaged, err)
	}
	s.Damaged[id] = err
}

// ForkPoint is the first event of a branch.
type ForkPoint struct {
	EpochID
	Seq  uint64
	Head seal.Head // after it
}
