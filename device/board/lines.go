package board

import (
	"errors"
	"fmt"

	"sourire/device/board/gpio"
	"sourire/device/board/sound"
	"sourire/device/signal"
)

// SignalConfig says where the lights and the buzzer are.
type SignalConfig struct {
	Dev    string // see [gpio.Dev]
	PWM    string // see [sound.Sysfs]
	Chip   string
	Lights []string // lines by name, one a button, or none
	Buzzer string   // a line by name, a PWM channel such as "pwm0.0", or none
}

// SignalLines are lights and a buzzer of a board.
type SignalLines struct {
	outputs *gpio.Outputs // the lights, then an active buzzer
	active  int           // place of that among the outputs; -1 for none
	pwm     *sound.PWM
}

// OpenSignals takes the lines; all are off.
func OpenSignals(c SignalConfig) (*SignalLines, error) {
	lines := c.Lights
	s := &SignalLines{active: -1}
	chip, channel, tone := sound.ParsePWM(c.Buzzer)
	if c.Buzzer != "" && !tone {
		s.active = len(lines)
		lines = append(lines[:len(lines):len(lines)], c.Buzzer)
	}
	var err error
	if len(lines) > 0 {
		if s.outputs, err = gpio.OpenOutputs(gpio.OutputConfig{Dev: c.Dev, Chip: c.Chip, Lines: lines}); err != nil {
			return nil, fmt.Errorf("lights and buzzer: %w", err)
		}
	}
	if tone {
		if s.pwm, err = sound.OpenPWM(c.PWM, chip, channel); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

// Set has lights and buzzer do as out says.
func (s *SignalLines) Set(out signal.Output, night bool) error {
	var errs []error
	if s.outputs != nil {
		on := uint64(out.Lights)
		if s.active >= 0 {
			on &= 1<<s.active - 1
			if out.Sound {
				on |= 1 << s.active
			}
		}
		errs = append(errs, s.outputs.Set(on))
	}
	if s.pwm != nil {
		errs = append(errs, s.pwm.Set(out.Sound, night))
	}
	return errors.Join(errs...)
}

// Close turns all off and gives the lines back.
func (s *SignalLines) Close() error {
	var errs []error
	if s.outputs != nil {
		errs = append(errs, s.outputs.Close())
	}
	if s.pwm != nil {
		errs = append(errs, s.pwm.Close())
	}
	return errors.Join(errs...)
}
