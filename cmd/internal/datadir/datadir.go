// Package datadir makes a data folder ready and keeps a second process out.
package datadir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// ErrTaken is returned for a folder that another process works in.
var ErrTaken = errors.New("another process works in this data folder")

// Lock makes dir where it is missing, makes sure that it can be written, and
// locks it until the returned function is called or the process ends. It keeps
// root out of another user's folder: what root left there, that user could not
// write.
func Lock(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	if info, err := os.Stat(dir); err == nil && os.Geteuid() == 0 && owner(info) != me() {
		return nil, fmt.Errorf("the data folder %s belongs to %s, who could not write what root leaves there: run this with sudo -u %[2]s", dir, owner(info))
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, fmt.Errorf("the data folder %s cannot be written: %w: let this user write there, or name another folder", dir, err)
	}
	whole := unix.Flock_t{Type: unix.F_WRLCK}
	if err := unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &whole); err != nil {
		_ = f.Close()
		if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES) {
			return nil, fmt.Errorf("%s: %w: stop it first, or name another folder", dir, ErrTaken)
		}
		return nil, fmt.Errorf("lock the data folder %s: %w", dir, err)
	}
	return func() { _ = f.Close() }, nil
}

// Taken reports whether a process works in dir. It errs where this user may not
// find out.
func Taken(dir string) (bool, error) {
	f, err := os.Open(filepath.Join(dir, "lock"))
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("ask who works in the data folder: %w: ask as root, or as the user that it belongs to", err)
	}
	defer func() { _ = f.Close() }()
	whole := unix.Flock_t{Type: unix.F_RDLCK}
	if err := unix.FcntlFlock(f.Fd(), unix.F_OFD_GETLK, &whole); err != nil { // asks, and takes nothing
		return false, fmt.Errorf("ask who works in the data folder %s: %w", dir, err)
	}
	return whole.Type != unix.F_UNLCK, nil
}
