package desk

import (
	"time"

	"sourire/device/tally"
)

// veiled is a book of which nobody of the staff can be recognised, however many
// pages of however many days are laid side by side: of what staff said it has
// whole blocks only (see [tally.Block]), each in the last hour of its last day.
// All pages read hours from it, and none splits one.
type veiled struct{ Book }

// Hours are those of the book, which for a customer's terminal are as they are.
func (v veiled) Hours(from, to time.Time) ([]Hour, error) {
	r := v.Report()
	if !r.Staff {
		return v.Book.Hours(from, to)
	}
	hours, err := v.Book.Hours(tally.Frame(from), to)
	if err != nil {
		return nil, err
	}
	return veil(hours, from, to, r), nil
}

// veil leaves of hours, of which the first begins a frame, those of some days, and
// of their answers the blocks that end in these. A few days have none: it would be
// taken for theirs.
func veil(hours []Hour, from, to time.Time, r Report) []Hour {
	var days []tally.Counts
	var last []int // hour of each day
	for i, h := range hours {
		if i == 0 || h.Begin.Day() != hours[i-1].Begin.Day() {
			days, last = append(days, tally.NewCounts(r.scale())), append(last, i)
		}
		n := len(days) - 1
		days[n], last[n] = days[n].Plus(h.Counts), i
		hours[i].Counts = tally.NewCounts(r.scale())
	}
	later := only(hours, func(h Hour) bool { return !h.Begin.Before(from) })
	if to.Before(midnight(from, 7)) {
		return later
	}
	day := 0
	for _, b := range tally.Blocks(hours[0].Begin, days, r.Final) {
		for hours[last[day]].Begin.Before(midnight(b.To, -1)) {
			day++
		}
		if i := last[day] - (len(hours) - len(later)); i >= 0 {
			later[i].Counts, later[i].Since = b.Counts, b.From
		}
	}
	return later
}

// whole is of which weeks the answers are that some hours of the staff have, in
// words; empty where they have none.
func (f frame) whole(hours []Hour) string {
	var w days
	for _, h := range hours {
		if h.Since.IsZero() {
			continue
		}
		if w.from.IsZero() {
			w.from = h.Since
		}
		w.to = midnight(h.Begin, 1)
	}
	if w.from.IsZero() {
		return ""
	}
	return w.span(f.Lang)
}
