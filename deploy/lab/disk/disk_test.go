package disk

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

const n = 10 // blocks in use

func small() *Disk { return newDisk(make([]byte, 16*Block)) }

// fill writes a few blocks, each with its number from 1 in every byte.
func fill(t *testing.T, d *Disk) {
	t.Helper()
	for i := range n {
		if err := d.WriteAt(bytes.Repeat([]byte{byte(i + 1)}, Block), int64(i*Block)); err != nil {
			t.Fatal(err)
		}
	}
}

// survivors are the blocks that are as they were written; one that is neither
// so nor empty is an error.
func survivors(t *testing.T, d *Disk) (all []int) {
	t.Helper()
	p := make([]byte, Block)
	for i := range n {
		if err := d.ReadAt(p, int64(i*Block)); err != nil {
			t.Fatal(err)
		}
		switch {
		case bytes.Equal(p, bytes.Repeat([]byte{byte(i + 1)}, Block)):
			all = append(all, i)
		case !bytes.Equal(p, make([]byte, Block)):
			t.Fatalf("block %d is torn", i)
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
			t.Fatalf("seed %d: %d of %d flushed blocks survived", seed, got, n)
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
		if lost := d.Stats().Lost; lost != (n-len(s))*Block {
			t.Fatalf("seed %d: %d bytes lost, counted %d", seed, (n-len(s))*Block, lost)
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
	if d.WriteAt(make([]byte, 2*Block), d.Size()-Block) == nil || d.ReadAt(make([]byte, 1), -1) == nil {
		t.Error("there is something beyond the end")
	}
}

func TestStandStill(t *testing.T) {
	d := small()
	still := d.StandStill(3)
	fill(t, d)
	select {
	case <-still:
	default:
		t.Fatal("the disk went on")
	}
	works := make(chan bool)
	power := d.supply()
	go func() { works <- d.works(power) }()
	d.PowerCut(Nothing)
	if <-works || d.works(power) {
		t.Error("what came before the power cut is carried out after it")
	}
	if !d.works(d.supply()) {
		t.Error("the disk does not come back")
	}
	if got := survivors(t, d); len(got) > 0 {
		t.Errorf("%d blocks survived", len(got))
	}
}
