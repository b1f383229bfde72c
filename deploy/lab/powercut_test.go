//go:build lab

package lab

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sourire/deploy/lab/disk"
	"sourire/device/tap"
	"sourire/device/tap/seedtest"
)

// twoButtons is a box with all that one can have on eight lines.
var twoButtons = board{
	buttons: []string{"BTN1", "BTN2"},
	lights:  []string{"LED1", "LED2"},
	extra:   `buzzer = "BUZZ"`,
	survey:  `scale = "yesno"`,
}

// cuts is how often the power is cut: 2 times, or 20 where SOURIRE_ROUNDS asks
// for proof.
func cuts(t *testing.T) int { return max(2, seedtest.Rounds(t, 0)/10) }

// boot is one time of a box between power on and power cut, as somebody saw it
// who stood before it.
type boot struct {
	pressed []int // choices, in order
	thanked int   // for how many of these, from the first, the box said thank you
}

// TestPowerCuts pulls the plug of a box in the middle of presses, again and
// again. What it thanked for is in its journal and at the broker.
func TestPowerCuts(t *testing.T) {
	t.Parallel()
	r := seedtest.Rand(t)
	d, machine := withDisk(t)
	broker, err := StartBroker(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	b := &box{t: t, broker: broker}
	var boots []boot
	for i := range cuts(t) {
		b.on(machine)
		var cut <-chan struct{}
		if i%2 == 0 { // between a write and the flush that belongs to it
			cut = d.StandStill(1 + r.IntN(12))
		} else { // at any time
			cut = after(time.Duration(r.Int64N(int64(4 * time.Second))))
		}
		boots = append(boots, b.pressUntil(cut, r))
		d.PowerCut(disk.Random(r))
	}
	boots = append(boots, b.lastBoot(machine))
	if _, err := broker.Await(t.Context(), slow, func(events []tap.Event) error { return kept(events, boots) }); err != nil {
		t.Error(err)
	}
	b.stop()
	b.verify()
	if err := kept(b.stored(), boots); err != nil {
		t.Error(err)
	}
	b.PowerCut()
	thanked, pressed := 0, 0
	for _, b := range boots {
		thanked, pressed = thanked+b.thanked, pressed+len(b.pressed)
	}
	t.Logf("%d presses, %d thanked for; the disk: %+v", pressed, thanked, d.Stats())

	t.Run("a disk that lies is found out", func(t *testing.T) {
		b := *b
		b.t = t
		b.on(machine)
		d.Lie()
		if thanked, err := b.pressThanked(0); !thanked || err != nil {
			t.Fatalf("thanked: %t, %v\n%s", thanked, err, b.log())
		}
		b.PowerCut()
		d.PowerCut(disk.Nothing)
		boots := append(boots, boot{[]int{0}, 1}, b.lastBoot(machine))
		b.stop()
		err := kept(b.stored(), boots)
		t.Log(err)
		if err == nil {
			t.Error("presses were lost, and nobody noticed")
		}
	})
}

// withDisk is a machine for two buttons, and the disk that its data are on.
func withDisk(t *testing.T) (*disk.Disk, Config) {
	t.Helper()
	d, err := disk.New(64 << 20)
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(t.TempDir(), "disk")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	go d.Serve(l)
	t.Cleanup(func() { _ = l.Close() })
	return d, Config{Lines: slices.Concat(twoButtons.buttons, twoButtons.lights, []string{"BUZZ"}), Disk: socket}
}

// after is a channel that is closed after d.
func after(d time.Duration) <-chan struct{} {
	c := make(chan struct{})
	time.AfterFunc(d, func() { close(c) })
	return c
}

// pressUntil presses buttons, one after another, and cuts the power when cut is
// closed, whatever is going on then.
func (b *box) pressUntil(cut <-chan struct{}, r *rand.Rand) boot {
	b.t.Helper()
	go func() {
		<-cut
		b.PowerCut()
	}()
	var is boot
	for {
		choice := r.IntN(2)
		is.pressed = append(is.pressed, choice)
		thanked, err := b.pressThanked(choice)
		if thanked {
			is.thanked++
		}
		if err != nil {
			<-b.exited
			return is
		}
		<-time.After(time.Duration(r.Int64N(int64(300 * time.Millisecond))))
	}
}

// pressThanked presses a button until the box says thank you: the buzzer sounds
// while all lights are on. (While it says that it could not keep the press,
// they are off.)
func (b *box) pressThanked(choice int) (thanked bool, err error) {
	began, err := b.rest()
	if err != nil {
		return false, err
	}
	if err := b.down(choice); err != nil {
		return false, err
	}
	all := b.lit(b.lights...)
	err = b.AwaitOutputs(b.t.Context(), began, slow, func(high map[string]bool) bool { return high["BUZZ"] && all(high) })
	return err == nil, errors.Join(err, b.release(choice))
}

// on switches the box on and waits until it is ready.
func (b *box) on(c Config) {
	b.t.Helper()
	b.powerOn(c)
	b.configure(twoButtons)
	b.start()
	b.ready()
	startsDark(b.t, b)
}

// lastBoot switches the box on once more, and presses once.
func (b *box) lastBoot(c Config) boot {
	b.t.Helper()
	b.on(c)
	if thanked, err := b.pressThanked(0); !thanked || err != nil {
		b.t.Fatalf("thanked: %t, %v\n%s", thanked, err, b.log())
	}
	return boot{[]int{0}, 1}
}

// stored are the events in the journal of a box that has stopped.
func (b *box) stored() []tap.Event {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), slow)
	defer cancel()
	r, err := b.Exec(ctx, program, "export", "--config", configFile)
	if err != nil || r.Code != 0 {
		b.t.Fatalf("export: %d, %v\n%s", r.Code, err, r.Output)
	}
	var events []tap.Event
	for line := range strings.Lines(r.Output) {
		e, err := tap.Parse([]byte(line))
		if err != nil {
			b.t.Fatalf("export: %q: %v", line, err)
		}
		events = append(events, e)
	}
	return events
}

// byBoot are the choices of the taps of each boot.
func byBoot(events []tap.Event) (boots [][]int) {
	for _, e := range events {
		switch e := e.(type) {
		case *tap.BootEvent:
			boots = append(boots, nil)
		case *tap.TapEvent:
			n := len(boots) - 1
			boots[n] = append(boots[n], e.Choice)
		}
	}
	return boots
}

// kept compares what a journal has with what was pressed: of every boot all
// that the box said thank you for, and nothing that was not pressed.
func kept(events []tap.Event, boots []boot) error {
	has := byBoot(events)
	if len(has) != len(boots) {
		return fmt.Errorf("the journal has %d boots, %d were made", len(has), len(boots))
	}
	for i, made := range boots {
		got := has[i]
		if n := len(got); n < made.thanked || n > len(made.pressed) || !slices.Equal(got, made.pressed[:n]) {
			return fmt.Errorf("boot %d: pressed %v, thanked for the first %d; the journal has %v", i+1, made.pressed, made.thanked, got)
		}
	}
	return nil
}
