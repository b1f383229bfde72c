package lab

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"sourire/device/tap"
	"sourire/sync/mqtt/mqtttest"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

// Gateway is the host's loopback as the guest sees it.
const Gateway = "10.0.2.2"

// Broker is a Mosquitto on the host and a subscriber that keeps all that a
// terminal sends.
type Broker struct {
	Port int

	mu      sync.Mutex
	changed chan struct{} // closed when something comes
	epochs  map[string]map[uint64]seal.Link
	wrong   []error
}

// StartBroker starts both; they end with ctx.
func StartBroker(ctx context.Context, dir string) (*Broker, error) {
	b := &Broker{changed: make(chan struct{}), epochs: map[string]map[uint64]seal.Link{}}
	var err error
	if b.Port, err = mqtttest.FreePort(); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "mosquitto.conf")
	text := fmt.Sprintf("listener %d 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nlog_dest stderr\n", b.Port)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	err = follow(ctx, " running", func(string) {}, "mosquitto", "-c", file)
	if err != nil {
		return nil, err
	}
	return b, follow(ctx, "Subscribed ", b.line, "stdbuf", "-oL", "mosquitto_sub", "-d", "-p", fmt.Sprint(b.Port),
		"-q", "1", "-t", "sourire/v1/#", "-F", "got %t %p")
}

// follow starts a program that goes on, waits until it says that it is ready,
// and hands on every line from then.
func follow(ctx context.Context, ready string, line func(string), name string, args ...string) error {
	c := exec.CommandContext(ctx, name, args...)
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	c.Stdout, c.Stderr = w, w
	err = c.Start()
	_ = w.Close()
	if err != nil {
		_ = r.Close()
		return err
	}
	started := make(chan struct{})
	ended := make(chan struct{})
	var said bytes.Buffer
	go func() {
		defer close(ended)
		s := bufio.NewScanner(r)
		s.Buffer(nil, 1<<20)
		for up := false; s.Scan(); {
			switch {
			case up:
				line(s.Text())
			case strings.Contains(s.Text(), ready):
				up = true
				close(started)
			default:
				fmt.Fprintln(&said, s.Text())
			}
		}
		_ = r.Close()
		_ = c.Wait()
	}()
	select {
	case <-started:
		return nil
	case <-ended:
		return fmt.Errorf("%s ended: %s", name, said.String())
	case <-time.After(20 * time.Second):
		return fmt.Errorf("%s is not ready after 20 s", name)
	}
}

// line takes what the subscriber got.
func (b *Broker) line(text string) {
	rest, ok := strings.CutPrefix(text, "got ")
	topic, payload, _ := strings.Cut(rest, " ")
	if !ok || !strings.HasSuffix(topic, "/ev") {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.take(payload); err != nil {
		b.wrong = append(b.wrong, err)
	}
	close(b.changed)
	b.changed = make(chan struct{})
}

// take keeps the events of a batch, each once; a second one with other bytes
// is an error.
func (b *Broker) take(payload string) error {
	batch, err := wire.DecodeBatch([]byte(payload))
	if err != nil {
		return err
	}
	had := b.epochs[batch.Epoch]
	if had == nil {
		had = map[uint64]seal.Link{}
		b.epochs[batch.Epoch] = had
	}
	for _, l := range batch.Links {
		if old, ok := had[l.Seq]; ok && !bytes.Equal(old.Event, l.Event) {
			return fmt.Errorf("epoch %s: seq %d came twice: %s and %s", batch.Epoch, l.Seq, old.Event, l.Event)
		}
		had[l.Seq] = l
	}
	return nil
}

// Events are the events that came, from seq 1 without a gap; each follows from
// the one before it by the hash chain.
func (b *Broker) Events() ([]tap.Event, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.wrong) > 0 {
		return nil, errors.Join(b.wrong...)
	}
	if len(b.epochs) > 1 {
		return nil, fmt.Errorf("the terminal began %d epochs", len(b.epochs))
	}
	var events []tap.Event
	for _, links := range b.epochs {
		var head seal.Head
		for seq := uint64(1); ; seq++ {
			l, ok := links[seq]
			if !ok {
				break
			}
			if head = head.Next(l.Event); head != l.Head {
				return nil, fmt.Errorf("seq %d does not follow from the one before", seq)
			}
			e, err := tap.Parse(l.Event)
			if err != nil {
				return nil, err
			}
			events = append(events, e)
		}
		if n := len(events); n < len(links) {
			return events, fmt.Errorf("seq %d is missing, of %d events or more", n+1, len(links))
		}
	}
	return events, nil
}

// Await waits until the events that came are as the caller wants them.
func (b *Broker) Await(ctx context.Context, most time.Duration, ok func([]tap.Event) error) ([]tap.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for {
		b.mu.Lock()
		changed := b.changed
		b.mu.Unlock()
		events, err := b.Events()
		if err == nil {
			err = ok(events)
		}
		if err == nil {
			return events, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return events, fmt.Errorf("the broker, after %s: %w", most, err)
		}
	}
}
