package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sourire/cmd/internal/lab"
	"sourire/device/tap"
	"sourire/sync/journal"
)

func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"--version"}, 0},
		{[]string{"dance"}, 2},
		{[]string{"run", "--config", "/nowhere.toml"}, 2},
		{[]string{"demo", "--listen", "0.0.0.0:80", "--data", t.TempDir()}, 2},
	} {
		if _, stderr, code := lab.Run(t, "sourire", c.args...); code != c.want {
			t.Errorf("%v: exit code %d, want %d: %s", c.args, code, c.want, stderr)
		}
	}
}

// TestCommandsBesideARunningTerminal runs the reading commands against a
// terminal that runs, and again when it has stopped.
func TestCommandsBesideARunningTerminal(t *testing.T) {
	c := lab.NewChain(t, "")
	c.StartTerminal() // without a broker
	for range 3 {
		if _, _, err := lab.Press(t.Context(), c.Panel, 3); err != nil {
			t.Fatal(err)
		}
	}
	look := func(running bool) {
		t.Helper()
		var s status
		decode(t, &s, "status", "--json", "--config", c.TerminalFile)
		if s.Running != running || s.Last < 6 || s.Waiting != s.Last || s.Terminal != lab.ID {
			t.Errorf("status %+v", s)
		}
		if running && (s.Healthy == nil || !*s.Healthy || s.Connected == nil || *s.Connected) {
			t.Errorf("status %+v: want healthy, and no broker", s)
		}
		var r struct {
			Results []figures `json:"results"`
			Journal chain     `json:"journal"`
		}
		decode(t, &r, "report", "--json", "--config", c.TerminalFile)
		if r.Journal != (chain{Events: s.Last, Whole: true}) {
			t.Errorf("report's journal %+v, status %+v", r.Journal, s)
		}
		if len(r.Results) != 3 || r.Results[0].Presses != 3 || r.Results[0].Counted != 1 || !r.Results[0].Few {
			t.Errorf("report %+v: want 3 presses, 1 counted, few answers", r)
		}
		var v struct {
			Events uint64 `json:"events"`
			Whole  bool   `json:"whole"`
		}
		decode(t, &v, "verify", "--json", "--config", c.TerminalFile)
		if !v.Whole || v.Events != s.Last {
			t.Errorf("verify %+v, status %+v", v, s)
		}
		out, _, code := lab.Run(t, "sourire", "export", "--config", c.TerminalFile)
		if n := strings.Count(out, "\n"); code != 0 || uint64(n) != s.Last {
			t.Errorf("export: %d lines of %d, exit code %d", n, s.Last, code)
		}
		if out, stderr, code := lab.Run(t, "sourire", "check", "--config", c.TerminalFile); code != 0 {
			t.Errorf("check: %s%s", out, stderr)
		}
	}
	look(true)
	if code := c.Terminal.Stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	look(false)
}

func decode(t *testing.T, into any, args ...string) {
	t.Helper()
	out, stderr, code := lab.Run(t, "sourire", args...)
	if code != 0 {
		t.Fatalf("%v: exit code %d: %s", args, code, stderr)
	}
	if err := json.Unmarshal([]byte(out), into); err != nil {
		t.Fatalf("%v: %v in %s", args, err, out)
	}
}

func TestASecondProcessIsRefused(t *testing.T) {
	c := lab.NewChain(t, "")
	c.StartTerminal()
	_, stderr, code := lab.Run(t, "sourire", "run", "--config", c.TerminalFile)
	if code != 1 || !strings.Contains(stderr, "another process works in this data folder") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if _, _, err := lab.Press(t.Context(), c.Panel, 1); err != nil {
		t.Error(err)
	}
}

func TestATakenPortIsNamed(t *testing.T) {
	c := lab.NewChain(t, "")
	l, err := net.Listen("tcp", c.Panel)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, stderr, code := lab.Run(t, "sourire", "run", "--config", c.TerminalFile)
	if code != 1 || !strings.Contains(stderr, c.Panel) || !strings.Contains(stderr, "panel.listen") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

// TestADamagedJournalBeginsANewEpoch cuts the journal in half under a stopped
// terminal.
func TestADamagedJournalBeginsANewEpoch(t *testing.T) {
	t.Parallel()
	c := lab.NewChain(t, "")
	c.StartBroker()
	c.StartTerminal()
	c.StartOffice()
	c.AwaitDelivery(20 * time.Second)
	before, _ := c.AtOffice()
	c.Terminal.Stop()
	for path, size := range map[string]int64{"journal.db": 5000, "journal.db-wal": 0} {
		if err := os.Truncate(filepath.Join(c.TerminalData, path), size); err != nil {
			t.Fatal(err)
		}
	}
	c.Terminal.Start()
	c.AwaitTerminal()
	if _, _, err := lab.Press(t.Context(), c.Panel, 1); err != nil {
		t.Error(err)
	}
	lab.Eventually(t, "the office has the new epoch", 20*time.Second, func() bool {
		s, ok := c.AtOffice()
		last, up := c.Metric("sourire_last_seq")
		return ok && up && s.Epoch != before.Epoch && s.Last == uint64(last)
	})
	kept, err := filepath.Glob(filepath.Join(c.TerminalData, "aside", "*", "journal.db"))
	if err != nil || len(kept) != 1 {
		t.Errorf("kept aside: %v, %v", kept, err)
	}
}

// TestDamageInTheMiddleIsFoundWhilePressesAreTaken spoils a page that no start
// looks at.
func TestDamageInTheMiddleIsFoundWhilePressesAreTaken(t *testing.T) {
	t.Parallel()
	c := lab.NewChain(t, "")
	fillJournal(t, c.TerminalData, 5000)
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
	c.StartTerminal()
	lab.Eventually(t, "a new epoch has begun", 30*time.Second, func() bool {
		out, _, code := lab.Run(t, "sourire", "export", "--config", c.TerminalFile)
		return code == 0 && strings.Contains(out, `"why":"damaged"`) && strings.Contains(out, `"part":"card"`)
	})
	c.AwaitTerminal()
	if _, _, err := lab.Press(t.Context(), c.Panel, 3); err != nil {
		t.Error(err)
	}
	kept, err := filepath.Glob(filepath.Join(c.TerminalData, "aside", "*", "journal.db"))
	if err != nil || len(kept) != 1 {
		t.Errorf("kept aside: %v, %v", kept, err)
	}
}

// TestAnOldCopyOfTheCard restores a copy of the data folder after the terminal
// has gone on: head office knows more than the card.
func TestAnOldCopyOfTheCard(t *testing.T) {
	t.Parallel()
	c := lab.NewChain(t, "")
	c.StartBroker()
	c.StartTerminal()
	c.StartOffice()
	press := func() {
		t.Helper()
		if _, _, err := lab.Press(t.Context(), c.Panel, 3); err != nil {
			t.Fatal(err)
		}
	}
	press()
	c.AwaitDelivery(20 * time.Second)
	c.Terminal.Stop()
	old := filepath.Join(c.Dir, "old")
	if err := os.CopyFS(old, os.DirFS(c.TerminalData)); err != nil {
		t.Fatal(err)
	}
	c.Terminal.Start()
	c.AwaitTerminal()
	for range 5 {
		press()
	}
	c.AwaitDelivery(20 * time.Second)
	before, _ := c.AtOffice()
	c.Terminal.Stop()
	if err := os.RemoveAll(c.TerminalData); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(old, c.TerminalData); err != nil {
		t.Fatal(err)
	}
	c.Terminal.Start()
	c.AwaitTerminal()
	lab.Eventually(t, "a new epoch is at the office", 30*time.Second, func() bool {
		s, ok := c.AtOffice()
		last, up := c.Metric("sourire_last_seq")
		return ok && up && s.Epoch != before.Epoch && s.Last == uint64(last)
	})
	press()
	c.AwaitDelivery(20 * time.Second)
	out, _, _ := lab.Run(t, "sourire", "export", "--config", c.TerminalFile)
	for _, want := range []string{`"why":"copied"`, `"epoch":"` + before.Epoch + `"`, `"part":"card"`} {
		if !strings.Contains(out, want) {
			t.Errorf("the new epoch has no %s:\n%s", want, out)
		}
	}
	if s, _ := c.AtOffice(); len(s.Forks) == 0 {
		t.Error("the office names no fork: the copy's own boot was lost")
	}
}

// TestABacklogDrainsWhilePressesAreTaken lets 50,000 presses wait for a broker
// that is away, and then come back.
func TestABacklogDrainsWhilePressesAreTaken(t *testing.T) {
	t.Parallel()
	c := lab.NewChain(t, "")
	fillJournal(t, c.TerminalData, 50_000)
	c.StartTerminal()
	if _, _, err := lab.Press(t.Context(), c.Panel, 3); err != nil {
		t.Fatal(err)
	}
	before := peak(t, c.Terminal)
	c.StartBroker()
	c.StartOffice()
	pressed, drained := 0, false
	lab.Eventually(t, "the backlog is drained while presses are taken", 60*time.Second, func() bool {
		if _, _, err := lab.Press(t.Context(), c.Panel, pressed%4); err != nil {
			t.Fatal(err)
		}
		pressed++
		last, _ := c.Metric("sourire_last_seq")
		s, ok := c.AtOffice()
		drained = ok && s.Last == uint64(last)
		return drained
	})
	t.Logf("%d presses were taken meanwhile; the peak of memory went from %d to %d KB", pressed, before, peak(t, c.Terminal))
	if grew := peak(t, c.Terminal) - before; grew > 40_000 {
		t.Errorf("memory grew by %d KB with 50,000 presses waiting", grew)
	}
	if _, stderr, code := lab.Run(t, "sourire-office", "verify", "--config", c.OfficeFile); code != 0 {
		t.Error(stderr)
	}
}

// peak is the most memory that a process has had, in KB.
func peak(t *testing.T, p *lab.Process) (kb int) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kb); n == 1 {
			return kb
		}
	}
	t.Fatal("no VmHWM")
	return 0
}

// fillJournal writes the journal of a terminal that was alone for a while.
func fillJournal(t testing.TB, dir string, n int) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	c := journal.Config{Dir: dir, Identity: identity, Stamp: stampBench, Log: discard}
	j, err := journal.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	const group = 1000
	for range n / group {
		var events []tap.Event
		for k := range group {
			events = append(events, benchTap(k%4))
		}
		if err := j.Append(events...); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestDemo is what a newcomer does: start it, press, look, stop, start again.
func TestDemo(t *testing.T) {
	t.Parallel()
	dir, address := t.TempDir(), fmt.Sprintf("127.0.0.1:%d", lab.Port(t))
	demo := lab.Start(t, lab.Program(t, "sourire"), "demo", "--no-history", "--listen", address, "--data", dir)
	up := func() {
		t.Helper()
		lab.Eventually(t, "the demo is up", 20*time.Second, func() bool { return lab.Get("http://"+address+"/healthz") != "" })
	}
	events := func() int {
		return strings.Count(lab.Get("http://"+address+"/office/api/events?terminal="+lab.ID), `"kind":"tap"`)
	}
	up()
	for path, want := range map[string]string{"/": "sourire", "/manager": "que faire", "/office/": "office.js", "/api/display.png": "PNG"} {
		if page := lab.Get("http://" + address + path); !strings.Contains(strings.ToLower(page), strings.ToLower(want)) {
			t.Errorf("%s has no %q: %.200s", path, want, page)
		}
	}
	if _, _, err := lab.Press(t.Context(), address, 3); err != nil {
		t.Fatal(err)
	}
	lab.Eventually(t, "the press is at head office", 10*time.Second, func() bool { return events() == 1 })
	if code := demo.Stop(); code != 0 {
		t.Errorf("exit code %d: %s", code, demo.Log())
	}
	demo.Start()
	up()
	if n := events(); n != 1 {
		t.Errorf("%d presses after a restart, want 1", n)
	}
	if _, _, err := lab.Press(t.Context(), address, 3); err != nil {
		t.Fatal(err)
	}
	lab.Eventually(t, "the next press is at head office", 10*time.Second, func() bool { return events() == 2 })
}

// TestTheManagersPagesWantThePIN starts a terminal with a plain PIN.
func TestTheManagersPagesWantThePIN(t *testing.T) {
	address := fmt.Sprintf("127.0.0.1:%d", lab.Port(t))
	c := lab.NewChain(t, fmt.Sprintf("[manager]\nlisten = %q\npin = \"4711\"\n", address))
	c.StartTerminal()
	res, err := http.Get("http://" + address + "/manager")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("status %d without the PIN", res.StatusCode)
	}
	text, err := os.ReadFile(c.TerminalFile)
	if err != nil || strings.Contains(string(text), "4711") || !strings.Contains(string(text), "$argon2id$") {
		t.Errorf("the PIN was not hashed away: %s, %v", text, err)
	}
	if out, err := exec.Command(lab.Program(t, "sourire"), "check", "--config", c.TerminalFile).CombinedOutput(); err != nil {
		t.Errorf("check after that: %v, %s", err, out)
	}
}
