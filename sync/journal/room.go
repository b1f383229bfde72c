package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mattn/go-sqlite3"
	"golang.org/x/sys/unix"
)

// The reserve is a file that is given up when the card is full: there is room
// then to store what comes, to say so, and to drop what has been delivered.
const (
	reserveName  = "reserve"
	reserveBytes = 16 << 20
	reserveShare = 4 // of the room that is left, the reserve takes at most one part in so many
)

// Spare is how many bytes of events the journal has room for: within its file,
// where others were dropped, and on its card.
func (j *Journal) Spare() (int64, error) {
	var pages int64
	if err := j.db.QueryRow("PRAGMA freelist_count").Scan(&pages); err != nil {
		return 0, fmt.Errorf("look for room in the journal: %w", err)
	}
	free, err := j.free()
	return pages*pageSize + free, err
}

// free is how many bytes are free on the card.
func (j *Journal) free() (int64, error) {
	var card unix.Statfs_t
	if err := unix.Statfs(j.folder.dir, &card); err != nil {
		return 0, fmt.Errorf("look for room on the card: %w", err)
	}
	return int64(card.Bavail * uint64(card.Bsize)), nil
}

// Reserve lays the reserve by, where it is not there and the card has plenty of
// room. Nothing waits for it.
func (j *Journal) Reserve() error {
	if j.folder.vfs != "" { // on a card of a test
		return nil
	}
	path := filepath.Join(j.folder.dir, reserveName)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if free, err := j.free(); err != nil || free < reserveShare*reserveBytes {
		return err
	}
	f, err := os.Create(path + ".new")
	if err != nil {
		return fmt.Errorf("lay a reserve by: %w", err)
	}
	err = errors.Join(uninterrupted(func() error { return unix.Fallocate(int(f.Fd()), 0, 0, reserveBytes) }), f.Close())
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return fmt.Errorf("lay a reserve by: %w", errors.Join(err, os.Remove(path+".new")))
	}
	return nil
}

// uninterrupted makes a call of the kernel again where a signal came in between,
// such as the runtime's own.
func uninterrupted(call func() error) error {
	for {
		if err := call(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// spend gives the reserve up, and reports whether there was one.
func (j *Journal) spend() bool {
	if j.folder.vfs != "" || os.Remove(filepath.Join(j.folder.dir, reserveName)) != nil {
		return false
	}
	j.log.Warn("the card is full: its reserve is used")
	return true
}

// full reports whether err says that the card has no room left. SQLite has
// rolled back what met it: unlike after a failed flush, the same may be tried
// again.
func full(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && e.Code == sqlite3.ErrFull
}
