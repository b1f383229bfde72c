package journal_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"sourire/sync/journal"
	"sourire/sync/seal"
)

// The journal's files are taken away under the running service: no press is
// taken for stored any more, that is noticed without a press, too, and in the
// next epoch the box is in service again. What was stored is still there to be
// sent, but for what was cut off.
func TestFilesTakenAway(t *testing.T) {
	const db, log = "journal.db", "journal.db-wal"
	replace := func(t *testing.T, dir, name string) {
		content, err := os.ReadFile(filepath.Join(dir, name))
		must(t, err)
		other := filepath.Join(dir, "other")
		must(t, os.WriteFile(other, content, 0o600))
		must(t, os.Rename(other, filepath.Join(dir, name)))
	}
	for name, c := range map[string]struct {
		take func(t *testing.T, dir string)
		left int // events that can still be sent, at least
	}{
		"database deleted": {func(t *testing.T, dir string) { must(t, os.Remove(filepath.Join(dir, db))) }, 61},
		"log deleted":      {func(t *testing.T, dir string) { must(t, os.Remove(filepath.Join(dir, log))) }, 61},
		"both deleted": {func(t *testing.T, dir string) {
			must(t, errors.Join(os.Remove(filepath.Join(dir, db)), os.Remove(filepath.Join(dir, log))))
		}, 61},
		"database replaced": {func(t *testing.T, dir string) { replace(t, dir, db) }, 61},
		"another's file": {func(t *testing.T, dir string) {
			must(t, os.Remove(filepath.Join(dir, db)))
			must(t, os.WriteFile(filepath.Join(dir, db), []byte("a file of another program"), 0o600))
		}, 61},
		"log replaced":     {func(t *testing.T, dir string) { replace(t, dir, log) }, 61},
		"database emptied": {func(t *testing.T, dir string) { must(t, os.Truncate(filepath.Join(dir, db), 0)) }, 30},
		"log emptied":      {func(t *testing.T, dir string) { must(t, os.Truncate(filepath.Join(dir, log), 0)) }, 31},
		"log cut":          {func(t *testing.T, dir string) { must(t, os.Truncate(filepath.Join(dir, log), 30_000)) }, 31},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			j := open(t, dir)
			add(t, j, 30)
			must(t, j.Close())
			j = open(t, dir)
			add(t, j, 30)
			old := j.Epoch()
			c.take(t, dir)
			if err := j.Watch(t.Context()); !errors.Is(err, journal.ErrGone) {
				t.Fatalf("without a press: %v", err)
			}
			if err := j.Append(press(1)); err == nil {
				t.Fatal("a press was taken for stored")
			}
			if err := j.Watch(t.Context()); err == nil {
				t.Fatal("the failed press told nothing")
			}
			must(t, j.EndEpoch(journal.WhyDamaged))
			j = open(t, dir)
			if p := j.Previous(); p == nil || p.Epoch != old || p.Why != journal.WhyDamaged {
				t.Errorf("previous %+v", p)
			}
			add(t, j, 1)
			check(t, j, 2)
			if got := recovered(t, dir); got < c.left {
				t.Errorf("%d events are left, want %d", got, c.left)
			}
		})
	}
}

// recovered is how many events can be read of the journals kept aside.
func recovered(t *testing.T, dir string) int {
	t.Helper()
	folders, err := journal.Aside(dir)
	must(t, err)
	seqs := map[uint64]bool{}
	for _, folder := range folders {
		left, err := journal.OpenSalvage(folder)
		must(t, err)
		for at := (seal.Link{}); ; {
			_, links, err := left.Next(at, 1000)
			must(t, err)
			if len(links) == 0 {
				break
			}
			for _, at = range links {
				seqs[at.Seq] = true
			}
		}
		must(t, left.Close())
	}
	return len(seqs)
}
