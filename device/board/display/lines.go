package display

import (
	"cmp"
	"errors"
	"fmt"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"
)

// Lines takes GPIO lines, by name, for displays that need some beside their
// bus. A line stays taken until it is closed.
type Lines interface {
	// Output takes a line as an output that is high.
	Output(name string) (Output, error)
	// Input takes a line as an input with a resistor to 3.3 V.
	Input(name string) (Input, error)
}

// Output is a line that is set.
type Output interface {
	Set(high bool) error
	Close() error
}

// Input is a line that is read.
type Input interface {
	High() (bool, error)
	Close() error
}

// Wiring names the GPIO lines of a display on SPI. Empty names are those of
// Waveshare's HATs, see README.md.
type Wiring struct {
	DC    string // data or command; GPIO25
	Reset string // GPIO17
	Busy  string // e-paper only; GPIO24
}

// wires are the lines of one display.
type wires struct {
	dc, reset Output
	busy      Input
}

func takeWires(lines Lines, w Wiring, withBusy bool) (taken *wires, err error) {
	if lines == nil {
		return nil, errors.New("this display needs GPIO lines, and the program gives it none")
	}
	taken = &wires{}
	defer func() {
		if err != nil {
			err = errors.Join(err, taken.Close())
		}
	}()
	if taken.dc, err = lines.Output(cmp.Or(w.DC, "GPIO25")); err != nil {
		return taken, fmt.Errorf("the line D/C: %w", err)
	}
	if taken.reset, err = lines.Output(cmp.Or(w.Reset, "GPIO17")); err != nil {
		return taken, fmt.Errorf("the line RST: %w", err)
	}
	if withBusy {
		if taken.busy, err = lines.Input(cmp.Or(w.Busy, "GPIO24")); err != nil {
			return taken, fmt.Errorf("the line BUSY: %w", err)
		}
	}
	return taken, nil
}

// Close lets go of the lines.
func (w *wires) Close() error {
	var errs []error
	if w.dc != nil {
		errs = append(errs, w.dc.Close())
	}
	if w.reset != nil {
		errs = append(errs, w.reset.Close())
	}
	if w.busy != nil {
		errs = append(errs, w.busy.Close())
	}
	return errors.Join(errs...)
}

// periphPin is an output as a driver of periph's wants it.
type periphPin struct{ Output }

var _ gpio.PinOut = periphPin{}

func (p periphPin) Out(l gpio.Level) error                { return p.Set(bool(l)) }
func (p periphPin) PWM(gpio.Duty, physic.Frequency) error { return errors.New("not supported") }
func (p periphPin) String() string                        { return "D/C" }
func (p periphPin) Name() string                          { return "D/C" }
func (p periphPin) Number() int                           { return -1 }
func (p periphPin) Function() string                      { return "Out" }
func (p periphPin) Halt() error                           { return nil }
