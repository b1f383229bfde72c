package main

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"sourire/cmd/internal/lab"
	"sourire/device/board/display"
	"sourire/device/config"
)

// The configuration takes the displays that there are.
func TestDisplaysHaveTheSameNames(t *testing.T) {
	if got, want := slices.Sorted(slices.Values(config.Displays)), display.Names(); !slices.Equal(got, want) {
		t.Errorf("the configuration has %q, there are %q", got, want)
	}
}

// A box whose display is not there takes presses, and says once what is wrong.
func TestVotingWithoutTheDisplay(t *testing.T) {
	c := lab.NewChain(t, "")
	text, err := os.ReadFile(c.TerminalFile)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(text, []byte(`kind = "panel"`), []byte("kind = \"gpio\"\ndisplay = \"ssd1306\"\ni2c = \"99\""), 1)
	if err := os.WriteFile(c.TerminalFile, text, 0o600); err != nil {
		t.Fatal(err)
	}
	c.StartTerminal()
	if _, _, err := lab.Press(t.Context(), c.Panel, 3); err != nil {
		t.Fatal(err)
	}
	if code := c.Terminal.Stop(); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	out, _, _ := lab.Run(t, "sourire", "export", "--config", c.TerminalFile)
	faults, taps := 0, 0
	for line := range strings.Lines(out) {
		if strings.Contains(line, `"kind":"tap"`) {
			taps++
		}
		if strings.Contains(line, `"part":"display"`) {
			faults++
			if !strings.Contains(line, `"kind":"fault"`) || !strings.Contains(line, "/dev/i2c-99") {
				t.Errorf("the event %s", line)
			}
		}
	}
	if faults != 1 || taps != 1 {
		t.Errorf("%d faults of the display and %d taps, want 1 and 1\n%s", faults, taps, out)
	}
}
