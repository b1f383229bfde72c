package main

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// systemd hears that the office is ready, and from then on that it is alive.
func TestTheOfficeFeedsItsWatchdog(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	t.Setenv("NOTIFY_SOCKET", socket)
	t.Setenv("WATCHDOG_USEC", "600000")
	h := newHeadOffice(t, "url = \"tcp://127.0.0.1:1\"\n") // no broker is there
	h.start()
	if err := conn.SetReadDeadline(time.Now().Add(soon)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"WATCHDOG=1\nREADY=1\nSTATUS=receives for demo", "WATCHDOG=1", "WATCHDOG=1"} {
		b := make([]byte, 1000)
		if n, err := conn.Read(b); err != nil || string(b[:n]) != want {
			t.Errorf("systemd heard %q, %v; want %q", b[:n], err, want)
		}
	}
	h.stop()
	for b := make([]byte, 1000); ; {
		n, err := conn.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(string(b[:n]), "STOPPING=1") {
			return
		}
	}
}
