package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"sourire/device/clock"
	"sourire/device/tally"
)

type reportCommand struct {
	configFlag `embed:""`
	JSON       bool `name:"json" help:"Print JSON."`
}

// Run prints the result.
func (c reportCommand) Run() error {
	conf, err := c.load()
	if err != nil {
		return err
	}
	r, err := openJournal(conf, c.Config)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	res := newResults(conf.Location())
	if err := res.add(r); err != nil {
		return err
	}
	now := clock.System{Location: conf.Location()}.Now()
	at := res.at(now.Wall, now.Quality)
	staff := conf.Survey.Audience == "staff"
	out := []figures{newFigures(tally.Today, at.Today, staff)}
	if at.Period != tally.Today {
		out = append(out, newFigures(at.Period, at.Shown, staff))
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(map[string]any{
			"terminal": r.Identity().String(), "question": at.Survey.Question, "scale": at.Survey.Scale,
			"at": now.Wall.Format(time.RFC3339), "clock": now.Quality, "results": out,
		})
	}
	fmt.Printf("%s, %s, clock %s\n", r.Identity(), now.Wall.Format("Monday 2 January 2006 15:04"), now.Quality)
	for _, f := range out {
		f.print(os.Stdout)
	}
	return nil
}

// figures is the result of a period, with what may be said of it.
type figures struct {
	Days      int         `json:"days"`
	Hidden    bool        `json:"hidden,omitempty"` // staff, and too few answers to be nobody's
	Counted   int         `json:"counted"`
	Presses   int         `json:"presses"` // counted or not
	Choices   []int       `json:"choices,omitempty"`
	Index     *float64    `json:"index,omitempty"`     // 0 to 100
	Satisfied *float64    `json:"satisfied,omitempty"` // percent
	Interval  *[2]float64 `json:"interval,omitempty"`  // 95 % Wilson interval of satisfied, percent
	NPS       *float64    `json:"nps,omitempty"`
	Few       bool        `json:"few_answers"`
}

const fewStaff = 10 // answers below which staff could be recognised

func newFigures(p tally.Period, c tally.Counts, staff bool) figures {
	f := figures{Days: int(p), Counted: c.N(), Presses: c.Raw, Few: c.N() < tally.FewAnswers}
	if staff && c.N() < fewStaff {
		return figures{Days: int(p), Hidden: true, Few: true}
	}
	f.Choices = c.By
	if v, ok := c.Index(); ok {
		f.Index = &v
	}
	if v, ok := c.NPS(); ok {
		f.NPS = &v
	}
	if k, ok := c.Satisfied(); ok {
		lo, hi := tally.Wilson(k, c.N())
		share := 100 * float64(k) / float64(c.N())
		f.Satisfied, f.Interval = &share, &[2]float64{100 * lo, 100 * hi}
	}
	return f
}

func (f figures) print(w io.Writer) {
	name := "today"
	if f.Days > 1 {
		name = fmt.Sprintf("last %d days", f.Days)
	}
	var parts []string
	switch {
	case f.Hidden:
		parts = append(parts, fmt.Sprintf("fewer than %d answers: not shown", fewStaff))
	case f.Presses == 0:
		parts = append(parts, "nobody has pressed")
	default:
		parts = append(parts, fmt.Sprintf("%d answers counted of %d presses", f.Counted, f.Presses))
	}
	if f.Index != nil {
		parts = append(parts, fmt.Sprintf("index %.1f of 100", *f.Index))
	}
	if f.NPS != nil {
		parts = append(parts, fmt.Sprintf("NPS %+.0f", *f.NPS))
	}
	if f.Satisfied != nil {
		parts = append(parts, fmt.Sprintf("satisfied %.0f %% of those who pressed (95 %% interval %.0f to %.0f)", *f.Satisfied, f.Interval[0], f.Interval[1]))
	}
	if f.Few && f.Counted > 0 {
		parts = append(parts, "few answers")
	}
	_, _ = fmt.Fprintf(w, "%s: %s\n", name, strings.Join(parts, "; "))
}
