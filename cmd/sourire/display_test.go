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
	if got, want := config.Displays(), display.Names(); !slices.Equal(got, want) {
		t.Errorf("the configuration has %q, there are %q", got, want)
	}
}

// check says where the display is, and whether it has room for the question.
func TestWhatCheckSaysOfADisplay(t *testing.T) {
	c := config.Default()
	c.Board.Kind = config.BoardGPIO
	for name, want := range map[string]string{
		"ssd1306":    "on I2C bus 1",
		"epd2in13v4": "on SPI port 0.0, DC GPIO25, RST GPIO17, BUSY GPIO24, turned by 180",
		"fb":         "on /dev/fb0",
	} {
		c.Board.Display, c.Board.Rotate = name, 0
		if strings.Contains(want, "180") {
			c.Board.Rotate = 180
		}
		if got := placeOf(c.Board); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
		if o := displayOf(c.Board); o.UpsideDown != (c.Board.Rotate == 180) || o.SPI+o.DC+o.RST+o.Busy+o.Framebuffer+o.I2C != "0.0GPIO25GPIO17GPIO24/dev/fb01" {
			t.Errorf("%s: opened with %+v", name, o)
		}
	}
	c.Board.Display = "hd44780"
	if got := checkQuestion(c); got != nil {
		t.Errorf("our own question: %v", got)
	}
	c.Survey.Text = map[string]string{"fr": "Êtes-vous content de votre visite dans notre magasin de ce jour ?"}
	if got := checkQuestion(c); len(got) != 1 || got[0].level != mild || !strings.Contains(got[0].what, "in fr it is too long for hd44780") {
		t.Errorf("a long question: %v", got)
	}
	c.Board.Display = ""
	if got := checkQuestion(c); got != nil {
		t.Errorf("no display: %v", got)
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
