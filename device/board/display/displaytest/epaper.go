package displaytest

import (
	"fmt"
	"image"
	"image/color"
	"sync"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
)

// EPaper is an e-paper panel of 250 by 122 pixels with an SSD1680 or SSD1675B
// (Solomon Systech), alone on an SPI port, as far as pictures need it: reset,
// two RAMs and where bytes go in them, refreshing, sleep, and BUSY.
//
// What a driver may not do is kept as an error of [EPaper.Err].
type EPaper struct {
	mu       sync.Mutex
	ram      [2][250][16]byte // new, old
	ink      [250][122]bool   // what is seen, upright; it needs no power
	x, y     int
	x0, x1   int
	y0, y1   int
	command  byte
	data     []byte
	sequence byte // what command 0x20 does
	busyTill time.Time
	asleep   bool
	powered  bool // clock and analog are on
	waveform bool // one was written
	dc       bool
	reset    bool
	stuck    bool
	absent   bool
	deaf     bool
	full     int
	partial  int
	err      error
}

var (
	_ spi.PortCloser = (*EPaper)(nil)
	_ spi.Conn       = (*EPaper)(nil)
)

// NewEPaper is a panel that shows noise, as one from the shop does.
func NewEPaper() *EPaper {
	c := &EPaper{reset: true}
	for y := range c.ink {
		for x := range c.ink[y] {
			c.ink[y][x] = (x*y+x)%3 == 0
		}
	}
	c.PowerCycle()
	return c
}

// The refreshes of a panel in a warm room take so long.
const (
	FullRefresh    = 2 * time.Second
	PartialRefresh = 300 * time.Millisecond
)

// PowerCycle takes the power for a moment: all is lost but the picture.
func (c *EPaper) PowerCycle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ram = [2][250][16]byte{}
	c.clear()
}

func (c *EPaper) clear() {
	c.x, c.y, c.x0, c.x1, c.y0, c.y1 = 0, 0, 0, 0, 0, 0
	c.asleep, c.powered, c.waveform, c.busyTill = false, false, false, time.Time{}
}

// StickBusy has BUSY high for ever, or lets it go.
func (c *EPaper) StickBusy(stuck bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stuck = stuck
}

// Unplug takes all wires off, or puts them on: BUSY is then pulled high.
func (c *EPaper) Unplug(absent bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.absent = absent
}

// Deafen breaks the wires that the panel listens to, not BUSY.
func (c *EPaper) Deafen(deaf bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deaf = deaf
}

// Refreshes is how many there were.
func (c *EPaper) Refreshes() (full, partial int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.full, c.partial
}

// Err is the first thing that a driver did wrong.
func (c *EPaper) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

func (c *EPaper) wrong(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf(format, args...)
	}
}

func (c *EPaper) busy() bool {
	return c.stuck || c.absent || c.asleep || time.Now().Before(c.busyTill)
}

// Connect is [spi.Port].
func (c *EPaper) Connect(physic.Frequency, spi.Mode, int) (spi.Conn, error) { return c, nil }

// Tx takes commands or data, by the line D/C.
func (c *EPaper) Tx(w, _ []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.absent || c.deaf || c.asleep {
		return nil
	}
	if c.busy() {
		c.wrong("command %#x: %d bytes while busy", c.command, len(w))
		return nil
	}
	for _, b := range w {
		if !c.dc {
			c.command, c.data = b, nil
		} else {
			c.data = append(c.data, b)
		}
		c.take(b)
	}
	return nil
}

func (c *EPaper) take(b byte) {
	d := c.data
	switch {
	case c.command == 0x12 && !c.dc:
		c.clear()
		c.busyTill = time.Now().Add(5 * time.Millisecond)
	case c.command == 0x20 && !c.dc:
		c.activate()
	case len(d) == 0:
	case c.command == 0x10:
		c.asleep = d[0]&1 != 0
	case c.command == 0x11 && d[0] != 3:
		c.wrong("data entry mode %#x is not modelled", d[0])
	case c.command == 0x22:
		c.sequence = d[0]
	case c.command == 0x24:
		c.write(0, b)
	case c.command == 0x26:
		c.write(1, b)
	case c.command == 0x32 && len(d) == 70:
		c.waveform = true
	case c.command == 0x44 && len(d) == 2:
		c.x0, c.x1 = int(d[0]), int(d[1])
	case c.command == 0x45 && len(d) == 4:
		c.y0, c.y1 = int(d[0])|int(d[1])<<8, int(d[2])|int(d[3])<<8
	case c.command == 0x4e:
		c.x = int(d[0])
	case c.command == 0x4f && len(d) == 2:
		c.y = int(d[0]) | int(d[1])<<8
	}
}

func (c *EPaper) write(ram int, b byte) {
	if c.x > 15 || c.y > 249 {
		c.wrong("a byte for column %d of row %d", c.x, c.y)
		return
	}
	c.ram[ram][c.y][c.x] = b
	if c.x++; c.x > c.x1 {
		c.x = c.x0
		if c.y++; c.y > c.y1 {
			c.y = c.y0
		}
	}
}

// activate runs the sequence that was set.
func (c *EPaper) activate() {
	sequence := c.sequence
	if sequence&0xc0 == 0xc0 {
		c.powered = true
	}
	c.busyTill = time.Now().Add(80 * time.Millisecond)
	if sequence&0x04 == 0 {
		return
	}
	if !c.powered || !c.waveform && sequence&0x10 == 0 {
		c.wrong("a refresh without power or waveform, sequence %#x", sequence)
	}
	differing := sequence&0x08 != 0
	if differing {
		c.partial++
		c.busyTill = time.Now().Add(PartialRefresh)
	} else {
		c.full++
		c.busyTill = time.Now().Add(FullRefresh)
	}
	for y := range c.ink {
		for x := range c.ink[y] {
			now, before := c.ram[0][y][x/8]&(0x80>>(x%8)) == 0, c.ram[1][y][x/8]&(0x80>>(x%8)) == 0
			if !differing || now != before {
				c.ink[y][x] = now
			}
		}
	}
}

// Image is what a person sees, in landscape: ink is black.
func (c *EPaper) Image() *image.Gray {
	c.mu.Lock()
	defer c.mu.Unlock()
	img := image.NewGray(image.Rect(0, 0, 250, 122))
	for x := range 250 {
		for y := range 122 {
			if !c.ink[249-x][y] {
				img.SetGray(x, y, color.Gray{Y: 0xff})
			}
		}
	}
	return img
}

// Line is one of the panel's wires beside SPI.
type Line struct {
	high func() bool
	set  func(high bool)
}

// Set sets an output.
func (l *Line) Set(high bool) error { l.set(high); return nil }

// High reads an input.
func (l *Line) High() (bool, error) { return l.high(), nil }

// Close does nothing.
func (l *Line) Close() error { return nil }

// DC is the line that tells data from commands.
func (c *EPaper) DC() *Line {
	return &Line{set: func(high bool) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.dc = high
	}}
}

// Reset is the line that wakes the controller as it rises.
func (c *EPaper) Reset() *Line {
	return &Line{set: func(high bool) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if high && !c.reset && !c.deaf && !c.absent {
			c.clear()
		}
		c.reset = high
	}}
}

// Busy is the line that is high while the controller works or sleeps.
func (c *EPaper) Busy() *Line {
	return &Line{high: func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.busy()
	}}
}

// TxPackets is a Tx for each packet.
func (c *EPaper) TxPackets(packets []spi.Packet) error {
	for _, p := range packets {
		if err := c.Tx(p.W, p.R); err != nil {
			return err
		}
	}
	return nil
}

// LimitSpeed does nothing.
func (c *EPaper) LimitSpeed(physic.Frequency) error { return nil }

// Duplex is full.
func (c *EPaper) Duplex() conn.Duplex { return conn.Full }

// String names the port.
func (c *EPaper) String() string { return "fake SPI port with an e-paper panel" }

// Close does nothing.
func (c *EPaper) Close() error { return nil }
