package desk

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"sourire/assets"
	"sourire/device/tally"
	"sourire/device/tap"
)

// What has room on a page of A4.
const (
	mostListed = 4   // reasons
	mostNoted  = 3   // notes of a kind
	mostShown  = 110 // characters of one
)

// posterView is a page for the staff room.
type posterView struct {
	frame
	Days     days
	Head     string // the day or the week
	Range    string
	Result   Result
	Target   string
	Stands   tally.Standing
	Change   Change
	Bars     []bar
	Asked    []mention
	AskedN   string
	NotAsked string // why no reasons are listed
	Done     []said
	Next     []said // structural actions that are under way
	Back     string // the page that it was made from
	Seen     []said
	Printed  string
}

// poster is the page of a day or a week, made to be printed and pinned up: what
// customers said and asked for, what was done, what comes next.
func (d *desk) poster(kind string) func(*http.Request, frame) (any, error) {
	return func(r *http.Request, f frame) (any, error) {
		which, err := parseDays(kind, r.PathValue("id"), f.r.Now.Location())
		if err != nil {
			return nil, errNothing{fmt.Errorf("%s", assets.Textf(f.Lang, "manager.nothing."+kind, r.PathValue("id")))}
		}
		v := posterView{frame: f, Days: which, Head: which.title(f.Lang), Range: which.span(f.Lang), Back: which.Path()}
		v.Title = f.T("report.title") + " · " + v.Head
		if v.Head == v.Range {
			v.Range = ""
		}
		if !f.dateless() {
			v.Printed = assets.Textf(f.Lang, "report.printed", f.r.Now.Format(f.T("manager.date")))
		}
		hours, err := d.Book.Hours(which.from, which.to)
		if err != nil {
			return nil, err
		}
		cell := sum(f.r.scale(), hours)
		all := cell.Counts
		v.Result = f.resultOf(cell, v.Head)
		v.Target, v.Stands = f.r.target(all, f.Lang)
		_, v.Bars = f.faces(all, v.Result)
		if v.Change, err = d.changeOf(f, which, hours); err != nil {
			return nil, err
		}
		v.Change.With = assets.Textf(f.Lang, "report.compared", v.Change.With)
		a := f.asked(all)
		v.NotAsked = f.T("report.asked.none")
		if a.Withheld || v.Result.Hidden != "" {
			v.NotAsked = f.T("result.hidden")
		}
		if len(a.Groups) > 0 {
			g := f.group("manager.why.all", all.Reasons)
			v.Asked, v.AskedN = g.Bars[:min(len(g.Bars), mostListed)], g.N
		}
		return v, v.notes(d, which)
	}
}

// notes are what was done in the days, and the structural actions of the four
// weeks until then, which take their time.
func (v *posterView) notes(d *desk, which days) error {
	notes, err := d.Book.Notes()
	if err != nil {
		return err
	}
	for i := len(notes) - 1; i >= 0; i-- {
		n := notes[i]
		in := which.has(n.Day)
		recent := n.Day.Before(which.to) && n.Day.After(which.to.Add(-around*24*time.Hour))
		switch {
		case n.Type == tap.NoteStructural && recent && len(v.Next) < mostNoted:
			v.Next = append(v.Next, v.brief(n))
		case n.Type == tap.NoteQuick && in && len(v.Done) < mostNoted:
			v.Done = append(v.Done, v.brief(n))
		case n.Type == tap.NoteObservation && in && len(v.Seen) < 1:
			v.Seen = append(v.Seen, v.brief(n))
		}
	}
	return nil
}

// brief is a note as far as there is room for it.
func (f frame) brief(n Note) said {
	s := f.said(n)
	if text := []rune(s.Text); len(text) > mostShown {
		s.Text = strings.TrimSpace(string(text[:mostShown])) + "…"
	}
	return s
}
