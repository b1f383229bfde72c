package story

import (
	"cmp"
	"math"
	"slices"
	"time"

	"sourire/device/tally"
	"sourire/device/tap"
)

// staff is the audience of which whole blocks are told only: see [tally.Block].
const staff = "staff"

// Open is an open alert.
type Open struct {
	Epoch  string            `json:"epoch"`
	Seq    uint64            `json:"seq"`  // of the event that raised it
	Rule   string            `json:"rule"` // unhappy, reason, silence or good
	State  string            `json:"state"`
	Since  string            `json:"since"`           // empty: the time was not known
	Seen   string            `json:"seen"`            // when it was acknowledged; empty: it was not, or nobody knows
	Said   string            `json:"said"`            // and what was said then
	Reason string            `json:"reason"`          // of the rule reason
	Label  map[string]string `json:"label,omitempty"` // what that is called, by language
	// Figures are what it is about, as in the event; none of a terminal of the staff.
	Figures map[string]int `json:"figures,omitempty"`
}

// Mode is test mode, or cleaning.
type Mode struct {
	By    string `json:"by"` // manager, office or cleaning
	Since string `json:"since"`
}

// Result is what can be said of some answers.
type Result struct {
	Answers int  `json:"answers"`
	Few     bool `json:"few"` // fewer than 30: only the interval may be said
	// The share of the satisfied in percent or, on the scale nps, the NPS; and its
	// 95 % interval. null without an answer.
	Figure *int `json:"figure"`
	Lo     *int `json:"lo"`
	Hi     *int `json:"hi"`
}

// Mention is how often a reason was given.
type Mention struct {
	Reason string            `json:"reason"`
	Label  map[string]string `json:"label"` // by language
	N      int               `json:"n"`
	Lo     int               `json:"lo"` // the 95 % interval of its share, in percent of all reasons
	Hi     int               `json:"hi"`
}

// Asked is what customers said that matters most to them.
type Asked struct {
	From     string    `json:"from"`   // the first day
	To       string    `json:"to"`     // the last day
	N        int       `json:"n"`      // reasons given
	Few      bool      `json:"few"`    // fewer than 30
	Hidden   bool      `json:"hidden"` // too few of the staff have answered
	Clear    string    `json:"clear"`  // the reason that is named clearly most; empty: none is
	Mentions []Mention `json:"mentions"`
}

// Note is what was done or seen at a terminal.
type Note struct {
	Type   string  `json:"type"` // quick, structural or observation
	Day    string  `json:"day"`  // empty: not known
	Text   string  `json:"text"`
	Effect *Effect `json:"effect"` // null: of an observation, of one of long ago, or of the staff
}

// Effect is an action's before and after, of the same length, without its day.
type Effect struct {
	Days   int          `json:"days"` // 0: not to be compared yet
	More   int          `json:"more"` // days by which the comparison still grows
	Before Result       `json:"before"`
	After  Result       `json:"after"`
	Change tally.Change `json:"change"` // better, worse, or none: no clear difference
	Lo     int          `json:"lo"`     // the 95 % interval of the difference, in points
	Hi     int          `json:"hi"`
}

// Told is a whole story.
type Told struct {
	Question string    `json:"question"`
	Audience string    `json:"audience"`
	Scale    tap.Scale `json:"scale"`
	Asks     bool      `json:"asks"` // the terminal asks for a reason
	Asked    Asked     `json:"asked"`
	Notes    []Note    `json:"notes"` // the newest first
}

// Known reports whether the survey is known: without it nothing is told.
func (s *Story) Known() bool { return s.survey != nil }

// Audience is who is asked: customer or staff; empty where that is not known.
func (s *Story) Audience() string {
	if s.survey == nil {
		return ""
	}
	return s.survey.Audience
}

// Open are the open alerts of the epoch that a terminal is in, the oldest first.
// What is open ends with its epoch.
func (s *Story) Open(epoch string) []Open {
	open := []Open{}
	for _, a := range s.alerts {
		if a.epoch != epoch {
			continue
		}
		o := Open{Epoch: epoch, Seq: a.raised.Seq, Rule: a.raised.Rule, State: tap.AlertRaised, Since: when(&a.raised.Header), Reason: a.raised.Reason}
		if a.raised.Reason != "" {
			o.Label = s.label(a.raised.Reason)
		}
		if s.survey != nil && s.survey.Audience != staff {
			o.Figures = a.raised.Figures
		}
		if a.seen != nil {
			o.State, o.Seen, o.Said = tap.AlertAcknowledged, when(&a.seen.Header), a.seen.Text
		}
		open = append(open, o)
	}
	return open
}

// Mode is test mode in the epoch that a terminal is in; nil where it is not on.
func (s *Story) Mode(epoch string) *Mode {
	if s.test == nil || s.test.epoch != epoch {
		return nil
	}
	return &Mode{s.test.begun.By, when(&s.test.begun.Header)}
}

func when(h *tap.Header) string {
	if h.Clock == tap.Unknown {
		return ""
	}
	return h.At
}

// Tell is the whole story at a time, which is one of the terminal's place.
func (s *Story) Tell(now time.Time) Told {
	t := Told{Notes: []Note{}, Asked: Asked{Mentions: []Mention{}}}
	if s.survey == nil {
		return t
	}
	t.Question, t.Audience, t.Scale = s.survey.Question, s.survey.Audience, s.survey.Scale
	from, to := span(now)
	all := s.counts(from, to)
	t.Asks = s.survey.FollowUp != nil || len(all.Reasons) > 0
	if t.Audience == staff {
		all, from, to = s.blocks(from, to)
	}
	t.Asked = s.asked(all)
	if !to.IsZero() {
		t.Asked.From, t.Asked.To = from.Format(time.DateOnly), midnight(to, -1).Format(time.DateOnly)
	}
	for _, n := range slices.Backward(s.notes) {
		t.Notes = append(t.Notes, Note{Type: n.Type, Day: n.day, Text: n.Text, Effect: s.effect(n, now)})
	}
	return t
}

// span is the days of which is told what was asked for: the last 28.
func span(now time.Time) (from, to time.Time) {
	to = midnight(now, 1)
	return midnight(to, -days), to
}

// blocks are the answers of the staff in the blocks that end within some days,
// and the days that these are of; the zero times where there is none. A block in
// which few gave a reason tells none.
func (s *Story) blocks(from, to time.Time) (all tally.Counts, first, last time.Time) {
	all = tally.NewCounts(s.survey.Scale)
	frame := tally.Frame(from)
	var each []tally.Counts
	for d := frame; d.Before(to); d = midnight(d, 1) {
		each = append(each, s.counts(d, midnight(d, 1)))
	}
	for _, b := range tally.Blocks(frame, each, s.until) {
		if !b.To.After(from) {
			continue
		}
		if len(b.Counts.Reasons) == 0 {
			continue
		}
		if first.IsZero() {
			first = b.From
		}
		all, last = all.Plus(b.Counts), b.To
	}
	return all, first, last
}

// asked is the reasons among some answers.
func (s *Story) asked(all tally.Counts) Asked {
	a := Asked{Mentions: []Mention{}}
	ids := []string{}
	if f := s.survey.FollowUp; f != nil {
		for _, r := range f.Answers {
			ids = append(ids, r.ID)
		}
	}
	for id, n := range all.Reasons {
		if a.N += n; !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if s.survey.Audience == staff && a.N < tally.BlockLeast {
		return Asked{Hidden: true, Mentions: a.Mentions}
	}
	a.Few = a.N < tally.FewAnswers
	slices.SortFunc(ids, func(x, y string) int {
		return cmp.Or(cmp.Compare(all.Reasons[y], all.Reasons[x]), cmp.Compare(x, y))
	})
	for _, id := range ids {
		n := all.Reasons[id]
		lo, hi := tally.Wilson(n, a.N)
		a.Mentions = append(a.Mentions, Mention{id, s.label(id), n, percent(lo), percent(hi)})
	}
	a.Clear = clearly(a.Mentions)
	return a
}

// fewReasons is how often a reason must have been named to be called clear.
const fewReasons = 10

// clearly is the reason that is named more than any other, where that is not
// chance: among those who named it or the next one.
func clearly(ranked []Mention) string {
	if len(ranked) == 0 {
		return ""
	}
	first, second := ranked[0].N, 0
	if len(ranked) > 1 {
		second = ranked[1].N
	}
	if lo, _ := tally.Wilson(first, first+second); first < fewReasons || lo <= 0.5 {
		return ""
	}
	return ranked[0].Reason
}

// label is what a reason is called, by language.
func (s *Story) label(id string) map[string]string {
	if s.survey != nil && s.survey.FollowUp != nil {
		for _, r := range s.survey.FollowUp.Answers {
			if r.ID == id {
				return r.Text
			}
		}
	}
	return map[string]string{}
}

// effect compares the days after an action with as many before it, whole days
// only; nil of the staff, whose days nobody is told.
func (s *Story) effect(n note, now time.Time) *Effect {
	at, err := time.ParseInLocation(time.DateOnly, n.day, now.Location())
	if n.Type == tap.NoteObservation || s.survey.Audience == staff || err != nil || midnight(at, -days).Before(now.AddDate(0, 0, -7*reach)) {
		return nil
	}
	today := midnight(now, 0)
	e := &Effect{Change: tally.NoClear}
	for e.Days < days && midnight(at, e.Days+1).Before(today) {
		e.Days++
	}
	e.More = days - e.Days
	if e.Days == 0 {
		return e
	}
	before := s.counts(midnight(at, -e.Days), at)
	after := s.counts(midnight(at, 1), midnight(at, e.Days+1))
	e.Before, e.After = result(before), result(after)
	lo, hi, change := after.Since(before)
	e.Change, e.Lo, e.Hi = change, round(lo), round(hi)
	return e
}

// result is what can be said of counts.
func result(c tally.Counts) Result {
	r := Result{Answers: c.N(), Few: c.Few()}
	var at, lo, hi int
	if nps, ok := c.NPS(); ok {
		l, h, _ := c.NPSInterval()
		at, lo, hi = round(nps), round(l), round(h)
	} else if k, ok := c.Satisfied(); ok && r.Answers > 0 {
		l, h := tally.Wilson(k, r.Answers)
		at, lo, hi = percent(float64(k)/float64(r.Answers)), percent(l), percent(h)
	} else {
		return r
	}
	r.Figure, r.Lo, r.Hi = &at, &lo, &hi
	return r
}

func percent(share float64) int { return round(100 * share) }

func round(x float64) int { return int(math.Round(x)) }
