package display

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"
	"slices"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"

	board "sourire/device/board/spi"
	"sourire/device/screen"
)

const (
	epaperSpeed = 4 * physic.MegaHertz

	// epaperRenew keeps to the vendor's advice: a full refresh a day at least.
	epaperRenew = 24 * time.Hour
	// epaperGhosts is after how many partial refreshes a full one, which
	// takes seconds and flashes, clears what they leave behind.
	epaperGhosts = 20
	// epaperDeadline is for all that one page needs; a full refresh takes 2 s
	// in a warm room, and 10 s near freezing.
	epaperDeadline = 20 * time.Second
	epaperPoll     = 5 * time.Millisecond
	epaperBegins   = 150 * time.Millisecond // to be busy, once told to refresh
)

var epaperSize = image.Pt(250, 122) // landscape

// Commands that both controllers have.
const (
	epaperSleep    = 0x10
	epaperReset    = 0x12
	epaperActivate = 0x20
	epaperSequence = 0x22
	epaperNew      = 0x24 // RAM of the new picture
	epaperOld      = 0x26 // RAM of the picture before
	epaperRAMX     = 0x4e
	epaperRAMY     = 0x4f
)

// step is a command of a controller and its data.
type step struct {
	command byte
	data    []byte
}

// epaperModel is what differs between the versions of the panel.
type epaperModel struct {
	init          []step // after a reset
	full, partial []step // before the refresh
	fullSequence  byte
	partSequence  byte
	drivesAll     bool // its partial refresh wants each pixel to differ from the one before
}

// epaper is a Waveshare 2.13" e-paper panel of 250 by 122 pixels. Between two
// pages its controller is asleep, so each begins with a reset: whatever became
// of the controller meanwhile, nothing of it is relied on.
type epaper struct {
	model *epaperModel
	conn  conn.Conn
	port  io.Closer
	wires *wires

	upsideDown bool

	shown    []byte // what the panel shows, as its RAM has it; nil when not known
	partials int    // refreshes since a full one
}

func openEpaper(m *epaperModel) func(Options) (Panel, error) {
	return func(o Options) (Panel, error) {
		port, err := board.Open(o.SPI)
		if err != nil {
			return nil, err
		}
		w, err := takeWires(o, true)
		if err != nil {
			return nil, errors.Join(err, port.Close())
		}
		p, err := newEpaper(m, port, w)
		if err != nil {
			return nil, errors.Join(err, w.Close(), port.Close())
		}
		p.upsideDown = o.UpsideDown
		return p, nil
	}
}

// newEpaper wakes the panel up, to see that it answers.
func newEpaper(m *epaperModel, port spi.PortCloser, w *wires) (*epaper, error) {
	c, err := port.Connect(epaperSpeed, spi.Mode0, 8)
	if err != nil {
		return nil, err
	}
	p := &epaper{model: m, conn: c, port: port, wires: w}
	return p, p.wake(time.Now().Add(epaperDeadline))
}

// Pages is one: turning pages all day would wear the panel out.
func (p *epaper) Pages(screen.Scene) int { return 1 }

// Show refreshes what differs; from time to time, and first of all, the whole
// panel, but not while somebody waits to be thanked.
func (p *epaper) Show(s screen.Scene, _ int) error {
	img := screen.DrawBits(s, epaperSize)
	if p.upsideDown {
		turn(img)
	}
	next := epaperRAM(img)
	full := p.shown == nil || p.partials >= epaperGhosts && !awaited(s.Kind)
	if !full && bytes.Equal(p.shown, next) {
		return nil // as where only the time that is left differs
	}
	before := p.shown
	p.shown = nil // unless it goes well
	if err := p.refresh(before, next, full, time.Now().Add(epaperDeadline)); err != nil {
		return err
	}
	p.shown = next
	p.partials++
	if full {
		p.partials = 0
	}
	return nil
}

// awaited reports whether somebody stands there and waits for it.
func awaited(k screen.Kind) bool {
	switch k {
	case screen.Thanks, screen.FollowUp, screen.Write, screen.PIN, screen.Manager:
		return true
	}
	return false
}

func (p *epaper) refresh(before, next []byte, full bool, deadline time.Time) error {
	if err := p.wake(deadline); err != nil {
		return err
	}
	if err := p.run(p.model.init...); err != nil {
		return err
	}
	prepare, sequence := p.model.partial, p.model.partSequence
	switch {
	case full:
		prepare, sequence, before = p.model.full, p.model.fullSequence, next
	case p.model.drivesAll:
		before = inverted(next)
	}
	for _, s := range prepare {
		if err := p.run(s); err != nil {
			return err
		}
		if s.command == epaperActivate {
			if err := p.idle(deadline); err != nil {
				return err
			}
		}
	}
	for _, s := range []step{
		{epaperRAMX, []byte{0}}, {epaperRAMY, []byte{0, 0}}, {epaperOld, before},
		{epaperRAMX, []byte{0}}, {epaperRAMY, []byte{0, 0}}, {epaperNew, next},
		{epaperSequence, []byte{sequence}}, {epaperActivate, nil},
	} {
		if err := p.run(s); err != nil {
			return err
		}
	}
	if err := p.begins(); err != nil {
		return err
	}
	if err := p.idle(deadline); err != nil {
		return err
	}
	return p.run(step{epaperSleep, []byte{1}})
}

// wake resets the controller, by its line and then by command.
func (p *epaper) wake(deadline time.Time) error {
	for _, level := range []bool{true, false, true} {
		if err := p.wires.reset.Set(level); err != nil {
			return fmt.Errorf("the line RST: %w", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err := p.idle(deadline); err != nil {
		return err
	}
	if err := p.run(step{epaperReset, nil}); err != nil {
		return err
	}
	time.Sleep(10 * time.Millisecond)
	return p.idle(deadline)
}

// run sends commands and their data.
func (p *epaper) run(steps ...step) error {
	for _, s := range steps {
		if err := p.send(false, []byte{s.command}); err != nil {
			return err
		}
		if len(s.data) > 0 {
			if err := p.send(true, s.data); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *epaper) send(data bool, b []byte) error {
	if err := p.wires.dc.Set(data); err != nil {
		return fmt.Errorf("the line D/C: %w", err)
	}
	return p.conn.Tx(b, nil)
}

// idle waits until the controller is not busy.
func (p *epaper) idle(deadline time.Time) error {
	for {
		busy, err := p.wires.busy.High()
		if err != nil {
			return fmt.Errorf("the line BUSY: %w", err)
		}
		if !busy {
			return nil
		}
		if time.Now().After(deadline) {
			return errors.New("BUSY stays high: check that all eight wires are in place, and that the version on the panel's back is the one configured")
		}
		time.Sleep(epaperPoll)
	}
}

// begins waits until the controller is busy with the refresh.
func (p *epaper) begins() error {
	for deadline := time.Now().Add(epaperBegins); ; time.Sleep(epaperPoll) {
		busy, err := p.wires.busy.High()
		if err != nil {
			return fmt.Errorf("the line BUSY: %w", err)
		}
		if busy {
			return nil
		}
		if time.Now().After(deadline) {
			return errors.New("it does not begin to refresh: check the wires DIN, CLK, CS, DC and RST")
		}
	}
}

func (p *epaper) Renew() time.Duration { return epaperRenew }

func (p *epaper) Close() error { return errors.Join(p.wires.Close(), p.port.Close()) }

// epaperRAM puts a landscape picture into the RAM's order: the panel stands
// upright in it, 250 rows of 16 bytes, the leftmost pixel the highest bit, 1 is
// white.
func epaperRAM(img *image.Paletted) []byte {
	const stride = 16
	ram := slices.Repeat([]byte{0xff}, epaperSize.X*stride)
	for x := range epaperSize.X {
		for y := range epaperSize.Y {
			if img.ColorIndexAt(x, y) == screen.Ink {
				ram[(epaperSize.X-1-x)*stride+y/8] &^= 0x80 >> (y % 8)
			}
		}
	}
	return ram
}

func inverted(b []byte) []byte {
	other := make([]byte, len(b))
	for i := range b {
		other[i] = ^b[i]
	}
	return other
}
