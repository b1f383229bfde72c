package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// The kernel's vhci-hcd attaches a USB device that speaks USB/IP on a socket.
// One end of a socket pair goes to the kernel, the device is Go code on the
// other, and the real driver for it loads as for one in a socket of metal.
// Format: the kernel's Documentation/usb/usbip_protocol.rst; big endian.

// urb is a request for a transfer, or for the cancellation of one.
type urb struct {
	Command, Seq, Device, Direction, Endpoint uint32

	Flags, Length, Start, Packets, Interval uint32
	Setup                                   setup
}

// reply is the answer to an urb.
type reply struct {
	Command, Seq, Device, Direction, Endpoint uint32

	Status                        int32
	Length, Start, Packets, Error uint32
	_                             [8]byte
}

// setup is the packet that begins a control transfer.
type setup struct {
	Kind, Request        byte
	Value, Index, Length uint16 // little endian on the wire: see swapped
}

const (
	submit, unlink         = 1, 2
	submitDone, unlinkDone = 3, 4
	in                     = 1
	stall                  = -int32(unix.EPIPE)
	fullSpeed              = 2

	hub = "/sys/devices/platform/vhci_hcd.0/attach"
)

// control carries out a control transfer. ok is false where the device stalls.
type control func(s setup, out []byte) (answer []byte, ok bool)

// plugIn attaches a USB device that has nothing but a control endpoint.
func plugIn(port int, device control) error {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	ours := os.NewFile(uintptr(fds[0]), "usbip")
	go func() {
		fmt.Fprintln(os.Stderr, "guest: usbip:", device.serve(ours))
	}()
	err = os.WriteFile(hub, fmt.Appendf(nil, "%d %d %d %d", port, fds[1], port+1, fullSpeed), 0)
	_ = unix.Close(fds[1]) // the kernel keeps its own reference
	return err
}

// serve answers until the kernel hangs up, and says how.
func (device control) serve(kernel io.ReadWriter) error {
	for {
		var u urb
		if err := binary.Read(kernel, binary.BigEndian, &u); err != nil {
			return err
		}
		r := reply{Seq: u.Seq}
		var answer []byte
		switch u.Command {
		case submit:
			r.Command = submitDone
			var out []byte
			if u.Direction != in {
				out = make([]byte, u.Length)
				if _, err := io.ReadFull(kernel, out); err != nil {
					return err
				}
				r.Length = u.Length
			}
			var ok bool
			if answer, ok = device(u.Setup.swapped(), out); !ok {
				r.Status, r.Length, answer = stall, 0, nil
			}
			if u.Direction == in {
				answer = answer[:min(len(answer), int(u.Length))]
				r.Length = uint32(len(answer))
			} else {
				answer = nil
			}
		case unlink: // everything was answered at once
			r.Command = unlinkDone
		default:
			return fmt.Errorf("unknown command %d", u.Command)
		}
		b, err := binary.Append(nil, binary.BigEndian, r)
		if err != nil {
			return err
		}
		if _, err := kernel.Write(append(b, answer...)); err != nil {
			return err
		}
	}
}

// swapped turns around the fields that USB sends little endian.
func (s setup) swapped() setup {
	swap := func(v uint16) uint16 { return v<<8 | v>>8 }
	s.Value, s.Index, s.Length = swap(s.Value), swap(s.Index), swap(s.Length)
	return s
}
