package journal_test

import (
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"sourire/sync/journal"
)

func logSize(t *testing.T, dir string) int64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, "journal.db-wal"))
	must(t, err)
	return info.Size()
}

// forbidWriting has every write to a file fail in this process, until the
// returned function is called.
func forbidWriting(t *testing.T) (allow func()) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	var before unix.Rlimit
	must(t, unix.Getrlimit(unix.RLIMIT_FSIZE, &before))
	must(t, unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 0, Max: before.Max}))
	return func() { must(t, unix.Setrlimit(unix.RLIMIT_FSIZE, &before)) }
}

// Not a byte can be written: the journal opens all the same, refuses events,
// and takes them again when it can.
func TestACardThatRefusesEveryWrite(t *testing.T) {
	apart(t, nil, func() {
		for name, lose := range map[string][]string{
			"whole":                  nil,
			"log not yet made":       {"journal.db-wal", "epoch.json"},
			"marker not yet written": {"epoch.json"},
		} {
			dir := t.TempDir()
			j := open(t, dir)
			add(t, j, 20)
			epoch := j.Epoch()
			must(t, j.Close())
			for _, file := range lose {
				must(t, os.Remove(filepath.Join(dir, file)))
			}
			beside, err := journal.OpenReader(dir) // it keeps the memory that readers and writer share
			must(t, err)
			if _, err := beside.Tail(); err != nil {
				t.Fatal(err)
			}

			allow := forbidWriting(t)
			idle, err := journal.Open(config(dir))
			if err == nil {
				err = idle.Close()
			}
			if err != nil {
				t.Errorf("%s: opened and closed: %v", name, err)
			}
			j, err = journal.Open(config(dir))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if !j.EndedClean() || j.Epoch() != epoch {
				t.Errorf("%s: clean %v, epoch %s; want true, %s", name, j.EndedClean(), j.Epoch(), epoch)
			}
			for range 3 {
				if err := j.Append(press(0)); err == nil {
					t.Fatalf("%s: a press was stored", name)
				}
				if err := j.Append(press(0), press(1)); err == nil {
					t.Fatalf("%s: two presses were stored", name)
				}
			}
			check(t, j, 21)
			allow()
			add(t, j, 3)
			check(t, j, 24)
			must(t, j.Close()) // waits for what is made good after the first press
			if size := logSize(t, dir); size < 1100*4096 {
				t.Errorf("%s: the log has %d bytes", name, size)
			}
			if marker, err := os.ReadFile(filepath.Join(dir, "epoch.json")); err != nil || !strings.Contains(string(marker), epoch) {
				t.Errorf("%s: the marker is %q, %v", name, marker, err)
			}
			must(t, beside.Close())
		}
	})
}

// A journal goes on until the card is full to the last byte, loses nothing
// then, and goes on by itself when there is room.
func TestAFullCard(t *testing.T) {
	withDisk(t, func(dir string) {
		j := open(t, dir)
		stored := uint64(1)
		fill(t, dir, 0)
		for j.Append(press(1)) == nil {
			stored++
		}
		if stored < 400 || stored > 5000 {
			t.Errorf("%d events fitted a log of 1,100 pages", stored)
		}
		check(t, j, stored)
		_ = j.Close() // its end may not be noted

		j = open(t, dir)                // still full
		for j.Append(press(2)) == nil { // as much as the restarted log takes
			stored++
		}
		check(t, j, stored)
		makeRoom(t, dir)
		add(t, j, 10)
		check(t, j, stored+10)
		must(t, j.Close())
		if j = open(t, dir); !j.EndedClean() {
			t.Error("a run that stored and ended well reads as cut")
		}
	})
}

// Room for a few events is used, though there is none for the lasting size of
// the log; that is given as soon as there is.
func TestTooLittleRoomForTheLog(t *testing.T) {
	withDisk(t, func(dir string) {
		j := open(t, dir)
		add(t, j, 5)
		must(t, j.Close())
		for _, name := range []string{"journal.db-wal", "journal.db-shm", "epoch.json"} { // as if it had not been made
			must(t, os.Remove(filepath.Join(dir, name)))
		}
		fill(t, dir, 256<<10)
		j = open(t, dir)
		stored := uint64(6)
		for j.Append(press(1)) == nil {
			stored++
		}
		if stored == 6 {
			t.Error("256 KB take no event")
		}
		makeRoom(t, dir)
		add(t, j, 3)
		check(t, j, stored+3)
		must(t, j.Close())
		if size := logSize(t, dir); size < 1100*4096 {
			t.Errorf("the log has %d bytes", size)
		}
	})
}

// unavailable opens a journal that cannot be had now, twice: the first try must
// leave nothing that changes the second.
func unavailable(t *testing.T, dir string) {
	t.Helper()
	for range 2 {
		j, err := journal.Open(config(dir))
		if err == nil {
			_ = j.Close()
		}
		if !errors.Is(err, journal.ErrUnavailable) || journal.Damaged(err) || !strings.Contains(err.Error(), dir) {
			t.Fatalf("open: %v; want %v", err, journal.ErrUnavailable)
		}
	}
}

func TestANewJournalOnAFullCard(t *testing.T) {
	withDisk(t, func(dir string) {
		const whole = "journal.db journal.db-shm journal.db-wal terminal.key" // but no room to share memory
		var j *journal.Journal
		tries := int64(0)
		for ; j == nil; tries++ {
			fill(t, dir, tries*4096)
			var err error
			if j, err = journal.Open(config(dir)); err != nil && !errors.Is(err, journal.ErrUnavailable) {
				t.Fatalf("with room for %d blocks: %v", tries, err)
			}
			if left := names(t, dir); j == nil && left != "" && left != "terminal.key" && left != whole {
				t.Fatalf("with room for %d blocks it left %s", tries, left)
			}
			makeRoom(t, dir)
		}
		if tries < 3 {
			t.Errorf("%d tries: this proves nothing", tries)
		}
		if j.Previous() != nil {
			t.Errorf("the first epoch follows %+v", j.Previous())
		}
		add(t, j, 1)
		check(t, j, 2)
		must(t, j.Close())
	})
}

func TestANewEpochOnAFullCard(t *testing.T) {
	withDisk(t, func(dir string) {
		j := open(t, dir)
		add(t, j, 50)
		old := j.Epoch()
		cut(t, j, dir, 6000)
		fill(t, dir, 4096)
		unavailable(t, dir)
		if left := names(t, dir); strings.Contains(left, ".new") {
			t.Errorf("it left %s", left)
		}
		makeRoom(t, dir)
		j = open(t, dir)
		if p := j.Previous(); p == nil || p.Epoch != old || p.Why != journal.WhyDamaged {
			t.Errorf("previous %+v; want epoch %s, damaged", p, old)
		}
		add(t, j, 1)
		check(t, j, 2)
	})
}

// An epoch that ends while nothing can be written goes on until its end can be.
func TestTheEndOfAnEpochOnACardThatRefusesIt(t *testing.T) {
	apart(t, nil, func() {
		dir := t.TempDir()
		j := open(t, dir)
		add(t, j, 5)
		epoch := j.Epoch()
		allow := forbidWriting(t)
		if err := j.EndEpoch(journal.WhyCopied); !errors.Is(err, journal.ErrUnavailable) {
			t.Errorf("end of the epoch: %v; want %v", err, journal.ErrUnavailable)
		}
		allow()
		if j = open(t, dir); j.Epoch() != epoch {
			t.Errorf("epoch %s, want %s", j.Epoch(), epoch)
		}
		add(t, j, 1)
		must(t, j.EndEpoch(journal.WhyCopied))
		if seq, _ := concluded(t, dir, 1); seq != 8 {
			t.Errorf("the epoch ends at %d, want 8", seq)
		}
	})
}

// A journal that cannot be read now is not taken for the one that its folder's
// marker says has ended.
func TestANewEpochThatCannotBeReadNow(t *testing.T) {
	dir := t.TempDir()
	must(t, open(t, dir).EndEpoch(journal.WhyCopied))
	ended, err := os.ReadFile(filepath.Join(dir, "epoch.json"))
	must(t, err)
	j := open(t, dir)
	add(t, j, 5)
	epoch := j.Epoch()
	must(t, j.Close())
	must(t, os.WriteFile(filepath.Join(dir, "epoch.json"), ended, 0o600))
	shared := filepath.Join(dir, "journal.db-shm")
	must(t, os.Remove(shared))
	must(t, os.Symlink("nowhere", shared)) // which SQLite does not follow
	unavailable(t, dir)
	must(t, os.Remove(shared))
	if j = open(t, dir); j.Epoch() != epoch {
		t.Error("another epoch began")
	}
	check(t, j, 6)
}

func TestACardThatIsReadOnly(t *testing.T) {
	withDisk(t, func(dir string) {
		remount := func(flags uintptr) {
			t.Helper()
			must(t, syscall.Mount("", dir, "", syscall.MS_REMOUNT|flags, ""))
		}
		remount(syscall.MS_RDONLY)
		unavailable(t, dir) // no journal yet
		remount(0)
		j := open(t, dir)
		add(t, j, 5)
		epoch := j.Epoch()
		must(t, j.Close())
		remount(syscall.MS_RDONLY)
		unavailable(t, dir)
		remount(0)
		if j = open(t, dir); j.Epoch() != epoch || !j.EndedClean() {
			t.Errorf("epoch %s, clean %v; want %s, true", j.Epoch(), j.EndedClean(), epoch)
		}
		add(t, j, 1)
		check(t, j, 7)
	})
}

func TestAFolderOfAnotherUser(t *testing.T) {
	apart(t, nil, func() {
		dir := t.TempDir()
		must(t, open(t, dir).Close())
		if os.Getuid() == 0 { // who may write anywhere
			must(t, os.Chown(filepath.Join(dir, "terminal.key"), 65534, 65534))
			must(t, syscall.Setresuid(65534, 65534, 0))
			defer func() { must(t, syscall.Setresuid(0, 0, 0)) }()
		} else {
			must(t, os.Chmod(dir, 0o500))
			defer func() { must(t, os.Chmod(dir, 0o700)) }()
		}
		unavailable(t, dir)
	})
}
