package i2c

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// What a transfer fails with, beside the kernel's own errors.
var (
	ErrNoAnswer = errors.New("no answer: check the four wires, the power, and the address printed on the display's back")
	ErrStuck    = errors.New("the bus is stuck: SDA or SCL is held low, by a short circuit or by a chip without power")
)

// cannotOpen says what to do about a bus that does not open.
func cannotOpen(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no I2C bus %s: switch I2C on with raspi-config (or dtparam=i2c_arm=on in config.txt), and restart: %w", path, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("may not open the I2C bus %s: add the user to the group i2c: %w", path, err)
	}
	return fmt.Errorf("open the I2C bus: %w", err)
}

// meaning puts an adapter's error into words. Which one stands for an address
// that nobody acknowledges differs from adapter to adapter, see
// https://docs.kernel.org/i2c/fault-codes.html.
func meaning(err error) error {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return err
	}
	switch errno {
	case syscall.ENXIO, syscall.EREMOTEIO, syscall.ENODEV:
		return fmt.Errorf("%w (%w)", ErrNoAnswer, err)
	case syscall.ETIMEDOUT, syscall.EBUSY, syscall.EAGAIN:
		return fmt.Errorf("%w (%w)", ErrStuck, err)
	}
	return err
}
