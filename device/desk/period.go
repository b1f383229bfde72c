package desk

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"sourire/assets"
	"sourire/device/tally"
	"sourire/device/tap"
)

// link goes to another page.
type link struct {
	Path, Text string
	Here       bool
}

// figures is what every page says of a run of days.
type figures struct {
	Result Result
	Target string // what became of the target, in words; empty: there is none
	Stands tally.Standing
	Change Change

	Faces    string // title of the bars
	Bars     []bar
	Raw      raw
	Rows     []row // by part of the day, by day or by week
	By       string
	Withheld bool      // no rows: they would show who of the staff answered
	Whole    string    // of which weeks the answers of the staff are; empty: of all these days
	ByPart   *partRows // of a few days
	Times    *heat     // of many
	Asked    asked
	Notes    []said
	Moments  []link
}

// bar is a choice's count.
type bar struct {
	Image  string // path; empty for a number
	Name   string
	Number string
	Count  string
	Width  int // percent of the longest
}

type periodView struct {
	frame
	figures
	Days       days
	Range      string
	Prev, Next link
	Kinds      []link // day, week and month
	Poster     string // path
	Latest     string // day that can be gone to; empty: the time is not known
	Begun      bool
}

// period is the page of a day, a week or a month, as the path or a form names
// it, and without a name that of the one that is now.
func (d *desk) period(kind string) func(*http.Request, frame) (any, error) {
	return func(r *http.Request, f frame) (any, error) {
		which := map[string]func(time.Time) days{day: dayOf, week: weekOf, month: monthOf}[kind](f.r.Now)
		if id := cmp.Or(r.PathValue("id"), r.FormValue("is")); id != "" {
			var err error
			if which, err = parseDays(kind, id, f.r.Now.Location()); err != nil {
				return nil, errNothing{fmt.Errorf("%s", assets.Textf(f.Lang, "manager.nothing."+kind, id))}
			}
		}
		return d.periodOf(f, which)
	}
}

func (d *desk) periodOf(f frame, which days) (any, error) {
	v := periodView{frame: f, Days: which, Begun: f.r.Clock != tap.Unknown || which.to.Before(f.r.Now)}
	v.Here, v.Title, v.Range = week, which.title(f.Lang), which.span(f.Lang)
	if v.Range == v.Title {
		v.Range = ""
	}
	if which.kind != moment {
		v.Prev = link{Path: which.step(-1).Path(), Text: which.step(-1).brief(f.Lang)}
		if next := which.step(1); next.from.Before(f.r.Now) {
			v.Next = link{Path: next.Path(), Text: next.brief(f.Lang)}
		}
		at := which.from
		if which.has(f.r.Now) {
			at = f.r.Now
		}
		for _, k := range []days{dayOf(at), weekOf(at), monthOf(at)} {
			v.Kinds = append(v.Kinds, link{k.Path(), f.T("manager.kind." + k.kind), k.kind == which.kind})
		}
	}
	if which.kind == day || which.kind == week {
		v.Poster = "/manager/report/" + which.kind + "/" + which.id()
	}
	if !f.dateless() {
		v.Latest = f.r.Now.Format(time.DateOnly)
	}
	var err error
	v.figures, err = d.figures(f, which)
	return v, err
}

// figures is what there is to say of a run of days.
func (d *desk) figures(f frame, which days) (figures, error) {
	var v figures
	hours, err := d.Book.Hours(which.from, which.to)
	if err != nil {
		return v, err
	}
	scale := f.r.scale()
	all := sum(scale, hours)
	v.Result = f.resultOf(all, which.title(f.Lang))
	v.Target, v.Stands = f.r.target(all.Counts, f.Lang)
	if v.Change, err = d.changeOf(f, which, hours); err != nil {
		return v, err
	}
	v.Faces, v.Bars = f.faces(all.Counts, v.Result)
	v.Raw, v.Whole = f.raw(all.Counts), f.whole(hours)
	v.rows(f, which, hours)
	switch n := len(which.each()); {
	case f.r.Staff: // by weeks only
	case n > 7:
		v.Times = f.heat(hours)
	case n > 1:
		v.ByPart = f.byPart(hours)
	}
	v.Asked = f.asked(all.Counts)
	notes, err := d.Book.Notes()
	if err != nil {
		return v, err
	}
	for _, n := range notes {
		if which.has(n.Day) {
			v.Notes = append(v.Notes, f.said(n))
		}
	}
	for i, m := range f.r.Moments {
		if at := m.days(i); at.from.Before(which.to) && which.from.Before(at.to) && which.kind != moment {
			v.Moments = append(v.Moments, link{Path: at.Path(), Text: m.Name})
		}
	}
	return v, nil
}

// resultOf is what can be said of a run of days; of one without answers, what it
// was.
func (f frame) resultOf(c tally.Cell, title string) Result {
	res := f.r.result(c.Counts, title, "period", f.Lang)
	if res.None != "" {
		res.None = f.T("manager.is." + string(condition(c, f.r.Staff)))
	}
	return res
}

// changeOf compares a run of days with what came before it.
func (d *desk) changeOf(f frame, which days, hours []Hour) (Change, error) {
	earlier, key := which.before()
	running := which.has(f.r.Now) && which.kind == day
	var then []Hour
	for _, e := range earlier {
		h, err := d.Book.Hours(e.from, e.to)
		if err != nil {
			return Change{}, err
		}
		if running {
			h = sameHours(h, f.r.Now)
		}
		then = append(then, h...)
	}
	with := f.T("manager.with." + key)
	if key == "day" && which.kind == day {
		with = assets.Textf(f.Lang, "manager.with.weekday", weekday(which.from, f.Lang))
	}
	scale := f.r.scale()
	return f.r.changed(sum(scale, hours).Counts, sum(scale, then).Counts, with, f.Lang), nil
}

// target says what became of the target.
func (r Report) target(c tally.Counts, lang string) (string, tally.Standing) {
	target, standing, ok := c.Target(r.Targets)
	if !ok || c.N() == 0 || r.hides(c.N()) {
		return "", ""
	}
	key := keyOf(c.Scale, "manager.target."+string(standing))
	if c.Scale == tap.NPS {
		return assets.Textf(lang, key, points(target, lang)), standing
	}
	return assets.Textf(lang, key, target), standing
}

// scale is the one of the survey in force.
func (r Report) scale() tap.Scale { return r.Spans[0].Counts.Scale }

// faces are the answers, choice by choice.
func (f frame) faces(c tally.Counts, said Result) (title string, bars []bar) {
	title = f.T(keyOf(c.Scale, "manager.presses"))
	if said.Hidden != "" || c.N() == 0 {
		return title, nil
	}
	longest := 1
	for _, n := range c.By {
		longest = max(longest, n)
	}
	for i, n := range c.By {
		b := bar{Number: strconv.Itoa(i), Count: f.N(n), Width: percent(float64(n) / float64(longest))}
		if c.Scale != tap.NPS {
			b.Image = fmt.Sprintf("/manager/face/%s/%d.svg", c.Scale, i)
			b.Name = f.T(fmt.Sprintf("%s.%d", c.Scale, i))
		}
		bars = append(bars, b)
	}
	return title, bars
}
