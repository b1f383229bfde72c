package mqtt

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"sourire/sync/mqtt/mqtttest"
)

// mosquitto starts the real broker and returns its URL and its process.
func mosquitto(t *testing.T) (string, *os.Process) {
	t.Helper()
	path, err := exec.LookPath("mosquitto")
	if err != nil {
		path = "/usr/sbin/mosquitto"
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatal("mosquitto is neither in PATH nor in /usr/sbin: apt-get install mosquitto")
	}
	port, err := mqtttest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	conf := filepath.Join(t.TempDir(), "mosquitto.conf")
	text := fmt.Sprintf("listener %d 127.0.0.1\nallow_anonymous true\npersistence false\n", port)
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "-c", conf)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	late := time.After(20 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close()
			return "tcp://" + address, cmd.Process
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("mosquitto does not listen")
		}
	}
}

func TestMosquitto(t *testing.T) {
	url, process := mosquitto(t)
	got := make(chan Message, 1000)
	listener := dial(t, Options{URL: url, ClientID: "listener", ManualAck: true, OnMessage: func(m Message) { got <- m }})
	defer listener.Close()
	if err := listener.Subscribe(t.Context(), "a/#"); err != nil {
		t.Fatal(err)
	}
	next := func() Message {
		t.Helper()
		select {
		case m := <-got:
			m.Ack()
			return m
		case <-time.After(20 * time.Second):
			t.Fatal("nothing came")
			return Message{}
		}
	}

	will := &Message{Topic: "a/state", Payload: []byte("off"), Retain: true}
	var raw net.Conn
	box := func(id string) *Conn {
		return dial(t, Options{URL: url, ClientID: id, Will: will, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			var err error
			raw, err = new(net.Dialer).DialContext(ctx, network, address)
			return raw, err
		}})
	}
	first := box("first")
	var receipts []Receipt
	for i := range 500 {
		receipts = append(receipts, first.Send(Message{Topic: "a/ev", Payload: fmt.Append(nil, i)}))
	}
	for i, r := range receipts {
		if err := r.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if m := next(); string(m.Payload) != fmt.Sprint(i) {
			t.Fatalf("message %d is %s", i, m.Payload)
		}
	}

	// A goodbye: no will comes before what is published after it.
	first.Close()
	second := box("second")
	defer second.Close()
	if err := second.Publish(t.Context(), Message{Topic: "a/ev", Payload: []byte("after")}); err != nil {
		t.Fatal(err)
	}
	if m := next(); string(m.Payload) != "after" {
		t.Errorf("%s %s came after a goodbye", m.Topic, m.Payload)
	}
	// No goodbye: the will.
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	if m := next(); m.Topic != will.Topic || string(m.Payload) != "off" {
		t.Errorf("%s %s came, want the will", m.Topic, m.Payload)
	}

	// Killed with a publication under way: an error, never nil.
	third := box("third")
	defer third.Close()
	if err := process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	r := third.Send(Message{Topic: "a/ev", Payload: []byte("lost")})
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := r.Wait(t.Context()); err == nil {
		t.Error("published to a broker that was dead")
	}
	<-third.Done()
	<-listener.Done()
}
