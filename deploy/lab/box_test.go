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
	buttons []string
	lights  []string
}

const (
	configFile = "/etc/sourire/terminal.toml"
	program    = "/bin/sourire"
	slow       = 30 * time.Second // for what takes a moment on a real box
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
	b.Machine = m
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
}

func list(names []string) string { return `["` + strings.Join(names, `", "`) + `"]` }

// configure writes the terminal's configuration.
func (b *box) configure(c board) {
	b.t.Helper()
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
`, Gateway, b.broker.Port, list(c.buttons), c.extra, c.survey)
	if len(c.lights) > 0 {
		text = strings.Replace(text, "[survey]", "lights = "+list(c.lights)+"\n[survey]", 1)
	}
	b.buttons, b.lights = c.buttons, c.lights
	if err := b.WriteFile(b.t.Context(), configFile, []byte(text)); err != nil {
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

func (b *box) log() string {
	text, err := b.Log(b.t.Context())
	if err != nil {
		return err.Error()
	}
	return text
}

// press presses a button as a person does: until its light answers.
func (b *box) press(choice int) error {
	_, err := b.pressBouncing(choice, 1, 0)
	return err
}

// pressBouncing presses with a contact that changes n times, gap apart, on the
// way down and on the way up. It returns both ways.
func (b *box) pressBouncing(choice, n int, gap time.Duration) ([]Played, error) {
	button := b.buttons[choice]
	began, err := b.rest()
	if err != nil {
		return nil, err
	}
	down, err := b.Play(Chatter(button, n, gap, true))
	if err != nil {
		return nil, err
	}
	if err := b.felt(began, choice); err != nil {
		return nil, err
	}
	up, err := b.Play(Chatter(button, n, gap, false).later(finger))
	return []Played{down, up}, err
}

// finger is how long a button stays down when it has been felt.
const finger = 80 * time.Millisecond

// down presses a button and does not let go.
func (b *box) down(choice int) error {
	began, err := b.rest()
	if err != nil {
		return err
	}
	if _, err := b.Play(Train{{0, b.buttons[choice], true}}); err != nil {
		return err
	}
	return b.felt(began, choice)
}

// release lets go of a button.
func (b *box) release(choice int) error {
	_, err := b.Play(Train{{finger, b.buttons[choice], false}})
	return err
}

// rest waits until the box has thanked for what was before, and is ready for
// the next press: what its lights tell after that is about this one.
func (b *box) rest() (Moment, error) {
	const blink = 300 * time.Millisecond // longer than any of the thanks
	err := b.AwaitRest(b.t.Context(), slow, blink, b.lit(b.lights...))
	return b.Moment(), err
}

// felt waits until the box shows that it felt buttons: of all lights only
// theirs stay on.
func (b *box) felt(since Moment, choices ...int) error {
	var on []string
	for _, c := range choices {
		on = append(on, b.lights[c])
	}
	if err := b.AwaitOutputs(b.t.Context(), since, slow, b.lit(on...)); err != nil {
		return fmt.Errorf("%q were not felt: %w", on, err)
	}
	return nil
}

// marker is a button that is pressed to know that all before it is decided.
const marker = 3

// between returns the taps of what play does, without the marker's before and
// after it: what was pressed before it has been decided when its own tap is at the
// broker. Where play says that the host was too busy to do as it should, it is
// done again.
func (b *box) between(play func() (asMeant bool, err error)) []*tap.TapEvent {
	b.t.Helper()
	for range 20 {
		from := len(b.mark())
		asMeant, err := play()
		if err != nil {
			b.t.Fatalf("%v\n%s", err, b.log())
		}
		all := b.mark()
		if asMeant {
			return all[from : len(all)-1]
		}
		b.t.Log("the host was busy: once more")
	}
	b.t.Fatal("the host is too busy to press a button")
	return nil
}

// mark presses the marker and returns all taps so far; its own is the last.
func (b *box) mark() []*tap.TapEvent {
	b.t.Helper()
	const apart = 150 * time.Millisecond // no chord with what was before
	<-time.After(apart)
	count := func(events []tap.Event) (n int) {
		for _, t := range taps(events) {
			if t.Choice == marker {
				n++
			}
		}
		return n
	}
	events, err := b.broker.Events()
	if err != nil {
		b.t.Fatal(err)
	}
	before := count(events)
	if err := b.press(marker); err != nil {
		b.t.Fatalf("%v\n%s", err, b.log())
	}
	events, err = b.broker.Await(b.t.Context(), slow, func(events []tap.Event) error {
		if n := count(events); n != before+1 {
			return fmt.Errorf("%d taps of %s, want %d", n, b.buttons[marker], before+1)
		}
		return nil
	})
	if err != nil {
		b.t.Fatalf("%v\n%s", err, b.log())
	}
	<-time.After(apart)
	return taps(events)
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
