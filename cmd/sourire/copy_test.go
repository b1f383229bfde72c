package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sourire/cmd/internal/lab"
	"sourire/device/tap"
	"sourire/sync/journal"
)

// clone is a second box with a copy of the card: the same terminal, but for its
// folder and its page.
func clone(t *testing.T, c *lab.Chain, card string) *lab.Chain {
	t.Helper()
	other := *c
	other.TerminalData = card
	other.Panel = fmt.Sprintf("127.0.0.1:%d", lab.Port(t))
	other.TerminalFile = filepath.Join(c.Dir, "clone.toml")
	text, err := os.ReadFile(c.TerminalFile)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.NewReplacer(c.TerminalData, other.TerminalData, c.Panel, other.Panel).Replace(string(text))
	if err := os.WriteFile(other.TerminalFile, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	return &other
}

func inEpoch(t *testing.T, c *lab.Chain) string {
	t.Helper()
	r, err := journal.OpenReader(c.TerminalData)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	return r.Epoch()
}

// anomalies is what sourire-office verify --json finds.
type anomalies struct {
	Forks     []struct{ Epoch, Branch string }
	Incidents []struct{ Epoch, What string }
	Holes     []any
}

func verifyOffice(t *testing.T, c *lab.Chain) (f anomalies) {
	t.Helper()
	out, stderr, code := lab.Run(t, "sourire-office", "verify", "--json", "--config", c.OfficeFile)
	if err := json.Unmarshal([]byte(out), &f); err != nil || code != 0 {
		t.Fatalf("verify: exit code %d, %s, %v", code, stderr, err)
	}
	return f
}

// TestTwoCardsAtOnce has two boxes run with the same card, one of them copied,
// at the same time: to the broker they are one client, and each takes the
// connection from the other. One of them finds out that it is a copy; then both
// go on, and every press of both is at head office once.
func TestTwoCardsAtOnce(t *testing.T) {
	t.Parallel()
	seed := lab.Seed(t)
	a := lab.NewChain(t, "")
	a.StartBroker()
	a.StartTerminal()
	a.StartOffice()
	if _, _, err := lab.Press(t.Context(), a.Panel, 1); err != nil {
		t.Fatal(err)
	}
	a.AwaitDelivery(20 * time.Second)
	a.Terminal.Stop()
	shared := inEpoch(t, a)
	b := clone(t, a, copyCard(t, a))
	a.Terminal.Start()
	b.StartTerminal()
	a.AwaitTerminal()

	one, two := startCrowdOn(a, 2, seed, 0, 1), startCrowdOn(b, 2, seed+1, 2, 3) // which tells them apart
	lab.Eventually(t, "both take presses", 30*time.Second, func() bool { return one.count() > 20 && two.count() > 20 })
	lab.Eventually(t, "one of them begins an epoch", 60*time.Second, func() bool {
		return strings.Contains(a.Terminal.Log()+b.Terminal.Log(), "this card is an old copy")
	})
	n, m := one.count(), two.count()
	lab.Eventually(t, "both still take presses", 30*time.Second, func() bool { return one.count() > n+20 && two.count() > m+20 })
	presses := append(one.stop(), two.stop()...)
	lab.Eventually(t, "head office has all of both", 120*time.Second, func() bool { return settled(t, a) && settled(t, b) })
	if e, f := inEpoch(t, a), inEpoch(t, b); e == f || e != shared && f != shared {
		t.Errorf("the boxes are in epochs %s and %s, want one of them in %s", e, f, shared)
	}
	t.Logf("connections: %d and %d", strings.Count(a.Terminal.Log(), "connected to the broker"), strings.Count(b.Terminal.Log(), "connected to the broker"))
	for _, c := range []*lab.Chain{a, b} {
		if code := c.Terminal.Stop(); code != 0 {
			t.Errorf("a terminal ended with %d", code)
		}
	}
	a.Head.Stop()
	wantEachOnce(t, a, presses)
	f := verifyOffice(t, a)
	named := map[string]bool{}
	for _, i := range f.Incidents {
		for _, what := range []string{"the card was a copy", "two cards run as this terminal"} {
			if strings.Contains(i.What, what) {
				named[what] = true
			}
		}
	}
	if len(f.Forks) == 0 || f.Forks[0].Epoch != shared || len(named) != 2 {
		t.Errorf("named %v, forks %v; want that the card was copied and that two are in use", named, f.Forks)
	}
}

// TestAnOldImageInUseForAWeek puts an old image of the card back, presses more
// on it than head office knows of its epoch, through power cuts and without a
// broker, and then connects it.
func TestAnOldImageInUseForAWeek(t *testing.T) {
	t.Parallel()
	seed := lab.Seed(t)
	r := rand.New(rand.NewPCG(seed, 4))
	c := lab.NewChain(t, "")
	c.StartBroker()
	c.StartTerminal()
	c.StartOffice()
	press := func(n int) (all []pressed) {
		t.Helper()
		for len(all) < n {
			choice, from := r.IntN(4), time.Now()
			if seq, _, err := lab.Press(t.Context(), c.Panel, choice); err == nil {
				all = append(all, pressed{seq, choice, from, time.Now()})
			}
		}
		return all
	}
	presses := press(2)
	c.AwaitDelivery(20 * time.Second)
	c.Terminal.Stop()
	image := copyCard(t, c)
	c.Terminal.Start()
	c.AwaitTerminal()
	presses = append(presses, press(5)...)
	c.AwaitDelivery(20 * time.Second)
	before, _ := c.AtOffice()
	c.Terminal.Stop()
	c.Mosquitto.Stop()
	swapCard(t, c, image)
	for range 4 {
		c.Terminal.Start()
		c.AwaitTerminal()
		presses = append(presses, press(5)...)
		c.Terminal.Kill()
	}
	c.Terminal.Start()
	c.AwaitTerminal()
	c.Mosquitto.Start()
	lab.Eventually(t, "a new epoch is at the office", 60*time.Second, func() bool {
		s, ok := c.AtOffice()
		return ok && s.Epoch != before.Epoch
	})
	presses = append(presses, press(3)...)
	lab.Eventually(t, "the office has all", 60*time.Second, func() bool { return settled(t, c) })
	c.Terminal.Stop()
	c.Head.Stop()
	wantEachOnce(t, c, presses)
	if f := verifyOffice(t, c); len(f.Forks) != 1 || f.Forks[0].Epoch != before.Epoch {
		t.Errorf("forks %+v", f.Forks)
	}
	// The presses of both histories are in both exports, those of the image by
	// the name of their branch.
	var taps, beside int
	out, _, _ := lab.Run(t, "sourire-office", "export", "--format", "jsonl", "--config", c.OfficeFile)
	for line := range strings.Lines(out) {
		var l struct {
			Fork  string
			Event json.RawMessage
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		e, err := tap.Parse(l.Event)
		if err != nil {
			t.Fatal(err)
		}
		if e.Head().Kind == tap.KindTap {
			taps++
			if l.Fork != "" {
				beside++
			}
		}
	}
	if taps != len(presses) || beside != 20 {
		t.Errorf("%d presses exported, %d of them of the image; want %d and 20", taps, beside, len(presses))
	}
	out, _, _ = lab.Run(t, "sourire-office", "export", "--format", "csv", "--config", c.OfficeFile)
	if n := strings.Count(out, ",tap,2"); n != len(presses) { // and the year; the header has none
		t.Errorf("%d presses in the CSV, want %d", n, len(presses))
	}
}

// TestTheOfficePutBack puts the store of head office back to what it was, or
// away altogether, under a terminal that goes on: it gives again what it has
// seen acknowledged.
func TestTheOfficePutBack(t *testing.T) {
	t.Parallel()
	for name, older := range map[string]bool{"to an older copy": true, "to nothing": false} {
		t.Run(name, func(t *testing.T) {
			c := lab.NewChain(t, "")
			c.StartBroker()
			c.StartTerminal()
			c.StartOffice()
			var presses []pressed
			press := func(n int) {
				t.Helper()
				for range n {
					from := time.Now()
					seq, _, err := lab.Press(t.Context(), c.Panel, 2)
					if err != nil {
						t.Fatal(err)
					}
					presses = append(presses, pressed{seq, 2, from, time.Now()})
				}
				c.AwaitDelivery(30 * time.Second)
			}
			press(3)
			c.Head.Stop()
			store := filepath.Join(c.OfficeData, "office.db")
			was, err := os.ReadFile(store) // a clean end leaves no log beside it
			if err != nil {
				t.Fatal(err)
			}
			c.StartOffice()
			press(5)
			c.Head.Stop()
			if err := os.Remove(store); err != nil {
				t.Fatal(err)
			}
			if older {
				if err := os.WriteFile(store, was, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			c.StartOffice()
			c.AwaitDelivery(60 * time.Second)
			press(2)
			c.Terminal.Stop()
			c.Head.Stop()
			wantEachOnce(t, c, presses)
			if f := verifyOffice(t, c); len(f.Incidents) != 0 || len(f.Holes) != 0 {
				t.Errorf("%+v", f)
			}
		})
	}
}
