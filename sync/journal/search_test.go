package journal_test

import (
	"slices"
	"testing"

	"sourire/sync/seal"
)

// Search finds what Forward and Kept would pass by, and hands it over whole.
func TestSearch(t *testing.T) {
	j := open(t, t.TempDir())
	years(t, j, 3000)
	confirmAll(t, j)
	must(t, j.Prune(t.Context(), aged(t, j, 1501)))
	find := func(text string) []uint64 {
		return seqs(t, func(seq uint64, visit func(seal.Link) error) error { return j.Search(seq, text, visit) })
	}
	var want []uint64
	for n := 1601; n <= 3001; n += 100 {
		want = append(want, uint64(n))
	}
	for n := 101; n <= 1501; n += 100 { // of these, the others around them are gone
		want = append(want, uint64(n))
	}
	if got := find(`"kind":"config"`); !slices.Equal(got, want) {
		t.Errorf("configurations: %v, want %v", got, want)
	}
	if got := find(`"kind":"Config"`); len(got) != 0 {
		t.Errorf("there is no such kind: %v", got)
	}
	n := 0
	must(t, j.Search(2500, `"kind":"config"`, func(l seal.Link) error {
		at, err := j.At(l.Seq)
		if string(at.Event) != string(l.Event) || at.Head != l.Head {
			t.Errorf("event %d is %s, want %s", l.Seq, l.Event, at.Event)
		}
		n++
		return err
	}))
	if n != 6+15 { // of the raw ones, those after event 2500
		t.Errorf("%d configurations, want 21", n)
	}
}
