package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"sourire/device/board"
	"sourire/device/board/display"
	"sourire/device/board/gpio"
	"sourire/device/board/i2c"
	"sourire/device/config"
)

// checkBoard looks at the hardware: what there is, whether what the
// configuration names is among it, and who holds what is taken. Of a running
// terminal it touches nothing.
func checkBoard(c config.Config, running bool) []finding {
	if c.Board.Kind != config.BoardGPIO {
		return nil
	}
	all := append(checkWords(c), checkChips()...)
	if running {
		return append(all, checkOurs(c))
	}
	all = append(all, checkButtons(c))
	if len(c.Board.Lights) > 0 || c.Board.Buzzer != "" {
		all = append(all, checkSignals(c))
	}
	switch c.Board.Bus() {
	case config.BusI2C:
		all = append(all, checkI2C())
	case config.BusSPI, config.BusSPIBusy:
		all = append(all, checkSPI())
	}
	if c.Board.Display != "" {
		all = append(all, checkDisplay(c))
	}
	return all
}

func checkChips() (all []finding) {
	chips, err := gpio.Chips(gpio.Dev)
	for _, chip := range chips {
		named, used := 0, 0
		for _, line := range chip.Lines {
			if line.Name != "" {
				named++
			}
			if line.Used {
				used++
			}
		}
		all = append(all, finding{good, fmt.Sprintf("gpio: %s is %s: %d lines, %d with a name, %d taken", chip.Path, chip.Label, len(chip.Lines), named, used)})
	}
	if err != nil {
		all = append(all, finding{bad, fmt.Sprintf("gpio: %v", err)})
	}
	return all
}

// checkOurs looks whether the running terminal holds the lines that the
// configuration names.
func checkOurs(c config.Config) finding {
	lines := slices.Concat(c.ButtonLines(), c.Board.Lights)
	held := map[string]string{}
	chips, err := gpio.Chips(gpio.Dev)
	for _, chip := range chips {
		for _, line := range chip.Lines {
			if line.Used && (c.Board.Chip == "" || c.Board.Chip == chip.Label) {
				held[line.Name] = line.Consumer
			}
		}
	}
	for _, name := range lines {
		if held[name] != gpio.Consumer {
			err = errors.Join(err, fmt.Errorf("the running terminal does not hold %s: see its log, or start it again with this configuration", name))
		}
	}
	return found(err, bad, "lines", "the running terminal holds "+strings.Join(lines, ", "))
}

func checkButtons(c config.Config) finding {
	const about = "buttons"
	in, err := gpio.OpenInputs(inputsOf(c))
	if err != nil {
		return found(err, bad, about, "")
	}
	defer func() { _ = in.Close() }()
	levels, err := in.Levels()
	var down []string
	for i, line := range c.ButtonLines() {
		if levels>>i&1 == 1 {
			down = append(down, line)
		}
	}
	if err == nil && len(down) > 0 {
		err = fmt.Errorf("%s reads as pressed: free it; if nobody presses it, see board.active and board.pull, and the wires", strings.Join(down, ", "))
	}
	return found(err, bad, about, strings.Join(c.ButtonLines(), ", ")+" can be read, and none is pressed")
}

// inputsOf is how the buttons of a box are read.
func inputsOf(c config.Config) gpio.InputConfig {
	return gpio.InputConfig{
		Dev: gpio.Dev, Chip: c.Board.Chip, Lines: c.ButtonLines(),
		Pull: gpio.Pull(c.Board.Pull), ActiveLow: c.Board.Active == "low",
	}
}

func checkSignals(c config.Config) finding {
	lines, err := board.OpenSignals(signalsOf(c))
	if err == nil {
		err = lines.Close()
	}
	parts := c.Board.Lights
	if c.Board.Buzzer != "" {
		parts = append(slices.Clone(parts), c.Board.Buzzer)
	}
	return found(err, bad, "lights and buzzer", strings.Join(parts, ", ")+" can be set")
}

func checkI2C() finding {
	adapters, err := i2c.Linux.Adapters()
	var names []string
	for _, a := range adapters {
		names = append(names, strings.TrimSuffix(fmt.Sprintf("%s (%s)", a.Path, a.Name), " ()"))
	}
	return found(err, mild, "i2c buses", orNone(names))
}

func checkSPI() finding {
	ports, err := filepath.Glob("/dev/spidev*")
	return found(err, mild, "spi ports", orNone(ports))
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// checkDisplay opens the display, which asks whether it answers. The terminal
// takes votes without it.
func checkDisplay(c config.Config) finding {
	panel, err := display.Open(c.Board.Display, displayOf(c.Board))
	verb := "answers"
	if err == nil {
		if size, ok := panel.(fmt.Stringer); ok {
			verb += ": " + size.String()
		}
		err = panel.Close()
	}
	if errors.Is(err, i2c.ErrNoAnswer) {
		err = fmt.Errorf("%w; %s", err, elsewhere(c.Board))
	}
	if c.Board.Display == "ssd1306-spi" {
		verb = "is opened; it has no way to answer"
	}
	return found(err, mild, "display", fmt.Sprintf("%s %s %s", c.Board.Display, placeOf(c.Board), verb))
}

// elsewhere says at which other addresses the display might be.
func elsewhere(b config.Board) string {
	bus, err := i2c.Open(b.I2C)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = bus.Close() }()
	return answering(display.Elsewhere(b.Display, bus))
}

func answering(addresses []uint16) string {
	if len(addresses) == 0 {
		return "nothing answers at any address that it could have"
	}
	var hex []string
	for _, a := range addresses {
		hex = append(hex, fmt.Sprintf("%#x", a))
	}
	return fmt.Sprintf("something answers at %s: if that is it, set board.address = %s", strings.Join(hex, " and "), hex[0])
}

// checkParts says which parts the running terminal cannot use. What is wrong
// with each stands in its log, and in the journal.
func checkParts(c config.Config, broken []string) (all []finding) {
	const remedy = "out of order: the log says why, and what to do (journalctl -u sourire); it is tried again"
	for _, part := range broken {
		switch part {
		case partDisplay:
			all = append(all, finding{mild, fmt.Sprintf("display: %s %s: %s", c.Board.Display, placeOf(c.Board), remedy)})
		default:
			all = append(all, finding{bad, part + ": " + remedy})
		}
	}
	if c.Board.Kind == config.BoardGPIO && c.Board.Display != "" && !slices.Contains(broken, partDisplay) {
		all = append(all, finding{good, fmt.Sprintf("display: %s %s is in use", c.Board.Display, placeOf(c.Board))})
	}
	return all
}

// placeOf says where the display is, and how it hangs.
func placeOf(b config.Board) string {
	place := ""
	switch b.Bus() {
	case config.BusI2C:
		place = "on I2C bus " + b.I2C
		if b.Address != 0 {
			place += fmt.Sprintf(" at %#x", b.Address)
		}
	case config.BusSPI, config.BusSPIBusy:
		place = fmt.Sprintf("on SPI port %s, DC %s, RST %s", b.SPI, b.DC, b.RST)
		if b.Bus() == config.BusSPIBusy {
			place += ", BUSY " + b.Busy
		}
	case config.BusFramebuffer:
		place = "on " + b.Framebuffer
	}
	if b.Rotate != 0 {
		place += fmt.Sprintf(", turned by %d", b.Rotate)
	}
	return place
}
