package datadir_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"syscall"
	"testing"

	"sourire/cmd/internal/datadir"
)

const nobody = 65534

// asStranger calls look as a user who is not root.
func asStranger(t *testing.T, look func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		look()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends with its user
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, ^uintptr(0), nobody, ^uintptr(0)); errno != 0 {
			t.Error(errno)
			return
		}
		look()
	}()
	<-done
}

func TestLookMakesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "var", "sourire")
	if f, err := datadir.Look(dir); err != nil || f.Exists {
		t.Errorf("%+v, %v: want one that is not there and can be made", f, err)
	}
	if left, err := os.ReadDir(filepath.Dir(filepath.Dir(dir))); err != nil || len(left) != 0 {
		t.Errorf("it left %v, %v", left, err)
	}
}

func TestLookSaysWhose(t *testing.T) {
	dir := t.TempDir()
	unlock, err := datadir.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if f, err := datadir.Look(dir); err != nil || !f.Exists || f.Owner == "" {
		t.Errorf("%+v, %v", f, err)
	}
	if f, err := datadir.Look("/"); f.Owner != "root" {
		t.Errorf("/ belongs to %q, %v", f.Owner, err)
	}
}

func TestLookSaysWhatIsInTheWay(t *testing.T) {
	open := t.TempDir() // all may write it, but not all that is in it
	if err := errors.Join(os.Chmod(filepath.Dir(open), 0o755), os.Chmod(open, 0o777)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(open, "journal.db")
	if err := os.WriteFile(file, nil, 0o444); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{
		"/etc":                       `^/etc belongs to root, and .+ may not write it: .*: as root, chown -R .+ /etc$`,
		"/etc/sourire-none/data":     `^/etc/sourire-none/data is not there, and .+ may not make it: .*: as root, install -d -o .+ -m 750 /etc/sourire-none/data$`,
		file:                         `/journal.db is no folder: name another one$`,
		filepath.Join(file, "below"): `/below cannot be made, since .+/journal.db is no folder: name another one$`,
		"/proc/sys/none":             `^/proc/sys/none (is not there, and .+ may not make it|cannot be written): `,
		open:                         `/journal.db (belongs to root, and nobody may not write it: .*, chown -R nobody|cannot be written: .*: chmod -R u\+rwX) ` + open + `$`,
	} {
		asStranger(t, func() {
			if _, err := datadir.Look(dir); err == nil || !regexp.MustCompile(want).MatchString(err.Error()) {
				t.Errorf("%s: got %v\nwant %s", dir, err, want)
			}
		})
	}
}

// What root left behind in a folder of another user would stop that user.
func TestLookFindsFilesOfAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 { // nobody else can give files away
		return
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "lock"), nil, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, nobody, -1); err != nil {
		t.Fatal(err)
	}
	want := filepath.Join(dir, "lock") + " belongs to root, but the folder to nobody: chown -R nobody " + dir
	if f, err := datadir.Look(dir); err == nil || err.Error() != want || f.Owner != "nobody" {
		t.Errorf("got %+v, %v\nwant %s", f, err, want)
	}
}

func TestAStrangerCannotTellWhoWorksThere(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(os.Chmod(filepath.Dir(dir), 0o755), os.WriteFile(filepath.Join(dir, "lock"), nil, 0)); err != nil {
		t.Fatal(err)
	}
	asStranger(t, func() {
		if _, err := datadir.Taken(dir); err == nil {
			t.Error("it cannot be told, and was")
		}
	})
}

func TestFree(t *testing.T) {
	if n, err := datadir.Free(filepath.Join(t.TempDir(), "none")); err != nil || n == 0 {
		t.Errorf("%d bytes free at a folder to be made, %v", n, err)
	}
	if n, err := datadir.Free("/proc"); err != nil || n != 0 { // it takes no bytes
		t.Errorf("%d bytes free in /proc, %v", n, err)
	}
}
