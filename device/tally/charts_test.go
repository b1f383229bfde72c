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
	sum := c.Plus(c)
	if sum.Reasons["price"] != 4 || c.Reasons["price"] != 2 {
		t.Errorf("twice %v is %v", c.Reasons, sum.Reasons)
	}
}

func (b *book) because(at time.Time, seq uint64, reason string) *tap.ReasonEvent {
	return &tap.ReasonEvent{Header: b.head(tap.KindReason, at), Tap: seq, Reason: reason}
}
