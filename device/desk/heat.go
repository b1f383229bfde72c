package desk

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"sourire/assets"
	"sourire/device/tally"
)

// clearBy is by how many points an interval must keep clear of none before one
// of many cells is called worse.
const clearBy = 5.0

// levels are the bounds of what has a shade of its own, in percent: finer where
// stores are.
var levels = []int{0, 50, 70, 80, 90, 100}

// heat is a heat map by weekday and part of the day.
type heat struct {
	Of       string // what is in its fields
	Parts    []string
	Rows     []heatRow
	Withheld bool // they would show who of the staff answered
	Legend   []legend
}

type heatRow struct {
	Day   string
	Short string
	Cells []heatCell
}

type heatCell struct {
	Is    tally.Condition
	Level int    // 1, the least satisfied, to 5; 0: none
	Text  string // what stands in it
	N     string // between what it lies; with few answers, how many
	More  string // all of it in words
}

type legend struct {
	Is    tally.Condition
	Level int
	Text  string // as in the cell
	Means string
}

// heat maps hours.
func (f frame) heat(hours []Hour) *heat {
	if f.r.Staff {
		return &heat{Withheld: true}
	}
	h := &heat{Of: f.T(keyOf(f.r.scale(), "manager.heat"))}
	for p := range tally.Part(tally.Parts) {
		h.Parts = append(h.Parts, f.T("manager.part."+p.String()))
	}
	seen := map[tally.Condition]bool{}
	for wd := range 7 {
		name := nameOf(f.Lang, "manager.weekdays", wd)
		row := heatRow{Day: upper(name), Short: upper(nameOf(f.Lang, "manager.weekdays.short", wd))}
		for p := range tally.Part(tally.Parts) {
			c := sum(f.r.scale(), inPart(onWeekday(hours, wd), p))
			cell := f.cell(c)
			cell.More = upper(f.slot(wd, p)) + f.T("result.colon") + " " + cell.More
			seen[cell.Is] = true
			row.Cells = append(row.Cells, cell)
		}
		h.Rows = append(h.Rows, row)
	}
	for i := range levels[1:] {
		if seen[enough] {
			h.Legend = append(h.Legend, legend{Is: enough, Level: i + 1, Means: assets.Textf(f.Lang, "manager.level", levels[i], levels[i+1])})
		}
	}
	for _, is := range []tally.Condition{few, tally.Zero, tally.Closed, tally.Off, tally.Broken, tally.Untimed, tally.Absent, tally.Ahead} {
		if seen[is] {
			h.Legend = append(h.Legend, legend{Is: is, Text: f.T("manager.mark." + string(is)), Means: f.T("manager.is." + string(is))})
		}
	}
	return h
}

// cell is a field of the heat map.
func (f frame) cell(c tally.Cell) heatCell {
	is := condition(c, f.r.Staff)
	cell := heatCell{Is: is, Text: f.T("manager.mark." + string(is)), More: f.T("manager.is." + string(is))}
	if is != few && is != enough {
		return cell
	}
	res := f.r.result(c.Counts, "", "period", f.Lang)
	cell.N = f.N(c.N())
	cell.More = res.Figure + " " + res.Of + ", " + res.Answers
	if is == enough {
		cell.Text, cell.N = strconv.Itoa(res.Share), fmt.Sprintf("%d–%d", res.Lo, res.Hi)
		cell.More = res.Brief + " " + res.Of + ", " + res.Answers
		for cell.Level < len(levels)-1 && res.Share >= levels[cell.Level] {
			cell.Level++
		}
	}
	return cell
}

// slot names a part of a day of the week: "Saturday evening".
func (f frame) slot(wd int, p tally.Part) string {
	return assets.Textf(f.Lang, "manager.slot", nameOf(f.Lang, "manager.weekdays", wd), f.T("manager.slot."+p.String()))
}

// onWeekday are the hours of a day of the week, 0 for Monday.
func onWeekday(hours []Hour, wd int) []Hour {
	return only(hours, func(h Hour) bool { return (int(h.Begin.Weekday())+6)%7 == wd })
}

// minus is what is left of counts without a part of them.
func minus(all, c tally.Counts) tally.Counts {
	rest := tally.NewCounts(all.Scale)
	for i := range rest.By {
		rest.By[i] = all.By[i] - c.By[i]
	}
	return rest
}

type whenView struct {
	frame
	Times *heat
	Few   bool   // too few answers to compare times
	Worst string // the time that is clearly worse than the rest; empty: none is
	Weeks int
	Range string
	Spans []link
}

// when is the heat map of the last weeks.
func (d *desk) when(r *http.Request, f frame) (any, error) {
	v := whenView{frame: f, Weeks: 4}
	if r.URL.Query().Get("weeks") == "12" {
		v.Weeks = 12
	}
	for _, n := range []int{4, 12} {
		v.Spans = append(v.Spans, link{"/manager/when?weeks=" + strconv.Itoa(n), assets.Textf(f.Lang, "manager.weeks", n), n == v.Weeks})
	}
	shown := lastDays(7*v.Weeks, f.r.Now)
	hours, err := d.hours(f, shown.from, shown.to)
	if err != nil || f.dateless() {
		return v, err
	}
	v.Range = shown.span(f.Lang)
	v.Few = sum(f.r.scale(), hours).Few()
	v.Times, v.Worst = f.heat(hours), upper(f.worst(hours))
	return v, nil
}

// hours are those of a time that ends now: none while now is not known.
func (d *desk) hours(f frame, from, to time.Time) ([]Hour, error) {
	if f.dateless() {
		return nil, nil
	}
	return d.Book.Hours(from, to)
}
