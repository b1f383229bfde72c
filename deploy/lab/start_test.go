//go:build lab

package lab

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"sourire/device/tap"
)

// pressesDuringStart: whatever the moment at which a button goes down while the
// terminal starts, it is one press or a button that was down at the start,
// never both and never nothing.
func pressesDuringStart(t *testing.T, b *box) {
	for _, c := range []struct {
		name  string
		after bool          // the lines were taken
		later time.Duration // than that, or than the start
	}{
		{name: "at once"},
		{name: "when the lines are taken", after: true},
		{name: "20 ms later", after: true, later: 20 * time.Millisecond},
		{name: "200 ms later", after: true, later: 200 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := *b
			in.t = t
			taken, ready := false, false
			taps, failed := in.startWith(func() {
				if c.after {
					eventually(t, 5*time.Millisecond, slow, func() error {
						if !in.taken() {
							return errors.New("the lines are not taken")
						}
						return nil
					})
				}
				<-time.After(c.later)
				in.play(Train{{0, "BTN1", true}})
				taken = in.taken()
				ready = in.AwaitOutputs(t.Context(), in.Moment(), time.Nanosecond, in.lit(in.lights...)) == nil
			})
			t.Logf("lines taken: %t, ready: %t; then %d taps, a fault: %t", taken, ready, len(taps), failed)
			none, one := choices(taps) == nil, choices(taps, "0") == nil
			switch {
			case failed && !none || !failed && !one:
				t.Errorf("%v, a fault: %t; want one or the other\n%s", choices(taps, "0"), failed, in.log())
			case !taken && !failed:
				t.Error("a button that was down before anyone looked is a press")
			case ready && failed:
				t.Error("a press of a box that is ready is none")
			}
		})
	}
}

// startWith starts the terminal anew, meanwhile has BTN1 pressed, lets it go
// when the box is ready, and returns what became of that.
func (b *box) startWith(press func()) (pressed []*tap.TapEvent, failed bool) {
	b.t.Helper()
	b.settled()
	events, err := b.broker.Events()
	if err != nil {
		b.t.Fatal(err)
	}
	before := len(events)
	b.stop()
	b.start()
	press()
	b.ready()
	b.play(Train{{finger, "BTN1", false}})
	b.mark()
	if events, err = b.broker.Events(); err != nil {
		b.t.Fatal(err)
	}
	now := events[before:]
	pressed = taps(now)
	return pressed[:len(pressed)-1], faults(now, "button-1") != ""
}

// taken reports whether somebody waits for edges of BTN1.
func (b *box) taken() bool {
	b.t.Helper()
	mask, err := b.register(interruptMask)
	if err != nil {
		b.t.Fatal(err)
	}
	return mask>>b.lines["BTN1"]&1 == 1
}

// play makes the steps of a train.
func (b *box) play(train Train) {
	b.t.Helper()
	if _, err := b.Play(train); err != nil {
		b.t.Fatal(err)
	}
}

// chatter is a contact that opens twice for 30 ms: too long for a bounce unless
// the box waits for longer.
func (b *box) chatter() (asMeant bool, err error) {
	if _, err := b.Edges(b.t.Context()); err != nil {
		return false, err
	}
	began, err := b.rest()
	if err != nil {
		return false, err
	}
	if _, err := b.Play(Chatter("BTN1", 5, 30*time.Millisecond, true)); err != nil {
		return false, err
	}
	if err := b.felt(began, 0); err != nil {
		return false, err
	}
	edges, err := b.Edges(b.t.Context())
	asMeant = len(edges) == 5
	for i := 1; i < len(edges); i++ {
		gap := edges[i].Up - edges[i-1].Up
		asMeant = asMeant && gap > 15*time.Millisecond && gap < 45*time.Millisecond
	}
	b.play(Train{{200 * time.Millisecond, "BTN1", false}})
	return asMeant, err
}

// debounce: the time for which a contact has to rest is the one configured; and
// the check that finds one press for a bounce finds more where there are more.
func debounce(t *testing.T, b *box) {
	for ms, want := range map[int][]string{5: {"0", "0", "0"}, 50: {"0"}} {
		t.Run(fmt.Sprintf("%d ms", ms), func(t *testing.T) {
			b := *b
			b.t = t
			c := fourButtons
			c.extra += fmt.Sprintf("\ndebounce = %d", ms)
			b.stop()
			b.configure(c)
			b.start()
			b.ready()
			got := b.between(b.chatter)
			if err := choices(got, want...); err != nil {
				t.Error(err)
			}
			if one := choices(got, "0") == nil; one != (ms == 50) {
				t.Errorf("the check for one press says %t of %d taps", one, len(got))
			}
		})
	}
}
