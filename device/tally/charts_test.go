package tally_test

import (
	"testing"
	"time"

	"sourire/device/tally"
	"sourire/device/tap"
)

func TestParts(t *testing.T) {
	names := []string{"morning", "midday", "afternoon", "evening"}
	for h := range 24 {
		p := tally.PartOf(h)
		if from, to := p.Hours(); h < from || h >= to {
			t.Errorf("%d h is of the %s, from %d to %d", h, p, from, to)
		}
	}
	for p := range tally.Part(tally.Parts) {
		from, _ := p.Hours()
		if p.String() != names[p] || tally.PartOf(from) != p || from > 0 && tally.PartOf(from-1) != p-1 {
			t.Errorf("%s begins at %d", p, from)
		}
	}
}

// A day is compared with the same weekday, and today with as much of it.
func TestCompare(t *testing.T) {
	d := newDiary(paris(t), at(2, 0, 0).AddDate(0, 0, -40))
	d.boot = 0
	d.powered(d.started)
	for day := range 41 { // three an hour on Mondays, and one on others: of each day, the first is unhappy
		begin := at(2, 0, 0).AddDate(0, 0, day-40)
		for h := 9; h < 18; h++ {
			n := 1
			if begin.Weekday() == time.Monday {
				n = 3
			}
			for i := range n {
				choice := 3
				if h == 9 && i == 0 {
					choice = 0
				}
				d.add(d.pressed(time.Date(begin.Year(), begin.Month(), begin.Day(), h, 10+i, 0, 0, begin.Location()), choice))
			}
		}
	}
	monday := at(2, 0, 0)
	got := d.clerk.Compare(monday, monday.Add(11*time.Hour+50*time.Minute))
	if got.Until != 11 {
		t.Errorf("today is compared until %d h", got.Until)
	}
	wants(t, "today until 11", got.Day.Counts, []int{1, 0, 0, 5}, 6)
	for w, c := range got.Before {
		wants(t, "a Monday before, until 11", c.Counts, []int{1, 0, 0, 5}, 6)
		if c.N() != 6 {
			t.Errorf("week %d: %+v", w, c)
		}
	}
	wants(t, "four Mondays until 11", got.Usual(), []int{4, 0, 0, 20}, 24)
	got = d.clerk.Compare(monday, monday.AddDate(0, 0, 1))
	if got.Until != 24 {
		t.Errorf("yesterday is compared until %d h", got.Until)
	}
	wants(t, "yesterday", got.Day.Counts, []int{1, 0, 0, 26}, 27)
	wants(t, "four Mondays", got.Usual(), []int{4, 0, 0, 104}, 108)
	wants(t, "a Sunday", d.clerk.Compare(monday.AddDate(0, 0, -1), monday).Day.Counts, []int{1, 0, 0, 8}, 9)
}

// What was said after an answer is counted with it, and goes with it.
func TestReasonsAreCounted(t *testing.T) {
	d := newDiary(paris(t), at(2, 9, 0))
	d.boot = 0
	d.powered(at(2, 9, 0))
	first := d.pressed(at(2, 9, 10), 0)
	d.add(first, d.because(at(2, 9, 10), first.Seq, "waiting"))
	d.add(d.because(at(2, 9, 11), first.Seq, "price")) // instead
	second := d.pressed(at(2, 10, 10), 3)
	d.add(second, d.because(at(2, 10, 10), second.Seq, "waiting"), d.undone(at(2, 10, 11), second))
	third := d.pressed(at(2, 10, 30), 3)
	d.add(third, d.because(at(2, 10, 30), third.Seq, "price"))
	c := d.clerk.Day(at(2, 12, 0))
	if len(c.Reasons) != 1 || c.Reasons["price"] != 2 {
		t.Errorf("%v", c.Reasons)
	}
	if len(c.Worse) != 1 || c.Worse["price"] != 1 || c.Unsided != 0 {
		t.Errorf("the unhappy: %v", c.Worse)
	}
	sum := c.Plus(c)
	if sum.Reasons["price"] != 4 || c.Reasons["price"] != 2 || sum.Worse["price"] != 2 || c.Worse["price"] != 1 {
		t.Errorf("twice %v is %v", c.Reasons, sum.Reasons)
	}
}

// What the unhappy said is known as long as the hours are, and what an older box
// told is not taken for something that they did not say.
func TestReasonsHaveASide(t *testing.T) {
	d := newDiary(paris(t), at(2, 9, 0))
	d.boot = 0
	d.powered(at(2, 9, 0))
	sad, glad := d.pressed(at(2, 9, 10), 1), d.pressed(at(2, 9, 20), 2)
	d.add(sad, d.because(at(2, 9, 10), sad.Seq, "waiting"), glad, d.because(at(2, 9, 20), glad.Seq, "waiting"))
	told := d.ask(at(2, 10, 5))
	if len(told) != 1 || told[0].Unhappy["waiting"] != 1 || told[0].Reasons["waiting"] != 2 {
		t.Fatalf("told %+v", told[0])
	}
	d.add(d.pressed(at(2, 10, 10), 3))
	recalled := func() tally.Counts {
		t.Helper()
		d.restart(t, 28*24*time.Hour)
		if again := d.ask(at(2, 10, 20)); len(again) > 0 {
			t.Errorf("told again: %s", words(again))
		}
		return d.clerk.Day(at(2, 12, 0))
	}
	if c := recalled(); c.Reasons["waiting"] != 2 || c.Worse["waiting"] != 1 || c.Unsided != 0 {
		t.Errorf("after a start: %+v", c)
	}
	told[0].Unhappy = nil // as an older box has told it
	if c := recalled(); c.Reasons["waiting"] != 2 || len(c.Worse) > 0 || c.Unsided != 2 {
		t.Errorf("of an older box: %+v", c)
	}
}

func (b *book) because(at time.Time, seq uint64, reason string) *tap.ReasonEvent {
	return &tap.ReasonEvent{Header: b.head(tap.KindReason, at), Tap: seq, Reason: reason}
}
