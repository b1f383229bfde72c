package desk

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"
)

const (
	cookieName = "sourire_manager"
	sessionFor = 30 * time.Minute // since the login
	maxWrong   = 5                // wrong PINs in a row, then
	waitFor    = time.Minute
	maxPIN     = 128     // bytes
	bodyLimit  = 8 << 10 // of a form, in bytes
)

// pinCost is what a guess costs, and a login on a small board: OWASP's
// argon2id with 19 MiB.
var pinCost = &argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// HashPIN makes what is kept in place of a plain PIN. A hash comes back as it
// is.
func HashPIN(pin string) (string, error) {
	if strings.HasPrefix(pin, "$argon2id$") {
		return pin, nil
	}
	hash, err := argon2id.CreateHash(pin, pinCost)
	if err != nil {
		return "", fmt.Errorf("hash PIN: %w", err)
	}
	return hash, nil
}

// lock knows who has shown the PIN. Wrong PINs are counted for the terminal,
// not for a client: a client is free to change its address. Sessions last
// for a time or until the process ends.
type lock struct {
	hash  string
	clock func() time.Time

	mu       sync.Mutex
	wrong    int
	until    time.Time // no PIN is looked at before
	sessions map[[sha256.Size]byte]time.Time
}

func newLock(hash string, clock func() time.Time) (*lock, error) {
	if _, _, _, err := argon2id.DecodeHash(hash); err != nil {
		return nil, fmt.Errorf("manager's PIN: %w", err)
	}
	return &lock{hash: hash, clock: clock, sessions: make(map[[sha256.Size]byte]time.Time)}, nil
}

// try checks a PIN. It returns a session's token where it is right, else how
// long to wait before the next try. One PIN is looked at at a time, which
// bounds the memory.
func (l *lock) try(pin string) (token string, wait time.Duration, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock()
	if wait := l.until.Sub(now); wait > 0 {
		return "", wait, nil
	}
	right := false
	if len(pin) <= maxPIN {
		if right, err = argon2id.ComparePasswordAndHash(pin, l.hash); err != nil {
			return "", 0, fmt.Errorf("compare PIN: %w", err)
		}
	}
	if !right {
		if l.wrong++; l.wrong >= maxWrong {
			l.wrong, l.until = 0, now.Add(waitFor)
			return "", waitFor, nil
		}
		return "", 0, nil
	}
	l.wrong = 0
	for k, end := range l.sessions {
		if !now.Before(end) {
			delete(l.sessions, k)
		}
	}
	token = rand.Text()
	l.sessions[sha256.Sum256([]byte(token))] = now.Add(sessionFor)
	return token, 0, nil
}

// open reports whether the request belongs to a session.
func (l *lock) open(r *http.Request) bool {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.clock().Before(l.sessions[sha256.Sum256([]byte(c.Value))])
}

// close ends the request's session.
func (l *lock) close(r *http.Request) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.sessions, sha256.Sum256([]byte(c.Value)))
}
