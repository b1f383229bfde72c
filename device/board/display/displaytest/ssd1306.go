package displaytest

import (
	"errors"
	"image"
	"image/color"
	"sync"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
)

// SSD1306 is the controller of an OLED of 128 by 64 pixels, as its data sheet
// (Solomon Systech, SSD1306 rev 1.1) describes it: the commands that set where
// data go, and what of it is lit. It is a chip alone on an I2C bus, and takes
// bytes from SPI by [SSD1306.Command] and [SSD1306.Data].
type SSD1306 struct {
	address uint16

	mu                   sync.Mutex
	ram                  [8][128]byte
	page, col            int
	page0, page1         int // the window of horizontal addressing
	col0, col1           int
	on, inverted, absent bool
	pump                 bool
	broken               int // transfers until one fails; 0: none does
	transfers, sent      int
}

var _ i2c.BusCloser = (*SSD1306)(nil)

// NewSSD1306 is a chip that was just switched on, and is dark.
func NewSSD1306(address uint16) *SSD1306 {
	c := &SSD1306{address: address}
	c.off()
	return c
}

// errNoAcknowledge is what the kernel says of an address without a chip.
var errNoAcknowledge = errors.New("no such device or address")

// String names the bus.
func (c *SSD1306) String() string { return "fake I2C bus with an SSD1306" }

// SetSpeed does nothing.
func (c *SSD1306) SetSpeed(physic.Frequency) error { return nil }

// Close does nothing.
func (c *SSD1306) Close() error { return nil }

// Unplug takes the chip away from the bus, and its power from it.
func (c *SSD1306) Unplug() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.absent = true
	c.off()
}

// Plug ends an [SSD1306.Unplug]. The display stays dark until it is initialised.
func (c *SSD1306) Plug() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.absent = false
}

// PowerCycle takes the power for a moment; nobody on the bus is told.
func (c *SSD1306) PowerCycle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off()
}

func (c *SSD1306) off() {
	c.ram, c.on, c.pump, c.inverted = [8][128]byte{}, false, false, false
	c.page, c.col, c.page0, c.page1, c.col0, c.col1 = 0, 0, 0, 7, 0, 127
}

// FailAfter lets n transfers pass and the one after that fail halfway.
func (c *SSD1306) FailAfter(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.broken = n + 1
}

// Transfers is how many came, and how many bytes of picture with them.
func (c *SSD1306) Transfers() (transfers, data int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.transfers, c.sent
}

// Tx is a transfer: a control byte, then commands or data.
func (c *SSD1306) Tx(addr uint16, w, r []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.absent || addr != c.address {
		return errNoAcknowledge
	}
	if len(w) == 0 {
		clear(r)
		return nil
	}
	if c.broken > 0 {
		if c.broken--; c.broken == 0 {
			c.take(w[0], w[1:1+len(w)/2])
			return errNoAcknowledge
		}
	}
	clear(r)
	c.take(w[0], w[1:])
	return nil
}

// Command is what comes over SPI while D/C is low, Data while it is high.
func (c *SSD1306) Command(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.take(0x00, b)
}

// Data is what comes over SPI while D/C is high.
func (c *SSD1306) Data(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.take(0x40, b)
}

func (c *SSD1306) take(control byte, bytes []byte) {
	c.transfers++
	if control == 0x40 {
		c.write(bytes)
		return
	}
	for len(bytes) > 0 {
		n := 1 + operands[bytes[0]]
		if len(bytes) < n {
			return
		}
		c.command(bytes[0], bytes[1:n])
		bytes = bytes[n:]
	}
}

// operands is how many bytes follow a command.
var operands = map[byte]int{
	0x20: 1, 0x21: 2, 0x22: 2, 0x26: 6, 0x27: 6, 0x29: 5, 0x2a: 5, 0x81: 1,
	0x8d: 1, 0xa3: 2, 0xa8: 1, 0xd3: 1, 0xd5: 1, 0xd9: 1, 0xda: 1, 0xdb: 1,
}

func (c *SSD1306) command(b byte, args []byte) {
	switch {
	case b == 0x21:
		c.col0, c.col1 = int(args[0]&127), int(args[1]&127)
		c.col = c.col0
	case b == 0x22:
		c.page0, c.page1 = int(args[0]&7), int(args[1]&7)
		c.page = c.page0
	case b == 0x8d:
		c.pump = args[0]&4 != 0
	case b == 0xae, b == 0xaf:
		c.on = b == 0xaf
	case b == 0xa6, b == 0xa7:
		c.inverted = b == 0xa7
	case b&0xf8 == 0xb0:
		c.page = int(b & 7)
	case b&0xf0 == 0x00:
		c.col = c.col&^0x0f | int(b)
	case b&0xf0 == 0x10:
		c.col = c.col&0x0f | int(b&7)<<4
	}
}

func (c *SSD1306) write(data []byte) {
	c.sent += len(data)
	for _, b := range data {
		c.ram[c.page][c.col] = b
		if c.col++; c.col > c.col1 || c.col > 127 {
			c.col = c.col0
			if c.page++; c.page > c.page1 || c.page > 7 {
				c.page = c.page0
			}
		}
	}
}

// Image is what a person sees: lit pixels are white.
func (c *SSD1306) Image() *image.Gray {
	c.mu.Lock()
	defer c.mu.Unlock()
	img := image.NewGray(image.Rect(0, 0, 128, 64))
	for y := range 64 {
		for x := range 128 {
			if c.on && c.pump && (c.ram[y/8][x]>>(y%8)&1 == 1) != c.inverted {
				img.SetGray(x, y, color.Gray{Y: 0xff})
			}
		}
	}
	return img
}
