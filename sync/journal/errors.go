package journal

import (
	"database/sql"
	"errors"
	"syscall"

	"github.com/mattn/go-sqlite3"
)

// Damaged reports whether err means that the journal's contents are not what
// was written, rather than that they could not be read this time.
func Damaged(err error) bool {
	var e sqlite3.Error
	var wrong *WrongError
	switch {
	case err == nil:
		return false
	case errors.As(err, &e) && (e.Code == sqlite3.ErrCorrupt || e.Code == sqlite3.ErrNotADB),
		e.ExtendedCode == sqlite3.ErrIoErrShortRead: // the file ends where a page should be
		return true
	}
	return errors.As(err, &wrong) || errors.Is(err, errBroken)
}

// lost reports whether err, of opening a journal, means that its contents are
// gone or altered.
func lost(err error) bool { return Damaged(err) || errors.Is(err, sql.ErrNoRows) }

// unavailable reports whether err comes from what the journal stands on, and
// says nothing about its contents.
func unavailable(err error) bool {
	var e sqlite3.Error
	if errors.As(err, &e) {
		switch e.Code {
		case sqlite3.ErrFull, sqlite3.ErrIoErr, sqlite3.ErrCantOpen, sqlite3.ErrReadonly, sqlite3.ErrPerm,
			sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrProtocol, sqlite3.ErrNomem:
			return true
		}
		return false
	}
	var number syscall.Errno
	return errors.As(err, &number)
}
