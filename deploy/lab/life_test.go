//go:build lab

package lab

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sourire/deploy/lab/agent"
	"sourire/device/tap"
)

// startsDark: from the moment at which the box takes its lights and its buzzer
// nothing lights up, or sounds, but what says that it is ready: all lights, once.
// The PL061 cannot be told the level of an output before it is one, so they are
// high until then.
func startsDark(t *testing.T, b *box) {
	history, _ := b.history()
	since := map[string]string{} // taken, by line
	for _, c := range history {
		switch name := b.name(c.line); {
		case c.input:
		case !c.level:
			since[name] += "-"
		case since[name] != "":
			since[name] += "+"
		}
	}
	for name, did := range since {
		if lit := slices.Contains(b.lights, name); lit && did != "-+" || !lit && did != "-" {
			t.Errorf("%s did %s\n%s", name, did, b.drawing(history, 0))
		}
	}
	if len(since) < len(b.lights) {
		t.Errorf("of %d lights %d were taken", len(b.lights), len(since))
	}
}

// hold presses a button and holds it for 40 s of the machine's time; the test
// that it returns waits for the end of that.
func hold(b *box, choice int) func(t *testing.T, b *box) {
	button, part := b.buttons[choice], fmt.Sprintf("button-%d", choice+1)
	began := time.Now()
	if err := b.down(choice); err != nil {
		b.t.Fatalf("%v\n%s", err, b.autopsy())
	}
	return func(t *testing.T, b *box) {
		<-time.After(time.Until(began.Add(40 * time.Second)))
		b.awaitFaults(part, "+")
		if _, err := b.Play(Train{{0, button, false}}); err != nil {
			t.Fatal(err)
		}
		b.awaitFaults(part, "+-")
		events, err := b.broker.Events()
		if err != nil {
			t.Fatal(err)
		}
		var its []*tap.TapEvent
		var stuck int64
		for _, e := range events {
			switch e := e.(type) {
			case *tap.TapEvent:
				if e.Choice == choice {
					its = append(its, e)
				}
			case *tap.FaultEvent:
				if e.Kind == tap.KindFault && e.Part == part {
					stuck = e.Up
				}
			}
		}
		if err := choices(its, fmt.Sprint(choice)); err != nil {
			t.Fatal(err)
		}
		if after := stuck - its[0].Up; after < 30_000 || after > 35_000 {
			t.Errorf("a fault after %d ms, want about 30000", after)
		}
	}
}

// killed: a terminal that was killed starts again as if nothing had been, but
// for saying so.
func killed(t *testing.T, b *box) {
	if err := b.Signal(t.Context(), int(syscall.SIGKILL)); err != nil {
		t.Fatal(err)
	}
	if r, err := b.WaitTerminal(t.Context()); err != nil || r.Code != -1 {
		t.Fatalf("it ended with %d, %v", r.Code, err)
	}
	b.start()
	if err := b.AwaitOutputs(t.Context(), b.Moment(), slow, b.lit()); err != nil {
		t.Errorf("what was left on stays on: %v", err)
	}
	b.ready()
	if err := choices(b.between(func() (bool, error) { return true, b.press(0) }), "0"); err != nil {
		t.Error(err)
	}
	events, err := b.broker.Events()
	if err != nil {
		t.Fatal(err)
	}
	var ended string
	for _, e := range events {
		if e, ok := e.(*tap.BootEvent); ok {
			ended = e.Ended
		}
	}
	if ended != "cut" {
		t.Errorf("the life before is said to have ended %q", ended)
	}
}

// check: it finds the parts of the box, beside the terminal and without it, and
// none of them needs root.
func check(t *testing.T, b *box) {
	find := func(wants ...string) {
		t.Helper()
		r, err := b.Exec(t.Context(), program, "check", "--config", configFile)
		if err != nil || r.Code != 0 {
			t.Errorf("check: %d, %v", r.Code, err)
		}
		for _, want := range wants {
			if !strings.Contains(r.Output, want) {
				t.Errorf("check does not say %q", want)
			}
		}
		if t.Failed() {
			t.Log(r.Output)
		}
	}
	find("/dev/gpiochip0 is 9030000.pl061", "the running terminal holds BTN1")
	b.stop()
	find("/dev/gpiochip0 is 9030000.pl061", "BTN1", "LED1", "/dev/i2c-1", "ssd1306 on I2C bus 1 answers")
	if err := b.Plug(t.Context(), agent.Cable{}); err != nil {
		t.Fatal(err)
	}
	r, err := b.Exec(t.Context(), program, "check", "--config", configFile)
	if err != nil || !strings.Contains(r.Output, "no answer") {
		t.Errorf("check of an unplugged display: %d, %v\n%s", r.Code, err, r.Output)
	}
	if err := b.Plug(t.Context(), agent.Cable{In: true}); err != nil {
		t.Fatal(err)
	}
	b.start()
	b.ready()
}

// stops: at the end the lights are off, the journal is whole, and all of it
// has reached the broker.
func stops(t *testing.T, b *box) {
	b.mark() // then nothing is on its way
	b.stop()
	if err := b.AwaitOutputs(t.Context(), b.Moment(), slow, b.lit()); err != nil {
		t.Error(err)
	}
	b.verify()
}

// verify checks the journal of a box that has stopped, and that the broker has
// all of it.
func (b *box) verify() {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), slow)
	defer cancel()
	r, err := b.Exec(ctx, program, "verify", "--config", configFile)
	if err != nil || r.Code != 0 {
		b.t.Errorf("verify: %d, %v\n%s", r.Code, err, r.Output)
	}
	events, err := b.broker.Events()
	if err != nil {
		b.t.Fatal(err)
	}
	if want := fmt.Sprintf(": %d events, none missing", len(events)); !strings.Contains(r.Output, want) {
		b.t.Errorf("the broker has %d events; verify says %s", len(events), r.Output)
	}
}
