package display

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"periph.io/x/conn/v3/i2c"

	"sourire/device/screen"
)

// Options say how a panel is connected and mounted. README.md shows the usual
// way.
type Options struct {
	I2C     string // the bus: its number, path or name
	Address uint16 // on that bus; 0 for the usual one

	SPI  string // the port: its numbers or its path
	Chip string // label of the GPIO chip with the lines; empty for whichever has them
	DC   string // the line for data or command
	RST  string // the reset
	Busy string // of e-paper

	Framebuffer string // its path

	UpsideDown bool // a character display cannot be turned, and takes no notice
}

// model is a kind of panel.
type model struct {
	open  func(Options) (Panel, error)
	whole func(screen.Scene) bool // one page shows the headline to its end, or each of its languages does
}

// models are the panels by name.
var models = map[string]model{
	"epd2in13v2":   {openEpaper(epaperV2), fitsEpaper},
	"epd2in13v4":   {openEpaper(epaperV4), fitsEpaper},
	"ssd1306":      {openSSD1306, fitsSSD1306},
	"ssd1306-spi":  {openSSD1306SPI, fitsSSD1306},
	"hd44780":      {openHD44780(16, 2), fitsCells(16, 2)},
	"hd44780-20x4": {openHD44780(20, 4), fitsCells(20, 4)},
	"fb":           {openFramebuffer, nil}, // its size is not known before
}

func fitsEpaper(s screen.Scene) bool { return screen.FitsBits(s, epaperSize) }

func fitsSSD1306(s screen.Scene) bool {
	for _, turn := range s.Turns() {
		if !screen.FitsBits(turn, ssd1306Size) {
			return false
		}
	}
	return true
}

func fitsCells(cols, rows int) func(screen.Scene) bool {
	return func(s screen.Scene) bool { return len(screen.Lines(s, cols, rows)) <= len(s.Turns()) }
}

// Cut lists the languages in which the panel of that name shows the headline of
// a scene in parts only; all of them where each would fit alone, but not
// together. It needs no panel.
func Cut(name string, s screen.Scene) []string {
	whole := models[name].whole
	if whole == nil || whole(s) {
		return nil
	}
	var cut []string
	for _, lang := range s.Languages {
		alone := s
		alone.Languages = []string{lang}
		if !whole(alone) {
			cut = append(cut, lang)
		}
	}
	if cut == nil {
		return s.Languages
	}
	return cut
}

// Elsewhere lists the addresses at which something answers on a bus, of those
// that the panel of that name can be set to. It reads a byte at each, which
// changes nothing.
func Elsewhere(name string, bus i2c.Bus) (found []uint16) {
	for _, a := range addresses[strings.TrimSuffix(name, "-20x4")] {
		if bus.Tx(a, nil, make([]byte, 1)) == nil {
			found = append(found, a)
		}
	}
	return found
}

// addresses are where a panel on I2C can be, by jumpers on its back: an OLED's
// two, and those of the PCF8574 and the PCF8574A.
var addresses = map[string][]uint16{
	"ssd1306": {0x3c, 0x3d},
	"hd44780": {0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f},
}

// Names lists what [Open] can open, sorted.
func Names() []string { return slices.Sorted(maps.Keys(models)) }

// Open opens and initialises a panel. An error says what to do about it.
func Open(name string, o Options) (Panel, error) {
	m, ok := models[name]
	if !ok {
		return nil, fmt.Errorf("there is no display %q: want one of %s", name, strings.Join(Names(), ", "))
	}
	p, err := m.open(o)
	if err != nil {
		return nil, fmt.Errorf("display %s: %w", name, err)
	}
	return p, nil
}
