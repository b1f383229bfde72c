//go:build lab

package lab

import (
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"sourire/device/tap"
)

// box is a terminal of four buttons in a machine, with a broker on the host.
type box struct {
	*Machine
	t       *testing.T
	broker  *Broker
	marked  *marked
	buttons []string
	lights  []string
}

const (
	configFile = "/etc/sourire/terminal.toml"
	program    = "/bin/sourire"
	slow       = 90 * time.Second // for what takes a moment on a real box, and much longer on a busy host
)

// newBox switches a box on. The terminal is not started.
func newBox(t *testing.T, c Config) *box {
	t.Helper()
	broker, err := StartBroker(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	b := &box{t: t, broker: broker}
	b.powerOn(c)
	return b
}

// powerOn starts the machine, with the terminal's program in it.
func (b *box) powerOn(c Config) {
	b.t.Helper()
	file, err := Program("arm64", "sourire")
	if err != nil {
		b.t.Fatal(err)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		b.t.Fatal(err)
	}
	c.Files = map[string][]byte{program: raw, configFile: nil}
	m, err := Start(b.t.Context(), c)
	if err != nil {
		b.t.Fatal(err)
	}
	b.Machine, b.marked = m, &marked{}
	b.t.Cleanup(func() {
		m.PowerCut()
		if b.t.Failed() {
			b.t.Logf("console:\n%s", m.Console())
		}
	})
	b.t.Logf("from power on to user space: %s", m.Boot.Round(time.Millisecond))
}

// board is a configuration's section, with what a test wants of it.
type board struct {
	buttons, lights []string
	extra           string // lines of the section [board]
	survey          string // lines of the section [survey]
	pin             string // the manager's; none
}

func list(names []string) string { return `["` + strings.Join(names, `", "`) + `"]` }

// text is the configuration of a terminal with this board, and with a broker at a
// port of the gateway.
func (c board) text(port int) string {
	if len(c.lights) > 0 {
		c.extra += "\nlights = " + list(c.lights)
	}
	text := fmt.Sprintf(`[terminal]
chain = "demo"
store = "lyon"
id = "exit-1"
data = "/var/lib/sourire/data"
[broker]
url = "tcp://%s:%d"
confirm = "puback"
[board]
kind = "gpio"
buttons = %s
%s
[survey]
question = "exit"
%s
`, Gateway, port, list(c.buttons), c.extra, c.survey)
	if c.pin != "" {
		text += fmt.Sprintf("[manager]\npin = %q\n", c.pin)
	}
	return text
}

// configure writes the terminal's configuration.
func (b *box) configure(c board) {
	b.t.Helper()
	b.buttons, b.lights = c.buttons, c.lights
	if err := b.WriteFile(b.t.Context(), configFile, []byte(c.text(b.broker.Port))); err != nil {
		b.t.Fatal(err)
	}
}

// start starts the terminal.
func (b *box) start() {
	b.t.Helper()
	if _, err := b.StartTerminal(b.t.Context(), program, "run", "--config", configFile); err != nil {
		b.t.Fatal(err)
	}
}

// ready waits until the terminal takes presses: all its lights are on.
func (b *box) ready() {
	b.t.Helper()
	began := time.Now()
	if err := b.AwaitOutputs(b.t.Context(), b.Moment(), slow, b.lit(b.lights...)); err != nil {
		b.t.Fatalf("the box is not ready: %v\n%s", err, b.log())
	}
	b.t.Logf("ready after %s", time.Since(began).Round(time.Millisecond))
}

// lit is a condition on outputs: of the lights these are on, and no others.
func (b *box) lit(on ...string) func(map[string]bool) bool {
	return func(high map[string]bool) bool {
		n := 0
		for _, l := range b.lights {
			if high[l] {
				n++
			}
		}
		for _, l := range on {
			if !high[l] {
				return false
			}
		}
		return n == len(on)
	}
}

// stop has the terminal end in good order.
func (b *box) stop() {
	b.t.Helper()
	if err := b.Signal(b.t.Context(), int(syscall.SIGTERM)); err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(b.t.Context(), slow)
	defer cancel()
	r, err := b.WaitTerminal(ctx)
	if err != nil || r.Code != 0 {
		b.t.Fatalf("the terminal ended with %d, %v\n%s", r.Code, err, r.Output)
	}
}

// autopsy is for a terminal that did not do what it should: what the kernel
// knows of its lines, what it printed, and what each of its goroutines was
// doing. It ends with that.
func (b *box) autopsy() string {
	ctx, cancel := context.WithTimeout(context.Background(), slow)
	defer cancel()
	var all strings.Builder
	for _, r := range []struct {
		name    string
		address int
	}{{"levels", gpioData}, {"interrupts wanted", interruptMask}, {"interrupts waiting", interruptWaiting}} {
		value, err := b.register(r.address)
		fmt.Fprintf(&all, "%s: %#b, %v\n", r.name, value, err)
	}
	for _, name := range []string{"/proc/interrupts", "/proc/loadavg"} {
		raw, err := b.ReadFile(ctx, name)
		fmt.Fprintf(&all, "%s: %v\n%s", name, err, raw)
	}
	if err := b.Signal(ctx, int(syscall.SIGQUIT)); err != nil {
		fmt.Fprintln(&all, err)
	}
	if _, err := b.WaitTerminal(ctx); err != nil {
		fmt.Fprintln(&all, err)
	}
	return all.String() + b.log()
}

func (b *box) log() string {
	text, err := b.Log(b.t.Context())
	if err != nil {
		return err.Error()
	}
	return text
}

// taps are the taps among events.
func taps(events []tap.Event) (all []*tap.TapEvent) {
	for _, e := range events {
		if t, ok := e.(*tap.TapEvent); ok {
			all = append(all, t)
		}
	}
	return all
}

// standing are the taps that count: those that no undo names.
func standing(events []tap.Event) (all []*tap.TapEvent) {
	undone := map[uint64]bool{}
	for _, e := range events {
		if u, ok := e.(*tap.UndoEvent); ok {
			undone[u.Tap] = true
		}
	}
	for _, t := range taps(events) {
		if t.Counted && !undone[t.Seq] {
			all = append(all, t)
		}
	}
	return all
}

// faults is what became of a part, in order: a + where it failed, a - where it
// was in order again.
func faults(events []tap.Event, part string) (all string) {
	for _, e := range events {
		if f, ok := e.(*tap.FaultEvent); ok && f.Part == part {
			if f.Kind == tap.KindClear {
				all += "-"
			} else {
				all += "+"
			}
		}
	}
	return all
}
