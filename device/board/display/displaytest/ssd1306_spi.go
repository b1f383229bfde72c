package displaytest

import (
	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
)

// SSD1306Port is an SPI port with an [SSD1306] alone on it.
type SSD1306Port struct {
	Chip *SSD1306

	data bool // level of D/C
}

var (
	_ spi.PortCloser = (*SSD1306Port)(nil)
	_ spi.Conn       = (*SSD1306Port)(nil)
)

// DC is the line that tells data from commands.
func (p *SSD1306Port) DC() *Line { return &Line{set: func(high bool) { p.data = high }} }

// Reset is the line that resets the chip while it is low.
func (p *SSD1306Port) Reset() *Line {
	return &Line{set: func(high bool) {
		if !high {
			p.Chip.PowerCycle()
		}
	}}
}

// Tx takes commands or data, by the line D/C.
func (p *SSD1306Port) Tx(w, _ []byte) error {
	if p.data {
		p.Chip.Data(w)
	} else {
		p.Chip.Command(w)
	}
	return nil
}

// TxPackets is a Tx for each packet.
func (p *SSD1306Port) TxPackets(packets []spi.Packet) error {
	for _, packet := range packets {
		if err := p.Tx(packet.W, packet.R); err != nil {
			return err
		}
	}
	return nil
}

// Connect is [spi.Port].
func (p *SSD1306Port) Connect(physic.Frequency, spi.Mode, int) (spi.Conn, error) { return p, nil }

// LimitSpeed does nothing.
func (p *SSD1306Port) LimitSpeed(physic.Frequency) error { return nil }

// Duplex is full.
func (p *SSD1306Port) Duplex() conn.Duplex { return conn.Full }

// String names the port.
func (p *SSD1306Port) String() string { return "fake SPI port with an SSD1306" }

// Close does nothing.
func (p *SSD1306Port) Close() error { return nil }
