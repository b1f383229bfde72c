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

// check says where the display is.
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
}

// A display at another address than the one configured is found.
func TestWhatAnswersElsewhere(t *testing.T) {
	for want, at := range map[string][]uint16{
		"nothing answers at any address that it could have":                           nil,
		"something answers at 0x3d: if that is it, set board.address = 0x3d":          {0x3d},
		"something answers at 0x27 and 0x3f: if that is it, set board.address = 0x27": {0x27, 0x3f},
	} {
		if got := answering(at); got != want {
			t.Errorf("%#x: %q, want %q", at, got, want)
		}
	}
}

// What customers could not read whole is named, with what to do.
func TestCheckWords(t *testing.T) {
	box := func(display string, change func(*config.Config)) config.Config {
		c := config.Default()
		c.Terminal.Languages = []string{"fr", "en"}
		c.Board.Kind, c.Board.Display = config.BoardGPIO, display
		c.Survey.FollowUp.Ask, c.Survey.Write = true, "https://example.com/avis?r={ref}"
		change(&c)
		return c
	}
	alone := func(display string, change func(*config.Config)) config.Config {
		return box(display, func(c *config.Config) {
			c.Survey.FollowUp.Ask, c.Survey.Write = false, ""
			change(c)
		})
	}
	asked := func(fr string) func(*config.Config) {
		return func(c *config.Config) { c.Survey.Text = map[string]string{"fr": fr} }
	}
	const endless = "Êtes-vous satisfait de votre visite dans notre magasin, de l’accueil à la caisse, du choix que vous y avez trouvé et des conseils de nos vendeurs ?"
	label := func(fr string) func(*config.Config) {
		return func(c *config.Config) {
			c.Survey.FollowUp.Labels = map[string]map[string]string{"welcome": {"fr": fr}}
		}
	}
	for name, test := range map[string]struct {
		c    config.Config
		says string
	}{
		"our own, OLED":    {box("ssd1306", func(*config.Config) {}), ""},
		"our own, e-paper": {box("epd2in13v4", func(*config.Config) {}), ""},
		"our own, screen":  {box("fb", func(*config.Config) {}), ""},
		"no display":       {box("", label("La gentillesse de notre personnel de caisse")), ""},
		"our own, letters": {alone("hd44780", func(*config.Config) {}), ""},
		"a question": {alone("ssd1306", asked(endless)),
			"question: “" + endless + "” (fr) is too long for ssd1306, which leaves out “des conseils de nos vendeurs ?”: shorten survey.text.fr"},
		"a question, letters": {alone("hd44780", asked("Êtes-vous content de votre visite dans ce magasin ?")),
			"” (fr) is too long for hd44780, which shows “votre visite dans ce magasin ?” on another page: shorten survey.text.fr"},
		"a question, e-paper": {alone("epd2in13v4", func(c *config.Config) {
			c.Survey.Text = map[string]string{"fr": endless + " " + endless, "en": endless + " " + endless}
		}), "(en) is too long for epd2in13v4 beside the other languages, which leaves out “"},
		"a question, screen": {alone("fb", asked(endless)), ""},
		"a question, nobody": {alone("", asked(endless)), ""},
		"thanks": {alone("ssd1306", func(c *config.Config) {
			c.Texts = map[string]map[string]string{"fr": {"thanks": endless}}
		}), "thanks: “" + endless + "” (fr) is too long for ssd1306, which leaves out “"},
		"a label":          {box("ssd1306", label("Les cabines d’essayage")), "“Les cabines d’essayage” (fr) is too long for ssd1306, which leaves out “d’essayage”: shorten survey.followup.labels.welcome.fr"},
		"a label, e-paper": {box("epd2in13v4", label("Anticonstitutionnellement, sans espaces")), "shorten survey.followup.labels.welcome.fr"},
		"languages":        {box("epd2in13v4", label("La gentillesse du personnel de caisse")), "has room for it in fr only"},
		"the question": {box("ssd1306", func(c *config.Config) {
			c.Survey.FollowUp.Text = map[string]string{"fr": "Qu’est-ce qui a compté le plus pour vous ?"}
		}), "follow-up: “Qu’est-ce qui a compté le plus pour vous ?” (fr) is too long for ssd1306 beside the answers, which leaves out “"},
		"an address": {box("ssd1306", func(c *config.Config) { c.Survey.Write = "https://www.magasins.example.com/avis/lyon?r={ref}" }), "make survey.write shorter by 11 letters"},
		"letters":    {box("hd44780", func(c *config.Config) { c.Survey.FollowUp.Ask = false }), "without a QR code"},
		"said": {box("ssd1306", func(c *config.Config) {
			c.Survey.Public.Said = []config.Said{{}}
		}), "has no room for survey.public.said"},
	} {
		var says []string
		for _, f := range checkWords(test.c) {
			if f.level != mild {
				t.Errorf("%s: level %q", name, f.level)
			}
			says = append(says, f.what)
		}
		if len(says) > 1 || test.says == "" && says != nil || !strings.Contains(strings.Join(says, ""), test.says) {
			t.Errorf("%s: %q, want one with %q", name, says, test.says)
		}
	}
}

// A box whose display is not there takes presses, and says once what is wrong.
func TestVotingWithoutTheDisplay(t *testing.T) {
	t.Parallel()
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
	said, _, _ := lab.Run(t, "sourire", "check", "--config", c.TerminalFile)
	for _, want := range []string{"\nnote  display: ssd1306 on I2C bus 99: out of order", "\nFAIL  buttons: out of order", "terminal: it runs"} {
		if !strings.Contains(said, want) {
			t.Errorf("check says\n%s\nand not %q", said, want)
		}
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
