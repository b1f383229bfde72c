package mqtt

import (
	"bufio"
	"encoding/binary"
	"errors"
	"net"
)

// MaxPayload is how many bytes of a message are taken in. Of a longer one only
// the first MaxPayload+1 arrive, so that the receiver can tell.
const MaxPayload = 64 << 10

// Kinds of packet, MQTT 3.1.1, table 2.1: those that a broker sends to us.
const (
	packetConnack  = 2
	packetPublish  = 3
	packetPuback   = 4
	packetSuback   = 9
	packetPingresp = 13
)

const maxPublish = MaxPayload + 4 + 1<<16 // a topic has at most 2^16 bytes

var errPacket = errors.New("malformed MQTT packet")

// bounded is a connection on which only packets come that a client like ours may
// be sent, each of its length: paho panics at a SUBACK with more return codes
// than it asked for, keeps whatever comes at QoS 2, and makes room for a packet
// as soon as its header promises one, up to 256 MB. The payload of a publication
// is cut, and what is cut off is read and forgotten; the broker's
// acknowledgement goes its usual way.
type bounded struct {
	net.Conn
	in   *bufio.Reader
	head []byte // of the packet under way, as it is handed over
	body int    // bytes that follow it
	cut  int    // and those after them that are forgotten
}

func newBounded(c net.Conn) *bounded { return &bounded{Conn: c, in: bufio.NewReader(c)} }

func (b *bounded) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if len(b.head) == 0 && b.body == 0 {
		if err := b.next(); err != nil {
			return 0, err
		}
	}
	if len(b.head) > 0 {
		n := copy(p, b.head)
		b.head = b.head[n:]
		return n, nil
	}
	n, err := b.in.Read(p[:min(len(p), b.body)])
	b.body -= n
	return n, err
}

// next reads the fixed header of the next packet, and of a publication as much
// as it takes to know how long its payload is.
func (b *bounded) next() error {
	n, err := b.in.Discard(b.cut)
	b.cut -= n
	if err != nil {
		return err
	}
	first, err := b.in.ReadByte()
	if err != nil {
		return err
	}
	remaining, err := binary.ReadUvarint(b.in) // MQTT's own encoding, of at most 4 bytes
	if err != nil {
		return err
	}
	if remaining >= 1<<28 {
		return errPacket
	}
	b.body = int(remaining)
	if err := b.lawful(first); err != nil {
		return err
	}
	if first>>4 == packetPublish && b.body > MaxPayload {
		before, err := b.beforePayload(first)
		if err != nil {
			return err
		}
		b.cut = max(0, b.body-before-MaxPayload-1)
		b.body -= b.cut
		if b.body > maxPublish {
			return errPacket
		}
	}
	b.head = binary.AppendUvarint([]byte{first}, uint64(b.body))
	return nil
}

// lawful reports what is wrong with a packet that is about to come.
func (b *bounded) lawful(first byte) error {
	length, flags := 2, first&0xf
	switch first >> 4 {
	case packetPublish:
		if flags&0b0100 != 0 { // QoS 2, or none
			return errPacket
		}
		return nil
	case packetConnack:
		answer, err := b.in.Peek(2)
		if err != nil {
			return err
		}
		if answer[1] > 5 { // paho would take it for a yes
			return errPacket
		}
	case packetPuback:
	case packetSuback:
		length = 3 // we subscribe to one topic at a time
	case packetPingresp:
		length = 0
	default:
		return errPacket
	}
	if flags != 0 || b.body != length {
		return errPacket
	}
	return nil
}

// beforePayload is the length of a publication's topic and identifier.
func (b *bounded) beforePayload(first byte) (int, error) {
	length, err := b.in.Peek(2)
	if err != nil {
		return 0, err
	}
	n := 2 + int(binary.BigEndian.Uint16(length))
	if first&0b0110 != 0 { // QoS 1 or 2
		n += 2
	}
	return n, nil
}
