package main

import "fmt"

// chip is something on an I2C bus. Both methods report whether it acknowledged.
type chip interface {
	Write(p []byte) bool
	Read(p []byte) bool
}

// bus is an I2C bus with its chips by address. It stands behind an i2c-tiny-usb
// adapter, for which the kernel has a driver: it appears as /dev/i2c-N.
// Source: drivers/i2c/busses/i2c-tiny-usb.c.
type bus map[uint16]chip

// The adapter's requests, and what it says of the latest transfer.
const (
	getFunctions = 1
	getStatus    = 3
	transfer     = 4 // and 5 to 7: with a start, with a stop

	acknowledged    = 1
	notAcknowledged = 2

	readFlag = 1 // in Value of a transfer
)

// attach plugs an adapter in and waits for its device node, which has the next
// free number.
func attach(port int, b bus) error {
	if err := plugIn(port, b.adapter()); err != nil {
		return err
	}
	return await(fmt.Sprintf("/dev/i2c-%d", port))
}

func (b bus) adapter() control {
	status := byte(0)
	return func(s setup, out []byte) ([]byte, bool) {
		const vendor, kinds = 0x40, 0x60
		if s.Kind&kinds != vendor {
			return standard(s)
		}
		switch s.Request {
		case getFunctions: // plain I2C, and SMBus made of it
			return []byte{0x01, 0x00, 0xff, 0x0e}, true
		case getStatus:
			return []byte{status}, true
		case transfer, transfer + 1, transfer + 2, transfer + 3:
			var answer []byte
			to, ok := b[s.Index]
			if s.Value&readFlag != 0 {
				answer = make([]byte, s.Length)
				ok = ok && to.Read(answer)
			} else {
				ok = ok && to.Write(out)
			}
			status = notAcknowledged
			if ok {
				status = acknowledged
			}
			return answer, true
		}
		return nil, true
	}
}

// standard answers what every USB device is asked.
func standard(s setup) ([]byte, bool) {
	const getState, getDescriptor, getConfiguration = 0, 6, 8
	switch s.Request {
	case getState:
		return []byte{0, 0}, true
	case getConfiguration:
		return []byte{1}, true
	case getDescriptor:
		d := descriptor(byte(s.Value>>8), byte(s.Value))
		return d, d != nil
	}
	return nil, true
}

// descriptor says what the adapter is: USB 1.1, one configuration, one
// interface, no endpoint but control; the identity of an i2c-tiny-usb.
func descriptor(kind, n byte) []byte {
	const device, configuration, text = 1, 2, 3
	switch kind {
	case device:
		return []byte{18, device, 0x10, 0x01, 0xff, 0, 0, 8, 0x03, 0x04, 0x31, 0xc6, 0x05, 0x02, 1, 2, 0, 1}
	case configuration:
		return []byte{9, configuration, 18, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 0, 0xff, 0, 0, 0}
	case text:
		switch n {
		case 0: // the languages: English
			return []byte{4, text, 9, 4}
		case 1:
			return textDescriptor("sourire lab")
		case 2:
			return textDescriptor("i2c-tiny-usb")
		}
	}
	return nil
}

func textDescriptor(s string) []byte {
	b := []byte{byte(2 + 2*len(s)), 3}
	for _, c := range []byte(s) {
		b = append(b, c, 0)
	}
	return b
}
