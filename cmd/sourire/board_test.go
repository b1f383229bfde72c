package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"sourire/cmd/internal/lab"
	"sourire/device/board/gpio"
	"sourire/device/button"
	"sourire/device/clock"
	"sourire/device/config"
	"sourire/device/screen"
	"sourire/device/tap"
	"sourire/device/terminal"
)

// notebook is a journal in memory.
type notebook struct {
	seq    uint64
	events chan tap.Event
}

func (n *notebook) Append(events ...tap.Event) error {
	for _, e := range events {
		n.seq++
		e.Head().Seq = n.seq
		n.events <- e
	}
	return nil
}

// next are the next events, each in a few words.
func (n *notebook) next(count int) []string {
	var said []string
	for range count {
		switch e := (<-n.events).(type) {
		case *tap.TapEvent:
			said = append(said, fmt.Sprintf("tap %d %v %v", e.Choice, e.Counted, e.Flags))
		case *tap.UndoEvent:
			said = append(said, fmt.Sprintf("undo %d %s", e.Tap, e.Why))
		case *tap.FaultEvent:
			said = append(said, fmt.Sprintf("%s %s: %s", e.Kind, e.Part, e.Why))
		default:
			said = append(said, string(e.Head().Kind))
		}
	}
	return said
}

// wired is the hardware of a box whose terminal runs.
func wired(t *testing.T) (*hardware, *notebook) {
	book := &notebook{events: make(chan tap.Event, 1000)}
	survey := terminal.Survey{Config: tap.ConfigEvent{Question: "exit", Scale: tap.Faces4}, Languages: []string{"fr"}}
	loop := terminal.NewLoop(survey, terminal.Resumed{Boot: 1}, tap.BootEvent{}, book, clock.New(clock.Machine{}, time.UTC), slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		loop.Run(ctx)
	}()
	t.Cleanup(func() { stop(); <-done })
	if got := book.next(2); !slices.Equal(got, []string{"boot", "config"}) {
		t.Fatal(got)
	}
	return &hardware{lines: []string{"GPIO5", "GPIO6", "GPIO13", "GPIO19"}, loop: loop, log: slog.New(slog.DiscardHandler), failed: map[failure]bool{}}, book
}

func equal(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// What the installer wrote down is how the buttons are read and judged.
func TestTheButtonsAsConfigured(t *testing.T) {
	c := config.Default()
	c.Survey.Scale = tap.Faces5
	if in, judged := inputsOf(c), buttonsOf(c); in.Pull != gpio.PullUp || !in.ActiveLow || in.Chip != "" ||
		len(in.Lines) != 5 || judged.Buttons != 5 || judged.Quiet != 12*time.Millisecond {
		t.Errorf("by default: %+v, %+v", in, judged)
	}
	c.Board.Buttons = []string{"A", "B", "C", "D", "E"}
	c.Board.Pull, c.Board.Active, c.Board.Chip, c.Board.Debounce = "none", "high", "pinctrl-rp1", 50
	if in, judged := inputsOf(c), buttonsOf(c); in.Pull != gpio.PullNone || in.ActiveLow || in.Chip != "pinctrl-rp1" ||
		!slices.Equal(in.Lines, c.Board.Buttons) || judged.Quiet != 50*time.Millisecond {
		t.Errorf("as configured: %+v, %+v", in, judged)
	}
}

func TestButtonsToTaps(t *testing.T) {
	h, book := wired(t)
	now := clock.SinceBoot()
	h.tell(button.Event{Kind: button.Felt, Button: 2, At: now})
	h.tell(button.Event{Kind: button.Pressed, Button: 2, At: now})
	equal(t, book.next(1), "tap 2 true []")

	now = clock.SinceBoot() // a chord
	h.tell(button.Event{Kind: button.Felt, Button: 0, At: now})
	h.tell(button.Event{Kind: button.Felt, Button: 3, At: now + 49*time.Millisecond})
	h.tell(button.Event{Kind: button.Pressed, Button: 3, At: now + 49*time.Millisecond})
	h.tell(button.Event{Kind: button.Pressed, Button: 0, At: now})
	equal(t, book.next(2), "tap 0 false [chord]", "tap 3 false [chord]")

	now = clock.SinceBoot() // the service gesture, of one that counted
	h.tell(button.Event{Kind: button.Felt, Button: 3, At: now})
	h.tell(button.Event{Kind: button.Pressed, Button: 3, At: now})
	equal(t, book.next(2), "undo 3 changed", "tap 3 true []")
	h.tell(button.Event{Kind: button.Held, Button: 0, At: now})
	h.tell(button.Event{Kind: button.Held, Button: 3, At: now})
	equal(t, book.next(1), "undo 7 service")
}

func TestFaultsOfButtons(t *testing.T) {
	h, book := wired(t)
	h.tell(button.Event{Kind: button.Failed, Button: 1, Fault: button.AtStart})
	h.tell(button.Event{Kind: button.Failed, Button: 3, Fault: button.Stuck})
	h.heard(errors.New("no such device"))
	equal(t, book.next(3),
		"fault button-2: GPIO6: down when it was first looked at: no press until it comes up",
		"fault button-4: GPIO19: down for over 30 s: free the button",
		"fault buttons: no such device")
	equal(t, h.faults(), "button-2", "button-4", "buttons")
	if got := h.loop.Scene().Kind; got != screen.OutOfOrder {
		t.Errorf("it shows %s", got)
	}
	h.tell(button.Event{Kind: button.Cleared, Button: 3, Fault: button.Stuck})
	h.heard(nil)
	equal(t, book.next(2), "clear button-4: GPIO19: it came up", "clear buttons: works again")
	equal(t, h.faults(), "button-2")
	if got := h.loop.Scene().Kind; got != screen.Question {
		t.Errorf("it shows %s", got)
	}
	for _, fault := range []button.Fault{button.Stuck, button.AtStart, button.Noisy} {
		if whys[fault] == "" || cleared[fault] == "" {
			t.Errorf("nobody knows what %q is", fault)
		}
	}
}

func TestAButtonThatNobodyPresses(t *testing.T) {
	h, book := wired(t)
	s := newSilence(h)
	taps := func(day, choice, of, n int) {
		for range n {
			s.add(&tap.TapEvent{Header: tap.Header{At: fmt.Sprintf("2026-11-%02dT12:00:00.000Z", day)}, Choice: choice, Of: of})
		}
	}
	taps(1, 0, 4, 200)
	taps(2, 1, 4, 200)
	taps(3, 2, 4, 200)
	taps(4, 0, 4, 1)
	taps(4, 1, 4, 1)
	s.caughtUp()
	s.caughtUp()
	equal(t, book.next(1), "fault button-4: GPIO19: not pressed for days, while the others were: does it work?")
	h.tell(button.Event{Kind: button.Failed, Button: 3, Fault: button.Noisy})
	h.tell(button.Event{Kind: button.Cleared, Button: 3, Fault: button.Noisy})
	book.next(2)
	equal(t, h.faults(), "button-4")
	taps(4, 3, 4, 1)
	s.caughtUp()
	equal(t, book.next(1), "clear button-4: GPIO19: it was pressed")
	equal(t, h.faults())

	taps(5, 0, 4, 1000)
	taps(6, 0, 4, 1000)
	taps(7, 0, 5, 1) // five faces for a day: other buttons
	taps(8, 0, 4, 1000)
	s.caughtUp()
	equal(t, h.faults())
}

// The watchdog is fed while buttons, loop and journal make progress; lights, a
// display and a broker may hang.
func TestWhatTheWatchdogWaitsFor(t *testing.T) {
	for kind, want := range map[string][]string{
		`kind = "panel"`: {"journal", "loop"},
		"kind = \"gpio\"\nlights = [\"L1\", \"L2\", \"L3\", \"L4\"]\ndisplay = \"ssd1306\"\ni2c = \"99\"": {"buttons", "journal", "loop"},
	} {
		c := lab.NewChain(t, "")
		text, err := os.ReadFile(c.TerminalFile)
		if err != nil {
			t.Fatal(err)
		}
		text = bytes.Replace(text, []byte(`kind = "panel"`), []byte(kind), 1)
		if err := errors.Join(os.WriteFile(c.TerminalFile, text, 0o600), os.MkdirAll(c.TerminalData, 0o750)); err != nil {
			t.Fatal(err)
		}
		vital := open(t, c).vital()
		equal(t, slices.Sorted(maps.Keys(vital)), want...)
		for part, ping := range vital {
			if err := ping(t.Context()); err != nil {
				t.Errorf("%s: %v", part, err)
			}
		}
	}
}

// scenes are those that a browser is told of.
func scenes(t *testing.T, address string) <-chan string {
	res, err := http.Get("http://" + address + "/api/events")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	kinds := make(chan string)
	go func() {
		defer close(kinds)
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			var scene struct{ Kind string }
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && json.Unmarshal([]byte(data), &scene) == nil {
				select {
				case kinds <- scene.Kind:
				case <-t.Context().Done():
				}
			}
		}
	}()
	return kinds
}

// A box whose buttons cannot be read says so on its screen and in its
// journal, and takes presses on its page.
func TestABoxWithoutItsButtons(t *testing.T) {
	t.Parallel()
	c := lab.NewChain(t, "")
	text, err := os.ReadFile(c.TerminalFile)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(text, []byte(`kind = "panel"`), []byte("kind = \"gpio\"\nbuttons = [\"NONE1\", \"NONE2\", \"NONE3\", \"NONE4\"]"), 1)
	if err := os.WriteFile(c.TerminalFile, text, 0o600); err != nil {
		t.Fatal(err)
	}
	c.StartTerminal()
	shown := scenes(t, c.Panel)
	for kind := range shown {
		if kind == string(screen.OutOfOrder) {
			break
		}
	}
	if _, status, err := lab.Press(t.Context(), c.Panel, 3); err != nil || status != http.StatusOK {
		t.Fatalf("a press on the page: %d, %v", status, err)
	}
	equal(t, []string{<-shown, <-shown}, string(screen.Thanks), string(screen.OutOfOrder))
	if code := c.Terminal.Stop(); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	out, _, _ := lab.Run(t, "sourire", "export", "--config", c.TerminalFile)
	if n := strings.Count(out, `"part":"buttons"`); n != 1 || strings.Count(out, `"kind":"tap"`) != 1 {
		t.Errorf("%d faults of the buttons, want 1, and one tap\n%s", n, out)
	}
}
