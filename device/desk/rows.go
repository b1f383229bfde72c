package desk

import "sourire/device/tally"

// row is a part of a run of days.
type row struct {
	Name  string
	When  string // of a part of the day: its hours; of a week: its dates
	Path  string // empty: it has no page
	Is    tally.Condition
	Word  string // what it is, where there is no figure
	Gap   string
	Shown Result
}

// rows are a day's parts, the days of a week, or the weeks of a month.
func (v *figures) rows(f frame, which days, hours []Hour) {
	if f.r.Staff && len(which.each()) <= 7 {
		v.Withheld = true
		return
	}
	add := func(name, when, path string, of []Hour) {
		r := f.row(name, path, sum(f.r.scale(), of))
		r.When = when
		v.Rows = append(v.Rows, r)
	}
	switch n := len(which.each()); {
	case n == 1:
		v.By = f.T("manager.by.part")
		for p := range tally.Part(tally.Parts) {
			add(f.T("manager.part."+p.String()), f.T("manager.hours."+p.String()), "", inPart(hours, p))
		}
	case n <= 7:
		v.By = f.T("manager.by.day")
		for _, day := range which.each() {
			add(day.brief(f.Lang), "", day.Path(), day.in(hours))
		}
	default:
		v.By = f.T("manager.by.week")
		for w := weekOf(which.from); w.from.Before(which.to); w = w.step(1) {
			in := days{from: w.from, to: w.to}
			if in.from.Before(which.from) {
				in.from = which.from
			}
			if in.to.After(which.to) {
				in.to = which.to
			}
			add(w.title(f.Lang), in.dates(f.Lang), w.Path(), in.in(hours))
		}
	}
}

// partRows are the parts of the day, below each other.
type partRows struct {
	frame
	Rows     []row
	Withheld bool
}

// byPart are the parts of the day of all days together.
func (f frame) byPart(hours []Hour) *partRows {
	var v figures
	v.rows(f, dayOf(f.r.Now), hours)
	return &partRows{f, v.Rows, v.Withheld}
}

func (f frame) row(name, path string, c tally.Cell) row {
	r := row{Name: name, Path: path, Is: condition(c, f.r.Staff), Gap: f.gap(c)}
	if r.Is == few || r.Is == enough {
		r.Shown = f.r.result(c.Counts, name, "period", f.Lang)
	} else {
		r.Word = f.T("manager.is." + string(r.Is))
	}
	return r
}
