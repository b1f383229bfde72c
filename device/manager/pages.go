package manager

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"sourire/assets"
	"sourire/device/alert"
	"sourire/device/screen"
	"sourire/device/tally"
	"sourire/device/tap"
)

// Pages are the facts in words: what to look at first comes first.
func (f Facts) Pages() []Page {
	var all []Page
	if len(f.Alerts) > 0 {
		all = append(all, f.alerts())
	}
	switch {
	case f.Staff:
		all = append(all, f.block())
		if f.Block.Counts.N() > 0 && (f.FollowUp != nil || len(f.Block.Counts.Reasons) > 0) {
			all = append(all, f.reasons("box.whole.reasons", f.Block.Counts.Reasons))
		}
	case f.Clock == tap.Unknown:
		all = append(all, f.undated())
	default:
		all = append(all, f.day("box.today", f.Today), f.day("box.yesterday", f.Yesterday), f.parts(), f.weekday())
		if f.FollowUp != nil || len(f.Month.Reasons) > 0 {
			all = append(all, f.reasons("box.reasons", f.Month.Reasons))
		}
	}
	return append(all, f.health(), Page{
		Title: f.text("box.cleaning"), Cleaning: true,
		Rows: []screen.Row{{Name: f.text("box.cleaning.more")}},
	})
}

// alerts are what the manager's pages say in sentences.
func (f Facts) alerts() Page {
	p := Page{Title: f.text("box.alerts")}
	for _, a := range f.Alerts {
		row := screen.Row{Name: f.text("box.alert." + a.Rule)}
		switch score, isNPS := a.Figures["nps"]; {
		case a.Rule == alert.Unhappy:
			row.Value = assets.Textf(f.Lang, "box.alert.of", a.Figures["unhappy"], a.Figures["answers"])
		case a.Rule == alert.Reason:
			row.Name, row.Value = f.reason(a.Reason), assets.Textf(f.Lang, "box.number", a.Figures["answers"])
		case a.Rule == alert.Silence:
			row.Value = assets.Textf(f.Lang, "box.hours", a.Figures["minutes"]/60)
		case isNPS && a.Figures["hi"] > a.Figures["lo"]:
			row.Value = f.signed("box.points.range", a.Figures["lo"], a.Figures["hi"])
		case isNPS: // of an older box, as below
			row.Value = f.signed("box.points", score)
		case a.Figures["hi"] > a.Figures["lo"]:
			row.Value = assets.Textf(f.Lang, "box.range", a.Figures["lo"], a.Figures["hi"])
		default:
			row.Value = assets.Textf(f.Lang, "result.share", a.Figures["satisfied"])
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

// block is what the staff said, of whole weeks.
func (f Facts) block() Page {
	b, title := f.Block, f.text("box.whole")
	if !b.From.IsZero() {
		day := f.text("box.office.day")
		title = b.From.Format(day) + " – " + b.To.AddDate(0, 0, -1).Format(day)
	}
	return Page{Title: title, Rows: f.fit(f.results(b.Counts))}
}

// undated is all that can be said while the time is not known.
func (f Facts) undated() Page {
	return Page{Title: f.text("box.noclock"), Rows: f.fit(f.results(f.Undated))}
}

func (f Facts) day(title string, c tally.Cell) Page {
	p := Page{Title: f.text(title)}
	if is := c.Condition(); is != tally.Answered {
		p.Rows = []screen.Row{{Name: f.text(title + "." + string(is))}}
	} else {
		p.Rows = f.results(c.Counts)
	}
	if lost := (time.Duration(c.Off+c.Broken+c.Untimed) * time.Second).Round(time.Hour); lost > 0 && c.N() > 0 {
		p.Rows = append(p.Rows, screen.Row{Name: f.text("box.unmeasured"), Value: assets.Textf(f.Lang, "box.hours", int(lost.Hours()))})
	}
	p.Rows = f.fit(p.Rows)
	return p
}

// results is what can be said of some answers, the most important first.
func (f Facts) results(c tally.Counts) []screen.Row {
	if f.hidden(c) {
		return []screen.Row{{Name: f.text("box.hidden")}, {Name: f.text("box.hidden.more")}}
	}
	n := c.N()
	rows := []screen.Row{f.share(f.text("box.share."+string(c.Scale)), c), {Name: f.text("box.answers"), Value: assets.Textf(f.Lang, "box.number", n)}}
	if target, stands, ok := c.Target(f.Targets); ok && n > 0 {
		rows = append(rows, screen.Row{Name: assets.Textf(f.Lang, "box.target."+string(c.Scale), target), Value: f.text("box.target." + string(stands))})
	}
	if c.Few() && n > 0 {
		few := screen.Row{Name: f.text("result.few")}
		if !f.Staff { // their weeks are over
			few.Value = assets.Textf(f.Lang, "box.missing", tally.FewAnswers-n)
		}
		rows = append(rows, few)
	}
	if index, ok := c.Index(); ok && !c.Few() && c.Scale != tap.NPS {
		lo, hi, _ := c.IndexInterval()
		rows = append(rows, screen.Row{
			Name: f.text("result.index"), Value: assets.Textf(f.Lang, "result.index.figure", index), Interval: fmt.Sprintf("%d–%d", round(lo), round(hi)),
			Bar: true, Lo: round(lo), Hi: round(hi), Share: round(index),
		})
	}
	return rows
}

func (f Facts) parts() Page {
	p := Page{Title: f.text("box.parts")}
	for part, c := range f.Parts {
		name := f.text("box.time." + tally.Part(part).String())
		row := f.share(name, c.Counts)
		if is := c.Condition(); is != tally.Answered {
			row = screen.Row{Name: name, Value: f.text("box.is." + string(is))}
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

// weekday sets today, or as long as that has no answers yesterday, beside the
// same weekday of the four weeks before: what that says first.
func (f Facts) weekday() Page {
	day, c, name := f.Now, f.Weekday, "box.today"
	if c.Day.N() == 0 {
		day, c, name = day.AddDate(0, 0, -1), f.WeekdayBefore, "box.yesterday"
	}
	p := Page{Title: f.text("box." + strings.ToLower(day.Weekday().String()))}
	before := c.Usual()
	if c.Day.N() > 0 && before.N() > 0 {
		_, _, change := c.Day.Since(before)
		p.Rows = append(p.Rows, screen.Row{Name: f.text("box.change." + string(change))})
	}
	now := f.share(f.text(name), c.Day.Counts)
	if name == "box.today" && c.Until < 24 {
		now.Name = assets.Textf(f.Lang, "box.until", c.Until)
	}
	p.Rows = append(p.Rows, now, f.share(f.text("box.before"), before))
	return p
}

// reasons are what those who answered the question after say, the most named
// first.
func (f Facts) reasons(title string, all map[string]int) Page {
	p, n := Page{Title: f.text(title)}, 0
	for _, k := range all {
		n += k
	}
	switch {
	case f.Staff && n < tally.BlockLeast:
		p.Rows = f.results(tally.NewCounts(f.Scale))
		return p
	case n == 0:
		p.Rows = []screen.Row{{Name: f.text("box.none")}}
		return p
	}
	ids := slices.SortedFunc(maps.Keys(all), func(a, b string) int {
		return cmp.Or(cmp.Compare(all[b], all[a]), strings.Compare(a, b))
	})
	for _, id := range ids {
		row := f.interval(all[id], n)
		row.Name, row.Value = f.reason(id), assets.Textf(f.Lang, "box.number", all[id])
		p.Rows = append(p.Rows, row)
	}
	return p
}

// reason is the label of a reason, a short one of ours; its id, where that is not asked any more and
// none of ours.
func (f Facts) reason(id string) string {
	if f.FollowUp != nil {
		for _, r := range f.FollowUp.Answers {
			if text := r.Text[f.Lang]; r.ID == id && text != "" {
				return text
			}
		}
	}
	if key := "reason." + id + ".short"; assets.Has(f.Lang, key) {
		return f.text(key)
	}
	return id
}

// share is the figure that a result is judged by, with its interval: the share
// of the satisfied, or the NPS. With few answers it is the interval.
func (f Facts) share(name string, c tally.Counts) screen.Row {
	n := c.N()
	switch {
	case n == 0:
		return screen.Row{Name: name, Value: "–"}
	}
	if score, ok := c.NPS(); ok {
		lo, hi, _ := c.NPSInterval()
		row := screen.Row{Name: name, Bar: true, Lo: half(lo), Hi: half(hi), Share: half(score)}
		row.Value, row.Interval = f.signed("box.points", round(score)), f.signed("box.points.range", round(lo), round(hi))
		if c.Few() {
			row.Share, row.Value, row.Interval = -1, row.Interval, ""
		}
		return row
	}
	k, _ := c.Satisfied()
	row := f.interval(k, n)
	row.Name, row.Value, row.Interval = name, assets.Textf(f.Lang, "result.share", row.Share), assets.Textf(f.Lang, "box.range", row.Lo, row.Hi)
	if c.Few() {
		row.Share, row.Value, row.Interval = -1, row.Interval, ""
	}
	return row
}

// interval is the bar of k in n.
func (f Facts) interval(k, n int) screen.Row {
	lo, hi := tally.Wilson(k, n)
	row := screen.Row{Bar: true, Lo: round(100 * lo), Hi: round(100 * hi), Share: round(100 * float64(k) / float64(n))}
	if n < tally.FewAnswers {
		row.Share = -1
	}
	return row
}

// fit drops the least important rows that a page has no room for.
func (f Facts) fit(rows []screen.Row) []screen.Row {
	if f.Rows > 0 && len(rows) > f.Rows {
		return rows[:f.Rows]
	}
	return rows
}

func (f Facts) hidden(c tally.Counts) bool { return f.Staff && c.N() < tally.BlockLeast }

func (f Facts) text(key string) string { return assets.Text(f.Lang, key) }
