package desk

import (
	"fmt"
	"strconv"

	"sourire/assets"
	"sourire/device/tally"
	"sourire/device/tap"
)

// trend is a drawing of weeks: the interval of each, and what was done.
type trend struct {
	Title, Desc string
	W, H        int // of the drawing, in its own units
	Lines       []trendLine
	Weeks       []trendWeek
	Target      int // y; 0: none
}

type trendLine struct {
	Y    int
	Text string
}

type trendWeek struct {
	X      int
	Label  string // under it
	Is     tally.Condition
	Mark   string // what stands in place of an interval
	Lo, Hi int    // y
	Height int
	At     int // y of the share; few answers have none
	Notes  []trendNote
	Path   string
	More   string // all of it in words
}

// Base is where the labels of the weeks stand.
func (t trend) Base() int { return t.H - 4 }

type trendNote struct {
	Type string
	Y    int
}

// Top is the upper edge of a square.
func (n trendNote) Top() int { return n.Y - 4 }

const (
	trendTop   = 12
	trendSpan  = 160 // of 0 to 100 percent
	trendLeft  = 40
	trendStep  = 25
	trendNotes = trendTop + trendSpan + 18
)

// trend draws weeks.
func (f frame) trend(shown days, hours []Hour, notes []Note) *trend {
	t := &trend{Title: f.T("manager.trend"), H: trendNotes + 44}
	y := func(share int) int { return trendTop + trendSpan - trendSpan*share/100 }
	for _, share := range []int{0, 50, 100} {
		t.Lines = append(t.Lines, trendLine{y(share), assets.Textf(f.Lang, "result.share", share)})
	}
	if target := f.r.Targets.Satisfied; target > 0 && f.r.scale() != tap.NPS {
		t.Target = y(target)
	}
	for w := weekOf(shown.from); w.from.Before(shown.to); w = w.step(1) {
		c := sum(f.r.scale(), w.in(hours))
		_, number := w.from.ISOWeek()
		week := trendWeek{X: trendLeft + trendStep*len(t.Weeks) + trendStep/2, Is: condition(c, f.r.Staff), Path: w.Path(), Label: strconv.Itoa(number)}
		name := w.title(f.Lang)
		if whole := f.whole(w.in(hours)); whole != "" {
			name = whole
		}
		row := f.row(name, "", c)
		week.More = row.Name + f.T("result.colon") + " " + row.Word
		if res := row.Shown; week.Is == few || week.Is == enough {
			week.Lo, week.Hi, week.At = y(res.Lo), y(res.Hi), y(res.Share)
			week.Height = max(week.Lo-week.Hi, 2)
			week.More = row.Name + f.T("result.colon") + " " + res.Brief + " " + res.Of + ", " + res.Answers
		} else {
			week.Mark = f.T("manager.mark." + string(week.Is))
		}
		for _, n := range notes {
			if w.has(n.Day) && len(week.Notes) < 3 {
				week.Notes = append(week.Notes, trendNote{n.Type, trendNotes + 12*len(week.Notes)})
				week.More += ". " + f.T("note."+n.Type) + f.T("result.colon") + " " + n.Text
			}
		}
		t.Weeks = append(t.Weeks, week)
	}
	t.W = trendLeft + trendStep*len(t.Weeks) + 8
	t.Desc = fmt.Sprintf("%s %s", t.Title, shown.span(f.Lang))
	return t
}
