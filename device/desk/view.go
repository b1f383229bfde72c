package desk

import (
	"fmt"
	"time"

	"sourire/assets"
	"sourire/device/screen"
	"sourire/device/tap"
)

// view is the page as its template takes it: texts in one language, and
// nothing left to count.
type view struct {
	Lang    string
	Login   bool
	Locked  bool   // there is a PIN, so there is a way to lock
	Problem string // with the login

	Name     string
	Question string
	State    screen.Kind
	Faults   []string
	Trouble  bool // no press is taken now
	NoClock  bool

	Shown Result
	Rows  []row // the periods beside each other; none where they have nothing to compare

	Faces      string // title of the bars
	Today      Result
	None       bool // not even a press that does not count
	Bars       []bar
	NotCounted string

	Office  string
	Away    bool // from head office
	Updated string
}

// row is one of the periods.
type row struct {
	Result
	Open bool // it is the one that is shown large
}

// bar is a choice's count today.
type bar struct {
	Image  string // path; empty for a number
	Name   string
	Number string
	Count  int
	Width  int // percent of the longest
}

// T looks a text up.
func (v view) T(key string) string { return assets.Text(v.Lang, key) }

func (v *view) fill(r Report) {
	v.Name = r.Name
	v.Question, _ = screen.Scene{Kind: screen.Question, Text: r.Text}.Words(v.Lang)
	v.State = r.State
	if v.State == screen.Thanks {
		v.State = screen.Question
	}
	v.Trouble = v.State != screen.Question
	v.Faults = r.Faults
	v.NoClock = r.Clock == tap.Unknown

	for i, s := range r.Spans {
		v.Rows = append(v.Rows, row{r.Result(s, v.Lang), i == r.Opens})
	}
	v.Shown, v.Today = v.Rows[r.Opens].Result, v.Rows[0].Result
	if longest := r.Spans[len(r.Spans)-1]; len(v.Rows) == 1 || longest.Counts.N() == 0 {
		v.Rows = nil
	}
	v.bars(r.Spans[0])

	v.Away = !r.Connected
	v.Office = v.office(r)
	v.Updated = assets.Textf(v.Lang, "manager.updated", r.Now.Format(time.TimeOnly))
}

// bars are today's answers, choice by choice.
func (v *view) bars(today Span) {
	c := today.Counts
	v.Faces = v.T("manager.presses")
	switch c.Scale {
	case tap.NPS, tap.YesNo:
		v.Faces = v.T("manager.presses." + string(c.Scale))
	}
	if v.Today.Hidden != "" {
		return
	}
	v.None = c.Raw == 0
	if other := c.Raw - c.N(); other > 0 {
		v.NotCounted = assets.Count(v.Lang, "result.notcounted", other)
	}
	longest := 1
	for _, n := range c.By {
		longest = max(longest, n)
	}
	for i, n := range c.By {
		b := bar{Number: fmt.Sprint(i), Count: n, Width: percent(float64(n) / float64(longest))}
		if c.Scale != tap.NPS {
			b.Image = fmt.Sprintf("/manager/face/%s/%d.svg", c.Scale, i)
			b.Name = v.T(fmt.Sprintf("%s.%d", c.Scale, i))
		}
		v.Bars = append(v.Bars, b)
	}
}

// office says whether head office is reached, and what it does not have yet.
func (v *view) office(r Report) string {
	contact := v.T("manager.office.connected")
	switch {
	case r.Connected:
	case r.Heard.IsZero():
		contact = v.T("manager.office.never")
	default:
		contact = assets.Textf(v.Lang, "manager.office.away", v.when(r.Heard.In(r.Now.Location()), r.Now))
	}
	if r.Pending == 0 {
		return contact + ", " + v.T("manager.waiting.none")
	}
	return contact + ", " + assets.Count(v.Lang, "manager.waiting", int(r.Pending))
}

// when is the time of day, with the date if it is not today's.
func (v *view) when(t, now time.Time) string {
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04")
	}
	return t.Format(v.T("manager.date"))
}
