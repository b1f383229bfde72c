// Package sound drives a buzzer that needs a tone, a bare piezo disc, by the
// kernel's PWM. An active buzzer makes its own tone: it is a line like a light.
//
// A Pi has its PWM on GPIO12, 13, 18 and 19 once config.txt says
// dtoverlay=pwm,pin=18,func=2; it is then /sys/class/pwm/pwmchip0, channel 0
// (on a Pi 5 the chip and channel differ: ls /sys/class/pwm).
package sound

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Sysfs is where the kernel shows its PWM chips.
const Sysfs = "/sys/class/pwm"

// A piezo disc is loudest near 2.7 kHz, and at an equal on and off.
const (
	period = 370_000 // ns
	loud   = period / 2
	quiet  = period / 40
)

// ParsePWM reads the name of a channel: "pwm0.1" is channel 1 of chip 0.
func ParsePWM(name string) (chip, channel int, ok bool) {
	rest, ok := strings.CutPrefix(name, "pwm")
	a, b, dotted := strings.Cut(rest, ".")
	chip, errChip := strconv.Atoi(a)
	channel, errChannel := strconv.Atoi(b)
	ok = ok && dotted && errChip == nil && errChannel == nil && chip >= 0 && channel >= 0
	return chip, channel, ok
}

// PWM is one channel of a PWM chip.
type PWM struct{ dir string }

// OpenPWM takes a channel into use, silent. Root is [Sysfs], but in tests.
func OpenPWM(root string, chip, channel int) (*PWM, error) {
	of := filepath.Join(root, fmt.Sprintf("pwmchip%d", chip))
	p := &PWM{filepath.Join(of, fmt.Sprintf("pwm%d", channel))}
	if _, err := os.Stat(of); errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("open the buzzer: %w: this machine has no such PWM chip; on a Pi, config.txt needs dtoverlay=pwm", err)
	}
	if _, err := os.Stat(p.dir); errors.Is(err, os.ErrNotExist) {
		if err := write(filepath.Join(of, "export"), channel); err != nil {
			return nil, fmt.Errorf("open the buzzer: %w", err)
		}
		p.await()
	}
	// The duty first: it may never exceed the period, whatever that was.
	for _, set := range []struct {
		name string
		to   int
	}{{"duty_cycle", 0}, {"period", period}, {"enable", 1}} {
		if err := write(filepath.Join(p.dir, set.name), set.to); err != nil {
			return nil, fmt.Errorf("open the buzzer: %w", err)
		}
	}
	return p, nil
}

// await waits until a channel that was just exported is ours: the kernel makes
// it, and udev gives it to our group a moment later. When that does not come, the
// next write says what is wrong.
func (p *PWM) await() {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range 200 {
		if f, err := os.OpenFile(filepath.Join(p.dir, "duty_cycle"), os.O_WRONLY, 0); err == nil {
			_ = f.Close()
			return
		}
		<-tick.C
	}
}

// Set sounds the buzzer or silences it; at night it sounds softly.
func (p *PWM) Set(on, night bool) error {
	duty := 0
	switch {
	case on && night:
		duty = quiet
	case on:
		duty = loud
	}
	if err := write(filepath.Join(p.dir, "duty_cycle"), duty); err != nil {
		return fmt.Errorf("sound the buzzer: %w", err)
	}
	return nil
}

// Close silences the buzzer.
func (p *PWM) Close() error {
	return errors.Join(p.Set(false, false), write(filepath.Join(p.dir, "enable"), 0))
}

func write(path string, value int) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("%w: the service's user has to be in the group gpio, and udev has to give it the PWM", err)
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(strconv.Itoa(value))
	return errors.Join(err, f.Close())
}
