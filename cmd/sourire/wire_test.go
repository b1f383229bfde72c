package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sourire/assets/schema/schematest"
	"sourire/cmd/internal/lab"
	"sourire/device/tap"
	"sourire/sync/mqtt"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

// listener keeps what passes the broker, by topic.
type listener struct {
	mu   sync.Mutex
	seen map[string][][]byte
}

func listenIn(t *testing.T, c *lab.Chain) *listener {
	t.Helper()
	l := &listener{seen: map[string][][]byte{}}
	var conn *mqtt.Conn
	lab.Eventually(t, "the broker answers", 10*time.Second, func() (up bool) {
		var err error
		conn, err = mqtt.Dial(t.Context(), mqtt.Options{
			URL: "tcp://" + c.Broker, ClientID: "listener", ManualAck: true,
			OnMessage: func(m mqtt.Message) {
				l.mu.Lock()
				defer l.mu.Unlock()
				l.seen[m.Topic] = append(l.seen[m.Topic], m.Payload)
				m.Ack()
			},
		})
		return err == nil
	})
	t.Cleanup(conn.Close)
	if err := conn.Subscribe(t.Context(), "sourire/v1/#"); err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *listener) on(topic string) [][]byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([][]byte(nil), l.seen[topic]...)
}

var (
	identity   = tap.Identity{Chain: "demo", Store: "lyon-part-dieu", Terminal: "exit-1"}
	evTopic    = wire.Topic(identity, wire.LeafEvents)
	stateTopic = wire.Topic(identity, wire.LeafState)
	ackTopic   = wire.Topic(identity, wire.LeafAck)
)

// lastState is the newest state that was seen.
func (l *listener) lastState(t *testing.T) (s wire.State, raw string) {
	t.Helper()
	all := l.on(stateTopic)
	if len(all) == 0 {
		return s, ""
	}
	raw = string(all[len(all)-1])
	s, err := wire.DecodeState([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return s, raw
}

// TestTheContractOnTheWire reads what a real terminal and a real office say by
// a real broker, and holds it against the contract byte for byte.
func TestTheContractOnTheWire(t *testing.T) {
	t.Parallel()
	c := lab.NewChain(t, "")
	c.StartBroker()
	l := listenIn(t, c)
	c.StartTerminal()
	c.StartOffice()
	var pressed []uint64
	for _, button := range []int{0, 3, 2} {
		seq, _, err := lab.Press(t.Context(), c.Panel, button)
		if err != nil {
			t.Fatal(err)
		}
		pressed = append(pressed, seq)
	}
	c.AwaitDelivery(20 * time.Second)
	lab.Eventually(t, "the state says that nothing waits", 10*time.Second, func() bool {
		s, _ := l.lastState(t)
		return s.Pending != nil && *s.Pending == 0 && *s.Last >= pressed[2]
	})
	checkBatches(t, l, pressed)
	checkMessages(t, l)

	epoch, boot, session := func() (string, uint64, uint64) {
		s, _ := l.lastState(t)
		return s.Epoch, s.Boot, s.Session
	}()
	offline := func(session uint64) string {
		raw, err := wire.State{Boot: boot, Session: session, Epoch: epoch}.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	if want := `{"boot":1,"epoch":"` + epoch + `","online":false,"schema":"sourire.state/1","session":1}`; offline(session) != want {
		t.Errorf("the will is %s, want %s", offline(session), want)
	}
	c.Terminal.Kill()
	lab.Eventually(t, "the broker publishes the will", 10*time.Second, func() bool {
		_, raw := l.lastState(t)
		return raw == offline(session)
	})
	c.Terminal.Start()
	lab.Eventually(t, "the terminal is back with another session", 10*time.Second, func() bool {
		s, _ := l.lastState(t)
		return s.Online && s.Session == session+1
	})
	if code := c.Terminal.Stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	lab.Eventually(t, "a clean stop says that it is offline", 10*time.Second, func() bool {
		_, raw := l.lastState(t)
		return raw == offline(session+1)
	})
}

// TestAHugeMessageOnTheBroker has a stranger send 200 MB as a watermark: it is
// counted, and neither takes memory nor the connection.
func TestAHugeMessageOnTheBroker(t *testing.T) {
	t.Parallel()
	c := lab.NewChain(t, "")
	c.StartBroker()
	c.StartTerminal()
	c.StartOffice()
	lab.Eventually(t, "the office has all", 20*time.Second, func() bool { return settled(t, c) })
	before := peak(t, c.Terminal)
	const size = 200 << 20
	conn, err := net.Dial("tcp", c.Broker)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	const connect = "\x10\x14\x00\x04MQTT\x04\x02\x00\x00\x00\x08stranger"
	head := binary.AppendUvarint([]byte{0x30}, uint64(2+len(ackTopic)+size)) // a publication at QoS 0
	head = append(binary.BigEndian.AppendUint16(head, uint16(len(ackTopic))), ackTopic...)
	if _, err := io.Copy(conn, io.MultiReader(strings.NewReader(connect+string(head)), io.LimitReader(spaces{}, size))); err != nil {
		t.Fatal(err)
	}
	lab.Eventually(t, "the terminal has refused it", 60*time.Second, func() bool {
		n, ok := c.Metric("sourire_rejected_total")
		return ok && n == 1
	})
	if grew := peak(t, c.Terminal) - before; grew > 10_000 {
		t.Errorf("memory grew by %d KB", grew)
	}
	if _, _, err := lab.Press(t.Context(), c.Panel, 1); err != nil {
		t.Error(err)
	}
	lab.Eventually(t, "the office has the press", 20*time.Second, func() bool { return settled(t, c) })
	if n := strings.Count(c.Terminal.Log(), "connected to the broker"); n != 1 {
		t.Errorf("%d connections, want the first to last", n)
	}
}

// spaces has no end.
type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// TestConnectionsAreCountedOnAFullCard has the terminal connect again while its
// card takes no file, and restarts it after.
func TestConnectionsAreCountedOnAFullCard(t *testing.T) {
	t.Parallel()
	c := lab.NewChain(t, "")
	c.StartBroker()
	l := listenIn(t, c)
	c.StartTerminal()
	var last uint64
	wantNext := func() {
		t.Helper()
		var s wire.State
		lab.Eventually(t, fmt.Sprintf("a session after %d", last), 30*time.Second, func() bool {
			s, _ = l.lastState(t)
			return s.Online && s.Session > last
		})
		last = s.Session
	}
	again := func() { // who takes its client id takes its connection
		t.Helper()
		conn, err := mqtt.Dial(t.Context(), mqtt.Options{URL: "tcp://" + c.Broker, ClientID: lab.ID})
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
	wantNext()
	blocked := filepath.Join(c.TerminalData, "session.new")
	if err := os.Mkdir(blocked, 0o755); err != nil {
		t.Fatal(err)
	}
	again()
	wantNext()
	again()
	wantNext()
	if err := os.Remove(blocked); err != nil {
		t.Fatal(err)
	}
	again()
	wantNext()
	c.Terminal.Kill()
	c.Terminal.Start()
	wantNext()
	if n := strings.Count(c.Terminal.Log(), "connections are counted in memory only"); n != 1 {
		t.Errorf("said %d times, want once", n)
	}
}

// checkBatches verifies what stands on ev from its own genesis on.
func checkBatches(t *testing.T, l *listener, pressed []uint64) {
	t.Helper()
	var key seal.Public
	var last uint64
	taps := map[uint64]bool{}
	for _, payload := range l.on(evTopic) {
		valid(t, "ev", payload)
		b, err := wire.DecodeBatch(payload)
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range b.Links {
			e, err := tap.Parse(link.Event)
			if err != nil {
				t.Fatal(err)
			}
			if g, ok := e.(*tap.GenesisEvent); ok {
				if key, err = seal.ParsePublic(g.Ed25519); err != nil {
					t.Fatal(err)
				}
			}
			if link.Seq > last+1 {
				t.Errorf("event %d follows %d", link.Seq, last)
			}
			last = max(last, link.Seq)
			taps[link.Seq] = e.Head().Kind == tap.KindTap
		}
		if err := b.Verify(key); err != nil {
			t.Error(err)
		}
	}
	for _, seq := range pressed {
		if !taps[seq] {
			t.Errorf("press %d is not on the wire", seq)
		}
	}
}

// checkMessages validates the other messages, and the office's signatures.
func checkMessages(t *testing.T, l *listener) {
	t.Helper()
	for _, raw := range l.on(stateTopic) {
		valid(t, "state", raw)
	}
	offices := l.on(wire.OfficeTopic("demo"))
	if len(offices) == 0 {
		t.Fatal("the office has not introduced itself")
	}
	valid(t, "office", offices[0])
	pub, err := wire.DecodeOffice(offices[0], "demo")
	if err != nil {
		t.Fatal(err)
	}
	acks := l.on(ackTopic)
	if len(acks) == 0 {
		t.Fatal("the office has confirmed nothing")
	}
	for _, raw := range acks {
		valid(t, "ack", raw)
		if _, err := wire.DecodeAck(raw, pub); err != nil {
			t.Error(err)
		}
	}
}

func valid(t *testing.T, schema string, payload []byte) {
	t.Helper()
	if err := schematest.Validate(schema, payload); err != nil {
		t.Errorf("%s: %v in %.300s", schema, err, payload)
	}
	if err := seal.CheckCanonical(payload); err != nil {
		t.Errorf("%s: %v in %.300s", schema, err, payload)
	}
}

// TestNoiseOnTheBroker sends what must not harm anyone, from a stranger, to
// the terminal and to the office.
func TestNoiseOnTheBroker(t *testing.T) {
	t.Parallel()
	c := lab.NewChain(t, "")
	c.StartBroker()
	l := listenIn(t, c)
	c.StartTerminal()
	c.StartOffice()
	c.AwaitDelivery(20 * time.Second)

	stranger, err := mqtt.Dial(t.Context(), mqtt.Options{URL: "tcp://" + c.Broker, ClientID: "stranger"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stranger.Close)
	lab.Eventually(t, "the listener has both ways of it", 20*time.Second, func() bool {
		return len(l.on(evTopic)) > 0 && len(l.on(ackTopic)) > 0
	})
	batch := l.on(evTopic)[0]
	ack := l.on(ackTopic)[0]
	other := func(raw []byte, from, to string) []byte { return []byte(strings.Replace(string(raw), from, to, 1)) }
	huge := make([]byte, 10<<20)
	for _, m := range []mqtt.Message{
		{Topic: ackTopic, Payload: huge},
		{Topic: ackTopic, Payload: []byte(`{"seq":`)},
		{Topic: ackTopic, Payload: other(ack, `"seq":`, `"seq":9`)},                     // forged
		{Topic: ackTopic, Payload: other(ack, `"store":"lyon-`, `"store":"nice-`)},      // foreign
		{Topic: wire.OfficeTopic("demo"), Payload: []byte(`null`)},                      //
		{Topic: evTopic, Payload: huge},                                                 //
		{Topic: evTopic, Payload: []byte("\xff\x00")},                                   //
		{Topic: evTopic, Payload: other(batch, `"kind":"genesis"`, `"kind":"genesiz"`)}, // altered
		{Topic: strings.Replace(evTopic, "exit-1", "exit-2", 1), Payload: batch},        // another's topic
		{Topic: stateTopic, Payload: []byte(`[]`)},                                      //
	} {
		if err := stranger.Publish(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	lab.Eventually(t, "the terminal has counted the refusals", 20*time.Second, func() bool {
		n, ok := c.Metric("sourire_rejected_total")
		return ok && n >= 5
	})
	if _, _, err := lab.Press(t.Context(), c.Panel, 2); err != nil {
		t.Errorf("a press after the noise: %v", err)
	}
	c.AwaitDelivery(60 * time.Second)
	var list struct {
		Terminals []struct {
			Terminal string         `json:"terminal"`
			Rejected map[string]int `json:"rejected"`
			Forks    []any          `json:"forks"`
		} `json:"terminals"`
	}
	lab.Eventually(t, "the office has counted the refusals", 20*time.Second, func() bool {
		if err := json.Unmarshal([]byte(lab.Get("http://"+c.Office+"/api/terminals")), &list); err != nil {
			return false
		}
		n := 0
		for _, term := range list.Terminals {
			for _, k := range term.Rejected {
				n += k
			}
		}
		return n >= 4
	})
	for _, term := range list.Terminals {
		if len(term.Forks) != 0 {
			t.Errorf("noise made a fork of %s: %v", term.Terminal, term.Forks)
		}
	}
}
