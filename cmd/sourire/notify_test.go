package main

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sourire/cmd/internal/lab"
)

// systemd is the socket that a service talks to.
type systemd struct {
	t    *testing.T
	conn *net.UnixConn
}

// newSystemd makes programs that are started from now on services.
func newSystemd(t *testing.T, watchdog time.Duration) *systemd {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	t.Setenv("NOTIFY_SOCKET", socket)
	t.Setenv("WATCHDOG_USEC", strconv.FormatInt(watchdog.Microseconds(), 10))
	return &systemd{t, conn}
}

// next is the next message, line by line; none where none comes in time.
func (s *systemd) next(within time.Duration) []string {
	s.t.Helper()
	b := make([]byte, 4096)
	if err := s.conn.SetReadDeadline(time.Now().Add(within)); err != nil {
		s.t.Fatal(err)
	}
	n, err := s.conn.Read(b)
	if err != nil {
		return nil
	}
	return strings.Split(string(b[:n]), "\n")
}

// await is the first message that has a line which begins so.
func (s *systemd) await(line string) []string {
	s.t.Helper()
	for {
		m := s.next(30 * time.Second)
		if m == nil {
			s.t.Fatalf("no %s within 30 s", line)
		}
		if slices.ContainsFunc(m, func(l string) bool { return strings.HasPrefix(l, line) }) {
			return m
		}
	}
}

// card is that of programs that are started from now on. It hangs, is full, is
// read-only, or flushes nothing any more, while a file is there.
type card struct{ hangs, full, frozen, worn string }

func newCard(t *testing.T) card {
	t.Helper()
	library := filepath.Join(t.TempDir(), "card.so")
	if out, err := exec.Command("gcc", "-shared", "-fPIC", "-o", library, "testdata/card.c").CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v: %s", err, out)
	}
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	c := card{in("hangs"), in("full"), in("frozen"), in("worn")}
	t.Setenv("LD_PRELOAD", library)
	t.Setenv("HANG", c.hangs)
	t.Setenv("FULL", c.full)
	t.Setenv("FROZEN", c.frozen)
	t.Setenv("WORN", c.worn)
	return c
}

func begin(t *testing.T, file string) {
	t.Helper()
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func end(t *testing.T, file string) {
	t.Helper()
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
}

// silentBroker takes connections and never says a word.
func silentBroker(t *testing.T, address string) (connected <-chan struct{}) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	first := make(chan struct{})
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		close(first)
		_, _ = l.Accept() // holds the first until the test ends
	}()
	return first
}

// TestTheWatchdog runs the real terminal as systemd would: with a broker and a
// display that hang, it is ready and fed; when the card hangs, it is not.
func TestTheWatchdog(t *testing.T) {
	const limit = 3 * time.Second
	c, manager := lab.NewChain(t, ""), newSystemd(t, limit)
	card := newCard(t)
	connected := silentBroker(t, c.Broker)
	c.Terminal = lab.Start(t, lab.Program(t, "sourire"), "run", "--config", c.TerminalFile)

	ready := manager.await("READY=1")
	if _, _, err := lab.Press(t.Context(), c.Panel, 3); err != nil {
		t.Errorf("ready, but a press is refused: %v", err)
	}
	if !slices.Contains(ready, "WATCHDOG=1") || !strings.Contains(strings.Join(ready, "\n"), "STATUS=takes presses") {
		t.Errorf("ready with %q", ready)
	}
	<-connected
	scenes, err := http.Get("http://" + c.Panel + "/api/events") // nobody reads them
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = scenes.Body.Close() }()
	for range 5 {
		if m := manager.next(limit); !slices.Contains(m, "WATCHDOG=1") {
			t.Fatalf("with a broker and a display that hang, systemd hears %q within its limit", m)
		}
	}

	begin(t, card.hangs)
	waited := make(chan struct{})
	go func() {
		defer close(waited)
		_, _, _ = lab.Press(t.Context(), c.Panel, 3) // whoever presses may not wait so long
	}()
	if status := manager.await("STATUS=no progress")[0]; status != "STATUS=no progress: journal, loop" {
		t.Errorf("the card hangs: %s", status)
	}
	if m := manager.next(limit); m != nil {
		t.Errorf("the card hangs, and systemd hears %q", m)
	}
	end(t, card.hangs)
	if m := manager.next(limit); !slices.Contains(m, "WATCHDOG=1") {
		t.Errorf("the card goes on, and systemd hears %q", m)
	}
	<-waited
	if _, _, err := lab.Press(t.Context(), c.Panel, 3); err != nil {
		t.Errorf("the card goes on, and a press is refused: %v", err)
	}

	go func() { _ = c.Terminal.Stop() }()
	manager.await("STOPPING=1")
	<-c.Terminal.Exited()
}

// TestAFullCardIsNoFailure: a terminal that cannot store is ready to say so, and
// comes to work without being started again.
func TestAFullCardIsNoFailure(t *testing.T) {
	c, manager, card := lab.NewChain(t, ""), newSystemd(t, 3*time.Second), newCard(t)
	begin(t, card.full)
	c.Terminal = lab.Start(t, lab.Program(t, "sourire"), "run", "--config", c.TerminalFile)
	if ready := strings.Join(manager.await("READY=1"), "\n"); !strings.Contains(ready, "STATUS=out of order") {
		t.Errorf("ready with %q", ready)
	}
	for range 5 {
		manager.await("WATCHDOG=1")
	}
	if _, status, err := lab.Press(t.Context(), c.Panel, 3); status != http.StatusServiceUnavailable {
		t.Errorf("a press on a full card: status %d, %v", status, err)
	}
	end(t, card.full)
	manager.await("STATUS=takes presses")
	if _, _, err := lab.Press(t.Context(), c.Panel, 3); err != nil {
		t.Errorf("there is room again, and a press is refused: %v", err)
	}
}
