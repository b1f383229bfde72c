// Package seedtest gives random tests a seed that can be given back, so that a
// run that failed can be seen again, and says how long they go on.
package seedtest

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// Seed is SOURIRE_SEED, or a random number. It is logged.
func Seed(t testing.TB) uint64 {
	t.Helper()
	seed := rand.Uint64()
	if text := os.Getenv("SOURIRE_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("SOURIRE_SEED=%q: %v", text, err)
		}
	}
	t.Logf("SOURIRE_SEED=%d", seed)
	return seed
}

// What make test does twice, in full without the race detector, it does a fifth of
// with it.
const part = 5

// Fewer is how many there are of n: all or, under the race detector, a fifth.
func Fewer(n int) int {
	if Race {
		return max(n/part, 1)
	}
	return n
}

// Spared reports whether the nth of a series is left out: four of five, under the
// race detector.
func Spared(nth int) bool { return Race && nth%part != 0 }

// Rand is a source of random numbers from [Seed].
func Rand(t testing.TB) *rand.Rand {
	t.Helper()
	return rand.New(rand.NewPCG(Seed(t), 0))
}

// Times is how often something is tried: the usual number or, where
// SOURIRE_ROUNDS asks for more, a tenth of it as often as that says.
func Times(t testing.TB, usual int) int {
	t.Helper()
	return max(usual, usual/10*Rounds(t, 0))
}

// Rounds is SOURIRE_ROUNDS, or the usual number.
func Rounds(t testing.TB, usual int) int {
	t.Helper()
	text := os.Getenv("SOURIRE_ROUNDS")
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("SOURIRE_ROUNDS=%q: %v", text, err)
	}
	return n
}
