// Package cardtest keeps a journal on a card in memory, that remembers all that
// was asked of it. Power can be cut after each operation, and what may be left
// on the card then is a card again. Operations can be made to fail.
//
//	card := cardtest.New()
//	defer card.Discard()
//	journal.Open(journal.Config{Card: card, Dir: card.Dir(), …})
//
// SQLite reaches a card through a VFS, a journal's small files through
// [durable.FS]; both see the same files.
package cardtest

import (
	"errors"
	"fmt"
	"maps"
	"sync"
	"syscall"
)

// Card is a card in memory. It is as honest as a good one, unless it is told
// otherwise.
type Card struct {
	nature Nature
	vfs    vfs

	mu     sync.Mutex
	now    content
	locks  map[int]*locks // by file
	files  int            // numbered so far
	temps  int
	room   int // blocks; 0 for no end of them
	fault  Fault
	before content // the first operation of the tape
	tape   []Op
}

// Nature is what a card, and the SQLite that uses it, is like from the outset.
type Nature struct {
	// Deaf are pragmas of which SQLite hears nothing, with the answers that whoever
	// gives them gets instead.
	Deaf map[string]string
	// Psow has SQLite believe that a write spoils nothing beside it, whatever it
	// was asked to believe.
	Psow bool
}

// New is an empty card.
func New() *Card { return NewOf(Nature{}) }

// NewOf is an empty card of that nature.
func NewOf(n Nature) *Card {
	return insert(n, content{names: map[string]int{dir: folder}, files: map[int]*file{}})
}

// insert makes a card known to SQLite.
func insert(n Nature, what content) *Card {
	c := &Card{nature: n, now: what, before: what.share(), locks: map[int]*locks{}}
	for number := range what.files {
		c.files = max(c.files, number)
	}
	c.vfs = register(c)
	return c
}

// Discard frees what a card takes. Nothing on it may be in use.
func (c *Card) Discard() { c.vfs.unregister() }

const dir = "/card"

// Dir is the one folder of an empty card.
func (*Card) Dir() string { return dir }

// VFS names the card to SQLite.
func (c *Card) VFS() string { return c.vfs.name }

// Kind is a kind of operation.
type Kind uint8

// The operations. Those up to Touch change nothing and are not on the tape.
const (
	Read   Kind = iota
	Stat        // also the opening of a file that exists, for reading, and of a folder
	Touch       // the opening of a file that exists, for writing; the question whether that may be done
	Create      // also of a folder
	Write
	Truncate
	Sync
	SyncDir
	Rename
	Remove
)

func (k Kind) String() string {
	return [...]string{"read", "stat", "touch", "create", "write", "truncate", "sync", "sync of folder", "rename", "remove"}[k]
}

// Op is one operation asked of a card.
type Op struct {
	Kind Kind
	Path string
	To   string // the new path, of Rename
	Off  int64  // of Read and Write, in bytes; the new length, of Truncate
	Data []byte // of Write
	file int
}

func (o Op) String() string {
	switch o.Kind {
	case Write:
		return fmt.Sprintf("write %s %d+%d", o.Path, o.Off, len(o.Data))
	case Truncate:
		return fmt.Sprintf("truncate %s %d", o.Path, o.Off)
	case Rename:
		return fmt.Sprintf("rename %s %s", o.Path, o.To)
	}
	return o.Kind.String() + " " + o.Path
}

// do asks for the operation: it fails as the card was told, or is done and
// remembered. The caller holds no lock.
func (c *Card) do(o Op) error {
	err := c.ask(o)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil && !c.fits(o) {
		err = syscall.ENOSPC
	}
	switch {
	case errors.Is(err, ErrLie):
		return nil
	case err != nil:
		return failed(o, err)
	}
	c.now.apply(o)
	c.tape = append(c.tape, o)
	return nil
}

func (c *Card) ask(o Op) error {
	c.mu.Lock()
	fault := c.fault
	c.mu.Unlock()
	if fault == nil {
		return nil
	}
	return fault(o)
}

// content is what stands on a card.
type content struct {
	names map[string]int // to the number of the file
	files map[int]*file
}

const folder = 0 // the number of all folders

func (c content) apply(o Op) {
	switch o.Kind {
	case Create:
		if o.file != folder {
			c.files[o.file] = &file{}
		}
		c.rename(o)
	case Rename, Remove:
		c.rename(o)
	case Write:
		c.files[o.file].write(o.Data, o.Off)
	case Truncate:
		c.files[o.file].truncate(o.Off)
	}
}

// rename does what an operation does to names.
func (c content) rename(o Op) {
	if o.Kind == Create {
		c.names[o.Path] = o.file
		return
	}
	n := c.names[o.Path]
	delete(c.names, o.Path)
	if o.Kind == Rename {
		c.names[o.To] = n
	}
}

// share is a copy, of which each side is spared what the other does.
func (c content) share() content {
	other := content{names: make(map[string]int, len(c.names)), files: make(map[int]*file, len(c.files))}
	maps.Copy(other.names, c.names)
	for n, f := range c.files {
		other.files[n] = f.share()
	}
	return other
}
