package display

import (
	"errors"
	"fmt"

	periph "periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"

	"sourire/device/board/gpio"
)

// wires are a display's lines beside its bus.
type wires struct {
	dc, reset output
	busy      input // nil for a display that is never busy
}

type output interface {
	Set(high bool) error
	Close() error
}

type input interface {
	High() (bool, error)
	Close() error
}

// takeWires takes the lines of a display on SPI.
func takeWires(o Options, withBusy bool) (w *wires, err error) {
	w = &wires{}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.Close())
		}
	}()
	if w.dc, err = takeOutput(o.Chip, o.DC); err != nil {
		return nil, fmt.Errorf("the line D/C: %w", err)
	}
	if w.reset, err = takeOutput(o.Chip, o.RST); err != nil {
		return nil, fmt.Errorf("the line RST: %w", err)
	}
	if withBusy {
		if w.busy, err = takeInput(o.Chip, o.Busy); err != nil {
			return nil, fmt.Errorf("the line BUSY: %w", err)
		}
	}
	return w, nil
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

// gpioOutput is high from the first moment on: a display whose RST is low does
// not listen.
type gpioOutput struct{ line *gpio.Outputs }

func takeOutput(chip, name string) (output, error) {
	line, err := gpio.OpenOutputs(gpio.OutputConfig{Dev: gpio.Dev, Chip: chip, Lines: []string{name}, ActiveLow: true})
	if err != nil {
		return nil, err
	}
	return gpioOutput{line}, nil
}

func (o gpioOutput) Set(high bool) error {
	if high {
		return o.line.Set(0)
	}
	return o.line.Set(1)
}

func (o gpioOutput) Close() error { return o.line.Close() }

// gpioInput is pulled high: a display that is not there is busy for ever.
type gpioInput struct{ line *gpio.Inputs }

func takeInput(chip, name string) (input, error) {
	line, err := gpio.OpenInputs(gpio.InputConfig{Dev: gpio.Dev, Chip: chip, Lines: []string{name}, Pull: gpio.PullUp})
	if err != nil {
		return nil, err
	}
	return gpioInput{line}, nil
}

func (i gpioInput) High() (bool, error) {
	levels, err := i.line.Levels()
	return levels&1 != 0, err
}

func (i gpioInput) Close() error { return i.line.Close() }

// periphPin is an output as a driver of periph's wants it.
type periphPin struct{ output }

var _ periph.PinOut = periphPin{}

func (p periphPin) Out(l periph.Level) error                { return p.Set(bool(l)) }
func (p periphPin) PWM(periph.Duty, physic.Frequency) error { return errors.New("not supported") }
func (p periphPin) String() string                          { return "D/C" }
func (p periphPin) Name() string                            { return "D/C" }
func (p periphPin) Number() int                             { return -1 }
func (p periphPin) Function() string                        { return "Out" }
func (p periphPin) Halt() error                             { return nil }
