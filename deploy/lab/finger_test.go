//go:build lab

package lab

import (
	"fmt"
	"time"

	"sourire/device/tap"
)

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
// theirs stay on. A machine that stood still meanwhile goes straight to the
// blinks of the answer, in which all are dark.
func (b *box) felt(since Moment, choices ...int) error {
	var on []string
	for _, c := range choices {
		on = append(on, b.lights[c])
	}
	only, dark := b.lit(on...), b.lit()
	either := func(high map[string]bool) bool { return only(high) || dark(high) }
	if err := b.AwaitOutputs(b.t.Context(), since, slow, either); err != nil {
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
		from := len(b.settled())
		asMeant, err := play()
		if err != nil {
			b.t.Fatalf("%v\n%s", err, b.autopsy())
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

// marked is what the marker told when it was last pressed.
type marked struct {
	moves int // of the buttons until then
	taps  []*tap.TapEvent
}

// settled is [box.mark] where a button moved since the last one; all before that
// is decided otherwise.
func (b *box) settled() []*tap.TapEvent {
	b.t.Helper()
	if b.Moves() == b.marked.moves {
		return b.marked.taps
	}
	return b.mark()
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
		b.t.Fatalf("%v\n%s", err, b.autopsy())
	}
	events, err = b.broker.Await(b.t.Context(), slow, func(events []tap.Event) error {
		if n := count(events); n != before+1 {
			return fmt.Errorf("%d taps of %s, want %d", n, b.buttons[marker], before+1)
		}
		return nil
	})
	if err != nil {
		b.t.Fatalf("%v\n%s", err, b.autopsy())
	}
	<-time.After(apart)
	*b.marked = marked{b.Moves(), taps(events)}
	return b.marked.taps
}
