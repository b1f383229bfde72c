package main

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sourire/cmd/internal/lab"
	"sourire/device/tap"
)

// rounds is SOURIRE_ROUNDS, or 20.
func rounds(t *testing.T) int {
	s := os.Getenv("SOURIRE_ROUNDS")
	if s == "" {
		return 20
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("SOURIRE_ROUNDS=%q: %v", s, err)
	}
	return n
}

// TestKill kills the terminal, the broker and the office with kill -9, in any
// order and at any moment, under presses that go on. Every press that was
// acknowledged must be in the office exactly once, and the chain whole.
func TestKill(t *testing.T) {
	t.Parallel()
	seed := lab.Seed(t)
	c := lab.NewChain(t, "")
	c.StartBroker()
	c.StartTerminal()
	c.StartOffice()

	p := startPresser(t, c, rand.New(rand.NewPCG(seed, 1)))
	killInRounds(c, rand.New(rand.NewPCG(seed, 2)), rounds(t))
	acknowledged := p.stop()

	c.AwaitTerminal()
	c.AwaitDelivery(90 * time.Second)
	if code := c.Terminal.Stop(); code != 0 {
		t.Errorf("the terminal ended with %d", code)
	}
	if code := c.Head.Stop(); code != 0 {
		t.Errorf("the office ended with %d", code)
	}
	checkExactlyOnce(t, c, acknowledged)
	t.Logf("%d presses acknowledged, %d not", len(acknowledged), p.refused)
}

// killInRounds kills one or more of the processes in each round and starts
// them again, in an order of its own.
func killInRounds(c *lab.Chain, r *rand.Rand, n int) {
	all := []*lab.Process{c.Terminal, c.Mosquitto, c.Head}
	pause := func(most time.Duration) { <-time.After(time.Duration(r.Int64N(int64(most)))) }
	for range n {
		pause(600 * time.Millisecond)
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		victims := all[:1+r.IntN(len(all))]
		for _, v := range victims {
			v.Kill()
			pause(100 * time.Millisecond)
		}
		r.Shuffle(len(victims), func(i, j int) { victims[i], victims[j] = victims[j], victims[i] })
		for _, v := range victims {
			v.Start()
			pause(300 * time.Millisecond)
		}
	}
}

// presser presses without end and keeps what was acknowledged.
type presser struct {
	enough       chan struct{}
	wait         sync.WaitGroup
	acknowledged map[uint64]int // choice by seq
	refused      int
}

func startPresser(t *testing.T, c *lab.Chain, r *rand.Rand) *presser {
	p := &presser{enough: make(chan struct{}), acknowledged: map[uint64]int{}}
	p.wait.Go(func() {
		for {
			select {
			case <-p.enough:
				return
			default:
			}
			choice := r.IntN(4)
			seq, _, err := lab.Press(t.Context(), c.Panel, choice)
			if err != nil {
				p.refused++
				<-time.After(time.Duration(r.Int64N(int64(20 * time.Millisecond))))
				continue
			}
			if _, twice := p.acknowledged[seq]; twice {
				t.Errorf("seq %d was acknowledged twice", seq)
			}
			p.acknowledged[seq] = choice
		}
	})
	return p
}

func (p *presser) stop() map[uint64]int {
	close(p.enough)
	p.wait.Wait()
	return p.acknowledged
}

// checkExactlyOnce compares the box's journal with the office's store.
func checkExactlyOnce(t *testing.T, c *lab.Chain, acknowledged map[uint64]int) {
	t.Helper()
	if _, stderr, code := lab.Run(t, "sourire", "verify", "--config", c.TerminalFile); code != 0 {
		t.Errorf("the journal: %s", stderr)
	}
	if _, stderr, code := lab.Run(t, "sourire-office", "verify", "--config", c.OfficeFile); code != 0 {
		t.Errorf("the office's store: %s", stderr)
	}
	box, _, _ := lab.Run(t, "sourire", "export", "--config", c.TerminalFile)
	office, _, _ := lab.Run(t, "sourire-office", "export", "--format", "jsonl", "--config", c.OfficeFile)
	boxLines, officeLines := strings.Split(strings.TrimSpace(box), "\n"), strings.Split(strings.TrimSpace(office), "\n")
	if len(boxLines) != len(officeLines) {
		t.Errorf("the box has %d events, the office %d", len(boxLines), len(officeLines))
	}
	for i := range min(len(boxLines), len(officeLines)) {
		var at struct {
			Event json.RawMessage `json:"event"`
		}
		if err := json.Unmarshal([]byte(officeLines[i]), &at); err != nil || string(at.Event) != boxLines[i] {
			t.Fatalf("event %d is %s on the box and %s, %v at the office", i+1, boxLines[i], at.Event, err)
		}
	}
	for seq, choice := range acknowledged {
		if seq > uint64(len(officeLines)) {
			t.Errorf("acknowledged press %d is lost", seq)
			continue
		}
		e, err := tap.Parse([]byte(boxLines[seq-1]))
		if press, ok := e.(*tap.TapEvent); err != nil || !ok || press.Choice != choice {
			t.Errorf("acknowledged press %d of button %d is %s", seq, choice, boxLines[seq-1])
		}
	}
	if len(acknowledged) < 20 {
		t.Errorf("only %d presses were acknowledged: this run proves little", len(acknowledged))
	}
}
