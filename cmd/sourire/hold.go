package main

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"sourire/cmd/internal/datadir"
	"sourire/sync/journal"
)

// hold is the lock on a data folder: taken at the start or, where the card
// refuses it for now, as soon as it can be.
type hold struct {
	dir    string
	unlock func() // nil: it is not taken
}

// take takes the lock, if it is not held already. What may be better the next
// time is [journal.ErrUnavailable].
func (h *hold) take() error {
	if h.unlock != nil {
		return nil
	}
	unlock, err := datadir.Lock(h.dir)
	for _, passing := range []error{unix.EROFS, unix.ENOSPC, unix.EDQUOT, unix.EIO} {
		if errors.Is(err, passing) {
			return fmt.Errorf("%w: %w", journal.ErrUnavailable, err)
		}
	}
	if err != nil {
		return err
	}
	h.unlock = unlock
	return nil
}

func (h *hold) release() {
	if h.unlock != nil {
		h.unlock()
	}
}
