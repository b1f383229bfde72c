package disk

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

const n = 10 // sectors in use

func small() *Disk { return &Disk{now: make([]byte, 64*Sector), medium: make([]byte, 64*Sector)} }

// fill writes a few sectors, each with its number from 1 in every byte.
func fill(t *testing.T, d *Disk) {
	t.Helper()
	for i := range n {
		if err := d.WriteAt(bytes.Repeat([]byte{byte(i + 1)}, Sector), int64(i*Sector)); err != nil {
			t.Fatal(err)
		}
	}
}

// survivors are the sectors that are as they were written; one that is neither
// so nor empty is an error.
func survivors(t *testing.T, d *Disk) (all []int) {
	t.Helper()
	p := make([]byte, Sector)
	for i := range n {
		if err := d.ReadAt(p, int64(i*Sector)); err != nil {
			t.Fatal(err)
		}
		switch {
		case bytes.Equal(p, bytes.Repeat([]byte{byte(i + 1)}, Sector)):
			all = append(all, i)
		case !bytes.Equal(p, make([]byte, Sector)):
			t.Fatalf("sector %d is torn", i)
		}
	}
	return all
}

func TestFlushedSurvives(t *testing.T) {
	for seed := range uint64(50) {
		d := small()
		fill(t, d)
		d.Flush()
		d.PowerCut(Random(rand.New(rand.NewPCG(seed, 0))))
		if got := len(survivors(t, d)); got != n {
			t.Fatalf("seed %d: %d of %d flushed sectors survived", seed, got, n)
		}
	}
}

func TestCacheMayBeLost(t *testing.T) {
	none, all, first, any := 0, 0, 0, 0
	for seed := range uint64(200) {
		d := small()
		fill(t, d)
		if len(survivors(t, d)) != n {
			t.Fatal("what was written is not read before a power cut")
		}
		d.PowerCut(Random(rand.New(rand.NewPCG(seed, 0))))
		s := survivors(t, d)
		switch {
		case len(s) == 0:
			none++
		case len(s) == n:
			all++
		case s[len(s)-1] == len(s)-1:
			first++
		default:
			any++
		}
		if lost := d.Stats().Lost; lost != (n-len(s))*Sector {
			t.Fatalf("seed %d: %d bytes lost, counted %d", seed, (n-len(s))*Sector, lost)
		}
	}
	if none == 0 || all == 0 || first == 0 || any == 0 {
		t.Errorf("survived: nothing %d times, all %d, the first %d, any %d", none, all, first, any)
	}
}

func TestLies(t *testing.T) {
	d := small()
	d.Lie()
	lost := 0
	for seed := range uint64(20) {
		fill(t, d)
		d.Flush()
		d.PowerCut(Random(rand.New(rand.NewPCG(seed, 0))))
		lost += n - len(survivors(t, d))
	}
	if lost == 0 {
		t.Error("a disk that lies lost nothing")
	}
}

func TestBeyondTheEnd(t *testing.T) {
	d := small()
	if d.WriteAt(make([]byte, 2*Sector), d.Size()-Sector) == nil || d.ReadAt(make([]byte, 1), -1) == nil {
		t.Error("there is something beyond the end")
	}
}
