package notify

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const limit = 30 * time.Second

// rig is a service whose messages are kept, with the time at which each came.
type rig struct {
	*Service
	log strings.Builder

	mu   sync.Mutex
	sent []message
}

type message struct {
	after time.Duration
	state string
}

func newRig() *rig {
	r := &rig{}
	began := time.Now()
	r.Service = &Service{
		every: limit / 6, end: func() {}, log: slog.New(slog.NewTextHandler(&r.log, nil)),
		send: func(state string) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.sent = append(r.sent, message{time.Since(began), state})
		},
	}
	return r
}

// with are the moments of the messages that hold a line.
func (r *rig) with(line string) (at []time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.sent {
		if slices.Contains(strings.Split(m.state, "\n"), line) {
			at = append(at, m.after)
		}
	}
	return at
}

// part answers at once, but while it hangs.
type part struct {
	mu   sync.Mutex
	gate chan struct{} // nil: open
}

func (p *part) ping(ctx context.Context) error {
	p.mu.Lock()
	gate := p.gate
	p.mu.Unlock()
	if gate == nil {
		return ctx.Err()
	}
	select {
	case <-gate:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *part) hang() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gate = make(chan struct{})
}

func (p *part) goOn() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.gate)
	p.gate = nil
}

func fine() string { return "takes presses" }

// pass lets time go by in the bubble.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// longest is the longest time without one of the moments, from zero to end.
func longest(at []time.Duration, end time.Duration) (most time.Duration) {
	before := time.Duration(0)
	for _, a := range append(at, end) {
		most = max(most, a-before)
		before = a
	}
	return most
}

func TestReadyAtTheFirstRoundAndFedFromThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, loop, journal := newRig(), &part{}, &part{}
		journal.hang() // it is still being opened
		r.Watch(t.Context(), fine, map[string]Ping{"loop": loop.ping, "journal": journal.ping})
		pass(4 * time.Second)
		if len(r.sent) > 0 {
			t.Errorf("sent before every part had moved: %v", r.sent)
		}
		journal.goOn()
		pass(24 * time.Hour)
		if at := r.with("READY=1"); len(at) != 1 || at[0] != 4*time.Second {
			t.Errorf("ready at %v, want once, at 4 s", at)
		}
		if at := r.with("STATUS=takes presses"); len(at) != 1 {
			t.Errorf("%d times the same status", len(at))
		}
		if most := longest(r.with("WATCHDOG=1"), 24*time.Hour+4*time.Second); most > limit/3 {
			t.Errorf("%v without feeding the watchdog, whose limit is %v", most, limit)
		}
		if r.log.Len() > 0 {
			t.Errorf("logged %s", &r.log)
		}
	})
}

// Each part alone starves the watchdog: no later than it is next asked, and
// until it goes on. Whoever looks is told which it was before systemd acts.
func TestAHungPartStarvesTheWatchdog(t *testing.T) {
	for _, hung := range []string{"loop", "journal", "buttons"} {
		synctest.Test(t, func(t *testing.T) {
			r, parts := newRig(), map[string]*part{"loop": {}, "journal": {}, "buttons": {}}
			pings := map[string]Ping{}
			for name, p := range parts {
				pings[name] = p.ping
			}
			r.Watch(t.Context(), fine, pings)
			pass(time.Minute + time.Second)
			parts[hung].hang()
			pass(time.Hour)
			fed := r.with("WATCHDOG=1")
			if last := fed[len(fed)-1]; last > time.Minute+time.Second {
				t.Errorf("%s hangs after 1m1s, but the watchdog was fed at %v", hung, last)
			}
			said := r.with("STATUS=no progress: " + hung)
			if len(said) != 1 || said[0] > time.Minute+limit {
				t.Errorf("%s hangs: said so at %v", hung, said)
			}
			if log := r.log.String(); strings.Count(log, "\n") != 1 || !strings.Contains(log, "parts="+hung) {
				t.Errorf("logged %s", log)
			}
			parts[hung].goOn()
			pass(time.Minute)
			if again := r.with("WATCHDOG=1"); len(again) < len(fed)+10 || len(r.with("STATUS=takes presses")) != 2 {
				t.Errorf("%s goes on: fed %d times since, %v", hung, len(again)-len(fed), r.sent[len(r.sent)-1])
			}
		})
	}
}

// A part that has ended is not one that makes progress.
func TestADeadPartStarvesTheWatchdog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		r.Watch(t.Context(), fine, map[string]Ping{
			"journal": (&part{}).ping,
			"loop":    func(context.Context) error { return errors.New("the loop has stopped") },
		})
		pass(time.Hour)
		if fed := r.with("WATCHDOG=1"); len(fed) > 0 {
			t.Errorf("fed %d times", len(fed))
		}
	})
}

// A slow part is no hung one.
func TestASlowPartIsFed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		slow := func(ctx context.Context) error {
			select {
			case <-time.After(limit / 2):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		r.Watch(t.Context(), fine, map[string]Ping{"journal": slow, "loop": (&part{}).ping})
		pass(time.Hour)
		if most := longest(r.with("WATCHDOG=1"), time.Hour); most >= limit {
			t.Errorf("%v without feeding the watchdog, whose limit is %v", most, limit)
		}
	})
}

// A new epoch is a new box: its parts are asked, the old ones no more.
func TestTheNextLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, old, young := newRig(), &part{}, &part{}
		r.Watch(t.Context(), fine, map[string]Ping{"loop": old.ping})
		pass(time.Minute + time.Second)
		old.hang()
		r.Alive()
		pass(time.Second)
		if at := r.with("WATCHDOG=1"); at[len(at)-1] != time.Minute+time.Second {
			t.Errorf("the last stretch of work began with %v", at[len(at)-1])
		}
		r.Watch(t.Context(), fine, map[string]Ping{"loop": young.ping})
		pass(time.Hour)
		end := time.Hour + time.Minute + 2*time.Second
		if most := longest(r.with("WATCHDOG=1"), end); most > limit/3 {
			t.Errorf("%v without feeding the watchdog in the second life", most)
		}
		if len(r.with("READY=1")) != 1 {
			t.Errorf("ready %d times", len(r.with("READY=1")))
		}
		young.hang()
		old.goOn()
		before := len(r.with("WATCHDOG=1"))
		pass(time.Hour)
		if fed := len(r.with("WATCHDOG=1")) - before; fed > 0 {
			t.Errorf("fed %d times by a part of the life before", fed)
		}
	})
}

// What systemd reads as an order comes from us, never from an error's text.
func TestAStatusIsOneLine(t *testing.T) {
	if got, want := statusLine("out of order: disk full\nSTOPPING=1"), "STATUS=out of order: disk full; STOPPING=1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// systemd is a socket at the path in NOTIFY_SOCKET.
func TestTheSocketOfSystemd(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	t.Setenv("NOTIFY_SOCKET", socket)
	for usec, every := range map[string]time.Duration{"": unhurried, "12000000": 2 * time.Second, "a while": unhurried} {
		t.Setenv("WATCHDOG_USEC", usec)
		var log strings.Builder
		s := New(slog.New(slog.NewTextHandler(&log, nil)))
		if s.every != every || (log.Len() > 0) != (usec == "a while") {
			t.Errorf("WATCHDOG_USEC=%q: parts are asked every %v, want %v; logged %s", usec, s.every, every, &log)
		}
		s.Alive()
		s.Stopping()
		for _, want := range []string{"WATCHDOG=1", "STOPPING=1\nSTATUS=stopping"} {
			b := make([]byte, 1000)
			n, err := conn.Read(b)
			if err != nil || string(b[:n]) != want {
				t.Errorf("received %q, %v; want %q", b[:n], err, want)
			}
		}
	}
	t.Setenv("WATCHDOG_USEC", "12000000")
	t.Setenv("WATCHDOG_PID", strconv.Itoa(1))
	if s := New(slog.New(slog.DiscardHandler)); s.every != unhurried {
		t.Errorf("another process's watchdog: parts are asked every %v", s.every)
	}
	_ = conn.Close()
	var log strings.Builder
	s := New(slog.New(slog.NewTextHandler(&log, nil)))
	s.Alive()
	s.Alive()
	if strings.Count(log.String(), "\n") != 1 {
		t.Errorf("logged of a socket that nobody reads: %q", &log)
	}
	t.Setenv("NOTIFY_SOCKET", "")
	s = New(slog.New(slog.NewTextHandler(&log, nil)))
	log.Reset()
	s.Alive()
	if log.Len() > 0 {
		t.Errorf("logged without systemd: %q", &log)
	}
}
