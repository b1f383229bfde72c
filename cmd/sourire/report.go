package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"sourire/assets"
	"sourire/device/clock"
	"sourire/device/desk"
	"sourire/device/tally"
	"sourire/sync/journal"
)

type reportCommand struct {
	configFlag `embed:""`
	Lang       string `enum:"${languages}" default:"en" help:"Language of the report: ${enum}."`
	JSON       bool   `name:"json" help:"Print JSON. journal: the chain of all events, which was checked."`
}

// errAltered says that figures were printed that cannot be relied on.
var errAltered = errors.New("the journal is not as it was written")

// Run prints the result, in the words of the manager's page, and checks the
// chain of all events on the way.
func (c reportCommand) Run(ctx context.Context) error {
	conf, err := c.load()
	if err != nil {
		return err
	}
	r, err := openJournal(conf, c.Config)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	from := newResults(conf.Location())
	checked, err := walk(r)
	if err == nil {
		err = from.add(ctx, r)
	}
	if err != nil {
		return fmt.Errorf("%w: sourire verify names the first event that is wrong", err)
	}
	told, err := timeNow(r, conf.Location())
	if err != nil {
		return err
	}
	now := told.Now()
	report := newReport(conf, from, now)
	if c.JSON {
		err = printJSON(r.Identity().String(), from.survey(), report, checked)
	} else {
		fmt.Printf("%s, %s, clock %s\n\n", r.Identity(), now.Wall.Format("2006-01-02 15:04"), now.Quality)
		printReport(os.Stdout, report, c.Lang)
	}
	if err != nil {
		return err
	}
	if !checked.Whole {
		return fmt.Errorf("%w: %s: do not rely on these figures; keep a copy of %s, and let head office compare", errAltered, checked.FirstWrong, conf.Terminal.Data)
	}
	if !c.JSON {
		fmt.Println("\n" + checked.String())
	}
	return nil
}

// timeNow is a clock that knows what the journal does of the time.
func timeNow(r *journal.Reader, where *time.Location) (*clock.Clock, error) {
	recent, err := recentEvents(r)
	if err != nil {
		return nil, err
	}
	boot, err := clock.BootID()
	if err != nil {
		return nil, err
	}
	c := clock.New(clock.Machine{}, where)
	c.Know(clock.Recall(recent, boot))
	return c, nil
}

func printReport(w io.Writer, r desk.Report, lang string) {
	for i, s := range r.Spans {
		mark := "  "
		if i == r.Opens {
			mark = "> "
		}
		_, _ = fmt.Fprintln(w, mark+inWords(r.Result(s, lang), lang))
	}
}

// inWords is a result in one line.
func inWords(r desk.Result, lang string) string {
	head := r.Period
	if r.Answers != "" {
		head += ", " + r.Answers
	}
	head += assets.Text(lang, "result.colon") + " "
	if said := r.Hidden + r.None; said != "" {
		return head + said
	}
	parts := []string{r.Figure + " " + r.Of + "."}
	if r.Few {
		parts = append(parts, assets.Text(lang, "result.few")+". "+r.Missing)
	}
	parts = append(parts, r.Behind)
	for _, f := range [][2]string{{"result.index", r.Index}, {"result.nps", r.NPS}} {
		if f[1] != "" {
			parts = append(parts, assets.Text(lang, f[0])+" "+f[1]+".")
		}
	}
	return head + strings.Join(parts, " ")
}

// figures is the result of a period, with what may be said of it.
type figures struct {
	Days      int         `json:"days"`             // 0: presses whose day is not known yet
	From      string      `json:"from,omitempty"`   // of the staff: the first of the days, a Monday
	Hidden    bool        `json:"hidden,omitempty"` // staff, of whom there is no block of whole weeks yet
	Counted   int         `json:"counted"`
	Presses   int         `json:"presses"` // counted or not
	Choices   []int       `json:"choices,omitempty"`
	Index     *float64    `json:"index,omitempty"`          // 0 to 100
	IndexIn   *[2]float64 `json:"index_interval,omitempty"` // 95 % interval of index
	Satisfied *float64    `json:"satisfied,omitempty"`      // percent
	Interval  *[2]float64 `json:"interval,omitempty"`       // 95 % Wilson interval of satisfied, percent
	NPS       *float64    `json:"nps,omitempty"`
	NPSIn     *[2]float64 `json:"nps_interval,omitempty"` // 95 % interval of nps
	Few       bool        `json:"few_answers"`
}

func printJSON(terminal string, survey tally.Survey, r desk.Report, checked chain) error {
	var all []figures
	for _, s := range r.Spans {
		all = append(all, newFigures(s, r.Result(s, assets.DefaultLanguage).Hidden != ""))
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"terminal": terminal, "question": survey.Question, "scale": survey.Scale,
		"at": r.Now.Format(time.RFC3339), "clock": r.Clock,
		"results": all, "opens_on": all[r.Opens].Days, "journal": checked,
	})
}

func newFigures(s desk.Span, hidden bool) figures {
	c, days, from := s.Counts, int(s.Period), ""
	if s.Period == desk.Whole {
		days = 0
		for t := s.From; t.Before(s.To); t = midnight(t, 1) {
			days, from = days+1, s.From.Format(time.DateOnly)
		}
	}
	if hidden {
		return figures{Days: days, Hidden: true, Few: true}
	}
	f := figures{Days: days, From: from, Counted: c.N(), Presses: c.Raw, Few: c.Few(), Choices: c.By}
	if v, ok := c.Index(); ok {
		lo, hi, _ := c.IndexInterval()
		f.Index, f.IndexIn = &v, &[2]float64{lo, hi}
	}
	if v, ok := c.NPS(); ok {
		lo, hi, _ := c.NPSInterval()
		f.NPS, f.NPSIn = &v, &[2]float64{lo, hi}
	}
	if k, ok := c.Satisfied(); ok && c.N() > 0 {
		lo, hi := tally.Wilson(k, c.N())
		share := 100 * float64(k) / float64(c.N())
		f.Satisfied, f.Interval = &share, &[2]float64{100 * lo, 100 * hi}
	}
	return f
}
