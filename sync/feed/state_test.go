package feed

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sourire/device/tap"
	"sourire/sync/mqtt/mqtttest"
	"sourire/sync/wire"
)

// The birth of a terminal whose key has the seed 01 01 … 01.
const birth = `{"boot":7,"clock":"synced","config":1,"epoch":"%s",` +
	`"health":{"at":"2026-11-23T14:05:03.120+01:00","faults":["display"],"up":9000},` +
	`"key":{"ed25519":"iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=","id":"34750f98bd59fcfc"},` +
	`"last":%d,"online":true,"pending":%d,"schema":"sourire.state/1","session":%d,"software":"1.2.0"}`

const offline = `{"boot":7,"epoch":"%s","online":false,"schema":"sourire.state/1","session":%d}`

func (r *rig) wantState(i int, will bool, format string, args ...any) {
	r.Helper()
	r.until("state", func() bool { return len(r.office.stateLog()) > i })
	m := r.office.stateLog()[i]
	want := fmt.Sprintf(format, append([]any{r.journal.Epoch()}, args...)...)
	if string(m.Payload) != want {
		r.Errorf("state %d\n%s\nwant\n%s", i, m.Payload, want)
	}
	if !m.Retain || m.Will != will || m.Topic != wire.Topic(exit1, wire.LeafState) {
		r.Errorf("state %d on %s, retained %v, will %v; want it retained, will %v", i, m.Topic, m.Retain, m.Will, will)
	}
}

// wantOffline checks that the terminal said goodbye itself, last and once.
func (r *rig) wantOffline(session int) {
	r.Helper()
	r.until("goodbye", func() bool {
		s := r.office.stateLog()
		return len(s) > 0 && strings.Contains(string(s[len(s)-1].Payload), `"online":false`)
	})
	r.until("gone", func() bool { return r.broker.Living() == 0 })
	r.broker.Close() // then no will can follow
	s := r.office.stateLog()
	r.wantState(len(s)-1, false, offline, session)
	if len(s) > 1 && !strings.Contains(string(s[len(s)-2].Payload), `"online":true`) {
		r.Errorf("went offline more than once: %s", s[len(s)-2].Payload)
	}
}

func TestBirthHealthAndGoodbye(t *testing.T) {
	r := newRig(t)
	r.press(99)
	r.start()
	r.untilDelivered()
	r.wantState(0, false, birth, 100, 100, 1)
	r.wantState(1, false, birth, 100, 0, 1) // soon, and not in half a minute
	if err := r.halt(); err != nil {
		t.Error(err)
	}
	r.wantOffline(1)
	if c := r.feed.Counts(); c.Connected {
		t.Error("still connected after the end")
	}
}

func TestWillIsTheOfflineState(t *testing.T) {
	r := newRig(t)
	r.start()
	r.untilDelivered()
	r.wantState(0, false, birth, 1, 1, 1)
	r.broker.Drop()
	r.until("will", func() bool {
		for _, m := range r.office.stateLog() {
			if m.Will {
				return true
			}
		}
		return false
	})
	for i, m := range r.office.stateLog() {
		if m.Will {
			r.wantState(i, true, offline, 1)
		}
	}
}

func TestEachConnectionIsASession(t *testing.T) {
	r := newRig(t)
	r.start()
	for n := uint64(1); n <= 4; n++ {
		r.until("birth", func() bool {
			for _, m := range r.office.stateLog() {
				s, err := wire.DecodeState(m.Payload)
				if err == nil && s.Online && s.Session == n {
					return true
				}
			}
			return false
		})
		if got := r.broker.Connections(); got != int(n) {
			t.Fatalf("session %d on connection %d", n, got)
		}
		r.broker.Drop()
	}
}

func TestSessionThatCannotBeCountedDoesNotConnect(t *testing.T) {
	r := newRig(t)
	asked := make(chan struct{}, 100)
	r.config.Session = func() (uint64, error) {
		asked <- struct{}{}
		return NextSession(filepath.Join(r.dir, "none"), "boot-a", 0)
	}
	r.start()
	<-asked
	<-asked
	if n := r.broker.Connections(); n != 0 {
		t.Errorf("%d connections without a session", n)
	}
	if err := r.halt(); err != nil {
		t.Error(err)
	}
}

func TestNextSession(t *testing.T) {
	dir := t.TempDir()
	next := func(boot string, before, want uint64) {
		t.Helper()
		if n, err := NextSession(dir, boot, before); err != nil || n != want {
			t.Errorf("session %d, %v; want %d", n, err, want)
		}
	}
	next("boot-a", 0, 1)
	next("boot-a", 1, 2)
	next("boot-a", 0, 3) // another process
	next("boot-b", 0, 1)
	next("boot-b", 1, 2)
	for _, text := range []string{"", "boot-b", "boot-b x", "\x00\xff"} {
		if err := os.WriteFile(filepath.Join(dir, "session"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		next("boot-b", 0, 1)
	}
	// A card that refuses: counted on, and the file catches up.
	blocked := filepath.Join(dir, "session.new")
	if err := os.Mkdir(blocked, 0o755); err != nil {
		t.Fatal(err)
	}
	for n := range uint64(3) {
		if got, err := NextSession(dir, "boot-b", 1+n); err == nil || got != 2+n {
			t.Errorf("session %d, %v; want %d and an error", got, err, 2+n)
		}
	}
	if err := os.Remove(blocked); err != nil {
		t.Fatal(err)
	}
	next("boot-b", 4, 5)
	next("boot-b", 0, 6)
}

// A refusal, an old watermark and a rewind are told in the state.
func TestHealthTellsWhatWasRefused(t *testing.T) {
	r := newRig(t)
	r.press(5)
	r.start()
	r.untilDelivered()
	r.send([]byte("junk"), false)
	r.send(r.office.ack(3, r.office.headAt(3)), false)
	r.until("counted", func() bool { c := r.feed.Counts(); return c.Rejected == 1 && c.Stale == 1 })
	r.broker.Drop()
	r.until("told", func() bool {
		for _, m := range r.office.stateLog() {
			s, err := wire.DecodeState(m.Payload)
			if err == nil && s.Session == 2 && s.Health != nil {
				return s.Health.Rejected == 1 && s.Health.Stale == 1
			}
		}
		return false
	})
}

func TestStopBeforeTheBrokerAnswers(t *testing.T) {
	r := newRig(t)
	r.broker.Mute = true
	r.start()
	r.until("dialled", func() bool { return r.broker.Connections() == 1 })
	if err := r.halt(); err != nil {
		t.Error(err)
	}
}

func TestStopWithEventsUnderWay(t *testing.T) {
	r := newRig(t)
	r.broker.Judge = func(m mqtttest.Message) mqtttest.Verdict {
		r.office.take(m)
		if m.Topic == topicEvents {
			return mqtttest.Withhold
		}
		return mqtttest.Acknowledge
	}
	r.office.hush()
	r.press(5000)
	r.start()
	r.until("under way", func() bool { return r.office.has() > 1000 })
	if err := r.halt(); err != nil {
		t.Error(err)
	}
	r.wantOffline(1)
}

// pressLong appends a reason of n letters.
func (r *rig) pressLong(n int) {
	r.Helper()
	e := &tap.ReasonEvent{
		Header: tap.Header{Kind: tap.KindReason, At: clockText, Clock: tap.Synced, Boot: 7, Up: 9120},
		Tap:    1, Reason: strings.Repeat("é", n/2),
	}
	if err := r.journal.Append(e); err != nil {
		r.Fatal(err)
	}
}
