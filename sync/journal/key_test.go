package journal_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"sourire/sync/journal"
)

// A key that a power cut has spoilt does not stop the box: it is kept, and a
// new epoch begins under another one.
func TestASpoiltKey(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "terminal.key")
	must(t, os.WriteFile(path, nil, 0o600)) // before the first start
	j := open(t, dir)
	if j.Previous() != nil {
		t.Errorf("the first epoch follows %+v", j.Previous())
	}
	for i, spoil := range []func([]byte) []byte{
		func([]byte) []byte { return nil },
		func(text []byte) []byte { return text[:len(text)/2] },
		func(text []byte) []byte { return make([]byte, len(text)) },
	} {
		add(t, j, 3)
		old, key := j.Epoch(), j.Public().ID()
		seq, head := j.Last()
		must(t, j.Close())
		text, err := os.ReadFile(path)
		must(t, err)
		spoilt := spoil(text)
		must(t, os.WriteFile(path, spoilt, 0o600))

		j = open(t, dir)
		p := j.Previous()
		if p == nil || p.Epoch != old || p.Why != journal.WhyReset || p.Seq == nil || *p.Seq != seq || p.Head == nil || *p.Head != head.String() {
			t.Fatalf("previous %+v; want epoch %s, reset, %d, %s", p, old, seq, head)
		}
		if j.Public().ID() == key || j.Key().Public().ID() != j.Public().ID() {
			t.Errorf("the new epoch is signed by %s and names %s; the old one was %s", j.Key().Public().ID(), j.Public().ID(), key)
		}
		kept := filepath.Join(dir, "aside", fmt.Sprintf("terminal.key-%d", i+2))
		if now, err := os.ReadFile(kept); err != nil || !bytes.Equal(now, spoilt) {
			t.Errorf("kept aside: %q, %v; want %q", now, err, spoilt)
		}
		if folders, err := journal.Aside(dir); err != nil || len(folders) != i+1 {
			t.Errorf("journals kept aside: %v, %v; want %d", folders, err, i+1)
		}
		add(t, j, 1)
		check(t, j, 2)
	}
}
