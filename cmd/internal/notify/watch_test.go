package notify

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"sourire/cmd/internal/lab"
)

var start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// moment is one sign of progress, and what comes of it.
type moment struct {
	part  string
	fed   bool
	hangs []string // after it
}

func TestEveryPartHasToMove(t *testing.T) {
	w := newWatch(start, []string{"buttons", "journal", "loop"})
	for i, m := range []moment{
		{"loop", false, []string{"buttons", "journal"}},
		{"journal", false, []string{"buttons"}},
		{"loop", false, []string{"buttons"}},
		{"buttons", true, []string{"buttons", "journal", "loop"}},
		{"buttons", false, []string{"journal", "loop"}},
		{"buttons", false, []string{"journal", "loop"}}, // one part does not stand for another
		{"loop", false, []string{"journal"}},
		{"journal", true, []string{"buttons", "journal", "loop"}},
	} {
		if fed := w.progress(m.part, start); fed != m.fed || !slices.Equal(w.hanging(), m.hangs) {
			t.Errorf("%d: %s: fed %v, hanging %v; want %v, %v", i, m.part, fed, w.hanging(), m.fed, m.hangs)
		}
	}
}

func TestLateSinceItWasFed(t *testing.T) {
	w := newWatch(start, []string{"loop"})
	after := func(d time.Duration) bool { return w.late(start.Add(d), 15*time.Second) }
	if after(14*time.Second) || !after(15*time.Second) {
		t.Error("want late 15 s after the watch began")
	}
	w.progress("loop", start.Add(10*time.Second))
	if after(24*time.Second) || !after(25*time.Second) {
		t.Error("want late 15 s after it was fed")
	}
}

// Whatever the parts do: a part that ends its progress at a moment is the end
// of feeding, at most one feeding later; and parts that all move within a
// stretch of time are fed within it.
func TestFedOnlyWhileAllMove(t *testing.T) {
	random := rand.New(rand.NewPCG(uint64(lab.Seed(t)), 0))
	parts := []string{"buttons", "journal", "loop"}
	for range 2000 {
		w := newWatch(start, parts)
		dead, when := parts[random.IntN(3)], random.IntN(200)
		since := map[string]bool{} // who moved since it was fed
		after := 0
		for i := range 400 {
			part := parts[random.IntN(3)]
			if part == dead && i >= when {
				continue
			}
			since[part] = true
			fed := w.progress(part, start.Add(time.Duration(i)*time.Second))
			if fed != (len(since) == 3) {
				t.Fatalf("fed %v when %v had moved", fed, since)
			}
			if fed {
				clear(since)
				if i >= when {
					after++
				}
			}
		}
		if after > 1 {
			t.Fatalf("fed %d times after %s had stopped", after, dead)
		}
	}
}
