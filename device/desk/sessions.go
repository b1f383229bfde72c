package desk

import (
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"sync"
	"time"
)

const (
	cookieName = "sourire_manager"
	sessionFor = 30 * time.Minute // since the login
	bodyLimit  = 8 << 10          // of a form, in bytes
)

// sessions are who has shown the PIN. They last for a time, or until the process
// ends.
type sessions struct {
	now func() time.Time

	mu   sync.Mutex
	ends map[[sha256.Size]byte]time.Time
}

func newSessions(now func() time.Time) *sessions {
	return &sessions{now: now, ends: map[[sha256.Size]byte]time.Time{}}
}

// begin makes a session, and returns its token.
func (s *sessions) begin() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for k, end := range s.ends {
		if !now.Before(end) {
			delete(s.ends, k)
		}
	}
	token := rand.Text()
	s.ends[sha256.Sum256([]byte(token))] = now.Add(sessionFor)
	return token
}

// open reports whether the request belongs to a session.
func (s *sessions) open(r *http.Request) bool {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now().Before(s.ends[sha256.Sum256([]byte(c.Value))])
}

// close ends the request's session.
func (s *sessions) close(r *http.Request) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.ends, sha256.Sum256([]byte(c.Value)))
}
