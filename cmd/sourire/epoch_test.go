package main

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sourire/cmd/internal/lab"
	"sourire/device/tap"
	"sourire/sync/office/sqlite"
	"sourire/sync/seal"
)

// pressed is an acknowledged press. Its seq alone does not name it where epochs
// change: when it was made does.
type pressed struct {
	seq      uint64
	choice   int
	from, to time.Time
}

// crowd presses without end, several at a time.
type crowd struct {
	enough chan struct{}
	wait   sync.WaitGroup

	mu           sync.Mutex
	acknowledged []pressed
	refused      map[int]int // by status; 0: no answer
}

// startCrowd begins to press; each of n presses when its press before was
// answered.
func startCrowd(c *lab.Chain, n int, seed uint64) *crowd {
	return startCrowdOn(c, n, seed, 0, 1, 2, 3)
}

// startCrowdOn is a crowd that presses only some buttons.
func startCrowdOn(c *lab.Chain, n int, seed uint64, buttons ...int) *crowd {
	p := &crowd{enough: make(chan struct{}), refused: map[int]int{}}
	for i := range n {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		p.wait.Go(func() {
			for {
				select {
				case <-p.enough:
					return
				default:
				}
				if !p.press(c, buttons[r.IntN(len(buttons))]) {
					<-time.After(time.Duration(r.Int64N(int64(20 * time.Millisecond))))
				}
			}
		})
	}
	return p
}

func (p *crowd) press(c *lab.Chain, choice int) bool {
	from := time.Now()
	seq, status, err := lab.Press(context.Background(), c.Panel, choice)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.refused[status]++
		return false
	}
	p.acknowledged = append(p.acknowledged, pressed{seq, choice, from, time.Now()})
	return true
}

func (p *crowd) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.acknowledged)
}

func (p *crowd) stop() []pressed {
	close(p.enough)
	p.wait.Wait()
	return p.acknowledged
}

// wantEachOnce checks that head office has every acknowledged press exactly
// once, on a chain or beside one.
func wantEachOnce(t *testing.T, c *lab.Chain, presses []pressed) {
	t.Helper()
	if _, stderr, code := lab.Run(t, "sourire-office", "verify", "--config", c.OfficeFile); code != 0 {
		t.Errorf("the office's store: %s", stderr)
	}
	store, err := sqlite.OpenReader(filepath.Join(c.OfficeData, "office.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	known, err := store.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	taps := map[uint64][]*tap.TapEvent{} // by seq
	add := func(l seal.Link) {
		e, err := tap.Parse(l.Event)
		if err != nil {
			t.Fatal(err)
		}
		if press, ok := e.(*tap.TapEvent); ok {
			taps[l.Seq] = append(taps[l.Seq], press)
		}
	}
	for _, e := range known.Epochs {
		links, err := store.Links(t.Context(), e.EpochID, 0, e.Last)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range links {
			add(l)
		}
		forks, err := store.Forks(t.Context(), e.EpochID)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range forks {
			add(f.Link)
		}
	}
	for _, p := range presses {
		n := 0
		for _, e := range taps[p.seq] {
			at, err := tap.ParseTime(e.At)
			if err != nil {
				t.Fatal(err)
			}
			if e.Choice == p.choice && !at.Before(p.from.Truncate(time.Millisecond)) && !at.After(p.to) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("the office has press %d of button %d, %s, %d times, want once", p.seq, p.choice, tap.FormatTime(p.from), n)
		}
	}
	t.Logf("%d epochs, %d presses acknowledged", len(known.Epochs), len(presses))
}

// settled reports whether head office has all that the terminal has, of this
// epoch and of those kept aside.
func settled(t *testing.T, c *lab.Chain) bool {
	t.Helper()
	last, up := c.Metric("sourire_last_seq")
	confirmed, _ := c.Metric(gaugeConfirmed)
	if !up || last != confirmed {
		return false
	}
	kept, err := filepath.Glob(filepath.Join(c.TerminalData, "aside", "*", "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range kept {
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), "delivered.json")); err != nil {
			return false
		}
	}
	return true
}

// copyCard is a copy of the terminal's data folder, and swapCard puts one in
// its place.
func copyCard(t *testing.T, c *lab.Chain) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "card")
	if err := os.CopyFS(to, os.DirFS(c.TerminalData)); err != nil {
		t.Fatal(err)
	}
	return to
}

func swapCard(t *testing.T, c *lab.Chain, card string) {
	t.Helper()
	if err := os.RemoveAll(c.TerminalData); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(card, c.TerminalData); err != nil {
		t.Fatal(err)
	}
}

// TestPressesDuringAChangeOfEpochs has four people press while an old copy of
// the card finds out that it is one, and while a damaged journal does. Nobody
// is left without an answer, and what was acknowledged is at the office.
func TestPressesDuringAChangeOfEpochs(t *testing.T) {
	t.Parallel()
	for name, harm := range map[string]func(t *testing.T, c *lab.Chain){
		"copied": func(t *testing.T, c *lab.Chain) {
			card := copyCard(t, c)
			c.Terminal.Start()
			c.AwaitTerminal()
			if _, _, err := lab.Press(t.Context(), c.Panel, 0); err != nil {
				t.Fatal(err)
			}
			lab.Eventually(t, "the office has it", 20*time.Second, func() bool { return settled(t, c) })
			c.Terminal.Stop()
			swapCard(t, c, card)
		},
		"damaged": func(t *testing.T, c *lab.Chain) { spoilMiddle(t, c) },
	} {
		t.Run(name, func(t *testing.T) {
			seed := lab.Seed(t)
			c := lab.NewChain(t, "")
			fillJournal(t, c.TerminalData, 10_000)
			c.StartBroker()
			c.StartTerminal()
			c.StartOffice()
			lab.Eventually(t, "the office has the first events", 30*time.Second, func() bool { return settled(t, c) })
			before, _ := c.AtOffice()
			c.Terminal.Stop()
			harm(t, c)
			if name == "copied" { // presses come first, and the office's word later
				c.Mosquitto.Stop()
			}
			c.Terminal.Start()
			lab.Eventually(t, "the page listens", 20*time.Second, func() bool {
				conn, err := net.Dial("tcp", c.Panel)
				if err != nil {
					return false
				}
				return conn.Close() == nil
			})
			p := startCrowd(c, 4, seed)
			lab.Eventually(t, "presses are taken", 20*time.Second, func() bool { return p.count() > 10 })
			if name == "copied" {
				c.Mosquitto.Start()
			}
			lab.Eventually(t, "the office has another epoch", 60*time.Second, func() bool {
				s, ok := c.AtOffice()
				return ok && s.Epoch != before.Epoch
			})
			n := p.count()
			lab.Eventually(t, "presses are taken after the change", 20*time.Second, func() bool { return p.count() > n+10 })
			acknowledged := p.stop()
			lab.Eventually(t, "the office has all", 60*time.Second, func() bool { return settled(t, c) })
			c.Terminal.Stop()
			c.Head.Stop()
			wantEachOnce(t, c, acknowledged)
			for status, n := range p.refused {
				if status != http.StatusOK && status != http.StatusServiceUnavailable { // 200: it was the same press
					t.Errorf("%d presses had status %d", n, status)
				}
			}
		})
	}
}

// spoilMiddle overwrites a page in the middle of a stopped terminal's journal.
func spoilMiddle(t *testing.T, c *lab.Chain) {
	t.Helper()
	path := filepath.Join(c.TerminalData, "journal.db")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copy(raw[len(raw)/2/4096*4096:], "a page of another file")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path+"-wal", 0); err != nil {
		t.Fatal(err)
	}
}

// TestKillAroundAChangeOfEpochs restores an old copy of the data folder under a
// running office, again and again, and kills the terminal at any moment while
// it finds out and begins a new epoch.
func TestKillAroundAChangeOfEpochs(t *testing.T) {
	t.Parallel()
	seed := lab.Seed(t)
	r := rand.New(rand.NewPCG(seed, 3))
	pause := func(most time.Duration) { <-time.After(time.Duration(r.Int64N(int64(most)))) }
	c := lab.NewChain(t, "")
	c.StartBroker()
	c.StartTerminal()
	c.StartOffice()
	var acknowledged []pressed
	for round := range max(1, rounds(t)/7) {
		p := startCrowd(c, 2, seed+uint64(round))
		pause(500 * time.Millisecond)
		c.Terminal.Kill()
		card := copyCard(t, c)
		c.Terminal.Start()
		n := p.count()
		lab.Eventually(t, "presses are taken", 30*time.Second, func() bool { return p.count() > n+5 })
		acknowledged = append(acknowledged, p.stop()...)
		lab.Eventually(t, "the office has all", 120*time.Second, func() bool { return settled(t, c) })

		c.Terminal.Kill()
		swapCard(t, c, card)
		p = startCrowd(c, 2, seed+uint64(round)+1000)
		c.Terminal.Start()
		for range 1 + r.IntN(4) {
			pause(600 * time.Millisecond)
			c.Terminal.Kill()
			pause(50 * time.Millisecond)
			c.Terminal.Start()
		}
		n = p.count()
		lab.Eventually(t, "presses are taken", 30*time.Second, func() bool { return p.count() > n+5 })
		acknowledged = append(acknowledged, p.stop()...)
	}
	lab.Eventually(t, "the office has all", 120*time.Second, func() bool { return settled(t, c) })
	if code := c.Terminal.Stop(); code != 0 {
		t.Errorf("the terminal ended with %d", code)
	}
	c.Head.Stop()
	if _, stderr, code := lab.Run(t, "sourire", "verify", "--config", c.TerminalFile); code != 0 {
		t.Errorf("the journal: %s", stderr)
	}
	wantEachOnce(t, c, acknowledged)
	if n := strings.Count(c.Terminal.Log(), "this card is an old copy"); n == 0 {
		t.Error("no copy was found out: this run proves little")
	}
}
