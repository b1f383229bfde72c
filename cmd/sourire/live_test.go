package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sourire/cmd/internal/lab"
	"sourire/device/config"
	"sourire/device/press"
	"sourire/device/screen"
	"sourire/sync/journal"
)

// TestTheJournalIsTriedAgain counts the attempts of an hour, until one finds
// something that a person must see to.
func TestTheJournalIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var at []time.Duration
		var shown []*closed
		var log strings.Builder
		full := fmt.Errorf("the card is full: %w", journal.ErrUnavailable)
		final := errors.New("of another terminal")
		err := stage{
			open: func() (*box, error) {
				at = append(at, time.Since(start))
				switch {
				case len(at) == 3:
					return nil, errEpochEnded // at once again
				case time.Since(start) > time.Hour:
					return nil, final
				}
				return nil, full
			},
			close: func(n *closed) { shown = append(shown, n) },
			log:   slog.New(slog.NewTextHandler(&log, nil)),
		}.live(t.Context(), config.Default())
		if !errors.Is(err, final) {
			t.Errorf("%v, want %v", err, final)
		}
		want := []time.Duration{0, 1, 3, 3, 7, 15, 31, 63, 123}
		for i, s := range want {
			want[i] = s * time.Second
		}
		if len(at) < len(want) || !slices.Equal(at[:len(want)], want) || at[len(at)-1]-at[len(at)-2] != time.Minute {
			t.Errorf("tried at %v, want %v and each minute", at, want)
		}
		if n := strings.Count(log.String(), "\n"); n != 1 || !strings.Contains(log.String(), "the card is full") {
			t.Errorf("want one line that says why:\n%s", log.String())
		}
		if len(shown) != 1 {
			t.Fatalf("shown %d times, want once", len(shown))
		}
		n := shown[0]
		if _, err := n.Press(t.Context(), 1, "", ""); !errors.Is(err, press.ErrNotStored) || !errors.Is(n.Healthy(), journal.ErrUnavailable) {
			t.Errorf("a press: %v; healthy: %v", err, n.Healthy())
		}
		if s := n.Scene(); s.Kind != screen.OutOfOrder || len(s.Languages) == 0 || !strings.Contains(s.ForStaff(), "SD") {
			t.Errorf("scene %+v", s)
		}
		scenes := n.Watch(context.Background())
		<-scenes
		if _, more := <-scenes; more {
			t.Error("it is shown after its end")
		}
	})
}

// TestATryThatHangsIsNoProgress asks for progress between two attempts and
// during one.
func TestATryThatHangsIsNoProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newClosed(config.Default(), errors.New("the card is full"))
		if err := n.Ping(t.Context()); err != nil {
			t.Errorf("between two attempts: %v", err)
		}
		_, err := n.try(func() (*box, error) {
			late, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			return nil, n.Ping(late)
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("during an attempt: %v, want none", err)
		}
	})
}

// TestAJournalThatCannotBeOpenedNow starts a terminal whose card does not give
// out the key, and then does.
func TestAJournalThatCannotBeOpenedNow(t *testing.T) {
	c := lab.NewChain(t, "")
	c.StartTerminal()
	if _, _, err := lab.Press(t.Context(), c.Panel, 3); err != nil {
		t.Fatal(err)
	}
	c.Terminal.Stop()
	key := filepath.Join(c.TerminalData, "terminal.key")
	if err := os.Rename(key, key+".away"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(key, 0o755); err != nil {
		t.Fatal(err)
	}
	c.Terminal.Start()
	var page string
	lab.Eventually(t, "the page says that it is out of order", 20*time.Second, func() bool {
		page = lab.Get("http://" + c.Panel + "/")
		return strings.Contains(page, string(screen.OutOfOrder))
	})
	if _, status, err := lab.Press(t.Context(), c.Panel, 3); status != http.StatusServiceUnavailable {
		t.Errorf("a press: status %d, %v", status, err)
	}
	if lab.Get("http://"+c.Panel+"/healthz") != "" {
		t.Error("it says that it is healthy")
	}
	stream, err := http.Get("http://" + c.Panel + "/api/events")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stream.Body.Close() }()
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(key+".away", key); err != nil {
		t.Fatal(err)
	}
	c.AwaitTerminal()
	if _, _, err := lab.Press(t.Context(), c.Panel, 2); err != nil {
		t.Error(err)
	}
	for b := make([]byte, 4096); err == nil; { // or it would hang
		_, err = stream.Body.Read(b)
	}
	for what, want := range map[string]int{"out of order: the journal cannot be opened": 1, "in order again": 1, "epoch begun": 1} {
		if n := strings.Count(c.Terminal.Log(), what); n != want {
			t.Errorf("%q was logged %d times, want %d", what, n, want)
		}
	}
}

// TestTheOfficesKeyIsSpoilt tears the file of the pinned key, or takes it away,
// while another office waits to be trusted.
func TestTheOfficesKeyIsSpoilt(t *testing.T) {
	c := lab.NewChain(t, "")
	c.StartBroker()
	c.StartTerminal()
	c.StartOffice()
	lab.Eventually(t, "the office has all", 20*time.Second, func() bool { return settled(t, c) })
	path := filepath.Join(c.TerminalData, "office.key")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c.Head.Stop()
	theirs := c.OfficeData + ".theirs"
	if err := os.Rename(c.OfficeData, theirs); err != nil {
		t.Fatal(err)
	}
	c.Head.Start() // with a key of its own
	for name, spoil := range map[string]func() error{
		"empty":     func() error { return os.WriteFile(path, nil, 0o640) },
		"torn":      func() error { return os.WriteFile(path, good[:20], 0o640) },
		"gone":      func() error { return os.Remove(path) },
		"no letter": func() error { return os.WriteFile(path, make([]byte, 45), 0o640) },
	} {
		c.Terminal.Stop()
		before := len(c.Terminal.Log())
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		c.Terminal.Start()
		c.AwaitTerminal()
		if _, _, err := lab.Press(t.Context(), c.Panel, 1); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		lab.Eventually(t, name+": the other office is refused", 20*time.Second, func() bool {
			n, ok := c.Metric("sourire_rejected_total")
			return ok && n > 0
		})
		if text, err := os.ReadFile(path); err != nil || string(text) != string(good) {
			t.Errorf("%s: the file has %q, %v; want the key again", name, text, err)
		}
		if last, _ := c.Metric("sourire_last_seq"); last == 0 {
			t.Errorf("%s: no metrics", name)
		} else if confirmed, _ := c.Metric(gaugeConfirmed); confirmed == last {
			t.Errorf("%s: another office's watermark was believed", name)
		}
		if log := c.Terminal.Log()[before:]; strings.Count(log, "part=office-key") != 2 {
			t.Errorf("%s: want a line for the fault and one for its end:\n%s", name, log)
		}
	}
	out, _, _ := lab.Run(t, "sourire", "export", "--config", c.TerminalFile)
	for _, want := range []string{`"kind":"fault","part":"office-key"`, `"kind":"clear","part":"office-key"`} {
		if n := strings.Count(out, want); n != 4 {
			t.Errorf("the journal has %s %d times, want 4:\n%s", want, n, out)
		}
	}
	c.Head.Stop()
	if err := os.RemoveAll(c.OfficeData); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(theirs, c.OfficeData); err != nil {
		t.Fatal(err)
	}
	c.Head.Start()
	lab.Eventually(t, "the pinned office has all", 60*time.Second, func() bool { return settled(t, c) })
}

// TestTheOfficesKeyIsSpoiltBeforeItWasEverUsed has a torn file and a journal
// that knows no key: that is a first use, and it is told until the key stands.
func TestTheOfficesKeyIsSpoiltBeforeItWasEverUsed(t *testing.T) {
	c := lab.NewChain(t, "")
	if err := os.MkdirAll(c.TerminalData, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(c.TerminalData, "office.key")
	if err := os.WriteFile(path, []byte("iojj3XQ"), 0o640); err != nil {
		t.Fatal(err)
	}
	c.StartBroker()
	l := listenIn(t, c)
	c.StartTerminal()
	faults := func() []string {
		s, _ := l.lastState(t)
		if s.Health == nil {
			return nil
		}
		return s.Health.Faults
	}
	lab.Eventually(t, "the state names the fault", 20*time.Second, func() bool { return slices.Contains(faults(), partOfficeKey) })
	c.StartOffice()
	lab.Eventually(t, "the office has all", 60*time.Second, func() bool { return settled(t, c) })
	lab.Eventually(t, "the state names it no more", 20*time.Second, func() bool {
		s, _ := l.lastState(t)
		return s.Health != nil && len(s.Health.Faults) == 0
	})
	if text, err := os.ReadFile(path); err != nil || len(text) != 45 {
		t.Errorf("the file has %q, %v", text, err)
	}
	var events []struct{ Kind, Part string }
	out, _, _ := lab.Run(t, "sourire", "export", "--config", c.TerminalFile)
	for line := range strings.Lines(out) {
		var e struct{ Kind, Part string }
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if e.Part == partOfficeKey {
			events = append(events, e)
		}
	}
	if len(events) != 2 || events[0].Kind != "fault" || events[1].Kind != "clear" {
		t.Errorf("%+v, want a fault and its end", events)
	}
}
