package office_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"sourire/device/tap"
	"sourire/sync/office"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

// number is an environment variable's, or absent.
func number(t *testing.T, name string, absent uint64) uint64 {
	t.Helper()
	n, err := absent, error(nil)
	if s := os.Getenv(name); s != "" {
		n, err = strconv.ParseUint(s, 10, 64)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	t.Logf("%s=%d", name, n)
	return n
}

// What an unreliable network, a rewinding pump, a copied card and a forger send:
// every event of the terminal ends up in the office exactly once, contiguous
// and provable, and so does what the copy said.
func TestRandomDelivery(t *testing.T) {
	seed, rounds := number(t, "SOURIRE_SEED", uint64(time.Now().UnixNano())), number(t, "SOURIRE_ROUNDS", 10)
	for round := range rounds {
		rng := rand.New(rand.NewPCG(seed, round))
		r := newRig(t)
		b := newBox(exit1, 1, newKey(1), nil)
		var forkAt, forkLast uint64
		var c *box
		forger := *b
		forger.key = newKey(9)
		send := func(from *box, first, last uint64) {
			r.batches(from, first, min(last, from.last(), first+99))
		}
		for range 60 {
			have := r.status(exit1).Last
			switch rng.IntN(10) {
			case 0, 1, 2: // presses
				b.taps(1 + rng.IntN(30))
			case 3, 4, 5: // what is due, sometimes with an overlap
				if have < b.last() {
					send(b, 1+have-min(have, rng.Uint64N(20)), have+1+rng.Uint64N(40))
				}
			case 6: // anything: a duplicate, a gap
				first := 1 + rng.Uint64N(b.last())
				send(b, first, first+rng.Uint64N(30))
			case 7: // forged: another key, or altered on the way
				forger.links = b.links
				send(&forger, 1+rng.Uint64N(b.last()), b.last())
				p := bytes.Clone(b.batch(1, min(b.last(), 20)))
				p[rng.IntN(len(p))] ^= 1 << rng.IntN(8)
				r.send(b, wire.LeafEvents, p)
			case 8: // a copied card
				if c == nil && have > 2 {
					forkAt = 1 + rng.Uint64N(have-1)
					c = b.copyAt(forkAt).taps(50)
				}
				if c != nil && forkLast < c.last() {
					first := max(forkAt, forkLast) + 1
					last := min(first+rng.Uint64N(15), c.last())
					if first > have+1 && forkLast == 0 {
						break
					}
					send(c, first, last)
					forkLast = last
				}
			case 9:
				r.reopen()
			}
			r.pass(time.Duration(rng.IntN(20)) * time.Second)
		}
		for have := r.status(exit1).Last; have < b.last(); have = r.status(exit1).Last {
			send(b, have+1, have+100)
		}
		r.wantChain(b, 0, b.last())
		r.verify()
		if forkLast > 0 {
			r.wantFork(c, forkAt+1, forkLast)
		}
		counted := b.last() - 1
		if forkLast > 0 {
			counted += forkLast - forkAt
		}
		if s := r.status(exit1); len(s.Forks) != min(1, int(forkLast)) || s.TapsCounted != counted {
			t.Errorf("forks %+v, %d counted of %d", s.Forks, s.TapsCounted, counted)
		}
		if t.Failed() {
			t.Fatalf("round %d", round)
		}
	}
}

// Many terminals at once share commits; what Ingest returned from is there
// after a restart without a clean end.
func TestConcurrentIngest(t *testing.T) {
	seed := number(t, "SOURIRE_SEED", uint64(time.Now().UnixNano()))
	r := newRig(t)
	const terminals, batches = 16, 20
	boxes := make([]*box, terminals)
	var wg sync.WaitGroup
	for i := range boxes {
		id := tap.Identity{Chain: "demo", Store: "lyon", Terminal: "exit-" + string(rune('a'+i))}
		boxes[i] = newBox(id, uint64(i), newKey(byte(i)), nil).taps(batches*10 - 1)
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(seed, uint64(i)))
			for n := range uint64(batches) {
				for range 1 + rng.IntN(2) { // some of them twice
					if err := r.Ingest(t.Context(), boxes[i].topic("ev"), boxes[i].batch(n*10+1, n*10+10)); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	if n := r.metric("sourire_office_commits_total"); n >= terminals*batches {
		t.Errorf("%d commits for %d messages: none was shared", n, terminals*batches)
	}
	again := r.reader() // as after a crash: nothing was closed
	for _, b := range boxes {
		links, err := again.Links(t.Context(), office.EpochID{Identity: b.Identity, Epoch: b.epoch}, 1, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(links, b.links, func(a, b seal.Link) bool { return a.Seq == b.Seq && a.Head == b.Head }) {
			t.Errorf("%s: %d events, want %d", b.Identity, len(links), len(b.links))
		}
	}
	r.verify()
}
