package journal_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sourire/sync/journal"
)

// BenchmarkWear is what a tap costs the card: bytes written and caches flushed
// at the block device, filesystem and checkpoints included, against one page and
// one flush. Of several rounds in turn it gives the median: where it may not
// have a disk of its own, it counts what the whole machine writes.
func BenchmarkWear(b *testing.B) {
	dir, _ := ownDisk(b, "defaults")
	disk := counted(b, dir)
	j := open(b, dir)
	f, floor := pages(b, dir)
	const rounds, n = 5, 2000 // a round is long enough for several checkpoints
	var taps, floors []cost
	for b.Loop() {
		for range rounds {
			floors = append(floors, disk.during(b, f, func() {
				for range n {
					floor()
				}
			}))
			taps = append(taps, disk.during(b, f, func() { add(b, j, n) }))
		}
	}
	tap, least := usual(taps), usual(floors)
	b.ReportMetric(float64(tap.bytes)/n, "bytes/tap")
	b.ReportMetric(float64(least.bytes)/n, "floor-bytes")
	b.ReportMetric(float64(tap.bytes)/float64(least.bytes), "x-floor-bytes")
	b.ReportMetric(float64(tap.flushes)/n, "flushes/tap")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkWearOfAStart is what an installation costs the card, and then the
// first tap and the first hundred; and what a hundred taps cost with the start
// before them, after an end in good order and without one.
func BenchmarkWearOfAStart(b *testing.B) {
	const n = 100
	for b.Loop() {
		dir, _ := ownDisk(b, "defaults")
		disk := counted(b, dir)
		f, _ := pages(b, dir)
		var j *journal.Journal
		report := func(what string, taps int, work func()) {
			c := disk.during(b, f, work)
			b.ReportMetric(float64(c.bytes)/float64(taps), "bytes/"+what)
			b.ReportMetric(float64(c.flushes)/float64(taps), "flushes/"+what)
		}
		report("installation", 1, func() { j = open(b, dir) })
		report("first-tap", 1, func() { add(b, j, 1) })
		report("tap-of-first-100", n, func() { add(b, j, n) })
		report("tap-of-100-after-a-clean-end", n, func() {
			must(b, j.Close())
			j = open(b, dir)
			add(b, j, n)
		})
		left := crash(b, dir)
		must(b, j.Close())
		must(b, os.CopyFS(filepath.Join(dir, "left"), os.DirFS(left)))
		report("tap-of-100-after-a-power-cut", n, func() {
			j = open(b, filepath.Join(dir, "left"))
			add(b, j, n)
		})
		must(b, j.Close())
	}
	b.ReportMetric(0, "ns/op")
}

// BenchmarkWearAlone is what a tap costs the card that has no other beside it:
// ext4 writes the file's new time after its commit interval, of 5 s, by a commit
// of its own, and the kernel what is left in memory half a minute later. A page and its
// flush, which are the floor, have that in common with it.
func BenchmarkWearAlone(b *testing.B) {
	const n, atRest = 4, 45 * time.Second
	type lane struct {
		name  string
		disk  disk
		write func()
		from  cost
	}
	var lanes []*lane
	add := func(options, what string, write func(dir string) func()) {
		dir, own := ownDisk(b, options)
		if !own {
			b.Skip("no disk of its own: what others write would be counted")
		}
		lanes = append(lanes, &lane{name: what + "/" + options, disk: counted(b, dir), write: write(dir)})
	}
	for _, options := range []string{"defaults", "commit=300"} {
		add(options, "tap", func(dir string) func() {
			j := open(b, dir)
			return func() { must(b, j.Append(press(0))) }
		})
		add(options, "floor", func(dir string) func() {
			_, floor := pages(b, dir)
			return floor
		})
	}
	for b.Loop() {
		for _, l := range lanes { // what begins a run is not of these
			l.write()
		}
		unix.Sync()
		<-time.After(atRest)
		for _, l := range lanes {
			var err error
			l.from, err = l.disk.read()
			must(b, err)
		}
		for range n {
			for _, l := range lanes {
				l.write()
			}
			<-time.After(atRest)
		}
		for _, l := range lanes {
			to, err := l.disk.read()
			must(b, err)
			b.ReportMetric(float64(to.bytes-l.from.bytes)/n, "bytes/"+l.name)
			b.ReportMetric(float64(to.flushes-l.from.flushes)/n, "flushes/"+l.name)
		}
	}
	b.ReportMetric(0, "ns/op")
}

// pages is a file beside the journal, and what writes a page of it that was there
// before and flushes it: the floor of a tap.
func pages(b *testing.B, dir string) (*os.File, func()) {
	const many = 1000
	f, err := os.Create(filepath.Join(dir, "floor"))
	must(b, err)
	b.Cleanup(func() { _ = f.Close() })
	_, err = f.Write(make([]byte, many*4096))
	must(b, err)
	must(b, f.Sync())
	page, at := make([]byte, 4096), int64(0)
	return f, func() {
		page[0]++
		at++
		_, err := f.WriteAt(page, at%many*4096)
		must(b, err)
		must(b, unix.Fdatasync(int(f.Fd())))
	}
}

// usual is the median of bytes, and of flushes.
func usual(rounds []cost) cost {
	var bytes, flushes []uint64
	for _, c := range rounds {
		bytes, flushes = append(bytes, c.bytes), append(flushes, c.flushes)
	}
	return cost{median(bytes), median(flushes)}
}

// disk is the counters of a block device: see the kernel's
// Documentation/block/stat.rst.
type disk string

type cost struct{ bytes, flushes uint64 }

func diskOf(dir string) (disk, error) {
	var s unix.Stat_t
	if err := unix.Stat(dir, &s); err != nil {
		return "", err
	}
	d := disk(fmt.Sprintf("/sys/dev/block/%d:%d/stat", unix.Major(s.Dev), unix.Minor(s.Dev)))
	_, err := d.read()
	return d, err
}

// counted is the disk that dir is on.
func counted(b *testing.B, dir string) disk {
	d, err := diskOf(dir)
	if err != nil {
		b.Skipf("the disk's counters cannot be read here: %v", err)
	}
	return d
}

func (d disk) read() (cost, error) {
	text, err := os.ReadFile(string(d))
	if err != nil {
		return cost{}, err
	}
	fields := strings.Fields(string(text))
	if len(fields) < 16 {
		return cost{}, fmt.Errorf("%s has %d fields, want 16 or more", d, len(fields))
	}
	sectors, err := strconv.ParseUint(fields[6], 10, 64)
	if err != nil {
		return cost{}, err
	}
	flushes, err := strconv.ParseUint(fields[15], 10, 64)
	return cost{512 * sectors, flushes}, err
}

// during counts what work costs, with what it leaves in memory to be written to
// the filesystem of f.
func (d disk) during(b *testing.B, f *os.File, work func()) cost {
	must(b, unix.Syncfs(int(f.Fd())))
	before, err := d.read()
	must(b, err)
	work()
	must(b, unix.Syncfs(int(f.Fd())))
	after, err := d.read()
	must(b, err)
	return cost{after.bytes - before.bytes, after.flushes - before.flushes}
}

// ownDisk is a new ext4 filesystem, with these mount options, on a device that
// nobody else writes to; or else a folder of the disk that is there.
func ownDisk(b *testing.B, options string) (dir string, own bool) {
	dir = b.TempDir()
	image, mounted := filepath.Join(dir, "image"), filepath.Join(dir, "mounted")
	must(b, os.WriteFile(image, nil, 0o600))
	must(b, os.Truncate(image, 256<<20))
	must(b, os.Mkdir(mounted, 0o700))
	for _, command := range [][]string{
		{"mkfs.ext4", "-q", "-b", "4096", "-E", "lazy_itable_init=0,lazy_journal_init=0", image}, // as on a card that has been in use
		{"mount", "-o", "loop,noatime," + options, image, mounted},
	} {
		if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			b.Logf("no disk of its own: %v: %v %s", command, err, out)
			return dir, false
		}
	}
	b.Cleanup(func() { must(b, exec.Command("umount", mounted).Run()) })
	return mounted, true
}
