package feed

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"
)

var printSeed sync.Once

// seed is SOURIRE_SEED, or one of the clock's; it is printed.
func seed(t testing.TB) uint64 {
	t.Helper()
	s := uint64(time.Now().UnixNano())
	if text := os.Getenv("SOURIRE_SEED"); text != "" {
		var err error
		if s, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("SOURIRE_SEED: %v", err)
		}
	}
	printSeed.Do(func() { fmt.Printf("SOURIRE_SEED=%d\n", s) })
	return s
}
