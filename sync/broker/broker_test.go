package broker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang" //nolint:depguard // a client as it is, with nothing of ours around it

	"sourire/sync/broker"
)

const (
	base  = "sourire/v1/demo/lyon/exit-1"
	ev    = base + "/ev"
	state = base + "/state"
)

// soon is how long a test waits for what must come.
const soon = 20 * time.Second

// desk is the office's side of a broker in a test.
type desk struct {
	*broker.Broker
	mu   sync.Mutex
	got  []string // topic and payload
	more chan struct{}
	fail atomic.Bool
	log  refusals
}

// refusals is a log that counts what the broker says it has refused.
type refusals struct {
	slog.Handler
	n atomic.Int32
}

func (*refusals) Enabled(context.Context, slog.Level) bool { return true }

func (r *refusals) Handle(_ context.Context, line slog.Record) error {
	if line.Message == "broker refused" {
		r.n.Add(1)
	}
	return nil
}

func start(t *testing.T) *desk {
	t.Helper()
	d := &desk{more: make(chan struct{}, 1000), log: refusals{Handler: slog.DiscardHandler}}
	var err error
	d.Broker, err = broker.Start(broker.Config{Listen: "127.0.0.1:0", Chain: "demo", OnPublish: d.take, Log: slog.New(&d.log)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func (d *desk) take(_ context.Context, topic string, payload []byte) error {
	if d.fail.Load() {
		d.more <- struct{}{}
		return errors.New("disk full")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.got = append(d.got, topic+" "+string(payload))
	d.more <- struct{}{}
	return nil
}

// next waits until take was called once more.
func (d *desk) next(t *testing.T) {
	t.Helper()
	select {
	case <-d.more:
	case <-time.After(soon):
		t.Fatal("nothing came")
	}
}

func (d *desk) all() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string{}, d.got...)
}

func connect(t *testing.T, addr, id string, set func(*paho.ClientOptions)) paho.Client {
	t.Helper()
	o := paho.NewClientOptions().AddBroker("tcp://" + addr).SetClientID(id).
		SetProtocolVersion(4).SetAutoReconnect(false).SetConnectRetry(false).SetCleanSession(true)
	if set != nil {
		set(o)
	}
	c := paho.NewClient(o)
	if err := finish(t, c.Connect()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Disconnect(0) })
	return c
}

func finish(t *testing.T, token paho.Token) error {
	t.Helper()
	select {
	case <-token.Done():
		return token.Error()
	case <-time.After(soon):
		t.Fatal("not finished")
		return nil
	}
}

func TestPublicationIsTakenInBeforePuback(t *testing.T) {
	d := start(t)
	c := connect(t, d.Addr(), "a", nil)
	for i := range 200 {
		if err := finish(t, c.Publish(ev, 1, false, fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
		if n := len(d.all()); n != i+1 {
			t.Fatalf("acknowledged %d, taken in %d", i+1, n)
		}
	}
	if got := d.all(); got[0] != ev+" 0" || got[199] != ev+" 199" {
		t.Errorf("got %q to %q", got[0], got[199])
	}
}

// What could not be stored is neither acknowledged nor delivered nor retained,
// and the connection goes on.
func TestRefusedPublicationIsNotAcknowledged(t *testing.T) {
	d := start(t)
	heard := make(chan string, 10)
	reader := connect(t, d.Addr(), "reader", nil)
	hear := func(_ paho.Client, m paho.Message) { heard <- string(m.Payload()) }
	if err := finish(t, reader.Subscribe("sourire/v1/#", 1, hear)); err != nil {
		t.Fatal(err)
	}
	c := connect(t, d.Addr(), "a", nil)
	d.fail.Store(true)
	lost := c.Publish(state, 1, true, "lost")
	d.next(t)
	d.fail.Store(false)
	if err := finish(t, c.Publish(state, 1, false, "kept")); err != nil {
		t.Fatal(err)
	}
	select {
	case <-lost.Done():
		t.Error("acknowledged what was refused")
	default:
	}
	if got := <-heard; got != "kept" {
		t.Errorf("delivered %q", got)
	}
	late := connect(t, d.Addr(), "late", nil)
	if err := finish(t, late.Subscribe(state, 1, hear)); err != nil {
		t.Fatal(err)
	}
	if err := d.Publish(state, []byte("end"), false); err != nil {
		t.Fatal(err)
	}
	for range 2 { // reader and late: nothing retained comes before it
		if got := <-heard; got != "end" {
			t.Errorf("retained %q", got)
		}
	}
}

func TestOfficePublishes(t *testing.T) {
	d := start(t)
	heard := make(chan paho.Message, 10)
	if err := d.Publish(base+"/ack", []byte("1"), true); err != nil {
		t.Fatal(err)
	}
	c := connect(t, d.Addr(), "a", nil)
	token := c.Subscribe(base+"/ack", 1, func(_ paho.Client, m paho.Message) { heard <- m })
	if err := finish(t, token); err != nil {
		t.Fatal(err)
	}
	if granted := token.(*paho.SubscribeToken).Result()[base+"/ack"]; granted != 0 {
		t.Errorf("granted QoS %d, want 0: mochi's table of packet ids serves both ways", granted)
	}
	if m := <-heard; string(m.Payload()) != "1" || !m.Retained() {
		t.Errorf("%q, retained %t", m.Payload(), m.Retained())
	}
	if err := d.Publish(base+"/ack", []byte("2"), true); err != nil {
		t.Fatal(err)
	}
	if m := <-heard; string(m.Payload()) != "2" || m.Retained() {
		t.Errorf("%q, retained %t", m.Payload(), m.Retained())
	}
	if got := d.all(); len(got) != 0 {
		t.Errorf("the office heard itself: %q", got)
	}
}

// Watermarks that go out while batches come in.
func TestBothWaysAtOnce(t *testing.T) {
	d := start(t)
	const n = 2000
	heard := make(chan struct{}, n)
	c := connect(t, d.Addr(), "a", nil)
	if err := finish(t, c.Subscribe(base+"/ack", 1, func(paho.Client, paho.Message) { heard <- struct{}{} })); err != nil {
		t.Fatal(err)
	}
	go func() {
		for range n {
			<-d.more
			if err := d.Publish(base+"/ack", []byte("x"), true); err != nil {
				t.Error(err)
			}
		}
	}()
	window := make(chan paho.Token, 64)
	go func() {
		defer close(window)
		for range n {
			window <- c.Publish(ev, 1, false, "x")
		}
	}()
	for token := range window {
		if err := finish(t, token); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		select {
		case <-heard:
		case <-time.After(soon):
			t.Fatalf("%d of %d watermarks came", i, n)
		}
	}
}

func TestWill(t *testing.T) {
	d := start(t)
	var raw net.Conn
	connect(t, d.Addr(), "a", func(o *paho.ClientOptions) {
		o.SetBinaryWill(state, []byte("offline"), 1, true)
		o.SetCustomOpenConnectionFn(func(*url.URL, paho.ClientOptions) (conn net.Conn, err error) {
			raw, err = net.Dial("tcp", d.Addr())
			return raw, err
		})
	})
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	d.next(t)
	if got := d.all(); len(got) != 1 || got[0] != state+" offline" {
		t.Errorf("got %q", got)
	}
}

func TestRefusedClients(t *testing.T) {
	for _, c := range []struct {
		name    string
		topic   string
		payload []byte
	}{
		{"10 MB", ev, bytes.Repeat([]byte("x"), 10<<20)},
		{"another chain", "sourire/v1/other/lyon/exit-1/ev", nil},
		{"the office's key", "sourire/v1/demo/office", nil},
		{"a watermark", base + "/ack", nil},
		{"a command", base + "/cmd/1", nil},
		{"a command of the name res", base + "/cmd/res", nil},
		{"an answer to what is no command", base + "/cmd/1/2/res", nil},
		{"anything else", "home/lights", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := start(t)
			lost := make(chan struct{})
			bad := connect(t, d.Addr(), "bad", func(o *paho.ClientOptions) {
				o.SetConnectionLostHandler(func(paho.Client, error) { close(lost) })
			})
			bad.Publish(c.topic, 1, true, c.payload)
			select {
			case <-lost:
			case <-time.After(soon):
				t.Fatal("the connection lives on")
			}
			good := connect(t, d.Addr(), "good", nil)
			if err := finish(t, good.Publish(ev, 1, false, "good")); err != nil {
				t.Fatal(err)
			}
			if got := d.all(); len(got) != 1 || got[0] != ev+" good" {
				t.Errorf("got %d publications", len(got))
			}
			if n := d.log.n.Load(); n != 1 {
				t.Errorf("%d refusals logged, want 1", n)
			}
		})
	}
}

func TestRefusedWill(t *testing.T) {
	d := start(t)
	o := paho.NewClientOptions().AddBroker("tcp://"+d.Addr()).SetClientID("bad").SetProtocolVersion(4).
		SetConnectRetry(false).SetBinaryWill(base+"/ack", []byte("forged"), 1, true)
	if err := finish(t, paho.NewClient(o).Connect()); err == nil {
		t.Error("connected")
	}
	if n := d.log.n.Load(); n != 1 {
		t.Errorf("%d refusals logged, want 1", n)
	}
}

func TestTakenPort(t *testing.T) {
	d := start(t)
	_, err := broker.Start(broker.Config{Listen: d.Addr(), Chain: "demo", OnPublish: d.take})
	if !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("got %v", err)
	}
}

// Close waits for what is being stored, and acknowledges nothing that came too
// late.
func TestClose(t *testing.T) {
	inside, leave := make(chan struct{}), make(chan struct{})
	var ended atomic.Bool
	b, err := broker.Start(broker.Config{Listen: "127.0.0.1:0", Chain: "demo", Log: slog.New(slog.DiscardHandler),
		OnPublish: func(ctx context.Context, _ string, _ []byte) error {
			close(inside)
			<-ctx.Done()
			<-leave
			ended.Store(true)
			return ctx.Err()
		}})
	if err != nil {
		t.Fatal(err)
	}
	c := connect(t, b.Addr(), "a", nil)
	token := c.Publish(ev, 1, false, "x")
	<-inside
	closed := make(chan error)
	go func() { closed <- b.Close() }()
	close(leave)
	if err := <-closed; err != nil || !ended.Load() {
		t.Errorf("closed with %v, the publication had ended: %t", err, ended.Load())
	}
	if finish(t, token) == nil {
		t.Error("acknowledged")
	}
	if _, err := net.Dial("tcp", b.Addr()); err == nil {
		t.Error("it still listens")
	}
}

// A connection that says nothing is ended, and keeps nobody from closing.
func TestSilentConnections(t *testing.T) {
	b, err := broker.Start(broker.Config{Listen: "127.0.0.1:0", Chain: "demo", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	silent, err := net.Dial("tcp", b.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	greeted, err := net.Dial("tcp", b.Addr()) // accepted after the silent one
	if err != nil {
		t.Fatal(err)
	}
	defer greeted.Close()
	if _, err := greeted.Write([]byte("\x10\x0d\x00\x04MQTT\x04\x02\x00\x1e\x00\x01a")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(greeted, make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	closed := make(chan error, 1)
	go func() { closed <- b.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(soon / 2):
		t.Fatal("a client that has said nothing keeps the broker from closing")
	}
}

func TestASilentConnectionIsEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		callers := make(chan net.Conn, 1)
		callers <- theirs
		b, err := broker.Start(broker.Config{Listener: pipes(callers), Chain: "demo", Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		if _, err := ours.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("read %v", err)
		}
		if took := time.Since(begun); took != 15*time.Second {
			t.Errorf("ended after %s", took)
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
}

// pipes is a listener without a network.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	c, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (p pipes) Close() error {
	close(p)
	return nil
}

func (pipes) Addr() net.Addr { return &net.TCPAddr{} }
