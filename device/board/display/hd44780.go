package display

import (
	"errors"
	"time"

	"periph.io/x/conn/v3/i2c"

	board "sourire/device/board/i2c"
	"sourire/device/screen"
)

const (
	hd44780Renew   = 5 * time.Minute
	hd44780Address = 0x27 // of a PCF8574; a PCF8574A has 0x3f
)

// Instructions of the controller: Hitachi HD44780U, ADE-207-272(Z).
const (
	lcdHome      = 0x02
	lcdEntry     = 0x06 // from left to right
	lcdOn        = 0x0c // no cursor
	lcdFourBits  = 0x28 // two lines (a display of four uses both halves of each)
	lcdSetGlyphs = 0x40 // CGRAM address
	lcdSetCells  = 0x80 // DDRAM address
)

// How the backpack's PCF8574 is wired to the controller; the upper four of its
// pins are the data lines D4 to D7.
const (
	pinRS        = 0x01 // high: data, low: an instruction
	pinE         = 0x04 // taken over as it falls
	pinBacklight = 0x08
)

// hd44780Panel is a character display behind an I2C expander.
type hd44780Panel struct {
	bus        i2c.BusCloser
	address    uint16
	cols, rows int
}

func openHD44780(cols, rows int) func(Options) (Panel, error) {
	return func(o Options) (Panel, error) {
		bus, err := board.Open(o.I2C)
		if err != nil {
			return nil, err
		}
		p := &hd44780Panel{bus, o.Address, cols, rows}
		if p.address == 0 {
			p.address = hd44780Address
		}
		if err := p.init(); err != nil {
			return nil, errors.Join(err, bus.Close())
		}
		return p, nil
	}
}

func (p *hd44780Panel) Pages(s screen.Scene) int { return len(screen.Lines(s, p.cols, p.rows)) }

// Show writes every cell. It begins with the initialisation: interference on
// the wires can make the controller lose count of the halves of a byte, and it
// has no way to say so.
func (p *hd44780Panel) Show(s screen.Scene, page int) error {
	if err := p.init(); err != nil {
		return err
	}
	codes, glyphs := lcdCodes(screen.Lines(s, p.cols, p.rows)[page])
	if err := p.send(lcdSetGlyphs, glyphs); err != nil {
		return err
	}
	for row, line := range codes {
		if err := p.send(lcdSetCells|byte(lcdRow(row, p.cols)), line); err != nil {
			return err
		}
	}
	return nil
}

// lcdRow is the address of a row's first cell: the third and fourth row go on
// where the first and second end.
func lcdRow(row, cols int) int { return row%2*0x40 + row/2*cols }

// init is the initialisation by instruction of the data sheet's figure 24. It
// leaves the text as it is.
func (p *hd44780Panel) init() error {
	for _, step := range []struct {
		nibble byte
		wait   time.Duration
	}{{0x3, 5 * time.Millisecond}, {0x3, time.Millisecond}, {0x3, time.Millisecond}, {0x2, time.Millisecond}} {
		if err := p.bus.Tx(p.address, p.strobe(nil, step.nibble<<4), nil); err != nil {
			return err
		}
		time.Sleep(step.wait)
	}
	for _, instruction := range []byte{lcdFourBits, lcdEntry, lcdOn, lcdHome} {
		if err := p.send(instruction, nil); err != nil {
			return err
		}
	}
	time.Sleep(2 * time.Millisecond) // for lcdHome; all others end before the next byte is there
	return nil
}

// send is an instruction and data, in one transfer.
func (p *hd44780Panel) send(instruction byte, data []byte) error {
	b := p.strobe(p.strobe(nil, instruction), instruction<<4)
	for _, d := range data {
		b = p.strobe(p.strobe(b, d|pinRS), d<<4|pinRS)
	}
	return p.bus.Tx(p.address, b, nil)
}

// strobe appends what puts the upper half of b onto the data lines.
func (p *hd44780Panel) strobe(to []byte, b byte) []byte {
	lines := b&0xf0 | b&pinRS | pinBacklight
	return append(to, lines|pinE, lines)
}

func (p *hd44780Panel) Renew() time.Duration { return hd44780Renew }

func (p *hd44780Panel) Close() error { return p.bus.Close() }
