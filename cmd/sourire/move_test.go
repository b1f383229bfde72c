package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sourire/cmd/internal/lab"
	"sourire/sync/journal"
)

// moving is what deploy/README.md has a technician type.
func moving(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../deploy/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(text), "## A new card")
	_, block, begins := strings.Cut(section, "```sh\n")
	commands, _, ends := strings.Cut(block, "```")
	if !ok || !begins || !ends {
		t.Fatal("deploy/README.md does not say how a card is replaced")
	}
	return commands
}

// rooted is a chain whose terminal's files stand below a root as they do on a
// card.
func rooted(t *testing.T, c *lab.Chain, root string) {
	t.Helper()
	conf, err := os.ReadFile(c.TerminalFile)
	if err != nil {
		t.Fatal(err)
	}
	was := c.TerminalData
	c.TerminalData = filepath.Join(root, "var/lib/sourire")
	c.TerminalFile = filepath.Join(root, "etc/sourire/terminal.toml")
	for _, dir := range []string{c.TerminalData, filepath.Dir(c.TerminalFile)} {
		if err := os.MkdirAll(dir, 0o750); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(c.TerminalFile, []byte(strings.ReplaceAll(string(conf), was, c.TerminalData)), 0o640); err != nil {
		t.Fatal(err)
	}
}

// byHand runs commands with the files of a card at root and those of another at
// mnt. systemctl does to the terminal what systemd would.
func byHand(t *testing.T, c *lab.Chain, commands, root, mnt string) {
	t.Helper()
	bin := t.TempDir()
	stop := fmt.Sprintf("#!/bin/sh\ntest \"$*\" = 'stop sourire' || exit 1\nkill -TERM %d || exit 0\nwhile kill -0 %[1]d 2>/dev/null; do sleep 0.05; done\n", c.Terminal.PID())
	if err := os.WriteFile(filepath.Join(bin, "systemctl"), []byte(stop), 0o700); err != nil {
		t.Fatal(err)
	}
	script := strings.NewReplacer(" /mnt/", " "+mnt+"/", " /etc/", " "+root+"/etc/", " /var/", " "+root+"/var/").Replace(commands)
	cmd := exec.Command("sh", "-e", "-x", "-c", script)
	cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func keyOf(t *testing.T, c *lab.Chain) string {
	t.Helper()
	key, err := journal.ReadKey(c.TerminalData)
	if err != nil {
		t.Fatal(err)
	}
	return key.Public().ID()
}

// TestANewCard moves a terminal to a new card by the commands of
// deploy/README.md: after it was stopped, and after its power went. It stays who
// it is, and loses no press, delivered before or not. Then the old card is put
// back, and found out.
func TestANewCard(t *testing.T) {
	t.Parallel()
	for name, halt := range map[string]func(c *lab.Chain){
		"stopped":    func(*lab.Chain) {}, // by the commands
		"power went": func(c *lab.Chain) { c.Terminal.Kill() },
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(lab.Seed(t), 5))
			old, fresh := filepath.Join(t.TempDir(), "old"), filepath.Join(t.TempDir(), "new")
			c := lab.NewChain(t, "")
			rooted(t, c, old)
			if err := os.MkdirAll(filepath.Join(fresh, "var/lib/sourire"), 0o750); err != nil {
				t.Fatal(err)
			}
			c.StartBroker()
			c.StartTerminal()
			c.StartOffice()
			var acknowledged []pressed
			press := func(c *lab.Chain, n int) {
				t.Helper()
				p := startCrowd(c, 2, r.Uint64())
				lab.Eventually(t, "presses are taken", 60*time.Second, func() bool { return p.count() >= n })
				acknowledged = append(acknowledged, p.stop()...)
			}
			press(c, 10)
			c.AwaitDelivery(60 * time.Second)
			c.Mosquitto.Kill() // what is pressed now has to move with the card
			press(c, 10)
			epoch, key := inEpoch(t, c), keyOf(t, c)
			halt(c)
			byHand(t, c, moving(t), old, fresh)

			moved := *c
			moved.TerminalData, moved.TerminalFile = filepath.Join(fresh, "var/lib/sourire"), filepath.Join(fresh, "etc/sourire/terminal.toml")
			conf, err := os.ReadFile(moved.TerminalFile)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(moved.TerminalFile, []byte(strings.ReplaceAll(string(conf), c.TerminalData, moved.TerminalData)), 0o640); err != nil {
				t.Fatal(err)
			}
			moved.StartTerminal()
			press(&moved, 10)
			moved.Mosquitto.Start()
			moved.AwaitDelivery(60 * time.Second)
			if inEpoch(t, &moved) != epoch || keyOf(t, &moved) != key {
				t.Errorf("epoch %s and key %s on the new card, want %s and %s", inEpoch(t, &moved), keyOf(t, &moved), epoch, key)
			}
			wantEachOnce(t, &moved, acknowledged)
			if f := verifyOffice(t, c); len(f.Forks)+len(f.Incidents) > 0 {
				t.Errorf("after the move head office speaks of %+v", f)
			}

			moved.Terminal.Stop()
			c.StartTerminal() // with the old card
			press(c, 10)
			lab.Eventually(t, "the old card is found out", 60*time.Second, func() bool { return inEpoch(t, c) != epoch })
			c.AwaitTerminal()
			press(c, 10)
			lab.Eventually(t, "the office has all", 120*time.Second, func() bool { return settled(t, c) })
			wantEachOnce(t, c, acknowledged)
			if f := verifyOffice(t, c); !strings.Contains(fmt.Sprint(f.Incidents), "the card was a copy, or an old one") {
				t.Errorf("of the old card head office speaks as %+v", f)
			}
		})
	}
}
