// Package i2c reaches chips on a Linux I2C bus, /dev/i2c-N.
//
// On every Raspberry Pi, pins 3 (SDA) and 5 (SCL) of the header are bus 1.
//
// It stands in for periph's host/sysfs, whose transfers hand the kernel
// addresses of memory that the Go runtime may have moved by then. The kernel's
// side is described in https://docs.kernel.org/i2c/dev-interface.html.
package i2c

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"unsafe"

	periph "periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
)

// Bus is an open bus. Transfers may come from several goroutines; the kernel
// does one after the other, and gives up on one that takes longer than the
// adapter's time-out, as a rule a second.
type Bus struct {
	path  string
	file  *os.File
	ioctl ioctl
}

var _ periph.BusCloser = (*Bus)(nil)

// ioctl is the system call; arg points at what the request reads or writes.
type ioctl func(fd, request uintptr, arg unsafe.Pointer) syscall.Errno

func kernel(fd, request uintptr, arg unsafe.Pointer) syscall.Errno {
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(arg))
	return errno
}

// Requests and structures of linux/i2c-dev.h and linux/i2c.h.
const (
	requestFuncs = 0x705
	requestRdwr  = 0x707

	funcI2C     = 1 // in the answer to requestFuncs: plain transfers, not only SMBus
	flagRead    = 1
	maxTransfer = 8192 // bytes in one message
	maxAddress  = 0x7f
)

type message struct {
	addr, flags, length uint16
	buf                 unsafe.Pointer
}

type transfer struct {
	messages unsafe.Pointer
	count    uint32
}

// openPath opens a bus, and makes sure that it is one.
func openPath(path string, call ioctl) (*Bus, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, cannotOpen(path, err)
	}
	b := &Bus{path, f, call}
	var funcs uintptr // unsigned long
	if err := b.control(requestFuncs, unsafe.Pointer(&funcs)); err != nil {
		return nil, errors.Join(fmt.Errorf("%s is not an I2C bus: %w", path, err), f.Close())
	}
	if funcs&funcI2C == 0 {
		return nil, errors.Join(fmt.Errorf("%s speaks SMBus only: use the bus on pins 3 and 5", path), f.Close())
	}
	return b, nil
}

// Tx writes w, then reads into r, as one transfer; either may be empty.
// Addresses have 7 bits. It fails with [ErrNoAnswer] where no chip has that
// address, and with [ErrStuck] where a line of the bus does not move.
func (b *Bus) Tx(addr uint16, w, r []byte) error {
	if addr > maxAddress {
		return fmt.Errorf("%s: address %#x has more than 7 bits", b.path, addr)
	}
	if len(w) > maxTransfer || len(r) > maxTransfer {
		return fmt.Errorf("%s, address %#02x: %d bytes to write and %d to read, %d at most", b.path, addr, len(w), len(r), maxTransfer)
	}
	// Pointers all the way, no numbers: the runtime keeps what they point at
	// alive, and corrects them if it moves.
	var messages [2]message
	t := transfer{messages: unsafe.Pointer(&messages)}
	if len(w) > 0 {
		messages[t.count] = message{addr: addr, length: uint16(len(w)), buf: unsafe.Pointer(&w[0])}
		t.count++
	}
	if len(r) > 0 {
		messages[t.count] = message{addr: addr, flags: flagRead, length: uint16(len(r)), buf: unsafe.Pointer(&r[0])}
		t.count++
	}
	if t.count == 0 {
		return nil
	}
	if err := b.control(requestRdwr, unsafe.Pointer(&t)); err != nil {
		return fmt.Errorf("%s, address %#02x: %w", b.path, addr, meaning(err))
	}
	return nil
}

// control is one ioctl. The file stays open until it has returned.
func (b *Bus) control(request uintptr, arg unsafe.Pointer) error {
	raw, err := b.file.SyscallConn()
	if err != nil {
		return err
	}
	var errno syscall.Errno
	if err := raw.Control(func(fd uintptr) { errno = b.ioctl(fd, request, arg) }); err != nil {
		return err
	}
	if errno != 0 {
		return errno
	}
	return nil
}

// SetSpeed does nothing: Linux has no call for it. A Raspberry Pi sets the
// speed at boot: dtparam=i2c_arm_baudrate=400000 in config.txt.
func (b *Bus) SetSpeed(physic.Frequency) error { return nil }

// String is the path of the bus.
func (b *Bus) String() string { return b.path }

// Close lets go of the bus. A transfer under way is not cut short.
func (b *Bus) Close() error { return b.file.Close() }
