// Package spi reaches chips on a Linux SPI port, /dev/spidevB.C: the chip on
// select line C of bus B.
//
// It stands in for periph's host/sysfs for the same reason as its neighbour
// i2c: the memory that the kernel is told of must stay where it is. The
// kernel's side is described in https://docs.kernel.org/spi/spidev.html.
package spi

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"syscall"
	"unsafe"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/physic"
	periph "periph.io/x/conn/v3/spi"
)

// DefaultPort is the port on pins 19, 21, 23 and 24 of a Raspberry Pi.
const DefaultPort = "0.0"

// Requests and the structure of linux/spi/spidev.h.
const (
	requestMode     = 0x40016b01
	requestBits     = 0x40016b03
	requestSpeed    = 0x40046b04
	requestTransfer = 0x40206b00 // of one message

	// MaxTransfer is how many bytes spidev takes in one transfer, unless it is
	// loaded with another bufsiz.
	MaxTransfer = 4096
)

type transfer struct {
	tx, rx             uint64 // addresses
	length, speed      uint32
	delay              uint16
	bits, change       uint8
	txLines, rxLines   uint8
	wordDelay, padding uint8
}

// Port is an open port. Transfers may come from several goroutines; the kernel
// does one after the other.
type Port struct {
	path  string
	file  *os.File
	ioctl ioctl
	speed uint32 // in Hz, at most; 0 for the port's own
}

var (
	_ periph.PortCloser = (*Port)(nil)
	_ periph.Conn       = (*Port)(nil)
)

// ioctl is the system call; arg points at what the request reads or writes.
type ioctl func(fd, request uintptr, arg unsafe.Pointer) syscall.Errno

func kernel(fd, request uintptr, arg unsafe.Pointer) syscall.Errno {
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(arg))
	return errno
}

// Open opens a port by its numbers ("0.0") or its path ("/dev/spidev0.0"); ""
// is [DefaultPort]. An error says what to do about it; it wraps
// [fs.ErrNotExist] or [fs.ErrPermission] where that is the cause.
func Open(name string) (*Port, error) {
	if name == "" {
		name = DefaultPort
	}
	if !strings.HasPrefix(name, "/") {
		name = "/dev/spidev" + name
	}
	return openPath(name, kernel)
}

func openPath(path string, call ioctl) (*Port, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no SPI port %s: switch SPI on with raspi-config (or dtparam=spi=on in config.txt), and restart: %w", path, err)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("may not open the SPI port %s: add the user to the group spi: %w", path, err)
	case err != nil:
		return nil, fmt.Errorf("open the SPI port: %w", err)
	}
	return &Port{path: path, file: f, ioctl: call}, nil
}

// Connect sets the port up for its chip. The modes are 0 to 3, without flags.
func (p *Port) Connect(f physic.Frequency, mode periph.Mode, bits int) (periph.Conn, error) {
	if mode&^periph.Mode3 != 0 || bits < 1 || bits > 32 {
		return nil, fmt.Errorf("%s: mode %v with %d bits is not supported", p.path, mode, bits)
	}
	m, b, hz := uint8(mode), uint8(bits), uint32(f/physic.Hertz)
	for _, r := range []struct {
		request uintptr
		arg     unsafe.Pointer
	}{{requestMode, unsafe.Pointer(&m)}, {requestBits, unsafe.Pointer(&b)}, {requestSpeed, unsafe.Pointer(&hz)}} {
		if err := p.control(r.request, r.arg); err != nil {
			return nil, fmt.Errorf("set up the SPI port %s: %w", p.path, err)
		}
	}
	p.speed = hz
	return p, nil
}

// Tx writes w while it reads as many bytes into r, which may be nil.
func (p *Port) Tx(w, r []byte) error {
	if len(r) != 0 && len(r) != len(w) {
		return fmt.Errorf("%s: %d bytes to write and %d to read", p.path, len(w), len(r))
	}
	if len(w) > MaxTransfer {
		return fmt.Errorf("%s: %d bytes, %d at most", p.path, len(w), MaxTransfer)
	}
	if len(w) == 0 {
		return nil
	}
	var pins runtime.Pinner // the structure holds addresses as numbers
	defer pins.Unpin()
	t := transfer{length: uint32(len(w)), speed: p.speed}
	pins.Pin(&w[0])
	t.tx = uint64(uintptr(unsafe.Pointer(&w[0])))
	if len(r) != 0 {
		pins.Pin(&r[0])
		t.rx = uint64(uintptr(unsafe.Pointer(&r[0])))
	}
	if err := p.control(requestTransfer, unsafe.Pointer(&t)); err != nil {
		return fmt.Errorf("%s: %w", p.path, err)
	}
	return nil
}

// TxPackets is a [Port.Tx] for each packet.
func (p *Port) TxPackets(packets []periph.Packet) error {
	for _, packet := range packets {
		if err := p.Tx(packet.W, packet.R); err != nil {
			return err
		}
	}
	return nil
}

// control is one ioctl. The file stays open until it has returned.
func (p *Port) control(request uintptr, arg unsafe.Pointer) error {
	raw, err := p.file.SyscallConn()
	if err != nil {
		return err
	}
	var errno syscall.Errno
	if err := raw.Control(func(fd uintptr) { errno = p.ioctl(fd, request, arg) }); err != nil {
		return err
	}
	if errno != 0 {
		return errno
	}
	return nil
}

// LimitSpeed is not supported: [Port.Connect] sets the speed.
func (p *Port) LimitSpeed(physic.Frequency) error {
	return fmt.Errorf("%s: no limit of speed: set it when connecting", p.path)
}

// Duplex is full.
func (p *Port) Duplex() conn.Duplex { return conn.Full }

// String is the path of the port.
func (p *Port) String() string { return p.path }

// Close lets go of the port.
func (p *Port) Close() error { return p.file.Close() }
