//go:build lab

package lab

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sourire/deploy/lab/agent"
	"sourire/device/tap"
)

var fourButtons = board{
	buttons: []string{"BTN1", "BTN2", "BTN3", "BTN4"},
	lights:  []string{"LED1", "LED2", "LED3", "LED4"},
	extra:   `display = "ssd1306"`,
}

func (c board) lines() []string { return slices.Concat(c.buttons, c.lights) }

// choices compares taps with the presses that were made, each its choice, with
// the flag chord where several buttons went down at once.
func choices(got []*tap.TapEvent, want ...string) error {
	var is []string
	for _, t := range got {
		s := fmt.Sprint(t.Choice)
		if slices.Contains(t.Flags, tap.Chord) {
			s += " chord"
		}
		is = append(is, s)
	}
	if !slices.Equal(is, want) {
		return fmt.Errorf("taps %q, want %q", is, want)
	}
	return nil
}

// TestButtons is what people and bad contacts do to a box with four buttons.
func TestButtons(t *testing.T) {
	t.Parallel()
	b := newBox(t, Config{Lines: fourButtons.lines(), OLED: true, Down: []string{"BTN2"}})
	b.configure(fourButtons)
	b.start()
	b.ready()
	b.part("start", startsDark)
	held := hold(b, 2) // while others are pressed
	b.part("down at boot", downAtBoot)
	b.part("bounces", bounces)
	b.part("glitches", glitches)
	b.part("two together", together)
	b.part("storm", storm)
	b.part("unread edges", unreadEdges)
	b.part("lost edges", lostEdges)
	b.part("chatter", chatters)
	b.part("held for long", held)
	b.part("stop", stops)
}

// TestLife is what a box with four buttons, lights and a display goes through
// from one start to the next.
func TestLife(t *testing.T) {
	t.Parallel()
	b := newBox(t, Config{Lines: fourButtons.lines(), OLED: true})
	b.configure(fourButtons)
	b.start()
	b.ready()
	b.part("presses during the start", pressesDuringStart)
	b.part("debounce", debounce)
	b.part("killed", killed)
	b.part("check", check)
	b.part("stop", stops)
}

// part is a part of a test, left out where one before it failed.
func (b *box) part(name string, f func(t *testing.T, b *box)) {
	b.t.Helper()
	if b.t.Failed() {
		return
	}
	b.t.Run(name, func(t *testing.T) {
		in := *b
		in.t = t
		f(t, &in)
	})
}

// downAtBoot: a button that is down since before the power came is a fault and
// no press, until it comes up.
func downAtBoot(t *testing.T, b *box) {
	if err := choices(b.mark(), "2", fmt.Sprint(marker)); err != nil { // since the power came: 2 is held
		t.Error(err)
	}
	if err := choices(b.between(func() (bool, error) {
		_, err := b.Play(Train{{0, "BTN2", false}})
		return true, err
	})); err != nil {
		t.Error(err)
	}
	b.awaitFaults("button-2", "+-")
	if err := choices(b.between(func() (bool, error) { return true, b.press(1) }), "1"); err != nil {
		t.Error(err)
	}
}

// awaitFaults waits until this is what became of a part; see [faults].
func (b *box) awaitFaults(part, want string) {
	b.t.Helper()
	_, err := b.broker.Await(b.t.Context(), slow, func(events []tap.Event) error {
		if got := faults(events, part); got != want {
			return fmt.Errorf("%s: %q, want %q", part, got, want)
		}
		return nil
	})
	if err != nil {
		b.t.Fatalf("%v\n%s", err, b.autopsy())
	}
}

// bouncing presses a button with 31 bounces, 0.5 ms apart, each way.
func (b *box) bouncing(choice int) (asMeant bool, err error) {
	ways, err := b.pressBouncing(choice, 31, 500*time.Microsecond)
	return short(b.buttons[choice], ways...), err
}

// short reports whether the button rested nowhere within the trains for as long
// as is believed: 12 ms.
func short(button string, trains ...Played) bool {
	const d = 10 * time.Millisecond
	for _, p := range trains {
		if p.Longest(button, true) >= d || p.Longest(button, false) >= d {
			return false
		}
	}
	return true
}

// bounces: a bad contact is one press, dated by its first edge.
func bounces(t *testing.T, b *box) {
	exact := 0
	const presses, near = 6, time.Millisecond
	for i := range presses {
		choice := i % 2
		var edges []agent.Edge
		got := b.between(func() (bool, error) {
			if _, err := b.Edges(b.t.Context()); err != nil {
				return false, err
			}
			asMeant, err := b.bouncing(choice)
			if err == nil {
				edges, err = b.Edges(b.t.Context())
			}
			return asMeant, err
		})
		if err := choices(got, fmt.Sprint(choice)); err != nil {
			t.Errorf("bounce %d: %v", i, err)
			continue
		}
		up := time.Duration(got[0].Up) * time.Millisecond
		first, last := wayDown(edges)
		if up < first-near || up > last+near {
			t.Errorf("bounce %d: the tap is dated %s; the kernel saw edges from %s to %s", i, up, first, last)
		}
		if up <= first+near {
			exact++
		}
		t.Logf("bounce %d: the kernel saw %d edges of 62", i, len(edges))
	}
	t.Logf("%d of %d taps have the time of the first edge to 1 ms", exact, presses)
}

// wayDown is when the first and the last edge of the way down of a press came,
// as the kernel saw them: before it was held. Edges that come faster than it
// looks are one to it, and while the machine stands still it sees none.
func wayDown(edges []agent.Edge) (first, last time.Duration) {
	for i, e := range edges {
		if i == 0 {
			first = e.Up
		} else if e.Up-edges[i-1].Up >= finger*3/4 {
			break
		}
		last = e.Up
	}
	return first, last
}

// glitches: what is shorter than a finger can be is no press.
func glitches(t *testing.T, b *box) {
	got := b.between(func() (bool, error) {
		asMeant := true
		for i := range 6 {
			button := b.buttons[i%3&1]
			p, err := b.Play(Glitch(button, 2*time.Millisecond))
			if err != nil {
				return false, err
			}
			asMeant = asMeant && p.Longest(button, true) < 10*time.Millisecond
			<-time.After(100 * time.Millisecond)
		}
		return asMeant, nil
	})
	if err := choices(got); err != nil {
		t.Error(err)
	}
}

// together: two buttons at once are a chord, which does not count.
func together(t *testing.T, b *box) {
	got := b.between(func() (bool, error) {
		if _, err := b.Edges(b.t.Context()); err != nil {
			return false, err
		}
		began, err := b.rest()
		if err != nil {
			return false, err
		}
		if _, err := b.Play(Train{{0, "BTN2", true}, {time.Millisecond, "BTN1", true}}); err != nil {
			return false, err
		}
		if err := b.felt(began, 0, 1); err != nil {
			return false, err
		}
		if _, err := b.Play(Train{{finger, "BTN1", false}, {time.Millisecond, "BTN2", false}}); err != nil {
			return false, err
		}
		edges, err := b.Edges(b.t.Context())
		return len(edges) >= 2 && edges[1].Up-edges[0].Up < 40*time.Millisecond, err
	})
	if err := choices(got, "0 chord", "1 chord"); err != nil {
		t.Error(err)
	}
	for _, p := range got {
		if p.Counted {
			t.Errorf("choice %d of a chord was counted", p.Choice)
		}
	}
}

// storm: 400 edges as fast as they can come are one press at most; the level
// after it is what counts, and the box goes on.
func storm(t *testing.T, b *box) {
	got := b.between(func() (bool, error) {
		p, err := b.Play(Storm("BTN1", 400, false))
		t.Logf("400 edges in %s", p[len(p)-1].Done.Sub(p[0].Sent).Round(time.Millisecond))
		return short("BTN1", p), err
	})
	if len(got) > 1 || len(got) == 1 && got[0].Choice != 0 {
		t.Error(choices(got, "0"))
	}
	got = b.between(func() (bool, error) {
		began, err := b.rest()
		if err != nil {
			return false, err
		}
		p, err := b.Play(Storm("BTN1", 401, true))
		if err != nil {
			return false, err
		}
		if err := b.felt(began, 0); err != nil {
			return false, err
		}
		return short("BTN1", p), b.release(0)
	})
	if err := choices(got, "0"); err != nil {
		t.Error(err)
	}
}

// unreadEdges: more edges than the kernel keeps by itself, 16 a line, wait for a
// terminal that stands still. It makes of each press what it was, and when.
func unreadEdges(t *testing.T, b *box) {
	const presses, pause, near = 40, 30 * time.Millisecond, time.Millisecond // each is decided before the next
	train := slices.Repeat(Train{{pause, "BTN1", true}, {pause, "BTN1", false}}, presses)
	var edges []agent.Edge
	got := b.between(func() (bool, error) {
		if _, err := b.Edges(t.Context()); err != nil {
			return false, err
		}
		if err := b.Signal(t.Context(), int(syscall.SIGSTOP)); err != nil {
			return false, err
		}
		_, err := b.Play(train)
		if err = errors.Join(err, b.Signal(t.Context(), int(syscall.SIGCONT))); err != nil {
			return false, err
		}
		edges, err = b.Edges(t.Context())
		asMeant := len(edges) == len(train)
		for i := 1; asMeant && i < len(edges); i++ {
			asMeant = edges[i].Up-edges[i-1].Up > pause*3/4
		}
		return asMeant, err
	})
	if err := choices(got, slices.Repeat([]string{"0"}, presses)...); err != nil {
		t.Fatal(err)
	}
	for i, p := range got {
		if off := time.Duration(p.Up)*time.Millisecond - edges[2*i].Up; off < -near || off > near {
			t.Errorf("press %d is dated %s after its edge", i, off)
		}
	}
}

// lostEdges: levels are read every second, so a press without an edge is felt
// within about that, and so is its end.
func lostEdges(t *testing.T, b *box) {
	var before, after time.Duration
	got := b.between(func() (bool, error) {
		began, err := b.rest()
		if err != nil {
			return false, err
		}
		if before, err = b.up(); err != nil {
			return false, err
		}
		if err = b.Lose(Train{{0, "BTN1", true}}); err != nil {
			return false, err
		}
		if after, err = b.up(); err != nil {
			return false, err
		}
		if err = b.felt(began, 0); err != nil {
			return false, err
		}
		if err = b.tapped(); err != nil {
			return false, err
		}
		if err = b.Lose(Train{{finger, "BTN1", false}}); err != nil {
			return false, err
		}
		asMeant, err := b.pass(1500 * time.Millisecond)
		return asMeant, errors.Join(err, b.press(0))
	})
	if err := choices(got, "0", "0"); err != nil {
		t.Fatal(err)
	}
	felt := time.Duration(got[0].Up) * time.Millisecond
	if felt < before-10*time.Millisecond || felt > after+1500*time.Millisecond {
		t.Errorf("down between %s and %s, felt at %s", before, after, felt)
	}
}

// chatters: a contact that does not come to rest becomes a fault, and what it does
// until it has been calm for a while is no press.
func chatters(t *testing.T, b *box) {
	const part = "button-1"
	end := time.Now().Add(2 * slow)
	for failed := false; !failed; { // a busy host lets it rest for long enough to be pressed, now and then
		if time.Now().After(end) {
			t.Fatalf("it chatters, and is no fault\n%s", b.log())
		}
		b.play(Chatter("BTN1", 300, 4*time.Millisecond, false))
		events, err := b.broker.Events()
		if err != nil {
			t.Fatal(err)
		}
		failed = faults(events, part) != ""
	}
	b.play(Chatter("BTN1", 300, 4*time.Millisecond, false))
	b.awaitFaults(part, "+-")
	events, err := b.broker.Events()
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range events {
		if is := faults(events[:i], part); is == "+" {
			if p, ok := e.(*tap.TapEvent); ok {
				t.Errorf("tap of choice %d while the button was out of order", p.Choice)
			}
		}
	}
	if err := choices(b.between(func() (bool, error) { return true, b.press(0) }), "0"); err != nil {
		t.Error(err)
	}
}

// tapped waits until what was felt is a tap at the broker.
func (b *box) tapped() error {
	_, err := b.broker.Await(b.t.Context(), slow, func(events []tap.Event) error {
		if n := len(taps(events)) - len(b.marked.taps); n < 1 {
			return errors.New("what was felt is no tap")
		}
		return nil
	})
	return err
}

// pass waits, and reports whether the machine had time to work all along.
func (b *box) pass(d time.Duration) (atWork bool, err error) {
	const often, late = 50 * time.Millisecond, 250 * time.Millisecond
	atWork = true
	for end := time.Now().Add(d); err == nil && time.Now().Before(end); {
		<-time.After(often)
		asked := time.Now()
		_, err = b.up()
		atWork = atWork && time.Since(asked) < late
	}
	return atWork, err
}

// up is the guest's CLOCK_BOOTTIME, to 10 ms.
func (b *box) up() (time.Duration, error) {
	raw, err := b.ReadFile(b.t.Context(), "/proc/uptime")
	if err != nil {
		return 0, err
	}
	text, _, _ := strings.Cut(string(raw), " ")
	return time.ParseDuration(text + "s")
}
