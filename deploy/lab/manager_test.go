//go:build lab

package lab

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"sourire/deploy/lab/agent"
	"sourire/device/config"
	"sourire/device/manager"
	"sourire/device/screen"
	"sourire/device/tally"
	"sourire/device/tap"
)

// The manager's PIN, and the keys that enter it: 0 is the button on the left.
const pinDigits = "1911"

const (
	minus = iota
	plus
	next
	ok
)

var pinKeys = []int{plus, next, minus, next, plus, next, plus, ok}

// looksAround: both outer buttons, held for 3 s, call the manager's view; the PIN
// is entered with the buttons; then come today's result and, a page back, the
// last one; and × ends it. The display shows each step as it is drawn here, point
// for point, and nothing of all that is a vote.
func looksAround(t *testing.T, b *box) {
	settled := b.settled()
	before := settled[len(settled)-1].Seq
	events := b.gesture(before)
	lang := config.Default().Terminal.Languages[0]
	v := manager.Open(0, manager.Setup{Buttons: len(b.buttons), Rows: 3, Lang: lang, PIN: true})
	b.awaitView("the PIN", pictures(v))
	b.play(Train{{0, "BTN1", false}, {0, "BTN4", false}})
	const later = 10_000 // ms: than what the view would not take a key for
	for i, key := range pinKeys {
		b.key(key)
		v.Press(later, key)
		if key != ok {
			b.awaitView(fmt.Sprintf("key %d of the PIN", i+1), pictures(v))
		}
	}
	v.Checked(later, true, 0)
	pages := today(lang, events)
	many := map[[64][128]bool]int{} // how many there are, by what the first looks like
	for n := len(pages); n < len(pages)+10; n++ {
		v.Fill(0, pagesOf(pages, n))
		for _, f := range pictures(v) {
			many[f] = n
		}
	}
	n := many[b.awaitView("today", slices.Collect(maps.Keys(many)))]
	<-time.After(time.Second) // presses are of the keys that were there before, for half of it
	b.key(0)                  // back, to the last page
	v.Fill(0, pagesOf(pages, n))
	v.Press(later, 0)
	b.awaitView("the last page", pictures(v))
	b.key(3) // ×
	b.awaitView("the question", frames(screen.Question))

	after := b.mark()
	if err := choices(since(after, before), "0", "3", fmt.Sprint(marker)); err != nil { // the gesture's, and the marker
		t.Error(err)
	}
	events, err := b.broker.Events()
	if err != nil {
		t.Fatal(err)
	}
	if counts := since(standing(events), before); len(counts) != 1 || counts[0].Seq != after[len(after)-1].Seq {
		t.Errorf("%d taps count since then; want the marker's alone: %v", len(counts), choices(counts))
	}
}

// since are the taps after one, by its seq.
func since(all []*tap.TapEvent, seq uint64) []*tap.TapEvent {
	return slices.DeleteFunc(slices.Clone(all), func(t *tap.TapEvent) bool { return t.Seq <= seq })
}

// gesture holds both outer buttons until what was pressed for that is taken back,
// and returns all events. The second goes down when the first is a tap already:
// both at once are a chord, which does not count anyway.
func (b *box) gesture(before uint64) []tap.Event {
	b.t.Helper()
	if err := b.down(0); err != nil {
		b.t.Fatalf("%v\n%s", err, b.autopsy())
	}
	if err := b.tapped(); err != nil {
		b.t.Fatal(err)
	}
	b.play(Train{{0, "BTN4", true}})
	events, err := b.broker.Await(b.t.Context(), slow, func(events []tap.Event) error {
		service := slices.ContainsFunc(events, func(e tap.Event) bool {
			u, is := e.(*tap.UndoEvent)
			return is && u.Why == "service"
		})
		if !service || len(since(standing(events), before)) > 0 {
			return errors.New("what was pressed for the service gesture was not taken back")
		}
		return nil
	})
	if err != nil {
		b.t.Fatalf("%v\n%s", err, b.autopsy())
	}
	return events
}

// key presses a button of the manager's view: its light alone answers.
func (b *box) key(choice int) {
	b.t.Helper()
	began := b.Moment()
	b.play(Train{{0, b.buttons[choice], true}})
	if err := b.AwaitOutputs(b.t.Context(), began, slow, b.lit(b.lights[choice])); err != nil {
		b.t.Fatalf("key %d was not felt: %v\n%s", choice, err, b.autopsy())
	}
	if err := b.release(choice); err != nil {
		b.t.Fatal(err)
	}
}

// today are the pages of a box whose journal has these events, as far as they
// are known here: the first is today's.
func today(lang string, events []tap.Event) []manager.Page {
	counts := tally.NewCounts(tap.Faces4)
	all := taps(events)
	last := all[len(all)-1]
	const day = len("2026-11-23")
	for _, t := range standing(events) {
		if t.At[:day] == last.At[:day] {
			counts.By[t.Choice]++
		}
	}
	return manager.Facts{
		Lang: lang, Rows: 3, Scale: counts.Scale, Clock: last.Clock,
		Today: tally.Cell{Counts: counts}, Undated: counts,
	}.Pages()
}

// pagesOf are the first page and the last one, among n.
func pagesOf(pages []manager.Page, n int) []manager.Page {
	all := make([]manager.Page, n)
	all[0], all[n-1] = pages[0], pages[len(pages)-1]
	return all
}

// pictures are what the display may show of a view: whatever is left of its time.
func pictures(v *manager.View) (all [][64][128]bool) {
	for up := v.Until() - manager.IdleFor; up < v.Until(); up += 1000 {
		for _, turn := range v.Scene(up).Turns() {
			if f := frame(turn); !slices.Contains(all, f) {
				all = append(all, f)
			}
		}
	}
	return all
}

// awaitView waits until the display shows one of these frames, and returns it.
func (b *box) awaitView(what string, of [][64][128]bool) [64][128]bool {
	b.t.Helper()
	var d agent.Display
	eventually(b.t, 30*time.Millisecond, slow, func() error {
		var err error
		if d, err = b.OLED(b.t.Context()); err != nil {
			b.t.Fatal(err)
		}
		if !d.On || !slices.Contains(of, d.Pixels) {
			return fmt.Errorf("the display does not show %s, but\n%s\nas one of %d such as\n%s", what, drawing(d.Pixels), len(of), drawing(of[0]))
		}
		return nil
	})
	return d.Pixels
}

// votes: the journal of the box that has stopped has the taps of its customers,
// and the broker the same.
func votes(t *testing.T, b *box) {
	sent, err := b.broker.Events()
	if err != nil {
		t.Fatal(err)
	}
	kept := b.stored()
	if err := choices(taps(kept), "0", "3", "2", "1", "2", "3", "0", "3", "3", "3"); err != nil { // the second 0, and the 3 after it, are the manager's
		t.Error(err)
	}
	if !reflect.DeepEqual(kept, sent) {
		t.Errorf("the journal has %d events, the broker %d, and they are not the same", len(kept), len(sent))
	}
}
