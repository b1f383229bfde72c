package mqtt

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"sourire/device/tap/seedtest"
)

// stream is a connection that gives out bytes in pieces of any length.
type stream struct {
	net.Conn
	io.Reader
	r *rand.Rand
}

func (s stream) Read(p []byte) (int, error) {
	return s.Reader.Read(p[:min(len(p), 1+s.r.IntN(5000))])
}

// TestPacketsAreBounded reads packets of every kind that a client is sent. Short
// ones are as they were sent; of a long payload its beginning is left, and what
// follows it is whole.
func TestPacketsAreBounded(t *testing.T) {
	r := rand.New(rand.NewPCG(seedtest.Seed(t), 0))
	var sent []packets.ControlPacket
	var wire bytes.Buffer
	for range 300 {
		var p packets.ControlPacket
		switch r.IntN(4) {
		case 0:
			p = packets.NewControlPacket(packets.Pingresp)
		case 1:
			ack := packets.NewControlPacket(packets.Puback).(*packets.PubackPacket)
			ack.MessageID = uint16(r.Uint32())
			p = ack
		case 2:
			ack := packets.NewControlPacket(packets.Suback).(*packets.SubackPacket)
			ack.MessageID, ack.ReturnCodes = uint16(r.Uint32()), []byte{[]byte{0, 1, 0x80}[r.IntN(3)]}
			p = ack
		case 3:
			m := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
			m.Qos, m.Retain, m.TopicName = byte(r.IntN(2)), r.IntN(2) == 0, strings.Repeat("a", 1+r.IntN(300))
			if m.Qos > 0 {
				m.MessageID = uint16(r.Uint32())
			}
			sizes := []int{r.IntN(300), MaxPayload - 1, MaxPayload, MaxPayload + 1, MaxPayload + 2, r.IntN(500_000)}
			m.Payload = bytes.Repeat([]byte{byte(r.Uint32())}, sizes[r.IntN(len(sizes))])
			p = m
		}
		if err := p.Write(&wire); err != nil {
			t.Fatal(err)
		}
		sent = append(sent, p)
	}
	conn := newBounded(stream{Reader: &wire, r: r})
	for i, want := range sent {
		got, err := packets.ReadPacket(conn)
		if err != nil {
			t.Fatal(err)
		}
		if m, ok := want.(*packets.PublishPacket); ok && len(m.Payload) > MaxPayload {
			m.Payload = m.Payload[:MaxPayload+1]
		}
		if got.String() != want.String() && !strings.HasPrefix(want.String(), "PUBLISH") {
			t.Fatalf("packet %d is %s, want %s", i, got, want)
		}
		if m, ok := want.(*packets.PublishPacket); ok {
			g, ok := got.(*packets.PublishPacket)
			if !ok || g.TopicName != m.TopicName || g.Qos != m.Qos || g.Retain != m.Retain || g.MessageID != m.MessageID || !bytes.Equal(g.Payload, m.Payload) {
				t.Fatalf("packet %d is %.100s with %d bytes, want %.100s with %d", i, got, len(g.Payload), want, len(m.Payload))
			}
		} else if !reflect.DeepEqual(got.Details(), want.Details()) {
			t.Fatalf("packet %d has %v, want %v", i, got.Details(), want.Details())
		}
	}
	if _, err := packets.ReadPacket(conn); !errors.Is(err, io.EOF) {
		t.Errorf("after the last: %v", err)
	}
}

func TestMalformedPackets(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for name, header := range map[string]string{
		"longer than MQTT allows":    "\x30\x80\x80\x80\x80\x01",
		"a length without end":       "\x30\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
		"no publication, and 256 MB": "\x90\xff\xff\xff\x7f",
		"two codes for one topic":    "\x90\x04\x00\x01\x01\x01",
		"no code at all":             "\x90\x02\x00\x01",
		"an unknown refusal":         "\x20\x02\x00\x2a",
		"half a CONNACK":             "\x20\x01\x00",
		"a PUBACK without an id":     "\x40\x00",
		"a PUBACK with a reason":     "\x40\x04\x00\x01\x00\x00",
		"QoS 2":                      "\x34\x07\x00\x03ack\x00\x01",
		"QoS 3":                      "\x36\x07\x00\x03ack\x00\x01",
		"a PUBREL":                   "\x62\x02\x00\x01",
		"what clients send":          "\xc0\x00",
		"flags where none belong":    "\xd1\x00",
		"no kind at all":             "\x00\x00",
	} {
		zeros := io.LimitReader(zero{}, 100_000)
		_, err := packets.ReadPacket(newBounded(stream{Reader: io.MultiReader(strings.NewReader(header), zeros), r: r}))
		if err == nil {
			t.Errorf("%s: read", name)
		}
	}
}

type zero struct{}

func (zero) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestAHugeMessageTakesNoMemory reads 200 MB.
func TestAHugeMessageTakesNoMemory(t *testing.T) {
	const size = 200 << 20
	header := "\x32" + "\x87\x80\x80\x64" + "\x00\x03ack\x00\x07" // 7 bytes before the payload
	in := io.MultiReader(strings.NewReader(header), io.LimitReader(zero{}, size), strings.NewReader("\xd0\x00"))
	conn := newBounded(stream{Reader: in, r: rand.New(rand.NewPCG(1, 1))})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	p, err := packets.ReadPacket(conn)
	if err != nil {
		t.Fatal(err)
	}
	m, ok := p.(*packets.PublishPacket)
	if !ok || m.TopicName != "ack" || m.MessageID != 7 || len(m.Payload) != MaxPayload+1 {
		t.Errorf("%.100s", p)
	}
	if p, err = packets.ReadPacket(conn); err != nil || p.(*packets.PingrespPacket) == nil {
		t.Errorf("then %v, %v; want what follows", p, err)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 1<<20 {
		t.Errorf("%d bytes were allocated", took)
	}
}
