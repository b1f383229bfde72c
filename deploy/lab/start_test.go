package lab

import (
	"fmt"
	"testing"
	"time"

	"sourire/device/tap"
)

// pressesDuringStart: whatever the moment at which a button goes down while the
// terminal starts, it is one press or a button that was down at the start,
// never both and never nothing.
func pressesDuringStart(t *testing.T, b *box) {
	t.Run("before the lines are taken", func(t *testing.T) {
		taken := false
		b.startWith(t, func() {
			b.play(Train{{0, "BTN1", true}})
			taken = b.taken(t)
		}, func(taps []*tap.TapEvent, failed bool) error {
			if taken || len(taps) > 0 || !failed {
				return fmt.Errorf("lines taken: %t, %d taps, a fault: %t; want no, none and one", taken, len(taps), failed)
			}
			return nil
		})
	})
	t.Run("after the lines are taken", func(t *testing.T) {
		for _, later := range []time.Duration{0, 20 * time.Millisecond, 200 * time.Millisecond} {
			ready := false
			b.startWith(t, func() {
				eventually(t, 5*time.Millisecond, slow, func() error {
					if !b.taken(t) {
						return fmt.Errorf("the lines are not taken")
					}
					return nil
				})
				<-time.After(later)
				b.play(Train{{0, "BTN1", true}})
				ready = b.AwaitOutputs(t.Context(), b.Moment(), time.Nanosecond, b.lit(b.lights...)) == nil
			}, func(taps []*tap.TapEvent, failed bool) error {
				t.Logf("%s after the lines were taken (ready: %t): %d taps, a fault: %t", later, ready, len(taps), failed)
				if (len(taps) == 1) == failed || len(taps) > 1 {
					return fmt.Errorf("%d taps, a fault: %t; want one or the other", len(taps), failed)
				}
				return nil
			})
		}
	})
}

// startWith starts the terminal, meanwhile has BTN1 pressed, lets it go when
// the box is ready, and judges what became of that.
func (b *box) startWith(t *testing.T, press func(), judge func(taps []*tap.TapEvent, failed bool) error) {
	t.Helper()
	events, err := b.broker.Events()
	if err != nil {
		t.Fatal(err)
	}
	before := len(events)
	b.stop()
	b.start()
	press()
	b.ready()
	b.play(Train{{time.Second, "BTN1", false}})
	all := b.mark()
	if events, err = b.broker.Events(); err != nil {
		t.Fatal(err)
	}
	now := events[before:]
	failed := faults(now, "button-1") != ""
	if taps := taps(now); len(taps) == 0 {
		t.Fatalf("no marker among %d taps", len(all))
	} else if err := judge(taps[:len(taps)-1], failed); err != nil {
		t.Errorf("%v\n%s", err, b.log())
	}
}

// taken reports whether somebody waits for edges of BTN1.
func (b *box) taken(t *testing.T) bool {
	t.Helper()
	mask, err := b.register(interruptMask)
	if err != nil {
		t.Fatal(err)
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
