// Package pin is the manager's PIN: its hash, and how often it may be tried. The
// pages in the store's network and the view on the box share one [Lock].
package pin

import (
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"
)

const (
	maxWrong  = 5                // wrong PINs in a row, then
	waitFirst = time.Minute      // and twice as long after each as many more
	waitMost  = 64 * time.Minute // some hundred guesses a day
	longest   = 128              // bytes
)

// cost is what a guess costs, and a login on a small board: OWASP's argon2id
// with 19 MiB, which are given back at once: that is most of what the whole
// program has.
var cost = &argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// Hash makes what is kept in place of a plain PIN. A hash comes back as it is.
func Hash(pin string) (string, error) {
	if Hashed(pin) {
		return pin, nil
	}
	defer debug.FreeOSMemory()
	hash, err := argon2id.CreateHash(pin, cost)
	if err != nil {
		return "", fmt.Errorf("hash PIN: %w", err)
	}
	return hash, nil
}

// Hashed reports whether a PIN is a hash already.
func Hashed(pin string) bool { return strings.HasPrefix(pin, "$argon2id$") }

// Lock checks PINs. Wrong ones are counted for the terminal, not for who tried:
// a client is free to change its address, and a finger has none.
type Lock struct {
	hash string
	now  func() time.Time

	mu    sync.Mutex
	wrong int       // in a row
	until time.Time // no PIN is looked at before
	keep  func(wrong int)
}

// NewLock is the lock of a hash made by [Hash].
func NewLock(hash string, now func() time.Time) (*Lock, error) {
	if _, _, _, err := argon2id.DecodeHash(hash); err != nil {
		return nil, fmt.Errorf("manager's PIN: %w", err)
	}
	return &Lock{hash: hash, now: now, keep: func(int) {}}, nil
}

// Remember has a lock go on from so many wrong PINs in a row as there were when
// the process ended, so that who pulls the plug gains nothing. What they come to
// later is told to keep, before the answer. It comes before the first Check.
func (l *Lock) Remember(wrong int, keep func(wrong int)) {
	l.wrong, l.keep = wrong, keep
	if wrong > 0 && wrong%maxWrong == 0 {
		l.until = l.now().Add(waitAfter(wrong))
	}
}

// waitAfter is how long to wait after so many wrong PINs in a row, five or a
// multiple of that.
func waitAfter(wrong int) time.Duration {
	rounds := min(wrong/maxWrong-1, 6) // of 64 minutes there are no more
	return min(waitFirst<<rounds, waitMost)
}

// Check reports whether a PIN is right; if it is not, how long to wait before
// the next one is looked at. It takes as long as the hash does: one PIN is
// looked at at a time, which bounds the memory.
func (l *Lock) Check(pin string) (right bool, wait time.Duration, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if wait := l.until.Sub(now); wait > 0 {
		return false, wait, nil
	}
	if len(pin) <= longest {
		defer debug.FreeOSMemory()
		if right, err = argon2id.ComparePasswordAndHash(pin, l.hash); err != nil {
			return false, 0, fmt.Errorf("compare PIN: %w", err)
		}
	}
	if right {
		if l.wrong > 0 {
			l.wrong = 0
			l.keep(0)
		}
		return true, 0, nil
	}
	l.wrong++
	l.keep(l.wrong)
	if l.wrong%maxWrong != 0 {
		return false, 0, nil
	}
	wait = waitAfter(l.wrong)
	l.until = now.Add(wait)
	return false, wait, nil
}
