package config

import (
	"fmt"
	"slices"
	"strings"

	"sourire/device/tap"
)

// The kinds of board.
const (
	BoardPanel = "panel" // a touch screen or a browser
	BoardGPIO  = "gpio"  // buttons, and what goes with them
)

// Displays are the names that board.display may have.
var Displays = []string{"ssd1306", "ssd1306-spi", "epd2in13v4", "epd2in13v2", "hd44780", "hd44780-20x4", "fb"}

// Board says what the terminal is made of. Lines are named as the kernel does.
type Board struct {
	Kind     string   `toml:"kind"`
	Buttons  []string `toml:"buttons"`  // lines, worst face first; see [Config.ButtonLines]
	Lights   []string `toml:"lights"`   // lines, one a button, or none
	Buzzer   string   `toml:"buzzer"`   // a line, or a PWM channel such as "pwm0.0"
	Quiet    string   `toml:"quiet"`    // when the buzzer is soft: "21:00-08:00"
	Display  string   `toml:"display"`  // one of [Displays]
	Chip     string   `toml:"chip"`     // label of the GPIO chip; empty for the one that has the lines
	Pull     string   `toml:"pull"`     // up, down or none: the resistor at each button
	Active   string   `toml:"active"`   // low or high: what a button that is down reads
	Debounce int      `toml:"debounce"` // ms for which a contact has to rest; 5 to 50
	I2C      string   `toml:"i2c"`      // the display's bus: number, path or name
	Address  int      `toml:"address"`  // the display's, on that bus; 0 for its usual one
}

// usual is the wiring of device/board/README.md.
var usual = []string{"GPIO5", "GPIO6", "GPIO13", "GPIO19", "GPIO26"}

// ButtonLines are the lines of the buttons: those configured, or as many of
// the usual ones as the scale has choices.
func (c *Config) ButtonLines() []string {
	if len(c.Board.Buttons) > 0 {
		return c.Board.Buttons
	}
	return usual[:min(len(usual), c.Survey.Scale.Choices())]
}

func (c *Config) buzzerLines() []string {
	if c.Board.Buzzer == "" {
		return nil
	}
	return []string{c.Board.Buzzer}
}

// QuietTime is when the buzzer is soft. [Config.Check] has made sure of it.
func (b Board) QuietTime() tap.Hours {
	h, _ := tap.ParseDaily(b.Quiet)
	return h
}

func (c *Config) checkBoard() []error {
	switch c.Board.Kind {
	case BoardPanel:
		return nil
	case BoardGPIO:
		return slices.Concat(c.checkButtons(), c.checkParts(), c.checkLines())
	}
	return []error{wrong("board.kind", c.Board.Kind, `want "panel" for a touch screen or a browser, or "gpio" for buttons`)}
}

func (c *Config) checkButtons() (errs []error) {
	choices := c.Survey.Scale.Choices()
	switch n := len(c.ButtonLines()); {
	case choices > len(usual):
		errs = append(errs, wrong("survey.scale", string(c.Survey.Scale), fmt.Sprintf(`its %d choices want a touch panel: board.kind = "panel"`, choices)))
	case choices > 0 && n != choices:
		errs = append(errs, fmt.Errorf("board.buttons has %d lines: %q has %d choices, want one a choice, worst first", n, c.Survey.Scale, choices))
	}
	if p := c.Board.Pull; p != "up" && p != "down" && p != "none" {
		errs = append(errs, wrong("board.pull", p, `want "up", "down", or "none" where the board has resistors of its own`))
	}
	if a := c.Board.Active; a != "low" && a != "high" {
		errs = append(errs, wrong("board.active", a, `want "low" for buttons that close to ground, "high" for those that close to 3.3 V`))
	}
	if d := c.Board.Debounce; d < 5 || d > 50 {
		errs = append(errs, fmt.Errorf("board.debounce = %d: want 5 to 50 ms", d))
	}
	return errs
}

func (c *Config) checkParts() (errs []error) {
	if n := len(c.Board.Lights); n != 0 && n != len(c.ButtonLines()) {
		errs = append(errs, fmt.Errorf("board.lights has %d lines: want one a button, %d, or none", n, len(c.ButtonLines())))
	}
	if _, err := tap.ParseDaily(c.Board.Quiet); err != nil {
		errs = append(errs, fmt.Errorf("board.quiet: %w", err))
	}
	if d := c.Board.Display; d != "" && !slices.Contains(Displays, d) {
		errs = append(errs, wrong("board.display", d, "want one of "+strings.Join(Displays, ", ")+"; or leave it out"))
	}
	if a := c.Board.Address; a != 0 && (a < 0x08 || a > 0x77) {
		errs = append(errs, fmt.Errorf("board.address = %#x: want 0x08 to 0x77, or 0 for the usual one", a))
	}
	if c.Board.Display != "" && c.Board.I2C == "" {
		errs = append(errs, wrong("board.i2c", c.Board.I2C, `want the display's bus, such as "1"`))
	}
	return errs
}

// checkLines looks for lines without a name, and for those with two uses.
func (c *Config) checkLines() (errs []error) {
	used := map[string]string{}
	for _, part := range []struct {
		key   string
		lines []string
	}{{"board.buttons", c.ButtonLines()}, {"board.lights", c.Board.Lights}, {"board.buzzer", c.buzzerLines()}} {
		for _, line := range part.lines {
			switch first, again := used[line]; {
			case strings.TrimSpace(line) == "":
				errs = append(errs, fmt.Errorf("%s has an empty name: want that of a line, such as GPIO5", part.key))
			case again:
				errs = append(errs, wrong(part.key, line, "that line is in "+first+" already: want a line for each"))
			default:
				used[line] = part.key
			}
		}
	}
	return errs
}
