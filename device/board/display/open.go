package display

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Options say how a panel is connected. The zero value is the usual way, which
// README.md shows.
type Options struct {
	I2C         string // the bus: its number, path or name
	Address     uint16 // on that bus
	SPI         string // the port: its numbers or its path
	Chip        string // label of the GPIO chip with the lines of a display on SPI
	Framebuffer string // its path
}

// models are the panels by name.
var models = map[string]func(Options) (Panel, error){
	"epd2in13v2":   openEpaper(epaperV2),
	"epd2in13v4":   openEpaper(epaperV4),
	"ssd1306":      openSSD1306,
	"ssd1306-spi":  openSSD1306SPI,
	"hd44780":      openHD44780(16, 2),
	"hd44780-20x4": openHD44780(20, 4),
	"fb":           openFramebuffer,
}

// Names lists what [Open] can open, sorted.
func Names() []string { return slices.Sorted(maps.Keys(models)) }

// Open opens and initialises a panel. An error says what to do about it.
func Open(name string, o Options) (Panel, error) {
	open := models[name]
	if open == nil {
		return nil, fmt.Errorf("there is no display %q: want one of %s", name, strings.Join(Names(), ", "))
	}
	p, err := open(o)
	if err != nil {
		return nil, fmt.Errorf("display %s: %w", name, err)
	}
	return p, nil
}
