package display

import (
	"errors"
	"fmt"
	"image"
	"io"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/spi"
	"periph.io/x/devices/v3/ssd1306"
	"periph.io/x/devices/v3/ssd1306/image1bit"

	boardi2c "sourire/device/board/i2c"
	boardspi "sourire/device/board/spi"
	"sourire/device/screen"
)

const (
	ssd1306Renew   = 5 * time.Minute
	ssd1306Address = 0x3c
	ssd1306Reset   = 5 * time.Millisecond
)

var ssd1306Size = image.Pt(128, 64)

// ssd1306Panel is an OLED of 128 by 64 pixels.
type ssd1306Panel struct {
	dev   *ssd1306.Dev
	port  io.Closer
	wires *wires // none on I2C

	upsideDown bool

	scene screen.Scene // the latest
	drawn []*image1bit.VerticalLSB
}

func openSSD1306(o Options) (Panel, error) {
	bus, err := boardi2c.Open(o.I2C)
	if err != nil {
		return nil, err
	}
	address := o.Address
	if address == 0 {
		address = ssd1306Address
	}
	p, err := newSSD1306(bus, address)
	if err != nil {
		return nil, errors.Join(err, bus.Close())
	}
	p.upsideDown = o.UpsideDown
	return p, nil
}

func newSSD1306(bus i2c.BusCloser, address uint16) (*ssd1306Panel, error) {
	dev, err := ssd1306.NewI2C(oneChip{bus, address}, &ssd1306.DefaultOpts)
	if err != nil {
		return nil, err
	}
	return &ssd1306Panel{dev: dev, port: bus, wires: &wires{}}, nil
}

// openSSD1306SPI opens an OLED on SPI. It has no way to answer: one that is not
// there is not missed.
func openSSD1306SPI(o Options) (Panel, error) {
	port, err := boardspi.Open(o.SPI)
	if err != nil {
		return nil, err
	}
	w, err := takeWires(o, false)
	if err != nil {
		return nil, errors.Join(err, port.Close())
	}
	p, err := newSSD1306SPI(port, w)
	if err != nil {
		return nil, errors.Join(err, w.Close(), port.Close())
	}
	p.upsideDown = o.UpsideDown
	return p, nil
}

func newSSD1306SPI(port spi.PortCloser, w *wires) (*ssd1306Panel, error) {
	for _, level := range []bool{true, false, true} {
		if err := w.reset.Set(level); err != nil {
			return nil, fmt.Errorf("the line RST: %w", err)
		}
		time.Sleep(ssd1306Reset)
	}
	dev, err := ssd1306.NewSPI(port, periphPin{w.dc}, &ssd1306.DefaultOpts)
	if err != nil {
		return nil, err
	}
	return &ssd1306Panel{dev: dev, port: port, wires: w}, nil
}

// oneChip is a bus on which the driver finds its chip, whatever the address.
type oneChip struct {
	i2c.Bus
	address uint16
}

func (c oneChip) Tx(_ uint16, w, r []byte) error { return c.Bus.Tx(c.address, w, r) }

// Pages is one a language: a small display shows them in turn.
func (p *ssd1306Panel) Pages(s screen.Scene) int { return len(s.Turns()) }

// Show sends what differs from the frame before. That the driver keeps that
// frame even if sending it failed does not matter here: after an error the
// panel is opened anew, and a new driver sends all.
func (p *ssd1306Panel) Show(s screen.Scene, page int) error {
	if turns := s.Turns(); len(p.drawn) != len(turns) || !p.scene.Equal(s) {
		p.scene, p.drawn = s, make([]*image1bit.VerticalLSB, len(turns))
	}
	if p.drawn[page] == nil { // its pages turn all day
		img := screen.DrawBits(s.Turns()[page], ssd1306Size)
		if p.upsideDown {
			turn(img)
		}
		p.drawn[page] = litBits(img)
	}
	return p.dev.Draw(p.drawn[page].Rect, p.drawn[page], image.Point{})
}

// litBits is a drawing as the panel has it: ink is lit.
func litBits(img *image.Paletted) *image1bit.VerticalLSB {
	lit := image1bit.NewVerticalLSB(img.Rect)
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			lit.SetBit(x, y, image1bit.Bit(img.ColorIndexAt(x, y) == screen.Ink))
		}
	}
	return lit
}

func (p *ssd1306Panel) Renew() time.Duration { return ssd1306Renew }

func (p *ssd1306Panel) Close() error { return errors.Join(p.wires.Close(), p.port.Close()) }
