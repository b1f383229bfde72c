package main

import (
	"fmt"
	"math/rand/v2"
	"sync"

	lab "sourire/deploy/lab/agent"
)

const oledAddress = 0x3c

// oled is an SSD1306 with a panel of 128 x 64, mounted as on the usual module:
// upright where the segments are remapped and the rows scanned backwards.
// Source: the SSD1306's data sheet, revision 1.1, tables 8-1 and 9-1.
type oled struct {
	mu sync.Mutex
	controller
	unplugged            bool
	inits, data, refused int
	protocol             []string
}

// controller is what the chip forgets when it loses power.
type controller struct {
	ram                     [8][128]byte
	mode                    byte // of addressing: 0 horizontal, 1 vertical, 2 by page
	page, col               byte
	page0, page1            byte
	col0, col1              byte
	start, offset           byte // line of the memory at the top, row of the panel that it goes to
	remap, backwards        bool
	on, pump, inverted, all bool
	pending                 []byte // a command that has begun
}

func poweredUp() controller {
	c := controller{mode: 2, page1: 7, col1: 127}
	for p := range c.ram {
		for i := range c.ram[p] {
			c.ram[p][i] = byte(rand.Uint32())
		}
	}
	return c
}

func newOLED() *oled { return &oled{controller: poweredUp()} }

// Read gives the status byte: busy never, off or on.
func (o *oled) Read(p []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.unplugged {
		o.refused++
		return false
	}
	for i := range p {
		p[i] = 0x06
		if !o.on {
			p[i] |= 0x40
		}
	}
	return true
}

// Write takes a transfer: control bytes, each with what it announces.
func (o *oled) Write(p []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.unplugged {
		o.refused++
		return false
	}
	const single, data = 0x80, 0x40
	for len(p) > 0 {
		kind, n := p[0], len(p)-1
		if kind&single != 0 {
			n = min(n, 1)
		}
		for _, b := range p[1 : 1+n] {
			if kind&data != 0 {
				o.put(b)
			} else {
				o.command(b)
			}
		}
		p = p[1+n:]
	}
	return true
}

// put writes a byte of picture and moves on.
func (o *oled) put(b byte) {
	o.data++
	o.ram[o.page][o.col] = b
	switch o.mode {
	case 0:
		if o.col = next(o.col, o.col0, o.col1); o.col == o.col0 {
			o.page = next(o.page, o.page0, o.page1)
		}
	case 1:
		if o.page = next(o.page, o.page0, o.page1); o.page == o.page0 {
			o.col = next(o.col, o.col0, o.col1)
		}
	default:
		o.col = next(o.col, 0, 127)
	}
}

func next(at, first, last byte) byte {
	if at == last {
		return first
	}
	return at + 1
}

// arguments is how many bytes follow a command.
func arguments(command byte) int {
	switch command {
	case 0x26, 0x27:
		return 6
	case 0x29, 0x2a:
		return 5
	case 0x21, 0x22, 0xa3:
		return 2
	case 0x20, 0x81, 0x8d, 0xa8, 0xd3, 0xd5, 0xd9, 0xda, 0xdb:
		return 1
	}
	return 0
}

// command takes a byte of a command and carries it out when it is whole.
func (o *oled) command(b byte) {
	o.pending = append(o.pending, b)
	c := o.pending
	if len(c) <= arguments(c[0]) {
		return
	}
	o.pending = nil
	switch op := c[0]; {
	case op < 0x10:
		o.col = o.col&0xf0 | op
	case op < 0x20:
		o.col = o.col&0x0f | op<<4&0x70
	case op == 0x20:
		o.mode = c[1] & 3
	case op == 0x21:
		o.col0, o.col1 = c[1]&127, c[2]&127
		o.col = o.col0
	case op == 0x22:
		o.page0, o.page1 = c[1]&7, c[2]&7
		o.page = o.page0
	case op >= 0x40 && op < 0x80:
		o.start = op & 63
	case op == 0x8d:
		o.pump = c[1]&4 != 0
	case op&^1 == 0xa0:
		o.remap = op&1 == 1
	case op&^1 == 0xa4:
		o.all = op&1 == 1
	case op&^1 == 0xa6:
		o.inverted = op&1 == 1
	case op&^1 == 0xae:
		if o.on = op&1 == 1; o.on {
			o.inits++
		}
	case op&^7 == 0xb0:
		o.page = op & 7
	case op == 0xc0, op == 0xc8:
		o.backwards = op&8 != 0
	case op == 0xd3:
		o.offset = c[1] & 63
	case op == 0x2e, op == 0xe3, op == 0x81, op == 0xa8, op == 0xd5, op == 0xd9, op == 0xda, op == 0xdb:
		// no scrolling, contrast, timing: the picture is the same
	default:
		o.protocol = append(o.protocol, fmt.Sprintf("% x", c))
	}
}

// look is what a customer sees.
func (o *oled) look() lab.Display {
	o.mu.Lock()
	defer o.mu.Unlock()
	d := lab.Display{On: o.on && o.pump && !o.unplugged, Inits: o.inits, Data: o.data, Refused: o.refused, Protocol: o.protocol}
	if !d.On {
		return d
	}
	for y := range 64 {
		for x := range 128 {
			d.Pixels[y][x] = o.all || o.lit(x, y) != o.inverted
		}
	}
	return d
}

// lit reports whether the memory has a point for this place on the panel.
func (o *oled) lit(x, y int) bool {
	if !o.remap {
		x = 127 - x
	}
	if !o.backwards {
		y = 63 - y
	}
	y = (y + int(o.start) - int(o.offset) + 64) % 64
	return o.ram[y/8][x]>>(y%8)&1 == 1
}

// plug pulls the cable or puts it in.
func (o *oled) plug(c lab.Cable) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.unplugged = !c.In
	o.pending = nil
	if c.PowerCut {
		o.controller = poweredUp()
	}
}
