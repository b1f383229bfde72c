package journal_test

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func median[T cmp.Ordered](all []T) T {
	slices.Sort(all)
	return all[len(all)/2]
}

// BenchmarkCommit sets the commit of one tap against its floor, one page
// written and one fdatasync, measured in turn on the same disk.
func BenchmarkCommit(b *testing.B) {
	dir := b.TempDir()
	j := open(b, dir)
	f, err := os.Create(filepath.Join(dir, "floor"))
	must(b, err)
	defer func() { _ = f.Close() }()
	const pages = 1000
	_, err = f.Write(make([]byte, pages*4096))
	must(b, err)
	must(b, f.Sync())
	page := make([]byte, 4096)
	var commits, floors []time.Duration
	for b.Loop() {
		for i := range 2000 {
			start := time.Now()
			page[0]++
			_, err := f.WriteAt(page, int64(i%pages)*4096)
			must(b, err)
			must(b, unix.Fdatasync(int(f.Fd())))
			floors = append(floors, time.Since(start))
			start = time.Now()
			must(b, j.Append(press(i%4)))
			commits = append(commits, time.Since(start))
		}
	}
	c, f50 := median(commits), median(floors)
	b.ReportMetric(float64(c)/float64(f50), "x-floor-p50")
	b.ReportMetric(float64(c.Microseconds()), "commit-p50-us")
	b.ReportMetric(float64(f50.Microseconds()), "floor-p50-us")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkGroupCommit is presses stored per second with 16 at once.
func BenchmarkGroupCommit(b *testing.B) {
	j := open(b, b.TempDir())
	const writers, each = 16, 1000
	start, taps := time.Now(), 0
	for b.Loop() {
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() { add(b, j, each) })
		}
		wg.Wait()
		taps += writers * each
	}
	b.ReportMetric(float64(taps)/time.Since(start).Seconds(), "presses/s")
	b.ReportMetric(float64(taps)/float64(j.Commits()), "presses/commit")
	b.ReportMetric(0, "ns/op")
}
