package journal_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"sourire/device/tap/seedtest"
	"sourire/sync/journal/cardtest"
)

// rounds is SOURIRE_ROUNDS, or 10.
func rounds(t *testing.T) int { return seedtest.Rounds(t, 10) }

// table is what came of the points that were tried, by what was being done.
type table struct {
	mu   sync.Mutex
	rows map[string]*row
}

type row struct {
	places, points, acknowledged int
	wrong                        map[string]int
}

func (t *table) row(step string) *row {
	if t.rows == nil {
		t.rows = map[string]*row{}
	}
	r := t.rows[step]
	if r == nil {
		r = &row{wrong: map[string]int{}}
		t.rows[step] = r
	}
	return r
}

func (t *table) sum() (sum row) {
	sum.wrong = map[string]int{}
	for _, r := range t.rows {
		sum.places += r.places
		sum.points += r.points
		sum.acknowledged += r.acknowledged
		for what, n := range r.wrong {
			sum.wrong[what] += n
		}
	}
	return sum
}

func (t *table) String() string {
	var b strings.Builder
	line := func(step string, r row) {
		fmt.Fprintf(&b, "%-24s %8d %9d %13d %6d %8d %12d %6d\n", step, r.places, r.points, r.acknowledged,
			r.wrong[lost], r.wrong[doubled], r.wrong[misordered], r.wrong[amiss])
	}
	fmt.Fprintf(&b, "%-24s %8s %9s %13s %6s %8s %12s %6s\n", "power cut in", "places", "points", "acknowledged", lost, doubled, misordered, amiss)
	steps := make([]string, 0, len(t.rows))
	for step := range t.rows {
		steps = append(steps, step)
	}
	slices.Sort(steps)
	for _, step := range steps {
		line(step, *t.rows[step])
	}
	line("all", t.sum())
	return b.String()
}

// explore cuts the power after every operation of a story from a place on, in
// every way, and looks at what is left.
func (t *table) explore(s *story, from int, report func(string)) {
	replay := s.card.Tape().Replay()
	seen, at := map[string]bool{}, -1
	for more := true; more; more = replay.Next() {
		for at+1 < len(s.known) && s.known[at+1].place <= replay.Done() {
			at++
			clear(seen)
		}
		if replay.Done() < from || at < 0 || seedtest.Spared(replay.Done()) || !worthwhile(replay, s.rnd) {
			continue
		}
		x := expected{s.lives, s.known[at], s.known[min(at+1, len(s.known)-1)], s.log}
		x.top.last = max(x.top.last, x.low.most)
		t.mu.Lock()
		t.row(x.low.step).places++
		t.mu.Unlock()
		for _, how := range cardtest.Cuts() {
			survival := replay.Cut(how, s.rnd)
			if key := survival.Key(); seen[key] {
				continue // the same card was looked at, and as much was expected of it
			} else {
				seen[key] = true
			}
			card := survival.Card()
			if s.forge != nil {
				s.must(configOn(card, s.log).Forge(s.forge))
			}
			err := x.check(card, s.rnd.IntN(16) == 0)
			card.Discard()
			t.add(x.low, err)
			if err != nil {
				report(fmt.Sprintf("power cut in %q after operation %d (%s): %v", x.low.step, replay.Done(), how, err))
			}
		}
	}
}

// worthwhile spares most places in the long writing of what is not needed yet.
func worthwhile(r *cardtest.Replay, rnd *rand.Rand) bool {
	n := r.Pending()
	return n < 100 || rnd.IntN(n) == 0
}

// has reports whether there are that many points.
func (t *table) has(points int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sum().points >= points
}

func (t *table) add(k known, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.row(k.step)
	r.points++
	r.acknowledged += int(k.last)
	var w *wrong
	if errors.As(err, &w) {
		r.wrong[w.what]++
	} else if err != nil {
		r.wrong[amiss]++
	}
}

// TestPowerCuts tells stories of the journal on a card, cuts the power after
// each operation of them in every way, and starts the journal again.
func TestPowerCuts(t *testing.T) {
	seed, n := seedtest.Seed(t), rounds(t)
	stories := 7 * n / 2
	if seedtest.Race { // each card has one goroutine
		stories = max(n/10, 1)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // what lives is little
	var b table
	plots := plots(t, cardtest.Nature{})
	t.Run("story", func(t *testing.T) {
		for i := range stories {
			p := plots[i%len(plots)]
			t.Run(fmt.Sprintf("%d %s", i, p.name), func(t *testing.T) {
				t.Parallel()
				if i < len(plots) || seedtest.Race || !b.has(5000*n) { // each once, and as many more as it takes
					newStory(t, cardtest.Nature{}, seed, i).tell(p, &b, reporter(t))
				}
			})
		}
	})
	t.Logf("seed %d, at most %d stories\n%s", seed, stories, &b)
	if sum := b.sum(); !seedtest.Race && sum.points < 5000*n {
		t.Errorf("%d points, want %d", sum.points, 5000*n)
	}
}

// reporter reports the first few of what may be very many.
func reporter(t *testing.T) func(string) {
	n := 0
	return func(s string) {
		if n++; n <= 3 {
			t.Error(s)
		}
	}
}
