package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Folder is a data folder seen from outside.
type Folder struct {
	Exists bool
	Owner  string // the user that it belongs to; empty where it does not exist
}

// Look reports whose dir is, and what would keep this user from working there.
// It makes nothing and changes nothing. Root may write anywhere: there, a file
// that belongs to another user than the folder is what will be in the way.
func Look(dir string) (Folder, error) {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENOTDIR):
		return Folder{}, canMake(dir)
	case err != nil:
		return Folder{}, fmt.Errorf("look at the data folder: %w: ask as root, or as the user that it belongs to", err)
	case !info.IsDir():
		return Folder{}, fmt.Errorf("%s is no folder: name another one", dir)
	}
	f := Folder{Exists: true, Owner: owner(info)}
	if err := mayWrite(dir, unix.W_OK|unix.X_OK); err != nil {
		return f, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return f, fmt.Errorf("look into the data folder: %w: ask as root, or as the user that it belongs to", err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			continue // gone meanwhile
		}
		path := filepath.Join(dir, e.Name())
		if os.Geteuid() == 0 && owner(info) != f.Owner {
			return f, fmt.Errorf("%s belongs to %s, but the folder to %s: chown -R %[3]s %s", path, owner(info), f.Owner, dir)
		}
		if err := mayWrite(path, unix.R_OK|unix.W_OK); err != nil {
			return f, err
		}
	}
	return f, nil
}

// Free is how many bytes a user who is not root can still write where dir is or
// would be made.
func Free(dir string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(nearest(dir), &s); err != nil {
		return 0, fmt.Errorf("ask for the free space at %s: %w", dir, err)
	}
	return s.Bavail * uint64(s.Bsize), nil
}

// canMake reports why this user cannot make dir.
func canMake(dir string) error {
	above := nearest(dir)
	if info, err := os.Stat(above); err == nil && !info.IsDir() {
		return fmt.Errorf("%s cannot be made, since %s is no folder: name another one", dir, above)
	}
	err := unix.Faccessat(unix.AT_FDCWD, above, unix.W_OK|unix.X_OK, unix.AT_EACCESS)
	switch {
	case errors.Is(err, unix.EROFS):
		return readOnly(dir, err)
	case err != nil:
		return fmt.Errorf("%s is not there, and %s may not make it: %w: as root, install -d -o %[2]s -m 750 %[1]s", dir, me(), err)
	}
	return nil
}

// nearest is dir, or the nearest folder above it that exists.
func nearest(dir string) string {
	for {
		_, err := os.Stat(dir)
		above := filepath.Dir(dir)
		if err == nil || above == dir {
			return dir
		}
		dir = above
	}
}

func mayWrite(path string, mode uint32) error {
	err := unix.Faccessat(unix.AT_FDCWD, path, mode, unix.AT_EACCESS)
	switch {
	case err == nil, errors.Is(err, unix.ENOENT): // gone meanwhile
		return nil
	case errors.Is(err, unix.EROFS):
		return readOnly(path, err)
	}
	dir, whose := path, me()
	if info, err := os.Stat(path); err == nil {
		whose = owner(info)
		if !info.IsDir() {
			dir = filepath.Dir(path)
		}
	}
	switch whose {
	case me():
		return fmt.Errorf("%s cannot be written: %w: chmod -R u+rwX %s", path, err, dir)
	case "root":
		return fmt.Errorf("%s belongs to root, and %s may not write it: %w: as root, chown -R %[2]s %[4]s", path, me(), err, dir)
	}
	return fmt.Errorf("%s belongs to %s, and %s may not write it: %w: run this and the terminal as %[2]s or, as root, chown -R %[3]s %[5]s",
		path, whose, me(), err, dir)
}

func readOnly(path string, err error) error {
	return fmt.Errorf("%s cannot be written: %w: a card that fails is often mounted so; dmesg says why", path, err)
}

func owner(info fs.FileInfo) string {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "nobody"
	}
	return name(strconv.FormatUint(uint64(s.Uid), 10))
}

func me() string { return name(strconv.Itoa(os.Geteuid())) }

// name is a user's name, or the number where it has none.
func name(uid string) string {
	if u, err := user.LookupId(uid); err == nil {
		return u.Username
	}
	return uid
}
