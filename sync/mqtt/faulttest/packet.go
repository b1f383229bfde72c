package faulttest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

const maxPacket = 1 << 20

var errPacket = errors.New("no packet of MQTT")

// Packet is a packet as it is on the wire.
type Packet []byte

// Kind is the packet's kind.
func (p Packet) Kind() Kind { return Kind(p[0] >> 4) }

// Publication is the topic and the payload of a PUBLISH at QoS 1.
func (p Packet) Publication() (topic string, payload []byte) {
	c, err := packets.ReadPacket(bytes.NewReader(p))
	m, ok := c.(*packets.PublishPacket)
	if err != nil || !ok {
		return "", nil
	}
	return m.TopicName, m.Payload
}

// ID is the message id of a PUBLISH at QoS 1 or of a PUBACK; 0 for others.
func (p Packet) ID() uint16 {
	c, err := packets.ReadPacket(bytes.NewReader(p))
	if err != nil {
		return 0
	}
	return c.Details().MessageID
}

// readPacket reads the bytes of one packet.
func readPacket(r *bufio.Reader) (Packet, error) {
	first, err := r.ReadByte()
	if err != nil {
		return nil, err
	}
	length, err := binary.ReadUvarint(r)
	if err != nil {
		return nil, err
	}
	if length > maxPacket {
		return nil, errPacket
	}
	p := binary.AppendUvarint([]byte{first}, length)
	head := len(p)
	p = append(p, make([]byte, length)...)
	_, err = readFull(r, p[head:])
	return p, err
}

func readFull(r *bufio.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = r.Read(p[n:])
		n += m
	}
	return n, err
}

// refusal is a CONNACK or SUBACK that says no.
func (p Packet) refusal(seed uint64) Packet {
	no := bytes.Clone(p)
	no[len(no)-1] = 0x80 // SUBACK
	if p.Kind() == Connack {
		no[len(no)-1] = []byte{1, 2, 3, 4, 5, 6, 42, 254, 255}[seed%9]
	}
	return no
}

// garbage is bytes that no client or broker in its right mind sends.
func garbage(seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 0))
	id := []byte{0, byte(1 + r.IntN(3))} // those of the first subscriptions
	switch r.IntN(9) {
	case 0:
		return append([]byte{0x90, 7}, append(id, 1, 1, 1, 1, 1)...) // SUBACK with codes for five topics
	case 1:
		return append([]byte{0x90, 2}, id...) // and for none
	case 2:
		return []byte{0x30, 3, 0xff, 0xff, 'a'} // PUBLISH whose topic is longer than itself
	case 3:
		return []byte{0x32, 0xff, 0xff, 0xff, 0x7f} // of 256 MB
	case 4:
		return append([]byte{0x34, 7, 0, 3, 'a', 'c', 'k'}, id...) // at QoS 2
	case 5:
		return []byte{0x32, 0x80, 0x80, 0x80, 0x80, 0x80, 1} // a length without end
	case 6:
		return append([]byte{0x40, 2}, 0xff, byte(r.IntN(256))) // PUBACK for nothing
	case 7:
		return []byte{0x20, 2, 0, 0} // another CONNACK
	}
	p := make([]byte, 1+r.IntN(40))
	for i := range p {
		p[i] = byte(r.Uint32())
	}
	return p
}
