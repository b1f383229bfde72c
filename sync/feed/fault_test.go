package feed

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"text/tabwriter"

	"sourire/device/tap/seedtest"
	"sourire/sync/mqtt/faulttest"
)

// worlds is how many there are: 200, or 50 times SOURIRE_ROUNDS; fewer under the
// race detector.
func worlds(t *testing.T) int {
	t.Helper()
	n := 4
	if s := os.Getenv("SOURIRE_ROUNDS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatalf("SOURIRE_ROUNDS=%q: %v", s, err)
		}
	}
	return seedtest.Fewer(50 * n)
}

// memory is a folder of a file system in memory, where there is one: it is not
// the card that is tried here.
func memory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "sourire")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// inWorld lets one world happen, and looks at what has come of it.
func inWorld(t *testing.T, dir string, seed uint64, change func(*Feed)) (w *world, r result) {
	t.Helper()
	dir = filepath.Join(dir, strconv.FormatUint(seed, 10))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		w = newWorld(t, dir, seed, change)
		w.run(t)
		r = w.check()
	})
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	return w, r
}

// Every press comes to head office once and in order, whatever the network, the
// broker and head office's watermarks go through; see package faulttest.
func TestFaults(t *testing.T) {
	seed, dir, sum := seedtest.Seed(t), memory(t), table{}
	n := worlds(t)
	var mu sync.Mutex
	most := 0
	t.Run("worlds", func(t *testing.T) {
		shards := runtime.GOMAXPROCS(0)
		for shard := range shards {
			t.Run(strconv.Itoa(shard), func(t *testing.T) {
				t.Parallel()
				for i := shard; i < n && !t.Failed(); i += shards {
					w, r := inWorld(t, dir, seed+uint64(i), nil)
					if len(w.wrong) > 0 {
						t.Errorf("%s", w)
					}
					mu.Lock()
					most = max(most, w.goroutines)
					sum.add(w, r)
					mu.Unlock()
				}
			})
		}
	})
	t.Logf("%d worlds from seed %d, at most %d goroutines\n%s", n, seed, most, sum)
}

// A feed that takes the broker's word for head office's loses presses where the
// broker forgets them, and that is seen.
func TestAFeedThatTrustsPubackIsCaught(t *testing.T) {
	caught(t, "lost", func(f *Feed) { f.config.Puback = true })
}

// A feed that sends again whenever it is asked is seen to.
func TestAFeedWithoutBoundOfRewindsIsCaught(t *testing.T) {
	caught(t, "rewind", func(f *Feed) { f.rewindPause = 0 })
}

// A head office that stored what comes would store presses twice: what is proved
// above is not proved for nothing.
func TestEventsComeMoreThanOnce(t *testing.T) {
	seed, dir := seedtest.Seed(t), memory(t)
	for i := range uint64(worldsToCatch) {
		w, _ := inWorld(t, dir, seed+i, nil)
		for _, n := range w.raw {
			if n > 1 {
				return
			}
		}
	}
	t.Errorf("no event came twice in %d worlds", worldsToCatch)
}

// worldsToCatch is how many worlds a feed that is worse may pass unnoticed.
const worldsToCatch = 100

// caught wants a feed that was made worse to be found out.
func caught(t *testing.T, how string, change func(*Feed)) {
	t.Helper()
	seed, dir := seedtest.Seed(t), memory(t)
	for i := range uint64(worldsToCatch) {
		w, _ := inWorld(t, dir, seed+i, change)
		if slices.ContainsFunc(w.wrong, func(s string) bool { return strings.HasPrefix(s, how) }) {
			t.Logf("caught in world %d: %q", i+1, w.wrong[0])
			return
		}
	}
	t.Errorf("not found out in %d worlds", worldsToCatch)
}

// result is what came of one world, or of many.
type result struct {
	worlds, acknowledged, lost, doubled, disorder int
	longest                                       wait
}

// table is the sum of worlds by what befell them.
type table map[string]result

func (t table) add(w *world, r result) {
	what := map[string]bool{"any": true}
	if w.builtin != nil {
		what["any, on head office's own broker"] = true
	}
	for _, f := range w.net.Fired() {
		name := string(f.Deed)
		switch f.Deed {
		case faulttest.Lose, faulttest.Delay, faulttest.Double, faulttest.Refuse:
			name = fmt.Sprint(f.Kind, " ", f.Deed)
			if f.Kind == faulttest.Publish || f.Kind == faulttest.Puback {
				name += " " + f.Way.String()
			}
		case faulttest.CutBefore, faulttest.CutIn, faulttest.CutAfter, faulttest.Stall, faulttest.Swallow, faulttest.Garbage:
		}
		what[f.Client+": "+name] = true
	}
	for _, h := range w.happens {
		what["broker: "+h.what] = true
	}
	for name := range what {
		s := t[name]
		s.worlds++
		s.acknowledged += r.acknowledged
		s.lost += r.lost
		s.doubled += r.doubled
		s.disorder += r.disorder
		if r.longest.took > s.longest.took {
			s.longest = r.longest
		}
		t[name] = s
	}
}

func (t table) String() string {
	var b strings.Builder
	out := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "what went wrong\tworlds\tacknowledged\tlost\tdoubled\twrong order\tlongest wait of its bound")
	for _, name := range slices.Sorted(maps.Keys(t)) {
		r := t[name]
		fmt.Fprintf(out, "%s\t%d\t%d\t%d\t%d\t%d\t%.1fs of %.0fs\n", name, r.worlds, r.acknowledged, r.lost, r.doubled, r.disorder, r.longest.took.Seconds(), r.longest.bound.Seconds())
	}
	_ = out.Flush()
	return b.String()
}
