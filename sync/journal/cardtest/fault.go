package cardtest

import (
	"errors"
	"sync/atomic"
	"syscall"
)

// Fault decides about an operation before it is done: nil lets it be done, an
// error is what the program gets instead, as from the system: syscall.EIO,
// ENOSPC, EROFS. It may be called from several goroutines, and must not use the
// card.
type Fault func(Op) error

// ErrLie is for a [Fault]: the operation is said to be done, and is not.
var ErrLie = errors.New("not done, and said to be")

// Break has the card fail from now on as f says; nil ends that.
func (c *Card) Break(f Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault = f
}

// Nth fails the nth operation of a kind from now on, counted from 1.
func Nth(n int64, k Kind, err error) Fault {
	var count atomic.Int64
	return func(o Op) error {
		if o.Kind == k && count.Add(1) == n {
			return err
		}
		return nil
	}
}

// Every fails all operations of some kinds.
func Every(err error, kinds ...Kind) Fault {
	return func(o Op) error {
		for _, k := range kinds {
			if o.Kind == k {
				return err
			}
		}
		return nil
	}
}

// ReadOnly is a card that the system has made read-only.
func ReadOnly() Fault {
	return Every(syscall.EROFS, Touch, Create, Write, Truncate, Rename, Remove)
}

// Resize gives the card room for so many bytes in all; 0 for no end of them.
func (c *Card) Resize(bytes int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.room = int(bytes / Block)
}

// Used is how many bytes the files on the card take, in whole blocks.
func (c *Card) Used() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return int64(c.now.blocks()) * Block
}

func (c content) blocks() (n int) {
	named := map[int]bool{folder: true}
	for _, number := range c.names {
		if !named[number] {
			named[number] = true
			n += len(c.files[number].blocks)
		}
	}
	return n
}

// fits reports whether there is room for what an operation adds.
func (c *Card) fits(o Op) bool {
	if c.room == 0 || o.Kind != Write {
		return true
	}
	more := int((o.Off+int64(len(o.Data))+Block-1)/Block) - len(c.now.files[o.file].blocks)
	return more <= 0 || c.now.blocks()+more <= c.room
}
