package displaytest

import (
	"sync"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
)

// HD44780 is the controller of a character display (Hitachi HD44780U) behind a
// PCF8574, alone on an I2C bus, wired as on the usual backpack: RS, R/W, E,
// backlight and D4 to D7 from the lowest pin on.
type HD44780 struct {
	address uint16

	mu       sync.Mutex
	absent   bool
	pins     byte
	fourBits bool
	upper    int // the upper half of a byte that waits for its lower one, or -1
	cells    [0x68]byte
	glyphs   [64]byte
	at       int
	inGlyphs bool
	on       bool
}

var _ i2c.BusCloser = (*HD44780)(nil)

// NewHD44780 is a display that was just switched on.
func NewHD44780(address uint16) *HD44780 {
	c := &HD44780{address: address}
	c.PowerCycle()
	return c
}

// PowerCycle takes the power for a moment; nobody on the bus is told.
func (c *HD44780) PowerCycle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pins, c.fourBits, c.upper, c.at, c.inGlyphs, c.on = 0xff, false, -1, 0, false, false
	for i := range c.cells {
		c.cells[i] = ' '
	}
	for i := range c.glyphs {
		c.glyphs[i] = 0x15 // anything
	}
}

// Unplug takes the display away, Plug brings it back.
func (c *HD44780) Unplug() {
	c.PowerCycle()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.absent = true
}

// Plug ends an [HD44780.Unplug].
func (c *HD44780) Plug() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.absent = false
}

// Glitch is interference that the controller takes for half a byte.
func (c *HD44780) Glitch() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.half(0x5, true)
}

// String names the bus.
func (c *HD44780) String() string { return "fake I2C bus with an HD44780" }

// SetSpeed does nothing.
func (c *HD44780) SetSpeed(physic.Frequency) error { return nil }

// Close does nothing.
func (c *HD44780) Close() error { return nil }

// Tx sets the expander's pins, one byte after the other.
func (c *HD44780) Tx(addr uint16, w, r []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.absent || addr != c.address {
		return errNoAcknowledge
	}
	for _, pins := range w {
		if fell := c.pins & 4 &^ pins; fell != 0 && c.pins&2 == 0 {
			c.half(c.pins>>4, c.pins&1 != 0)
		}
		c.pins = pins
	}
	for i := range r {
		r[i] = c.pins
	}
	return nil
}

// half takes over four data lines.
func (c *HD44780) half(d byte, data bool) {
	if !c.fourBits {
		c.take(d<<4, data)
		return
	}
	if c.upper < 0 {
		c.upper = int(d)
		return
	}
	b := byte(c.upper)<<4 | d
	c.upper = -1
	c.take(b, data)
}

func (c *HD44780) take(b byte, data bool) {
	switch {
	case data && c.inGlyphs:
		c.glyphs[c.at&63] = b & 0x1f
		c.at++
	case data:
		if c.at < len(c.cells) {
			c.cells[c.at] = b
		}
		switch c.at++; c.at { // from the end of a line to the beginning of the other
		case 0x28:
			c.at = 0x40
		case 0x68:
			c.at = 0
		}
	case b&0x80 != 0:
		c.at, c.inGlyphs = int(b&0x7f), false
	case b&0x40 != 0:
		c.at, c.inGlyphs = int(b&0x3f), true
	case b&0x20 != 0:
		c.fourBits = b&0x10 == 0
	case b&0x10 != 0: // shift: not modelled
	case b&0x08 != 0:
		c.on = b&0x04 != 0
	case b&0x04 != 0: // entry mode: not modelled
	case b&0x02 != 0:
		c.at, c.inGlyphs = 0, false
	case b == 0x01:
		for i := range c.cells {
			c.cells[i] = ' '
		}
		c.at, c.inGlyphs = 0, false
	}
}

// Row is the codes that a row shows, nil while the display is dark.
func (c *HD44780) Row(row, cols int) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.on || c.pins&8 == 0 {
		return nil
	}
	first := row%2*0x40 + row/2*cols
	return append([]byte(nil), c.cells[first:first+cols]...)
}

// Glyph is the dots of one of the display's eight free letters, a row a byte.
func (c *HD44780) Glyph(code byte) (dots [8]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	copy(dots[:], c.glyphs[code&7*8:])
	return dots
}
