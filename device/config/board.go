package config

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"sourire/device/tap"
)

// The kinds of board.
const (
	BoardPanel = "panel" // a touch screen or a browser
	BoardGPIO  = "gpio"  // buttons, and what goes with them
)

// Bus is how a display is connected.
type Bus string

// The buses of displays.
const (
	BusI2C         Bus = "i2c"
	BusSPI         Bus = "spi"         // and the lines DC and RST
	BusSPIBusy     Bus = "spi, busy"   // and the line BUSY
	BusFramebuffer Bus = "framebuffer" // the kernel's
)

// displays are the names that board.display may have.
var displays = map[string]Bus{
	"ssd1306": BusI2C, "hd44780": BusI2C, "hd44780-20x4": BusI2C,
	"ssd1306-spi": BusSPI, "epd2in13v4": BusSPIBusy, "epd2in13v2": BusSPIBusy,
	"fb": BusFramebuffer,
}

// Displays are the names that board.display may have, sorted.
func Displays() []string { return slices.Sorted(maps.Keys(displays)) }

// Board says what the terminal is made of. Lines are named as the kernel does.
type Board struct {
	Kind     string   `toml:"kind"`
	Buttons  []string `toml:"buttons"`  // lines, worst face first; see [Config.ButtonLines]
	Lights   []string `toml:"lights"`   // lines, one a button, or none
	Buzzer   string   `toml:"buzzer"`   // a line, or a PWM channel such as "pwm0.0"
	Quiet    string   `toml:"quiet"`    // when the buzzer is soft: "21:00-08:00"
	Display  string   `toml:"display"`  // one of [Displays], or none
	Chip     string   `toml:"chip"`     // label of the GPIO chip; empty for the one that has the lines
	Pull     string   `toml:"pull"`     // up, down or none: the resistor at each button
	Active   string   `toml:"active"`   // low or high: what a button that is down reads
	Debounce int      `toml:"debounce"` // ms for which a contact has to rest; 5 to 50
	I2C      string   `toml:"i2c"`      // the display's bus: number, path or name
	Address  int      `toml:"address"`  // the display's, on that bus; 0 for its usual one

	SPI         string `toml:"spi"`         // the display's port: numbers or path
	DC          string `toml:"dc"`          // its line for data or command
	RST         string `toml:"rst"`         // its reset
	Busy        string `toml:"busy"`        // e-paper's answer
	Framebuffer string `toml:"framebuffer"` // the path of fb's
	Rotate      int    `toml:"rotate"`      // the display hangs so many degrees turned: 0 or 180
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

// Bus is how the display is connected; empty where there is none.
func (b Board) Bus() Bus { return displays[b.Display] }

// DisplayLines are the lines that the display takes beside its bus: DC, RST and
// BUSY, or the first two, or none.
func (b Board) DisplayLines() []string {
	switch b.Bus() {
	case BusSPI:
		return []string{b.DC, b.RST}
	case BusSPIBusy:
		return []string{b.DC, b.RST, b.Busy}
	}
	return nil
}

// busLines are the lines of a Raspberry Pi's header that the display's bus takes,
// by the key that names it: the kernel gives such a line away where it is asked
// for as a button, and the display goes dark without a word.
func (b Board) busLines() (key string, lines []string) {
	switch b.Bus() {
	case BusI2C:
		if b.I2C == "1" || b.I2C == "/dev/i2c-1" {
			return "board.i2c", []string{"GPIO2", "GPIO3"}
		}
	case BusSPI, BusSPIBusy:
		if strings.HasPrefix(strings.TrimPrefix(b.SPI, "/dev/spidev"), "0.") {
			return "board.spi", []string{"GPIO7", "GPIO8", "GPIO9", "GPIO10", "GPIO11"} // the driver has both CE
		}
	}
	return "", nil
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
	if b := c.Board.Buzzer; pwmLike.MatchString(b) && !pwm.MatchString(b) {
		errs = append(errs, wrong("board.buzzer", b, `want a PWM channel such as "pwm0.0", the chip's number and the channel's, or a line such as "GPIO18"`))
	}
	if _, err := tap.ParseDaily(c.Board.Quiet); err != nil {
		errs = append(errs, fmt.Errorf("board.quiet: %w", err))
	}
	return append(errs, c.checkDisplay()...)
}

// pwm is a channel of the kernel's PWM, pwmLike what was meant as one.
var (
	pwm     = regexp.MustCompile(`^pwm\d+\.\d+$`)
	pwmLike = regexp.MustCompile(`^pwm[\d.:/-]*$`)
)

// spiPort is a port by its numbers, or by its path.
var spiPort = regexp.MustCompile(`^(\d+\.\d+|/.+)$`)

func (c *Config) checkDisplay() (errs []error) {
	b := &c.Board
	if b.Display != "" && b.Bus() == "" {
		errs = append(errs, wrong("board.display", b.Display, "want one of "+strings.Join(Displays(), ", ")+"; or leave it out"))
	}
	if a := b.Address; a != 0 && (a < 0x08 || a > 0x77) {
		errs = append(errs, fmt.Errorf("board.address = %#x: want 0x08 to 0x77, or 0 for the usual one", a))
	}
	if b.Rotate != 0 && b.Rotate != 180 {
		errs = append(errs, fmt.Errorf("board.rotate = %d: want 0, or 180 for a display that hangs upside down", b.Rotate))
	}
	if b.Rotate != 0 && strings.HasPrefix(b.Display, "hd44780") {
		errs = append(errs, fmt.Errorf("board.rotate = %d: a character display cannot turn its letters: mount it upright", b.Rotate))
	}
	switch b.Bus() {
	case BusI2C:
		if b.I2C == "" {
			errs = append(errs, wrong("board.i2c", b.I2C, `want the display's bus, such as "1"`))
		}
	case BusSPI, BusSPIBusy:
		if !spiPort.MatchString(b.SPI) {
			errs = append(errs, wrong("board.spi", b.SPI, `want the display's port, such as "0.0" or "/dev/spidev0.0"`))
		}
	case BusFramebuffer:
		if !filepath.IsAbs(b.Framebuffer) {
			errs = append(errs, wrong("board.framebuffer", b.Framebuffer, "want a full path, such as /dev/fb0"))
		}
	}
	return errs
}

// checkLines looks for lines without a name, and for those with two uses.
func (c *Config) checkLines() (errs []error) {
	used := map[string]string{}
	bus, taken := c.Board.busLines()
	for _, line := range taken {
		used[line] = bus
	}
	type part struct {
		key   string
		lines []string
	}
	parts := []part{{"board.buttons", c.ButtonLines()}, {"board.lights", c.Board.Lights}, {"board.buzzer", c.buzzerLines()}}
	for i, line := range c.Board.DisplayLines() {
		parts = append(parts, part{[]string{"board.dc", "board.rst", "board.busy"}[i], []string{line}})
	}
	for _, part := range parts {
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
