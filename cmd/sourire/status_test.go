package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sourire/cmd/internal/lab"
	"sourire/device/tap"
)

// TestNothingIsSaidOfAnotherTerminal gives the commands a configuration that
// fits neither the journal nor the terminal that answers.
func TestNothingIsSaidOfAnotherTerminal(t *testing.T) {
	one, other := lab.NewChain(t, ""), lab.NewChain(t, "")
	replace(t, other.TerminalFile, `"exit-1"`, `"exit-2"`)
	one.StartTerminal()
	other.StartTerminal()

	mixed := filepath.Join(one.Dir, "mixed.toml") // who and where of one, page of the other
	text, err := os.ReadFile(one.TerminalFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(mixed, []byte(strings.Replace(string(text), one.Panel, other.Panel, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	id := "demo/lyon-part-dieu/exit-"
	out, stderr, code := lab.Run(t, "sourire", "status", "--json", "--config", mixed)
	if code != 1 || !strings.Contains(stderr, "is the page of "+id+"2, not of "+id+"1") || strings.Contains(out, `"healthy"`) || !strings.Contains(out, `"at_most":true`) {
		t.Errorf("exit code %d: %s%s", code, out, stderr)
	}
	if out, _, code := lab.Run(t, "sourire", "check", "--config", mixed); code != 1 || !strings.Contains(out, "FAIL  terminal: "+other.Panel+" is the page of "+id+"2") {
		t.Errorf("exit code %d: %s", code, out)
	}

	replace(t, mixed, `"exit-1"`, `"exit-2"`) // now it is the data folder that is another's
	for _, command := range []string{"status", "report", "verify", "export"} {
		out, stderr, code := lab.Run(t, "sourire", command, "--config", mixed)
		if code != 1 || out != "" || !strings.Contains(stderr, one.TerminalData+" holds the journal of "+id+"1, but "+mixed+" is the configuration of "+id+"2") {
			t.Errorf("%s: exit code %d: %s%s", command, code, out, stderr)
		}
	}
	if out, _, code := lab.Run(t, "sourire", "check", "--config", mixed); code != 1 || !strings.Contains(out, "FAIL  journal: ") {
		t.Errorf("exit code %d: %s", code, out)
	}
}

func replace(t *testing.T, path, old, by string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), old, by, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestAStoppedTerminalMayHaveDeliveredMore kills a terminal of which head
// office has everything.
func TestAStoppedTerminalMayHaveDeliveredMore(t *testing.T) {
	c := lab.NewChain(t, "")
	c.StartBroker()
	c.StartTerminal()
	c.StartOffice()
	var s status
	delivered := func() {
		t.Helper()
		lab.Eventually(t, "the terminal knows that all is delivered", 20*time.Second, func() bool {
			decode(t, &s, "status", "--json", "--config", c.TerminalFile)
			return s.Waiting == 0
		})
	}
	delivered()
	if s.AtMost {
		t.Errorf("the terminal was asked: %+v", s)
	}
	c.Terminal.Kill()
	decode(t, &s, "status", "--json", "--config", c.TerminalFile)
	if s.Waiting != s.Last || !s.AtMost {
		t.Errorf("after a kill -9: %+v", s)
	}
	c.Terminal.Start()
	c.AwaitTerminal()
	delivered()
	c.Terminal.Stop()
	decode(t, &s, "status", "--json", "--config", c.TerminalFile)
	if s.Waiting != 0 || s.AtMost {
		t.Errorf("after a clean stop: %+v", s)
	}
}

// TestATerminalThatCannotStore holds SQLite's write lock on the journal of a
// running terminal.
func TestATerminalThatCannotStore(t *testing.T) {
	t.Parallel()
	c := lab.NewChain(t, "")
	c.StartTerminal()
	release := holdWriteLock(t, c.TerminalData)
	pressed := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(pressed)
		_, _, _ = lab.Press(ctx, c.Panel, 3) // refused, after SQLite's patience
	}()
	lab.Eventually(t, "check finds it out of order", 20*time.Second, func() bool {
		out, _, code := lab.Run(t, "sourire", "check", "--config", c.TerminalFile)
		return code == 1 && strings.Contains(out, "FAIL  terminal: presses cannot be stored: ") && strings.Contains(out, "locked")
	})
	out, stderr, code := lab.Run(t, "sourire", "status", "--json", "--config", c.TerminalFile)
	if code != 1 || !strings.Contains(out, `"healthy":false`) || !strings.Contains(stderr, "presses cannot be stored") {
		t.Errorf("status: exit code %d: %s%s", code, out, stderr)
	}
	cancel()
	<-pressed
	release()
	lab.Eventually(t, "check finds it in order", 20*time.Second, func() bool {
		out, _, code := lab.Run(t, "sourire", "check", "--config", c.TerminalFile)
		return code == 0 && strings.Contains(out, "ok    terminal: it runs, and presses are stored")
	})
}

// holdWriteLock locks byte 120 of the write-ahead log's index, as a writer does
// (sqlite.org/walformat.html, section 2.3).
func holdWriteLock(t *testing.T, dir string) (release func()) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, "journal.db-shm"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	lab.Eventually(t, "the lock is free", 5*time.Second, func() bool {
		return unix.FcntlFlock(f.Fd(), unix.F_SETLK, &unix.Flock_t{Type: unix.F_WRLCK, Start: 120, Len: 1}) == nil
	})
	return func() { _ = f.Close() }
}

func TestAsk(t *testing.T) {
	id := tap.Identity{Chain: "demo", Store: "lyon", Terminal: "exit-1"}
	const info = "sourire_info{terminal=\"demo/lyon/exit-1\"} 1\n"
	for name, c := range map[string]struct {
		metrics, health string
		healthStatus    int
		want            answer
		err             string
	}{
		"well":         {info + "sourire_watermark_seq 12\nsourire_broker_connected 1\n", `{"status":"ok"}`, 200, answer{Confirmed: 12, Connected: true}, ""},
		"out of order": {info, `{"error":"presses cannot be stored: disk full"}`, 503, answer{Trouble: "presses cannot be stored: disk full"}, ""},
		"broken":       {info + "sourire_out_of_order{part=\"button-2\"} 1\nsourire_out_of_order{part=\"display\"} 1\n", "{}", 200, answer{Broken: []string{"button-2", "display"}}, ""},
		"wordless":     {info, "", 500, answer{Trouble: "status 500"}, ""},
		"another":      {"sourire_info{terminal=\"demo/lyon/exit-2\"} 1\n", "", 200, answer{}, "is the page of demo/lyon/exit-2, not of demo/lyon/exit-1"},
		"starting":     {`{"error":"the terminal is starting"}`, "", 503, answer{}, "is no terminal that takes presses (the terminal is starting)"},
		"no terminal":  {"<html>", "", 200, answer{}, "is no terminal that takes presses (status 200)"},
	} {
		t.Run(name, func(t *testing.T) {
			mux := http.NewServeMux()
			mux.HandleFunc("/metrics", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, c.metrics) })
			mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.healthStatus)
				_, _ = fmt.Fprint(w, c.health)
			})
			srv := httptest.NewServer(mux)
			defer srv.Close()
			got, err := ask(t.Context(), srv.Listener.Addr().String(), id)
			if c.err == "" && (err != nil || !reflect.DeepEqual(got, c.want)) || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
				t.Errorf("got %+v, %v; want %+v, %q", got, err, c.want, c.err)
			}
		})
	}
	nobody := fmt.Sprintf("127.0.0.1:%d", lab.Port(t))
	if _, err := ask(t.Context(), nobody, id); err == nil || !strings.Contains(err.Error(), nobody) || !strings.Contains(err.Error(), "panel.listen") {
		t.Errorf("nobody answers: %v", err)
	}
}

func TestCheckSpace(t *testing.T) {
	if f := checkSpace("/proc"); f.level != bad || !strings.Contains(f.what, "0 MB free: room for 0 presses, 0 days") { // it takes no bytes
		t.Errorf("got %+v", f)
	}
	for free, want := range map[uint64]level{
		startBytes - 1: bad, startBytes: mild,
		enoughDays*pressesADay*pressBytes - 1: mild, enoughDays * pressesADay * pressBytes: good,
	} {
		if f := space("/data", free); f.level != want {
			t.Errorf("%d bytes free: got %+v, want %s", free, f, want)
		}
	}
	if f := space("/data", 10<<20); f.what != "card: 10 MB free: room for 40960 presses, 20 days of 2000 a day: make room before it is full" {
		t.Errorf("got %+v", f)
	}
}

func TestCheckPIN(t *testing.T) {
	for code, want := range map[string]string{
		"":                 "there are none without manager.pin",
		"4711":             "",
		"sesame":           "use digits only, 12 at most",
		"1234567890123":    "use digits only, 12 at most",
		"$argon2id$v=19$m": "", // nobody knows what it is of
	} {
		var said string
		for _, f := range checkPIN(code) {
			said += f.what
		}
		if (want == "") != (said == "") || !strings.Contains(said, want) {
			t.Errorf("%q: %q, want %q", code, said, want)
		}
	}
}
