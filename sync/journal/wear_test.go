package journal_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// BenchmarkWear is what a tap costs the card: bytes written and caches flushed
// at the block device, filesystem and checkpoints included, against one page and
// one flush. Of several rounds in turn it gives the median: where it may not
// have a disk of its own, it counts what the whole machine writes.
func BenchmarkWear(b *testing.B) {
	dir := ownDisk(b)
	disk, err := diskOf(dir)
	if err != nil {
		b.Skipf("the disk's counters cannot be read here: %v", err)
	}
	j := open(b, dir)
	f, err := os.Create(filepath.Join(dir, "floor"))
	must(b, err)
	defer func() { _ = f.Close() }()
	_, err = f.Write(make([]byte, 1000*4096))
	must(b, err)
	must(b, f.Sync())
	page := make([]byte, 4096)
	const rounds, n = 5, 2000 // a round is long enough for several checkpoints
	var taps, floors []cost
	for b.Loop() {
		for range rounds {
			floors = append(floors, disk.during(b, f, func() {
				for i := range n {
					page[0]++
					_, err := f.WriteAt(page, int64(i%1000)*4096)
					must(b, err)
					must(b, unix.Fdatasync(int(f.Fd())))
				}
			}))
			taps = append(taps, disk.during(b, f, func() { add(b, j, n) }))
		}
	}
	tap, floor := usual(taps), usual(floors)
	b.ReportMetric(float64(tap.bytes)/n, "bytes/tap")
	b.ReportMetric(float64(floor.bytes)/n, "floor-bytes")
	b.ReportMetric(float64(tap.bytes)/float64(floor.bytes), "x-floor-bytes")
	b.ReportMetric(float64(tap.flushes)/n, "flushes/tap")
	b.ReportMetric(0, "ns/op")
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

// ownDisk is a new ext4 filesystem on a device that nobody else writes to, or
// else a folder of the disk that is there.
func ownDisk(b *testing.B) string {
	dir := b.TempDir()
	image, mounted := filepath.Join(dir, "image"), filepath.Join(dir, "mounted")
	must(b, os.WriteFile(image, nil, 0o600))
	must(b, os.Truncate(image, 256<<20))
	must(b, os.Mkdir(mounted, 0o700))
	for _, command := range [][]string{{"mkfs.ext4", "-q", image}, {"mount", "-o", "loop", image, mounted}} {
		if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			b.Logf("no disk of its own: %v: %v %s", command, err, out)
			return dir
		}
	}
	b.Cleanup(func() { must(b, exec.Command("umount", mounted).Run()) })
	return mounted
}
