package pin

import (
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
)

// clock is a lock of the PIN 4711, and its time. Its guesses are cheap.
func clock(t *testing.T) (*Lock, *time.Time) {
	t.Helper()
	hash, err := argon2id.CreateHash("4711", &argon2id.Params{Memory: 8, Iterations: 1, Parallelism: 1, SaltLength: 8, KeyLength: 16})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(0, 0)
	l, err := NewLock(hash, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return l, &now
}

func check(t *testing.T, l *Lock, pin string) (bool, time.Duration) {
	t.Helper()
	right, wait, err := l.Check(pin)
	if err != nil {
		t.Fatal(err)
	}
	return right, wait
}

// After five wrong PINs not even the right one is looked at for a minute, after
// five more for two; a right one forgives those before.
func TestWaitsGrow(t *testing.T) {
	l, now := clock(t)
	for _, want := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute} {
		for i := range maxWrong {
			right, wait := check(t, l, "0000")
			if right || (wait != 0) != (i == maxWrong-1) {
				t.Fatalf("wrong PIN %d: right %t, wait %v", i+1, right, wait)
			}
			if wait != 0 && wait != want {
				t.Fatalf("wait %v, want %v", wait, want)
			}
		}
		*now = now.Add(want - time.Second)
		if right, wait := check(t, l, "4711"); right || wait != time.Second {
			t.Fatalf("looked at while waiting: right %t, wait %v", right, wait)
		}
		*now = now.Add(time.Second)
	}
	if right, _ := check(t, l, "4711"); !right {
		t.Fatal("the right PIN is wrong")
	}
	for range maxWrong - 1 {
		check(t, l, "0000")
	}
	if _, wait := check(t, l, "0000"); wait != time.Minute {
		t.Errorf("after a right PIN: wait %v", wait)
	}
}

// A lock that begins again goes on where the one before ended.
func TestARestartForgetsNothing(t *testing.T) {
	kept := 0
	begin := func() (*Lock, *time.Time) {
		l, now := clock(t)
		l.Remember(kept, func(wrong int) { kept = wrong })
		return l, now
	}
	for i := range maxWrong - 1 {
		l, _ := begin()
		if _, wait := check(t, l, "0000"); wait != 0 || kept != i+1 {
			t.Fatalf("wrong PIN %d: wait %v, %d kept", i+1, wait, kept)
		}
	}
	l, _ := begin()
	if _, wait := check(t, l, "0000"); wait != time.Minute {
		t.Fatalf("five wrong PINs in five lives: wait %v", wait)
	}
	l, now := begin()
	if right, wait := check(t, l, "4711"); right || wait != time.Minute {
		t.Fatalf("after a restart the wait is over: right %t, wait %v", right, wait)
	}
	*now = now.Add(time.Minute)
	for range maxWrong - 1 {
		check(t, l, "0000")
	}
	l, now = begin()
	if _, wait := check(t, l, "0000"); wait != 2*time.Minute {
		t.Fatalf("the second five: wait %v", wait)
	}
	*now = now.Add(2 * time.Minute)
	if right, _ := check(t, l, "4711"); !right || kept != 0 {
		t.Errorf("the right PIN: right %t, %d kept", right, kept)
	}
}

// Waits stay at their longest however often somebody guesses.
func TestLongestWait(t *testing.T) {
	for wrong, want := range map[int]time.Duration{5: time.Minute, 35: waitMost, 40: waitMost, 5_000_000: waitMost} {
		if got := waitAfter(wrong); got != want {
			t.Errorf("after %d: %v, want %v", wrong, got, want)
		}
	}
}

func TestLongest(t *testing.T) {
	l, _ := clock(t)
	if right, _ := check(t, l, strings.Repeat("4", longest+1)); right {
		t.Error("right")
	}
}

func TestHash(t *testing.T) {
	hash, err := Hash("4711")
	if err != nil || !Hashed(hash) {
		t.Fatalf("%q, %v", hash, err)
	}
	if again, err := Hash(hash); again != hash || err != nil {
		t.Errorf("hashed again: %q, %v", again, err)
	}
	for _, bad := range []string{"4711", "$argon2id$nonsense"} {
		if _, err := NewLock(bad, time.Now); err == nil {
			t.Errorf("%q was taken for a hash", bad)
		}
	}
}
