package desk

import (
	"net/http"
	"slices"
	"time"

	"sourire/assets"
	"sourire/device/tap"
)

const (
	around    = 28 // days before and after an action that are compared, at most
	effective = 24 // weeks for which an action's effect is shown
	drawn     = 12 // weeks of the drawing
)

// said is a note in words.
type said struct {
	Type, Kind string
	Text       string
	Day        string
	Path       string
	Effect     *effect // of an action: what came before and after
}

// effect is an action's before and after, of the same length.
type effect struct {
	Change        Change
	Before, After Result
	Days          string
	Wait          string // what there is to wait for; empty: the whole is there
}

// Both are before and after.
func (e effect) Both() []Result { return []Result{e.Before, e.After} }

func (f frame) said(n Note) said {
	s := said{Type: n.Type, Kind: f.T("note." + n.Type), Text: n.Text}
	if !n.Day.IsZero() {
		s.Day, s.Path = longDay(n.Day, f.Lang), dayOf(n.Day).Path()
	}
	return s
}

type actionsView struct {
	frame
	Trend    *trend
	Notes    []said
	Today    string // as a form writes it
	Text     string // what was to be written and could not be
	Type     string
	Day      string
	MostOf   int
	Done     bool
	Compared bool // one of the notes has a before and an after
}

// actions is the timeline: what was done and seen, and what it changed.
func (d *desk) actions(r *http.Request, f frame) (any, error) {
	v := actionsView{frame: f, Type: tap.NoteQuick, MostOf: mostNote, Done: r.URL.Query().Has("done")}
	notes, err := d.Book.Notes()
	if err != nil {
		return nil, err
	}
	var hours []Hour
	weeks := lastDays(7*drawn-6, f.r.Now)
	weeks.from = weekOf(weeks.from).from
	if !f.dateless() {
		v.Today = f.r.Now.Format(time.DateOnly)
		v.Day = v.Today
		if hours, err = d.Book.Hours(since(notes, weeks.from, midnight(f.r.Now, -7*effective)), weeks.to); err != nil {
			return nil, err
		}
		if shown := weeks.in(hours); sum(f.r.scale(), shown).N() > 0 {
			v.Trend = f.trend(weeks, shown, notes)
		}
	}
	for _, n := range slices.Backward(notes) {
		s := f.said(n)
		if n.Type != tap.NoteObservation && len(hours) > 0 && !midnight(n.Day, -around).Before(hours[0].Begin) {
			s.Effect = f.effect(n.Day, hours)
			v.Compared = v.Compared || s.Effect.Days != ""
		}
		if v.Notes = append(v.Notes, s); len(v.Notes) == 50 {
			break
		}
	}
	return v, nil
}

// since is from when on hours are looked at: from the first day, or from as long
// before the oldest note as it takes to see its effect, where that is not too
// long ago.
func since(notes []Note, first, oldest time.Time) time.Time {
	for _, n := range notes {
		if from := midnight(n.Day, -around); n.Type != tap.NoteObservation && !from.Before(oldest) && from.Before(first) {
			return from
		}
	}
	return first
}

// effect compares the days after the one of an action with as many before it.
// The day itself is neither.
func (f frame) effect(at time.Time, hours []Hour) *effect {
	today := midnight(f.r.Now, 0)
	n := 0
	for n < around && midnight(at, n+1).Before(today) {
		n++
	}
	e := &effect{}
	if f.r.Staff && n < 7 {
		n = 0 // of them there are whole weeks only
	}
	if n == 0 {
		e.Wait = f.T("note.wait")
		return e
	}
	if n < around {
		e.Wait = assets.Count(f.Lang, "note.soon", around-n)
	}
	before, after := days{from: midnight(at, -n), to: at}, days{from: midnight(at, 1), to: midnight(at, n+1)}
	was, is := sum(f.r.scale(), before.in(hours)).Counts, sum(f.r.scale(), after.in(hours)).Counts
	e.Days = assets.Count(f.Lang, "note.days", n)
	e.Change = f.r.changed(is, was, "", f.Lang)
	e.Before, e.After = f.r.result(was, f.T("note.before"), "period", f.Lang), f.r.result(is, f.T("note.after"), "period", f.Lang)
	return e
}
