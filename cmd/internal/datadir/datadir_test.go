package datadir_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sourire/cmd/internal/datadir"
)

func TestLockMakesTheFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "var", "sourire")
	unlock, err := datadir.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if info, err := os.Stat(dir); err != nil || !info.IsDir() || info.Mode().Perm()&0o007 != 0 {
		t.Errorf("%v, %v: want a folder that others cannot read", info, err)
	}
}

func taken(t *testing.T, dir string) bool {
	t.Helper()
	yes, err := datadir.Taken(dir)
	if err != nil {
		t.Error(err)
	}
	return yes
}

// The lock belongs to the open file, so a second Lock is refused in this
// process as it is in another.
func TestASecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	if taken(t, dir) {
		t.Error("taken before anyone locked it")
	}
	unlock, err := datadir.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !taken(t, dir) {
		t.Error("locked, and not taken")
	}
	if _, err := datadir.Lock(dir); !errors.Is(err, datadir.ErrTaken) || !strings.Contains(err.Error(), dir) {
		t.Errorf("second lock: %v", err)
	}
	if !taken(t, dir) {
		t.Error("not taken any more, after a lock that was refused")
	}
	unlock()
	if taken(t, dir) {
		t.Error("taken after it was unlocked")
	}
	unlock, err = datadir.Lock(dir)
	if err != nil {
		t.Fatalf("lock after unlock: %v", err)
	}
	unlock()
}

// To ask whether a folder is taken does not take it, nor make it.
func TestTakenLeavesNoTrace(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	if taken(t, dir) {
		t.Error("a folder that is not there is taken")
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it was made: %v", err)
	}
}

// What root leaves in another user's folder would stop that user's terminal.
func TestRootStaysOutOfAnotherUsersFolder(t *testing.T) {
	dir := t.TempDir()
	if os.Geteuid() != 0 {
		return // nobody else may
	}
	if err := os.Chown(dir, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	_, err := datadir.Lock(dir)
	if err == nil || !strings.Contains(err.Error(), "sudo -u nobody") {
		t.Errorf("as root in the folder of nobody: %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

// Even root cannot make a folder below a file, nor a lock where a folder is.
func TestAFolderThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := datadir.Lock(filepath.Join(file, "data")); err == nil || !strings.Contains(err.Error(), file) || errors.Is(err, datadir.ErrTaken) {
		t.Errorf("below a file: %v", err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "lock"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := datadir.Lock(dir)
	if err == nil || !strings.Contains(err.Error(), dir+" cannot be written") || !strings.Contains(err.Error(), "name another folder") {
		t.Errorf("no lock can be made: %v", err)
	}
}
