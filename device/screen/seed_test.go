package screen

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

// seeded is a source of random numbers from SOURIRE_SEED, or from a seed of
// the clock's, which a failed test prints.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("SOURIRE_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("SOURIRE_SEED: %v", err)
		}
	}
	t.Logf("SOURIRE_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}
