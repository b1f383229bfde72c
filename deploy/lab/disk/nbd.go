package disk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
)

// The network block device protocol, in the fixed new style, as far as QEMU
// speaks it with a server that offers no more.
// Source: https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md
const (
	magicInit   = 0x4e42444d41474943 // NBDMAGIC
	magicOption = 0x49484156454f5054 // IHAVEOPT
	magicReply  = 0x0003e889045565a9

	optionExport, optionAbort, optionGo = 1, 2, 7

	replyAck, replyInfo, replyUnsupported = 1, 3, 1<<31 | 1

	infoExport = 0

	flagsHandshake = 1<<0 | 1<<1 // fixed new style, no zeroes after the export
	flagsExport    = 1<<0 | 1<<2 // has flags, takes flushes; without FUA the kernel flushes, too

	magicRequest = 0x25609513
	magicAnswer  = 0x67446698

	commandRead, commandWrite, commandLeave, commandFlush = 0, 1, 2, 3

	errInvalid = 22
)

// Serve serves the disk to whoever connects, one after another, until the
// listener is closed.
func (d *Disk) Serve(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		_ = d.serve(conn) // however a machine leaves: by goodbye or by a power cut
		_ = conn.Close()
	}
}

func (d *Disk) serve(conn io.ReadWriter) error {
	if err := d.negotiate(conn); err != nil {
		return err
	}
	power := d.supply()
	for {
		if err := d.request(conn, power); err != nil {
			return err
		}
	}
}

func send(w io.Writer, values ...any) error {
	var b []byte
	for _, v := range values {
		var err error
		if b, err = binary.Append(b, binary.BigEndian, v); err != nil {
			return err
		}
	}
	_, err := w.Write(b)
	return err
}

// negotiate agrees on the export.
func (d *Disk) negotiate(conn io.ReadWriter) error {
	if err := send(conn, uint64(magicInit), uint64(magicOption), uint16(flagsHandshake)); err != nil {
		return err
	}
	var flags uint32
	if err := binary.Read(conn, binary.BigEndian, &flags); err != nil {
		return err
	}
	for {
		var option struct {
			Magic        uint64
			Kind, Length uint32
		}
		if err := binary.Read(conn, binary.BigEndian, &option); err != nil {
			return err
		}
		if option.Magic != magicOption || option.Length > 1<<16 {
			return fmt.Errorf("option %x of %d bytes", option.Magic, option.Length)
		}
		if _, err := io.CopyN(io.Discard, conn, int64(option.Length)); err != nil {
			return err
		}
		answer := func(kind uint32, data []byte) error {
			return send(conn, uint64(magicReply), option.Kind, kind, uint32(len(data)), data)
		}
		switch option.Kind {
		case optionExport:
			return send(conn, uint64(d.Size()), uint16(flagsExport))
		case optionGo:
			info := binary.BigEndian.AppendUint16(nil, infoExport)
			info = binary.BigEndian.AppendUint64(info, uint64(d.Size()))
			info = binary.BigEndian.AppendUint16(info, flagsExport)
			if err := answer(replyInfo, info); err != nil {
				return err
			}
			return answer(replyAck, nil)
		case optionAbort:
			return errors.Join(answer(replyAck, nil), io.EOF)
		default:
			if err := answer(replyUnsupported, nil); err != nil {
				return err
			}
		}
	}
}

var errPower = errors.New("the power is gone")

// request carries out one command. What a machine without power had still sent
// is lost.
func (d *Disk) request(conn io.ReadWriter, power <-chan struct{}) error {
	var r struct {
		Magic       uint32
		Flags, Kind uint16
		Cookie      uint64
		Offset      uint64
		Length      uint32
	}
	if err := binary.Read(conn, binary.BigEndian, &r); err != nil {
		return err
	}
	if r.Magic != magicRequest || r.Length > 1<<26 {
		return fmt.Errorf("request %x of %d bytes", r.Magic, r.Length)
	}
	if !d.works(power) {
		return errPower
	}
	data := make([]byte, r.Length)
	var failed error
	switch r.Kind {
	case commandRead:
		failed = d.ReadAt(data, int64(r.Offset))
	case commandWrite:
		if _, err := io.ReadFull(conn, data); err != nil {
			return err
		}
		failed, data = d.WriteAt(data, int64(r.Offset)), nil
	case commandFlush:
		d.Flush()
	case commandLeave:
		return io.EOF
	default:
		failed = errors.ErrUnsupported
	}
	if !d.works(power) {
		return errPower
	}
	code := uint32(0)
	if failed != nil {
		code, data = errInvalid, nil
	}
	return send(conn, uint32(magicAnswer), code, r.Cookie, data)
}
