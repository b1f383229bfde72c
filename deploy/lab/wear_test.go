//go:build lab

package lab

import (
	"os"
	"testing"
	"time"

	"sourire/deploy/lab/disk"
)

// What ext4 and the kernel add to presses on a machine of its own, in bytes: a
// commit of ext4's journal, by default every 5 s where a file has changed, with
// two flushes; and after half a minute what is left in memory, which is the
// journal's index of its log and tables of the filesystem.
const (
	tapBytes      = 4140 * 21 / 10
	commitEvery   = 5 * time.Second
	commitBytes   = 6 * disk.Block
	commitFlushes = 2
	leftEvery     = 30 * time.Second
	leftBytes     = 24 * disk.Block
)

// wear is what a disk counts of a box.
type wear struct {
	*box
	disk *disk.Disk
}

// during is what came to the disk while something was done, and for how long.
func (w wear) during(what string, do func()) (s disk.Stats, took time.Duration) {
	from, began := w.disk.Stats(), time.Now()
	do()
	s, took = w.disk.Stats(), time.Since(began)
	s.Bytes -= from.Bytes
	s.Flushes -= from.Flushes
	s.Writes -= from.Writes
	w.t.Logf("%s: %d bytes, %d flushes in %s", what, s.Bytes, s.Flushes, took.Round(100*time.Millisecond))
	return s, took
}

// presses are thanked for, one after another, and cost the disk a flush each and
// what it may be, besides what the filesystem does in its own time.
func (w wear) presses(when string, n int) {
	w.t.Helper()
	s, took := w.during(when, func() {
		for i := range n {
			if thanked, err := w.pressThanked(i % 2); !thanked || err != nil {
				w.t.Fatalf("thanked: %t, %v\n%s", thanked, err, w.log())
			}
		}
	})
	commits := int(took/commitEvery) + 1
	flushes := n + commitFlushes*commits + 1 // the log's header
	bytes := n*tapBytes + commitBytes*commits + leftBytes*(int(took/leftEvery)+1)
	if s.Flushes < n || s.Flushes > flushes || s.Bytes > bytes {
		w.t.Errorf("%s: %d presses in %s cost %d flushes and %d bytes; want %d to %d, and at most %d", when, n, took, s.Flushes, s.Bytes, n, flushes, bytes)
	}
}

// TestWear counts at the block device what presses cost the card, from the first
// one after installation and after a clean restart. Where SOURIRE_ROUNDS asks for
// proof, also what one press costs that is alone, with all that comes after it;
// and that in an hour in which nobody presses nothing is written: this machine has
// no time server, so its clock has no anchor.
func TestWear(t *testing.T) {
	t.Parallel()
	const some = 14
	d, machine := withDisk(t)
	broker, err := StartBroker(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w := wear{&box{t: t, broker: broker}, d}
	w.during("from power on to the first press, with installation", func() { w.on(machine) })
	w.presses("after installation", some)
	w.during("clean restart", func() {
		w.stop()
		w.start()
		w.ready()
	})
	w.presses("after a clean restart", some)
	if os.Getenv("SOURIRE_ROUNDS") == "" {
		return
	}
	const rest = 45 * time.Second
	w.during("rest", func() { <-time.After(rest) })
	for range 3 {
		s, _ := w.during("one press, and rest", func() {
			w.presses("alone", 1)
			<-time.After(rest)
		})
		if s.Flushes > 1+commitFlushes || s.Bytes > tapBytes+commitBytes+leftBytes {
			t.Errorf("a press alone costs %+v", s)
		}
	}
	if s, _ := w.during("an idle hour", func() { <-time.After(time.Hour) }); s.Bytes > 0 || s.Flushes > 0 {
		t.Errorf("an idle hour costs %+v", s)
	}
}
