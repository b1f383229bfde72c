package mqtt

import (
	"math/rand/v2"
	"time"
)

const (
	backoffFirst = time.Second
	backoffMost  = 5 * time.Minute
)

// Backoff spaces attempts to connect: full jitter below a bound that doubles
// from 1 s to 5 min. The zero value is ready.
type Backoff struct{ bound time.Duration }

// Next is how long to wait before the next attempt.
func (b *Backoff) Next() time.Duration {
	b.bound = min(max(2*b.bound, backoffFirst), backoffMost)
	return rand.N(b.bound)
}

// Reset forgets the failures: call it once a connection has proved itself.
func (b *Backoff) Reset() { b.bound = 0 }
