package desk

import (
	"net/http"

	"sourire/assets"
	"sourire/device/alert"
	"sourire/device/screen"
	"sourire/device/tally"
	"sourire/device/tap"
)

type todayView struct {
	frame
	figures
	Advice Advice
	Shown  Result   // of the shortest period that can speak
	Spans  []Result // the periods beside each other; none where they have nothing to compare
	Opens  int
	Ready  bool // presses are taken
	Tested bool // test mode or cleaning is on
	Dated  bool // the time is known
	Alerts []alertView
	Poster string

	Spoken     string // of which time the faces are
	Quiet      bool   // not even a press that does not count
	None       string // says so
	NotCounted string

	Troubles []screen.Row // parts out of order, and how
	Parts    []screen.Row
	Office   string
	Away     bool // from head office
	Updated  string
}

// Indexed is the page with the result whose index it shows.
func (v todayView) Indexed() periodView {
	return periodView{frame: v.frame, figures: figures{Result: v.Shown}}
}

// alertView is an open alert in words.
type alertView struct {
	ID    uint64
	Good  bool
	Text  string
	Do    string
	Since string
	Seen  string // that somebody has seen to it, and what was said; empty: nobody has
}

// today is the first page: what to do, and why.
func (d *desk) today(_ *http.Request, f frame) (any, error) {
	r := f.r
	v := todayView{frame: f, Opens: r.Opens, Dated: r.Clock != tap.Unknown, Ready: r.State == screen.Question || r.State == screen.Thanks}
	v.Tested = r.State == screen.Test || r.State == screen.Cleaning
	v.Title = longDay(r.Now, f.Lang)
	if !v.Dated {
		v.Title = f.T("manager.page.today")
	}
	for _, s := range r.Spans {
		v.Spans = append(v.Spans, r.Result(s, f.Lang))
	}
	v.Shown = v.Spans[r.Opens]
	if longest := r.Spans[len(r.Spans)-1]; len(v.Spans) == 1 || longest.Counts.N() == 0 {
		v.Spans = nil
	}
	for _, a := range r.Alerts {
		v.Alerts = append(v.Alerts, f.alert(a))
	}
	v.Away = !r.Connected
	v.Troubles, v.Parts = r.Troubles(f.Lang), r.Health.Parts(f.Lang, r.Clock)
	v.None = f.T("manager.none")
	if !v.Dated {
		v.None = f.T("result.none.undated")
	}
	v.Office = f.office()
	if v.Dated {
		v.Updated = assets.Textf(f.Lang, "manager.updated", r.Now.Format(f.T("manager.time")))
	}
	k := known{shown: r.Spans[r.Opens].Counts}
	now := r.Spans[0]
	v.Spoken = r.Result(now, f.Lang).Period
	v.Quiet = now.Counts.Raw == 0 && !r.Staff
	if other := now.Counts.Raw - now.Counts.N(); other > 0 && !r.hides(now.Counts.N()) {
		v.NotCounted = assets.Count(f.Lang, "result.notcounted", other)
	}
	faces, bars := f.faces(now.Counts, r.Result(now, f.Lang))
	if !v.Dated {
		v.Faces, v.Bars = faces, bars
		v.Advice = r.advise(k, f.Lang)
		return v, nil
	}
	today := dayOf(r.Now)
	v.Poster = "/manager/report/day/" + today.id()
	var err error
	if v.figures, err = d.figures(f, today); err != nil {
		return nil, err
	}
	v.Faces, v.Bars = faces, bars
	if r.Staff {
		v.Asked = f.asked(now.Counts)
	}
	v.Target, v.Stands = r.target(k.shown, f.Lang)
	if err := d.know(&k, f); err != nil {
		return nil, err
	}
	v.Advice = r.advise(k, f.Lang)
	return v, nil
}

// know finds out what the last 28 days advise.
func (d *desk) know(k *known, f frame) error {
	four := lastDays(28, f.r.Now)
	hours, err := d.Book.Hours(four.from, four.to)
	if err != nil {
		return err
	}
	scale := f.r.scale()
	k.recent = sum(scale, lastDays(7, f.r.Now).in(hours)).Counts
	k.before = sum(scale, days{from: four.from, to: midnight(four.to, -7)}.in(hours)).Counts
	k.worst = f.worst(hours)
	k.asked = f.asked(sum(scale, hours).Counts).clear
	return nil
}

// alert says what an alert is about.
func (f frame) alert(a Alert) alertView {
	v := alertView{ID: a.ID, Good: a.Rule == alert.Good}
	if a.Seen {
		v.Seen = f.T("manager.alert.seen")
		if a.Text != "" {
			v.Seen += f.T("result.colon") + " " + a.Text
		}
	}
	v.Text, v.Do = alert.Alert{Rule: a.Rule, Reason: a.Reason, Figures: a.Figures}.Words(f.Lang, f.reason(a.Reason))
	if !a.At.IsZero() {
		v.Since = assets.Textf(f.Lang, "manager.alert.since", f.when(a.At))
	}
	return v
}

// reason is the label of a reason.
func (f frame) reason(id string) string {
	if up := f.r.FollowUp; up != nil {
		for _, a := range up.Answers {
			if a.ID != id {
				continue
			}
			if text := a.Text[f.Lang]; text != "" {
				return text
			}
			for _, lang := range f.r.Languages {
				if text := a.Text[lang]; text != "" {
					return text
				}
			}
		}
	}
	if assets.Has(f.Lang, "reason."+id) {
		return f.T("reason." + id)
	}
	return id
}

// office says whether head office is reached, and what it does not have yet.
func (f frame) office() string {
	r := f.r
	contact := f.T("manager.office.connected")
	switch {
	case r.Connected:
	case r.Heard.IsZero():
		contact = f.T("manager.office.never")
	default:
		contact = assets.Textf(f.Lang, "manager.office.away", f.when(r.Heard))
	}
	if r.Waiting == 0 {
		return contact + ", " + f.T("manager.waiting.none")
	}
	return contact + ", " + assets.Count(f.Lang, "manager.waiting", int(r.Waiting))
}

// worst is the part of the day on a weekday that is clearly worse than all the
// rest of the time; empty where none is.
func (f frame) worst(hours []Hour) string {
	scale := f.r.scale()
	all := sum(scale, hours).Counts
	name, least := "", 0.0
	for wd := range 7 {
		for p := range tally.Part(tally.Parts) {
			c := sum(scale, inPart(onWeekday(hours, wd), p)).Counts
			if c.Few() || f.r.Staff {
				continue
			}
			// Of 28 such cells one in forty each looks worse by chance: at 95 %
			// that would be most weeks. The interval must keep clear by half.
			_, hi, change := c.Since(minus(all, c))
			if change == tally.Worse && hi < least-clearBy {
				least = hi
				name = f.slot(wd, p)
			}
		}
	}
	return name
}
