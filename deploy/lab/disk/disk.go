// Package disk is a disk that tells the truth about power cuts.
//
// Killing a virtual machine loses nothing that reached the host, so it proves
// little. This disk has what a real one has: a cache that forgets. What is
// written goes to the cache, a flush puts the cache on the medium, and at a
// [Disk.PowerCut] a [Fate] says what survives of what was not flushed. The machine reaches it as a network block
// device (NBD).
package disk

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
)

// Block is what the disk writes whole or not at all, in bytes: a page of flash,
// or less. (ext4 itself is lost where a commit block of its journal is torn:
// Linux 6.1 does not mount it again.)
const Block = 4096

// Disk is the disk. It keeps its medium in memory.
type Disk struct {
	mu     sync.Mutex
	lies   bool
	left   int           // writes until it stands still; 0: it does not
	still  chan struct{} // closed when it does
	power  chan struct{} // closed by the next power cut
	now    []byte        // as it is read
	medium []byte        // as it is without power
	cache  []write       // since the last flush
	stats  Stats
}

type write struct {
	at   int64
	data []byte
}

// Stats is what came to a disk.
type Stats struct {
	Writes, Bytes, Flushes int
	Lost                   int // bytes that power cuts took from the cache
}

// New makes a disk of this size with an empty ext4 filesystem.
func New(size int64) (*Disk, error) {
	f, err := os.CreateTemp("", "sourire-disk-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	defer func() { _ = f.Close() }()
	if err := f.Truncate(size); err != nil {
		return nil, err
	}
	// Blocks as on a card: so small a filesystem would have smaller ones.
	c := exec.Command("mkfs.ext4", "-q", "-b", fmt.Sprint(Block), "-E", "lazy_itable_init=0,lazy_journal_init=0", f.Name())
	c.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
	if out, err := c.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("mkfs.ext4: %w: %s", err, out)
	}
	raw, err := os.ReadFile(f.Name())
	if err != nil {
		return nil, err
	}
	return newDisk(raw), nil
}

func newDisk(medium []byte) *Disk {
	return &Disk{now: bytes.Clone(medium), medium: medium, power: make(chan struct{})}
}

// supply is closed when the power that is there now goes.
func (d *Disk) supply() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.power
}

// works reports whether the disk has this power supply, and waits for the end
// of that where the disk stands still.
func (d *Disk) works(power <-chan struct{}) bool {
	d.mu.Lock()
	still := d.still != nil && d.left == 0
	d.mu.Unlock()
	if still {
		<-power
	}
	select {
	case <-power:
		return false
	default:
		return true
	}
}

// Size is the disk's size in bytes.
func (d *Disk) Size() int64 { return int64(len(d.now)) }

// ReadAt reads what was written last.
func (d *Disk) ReadAt(p []byte, at int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.within(len(p), at); err != nil {
		return err
	}
	copy(p, d.now[at:])
	return nil
}

// WriteAt writes to the cache.
func (d *Disk) WriteAt(p []byte, at int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.within(len(p), at); err != nil {
		return err
	}
	copy(d.now[at:], p)
	d.cache = append(d.cache, write{at, bytes.Clone(p)})
	d.stats.Writes++
	d.stats.Bytes += len(p)
	if d.left > 0 {
		if d.left--; d.left == 0 {
			close(d.still)
		}
	}
	return nil
}

// StandStill has the disk do nothing any more after so many writes, the last of
// them included, until a power cut. The channel is closed then.
func (d *Disk) StandStill(writes int) <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left, d.still = writes, make(chan struct{})
	return d.still
}

// within refuses what lies beyond the end.
func (d *Disk) within(n int, at int64) error {
	if at < 0 || at+int64(n) > d.Size() {
		return fmt.Errorf("%d bytes at %d: the disk has %d", n, at, d.Size())
	}
	return nil
}

// Lie has flushes acknowledged and not carried out from here on: the disk that
// no software is safe on.
func (d *Disk) Lie() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lies = true
}

// Flush puts the cache on the medium.
func (d *Disk) Flush() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stats.Flushes++
	if d.lies {
		return
	}
	for _, w := range d.cache {
		copy(d.medium[w.at:], w.data)
	}
	d.cache = nil
}

// PowerCut takes the power away. What the medium has then is what the disk has
// when it comes back. The machine must be gone.
func (d *Disk) PowerCut(f Fate) {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := 0
	for _, w := range d.cache {
		all += len(w.data)
	}
	survived := 0
	survives := f((all + Block - 1) / Block)
	for _, w := range d.cache {
		for from := 0; from < len(w.data); from += Block {
			to := min(from+Block, len(w.data))
			if survives() {
				survived += copy(d.medium[w.at+int64(from):], w.data[from:to])
			}
		}
	}
	d.stats.Lost += all - survived
	d.cache = nil
	close(d.power)
	d.left, d.still, d.power = 0, nil, make(chan struct{})
	copy(d.now, d.medium)
}

// Fate decides of one block of the cache after another, in the order in which
// they were written, whether it survives. It is given how many there are.
type Fate func(blocks int) (survives func() bool)

// Nothing of the cache survives.
func Nothing(int) func() bool { return func() bool { return false } }

// Everything in the cache survives.
func Everything(int) func() bool { return func() bool { return true } }

// Random is one of four: nothing, everything, what was written first, or any
// blocks.
func Random(r *rand.Rand) Fate {
	switch r.IntN(4) {
	case 0:
		return Nothing
	case 1:
		return Everything
	case 2:
		return func(blocks int) func() bool {
			left := r.IntN(blocks + 1)
			return func() bool {
				left--
				return left >= 0
			}
		}
	default:
		return func(int) func() bool { return func() bool { return r.IntN(2) == 0 } }
	}
}

// Stats is what has come to the disk so far.
func (d *Disk) Stats() Stats {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.stats
}
