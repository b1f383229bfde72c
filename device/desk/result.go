package desk

import (
	"math"
	"strings"

	"sourire/assets"
	"sourire/device/tally"
	"sourire/device/tap"
)

// Result is what can be said of a period, in words of one language: the same
// on the manager's page and on the command line.
//
// Under [tally.FewAnswers] answers the figure is the interval, and there is
// neither index nor NPS: a bare average would be taken for more than it is.
type Result struct {
	Period  string // "Last 7 days"
	Answers string // "41 answers"
	Hidden  string // why nothing more is said; else empty
	None    string // that nobody has answered; else empty, and there is:

	Figure  string // "85 %", or "between 38 % and 96 %"
	Brief   string // the figure in a list: "85 % (80–89)", or "38 to 96 %"
	Of      string // what it is a share of
	Behind  string // the counts and the chance behind it
	Few     bool
	FewWord string // that there are few answers
	Missing string // with few answers: how many more it takes

	Lo, Share, Hi int    // percent: the interval, and the share that was counted
	Index, NPS    string // with their intervals
}

// periods names them in the texts.
var periods = map[tally.Period]string{Undated: "undated", tally.Today: "today", tally.Week: "7d", tally.FourWeeks: "28d"}

// Result says what can be said of one of the report's periods in a language.
func (r Report) Result(s Span, lang string) Result {
	if s.Period == Whole {
		title := assets.Text(lang, "result.whole")
		if !s.To.IsZero() {
			title = days{from: s.From, to: s.To}.span(lang)
		}
		return r.result(s.Counts, title, "period", lang)
	}
	key := periods[s.Period]
	return r.result(s.Counts, assets.Text(lang, "result."+key), key, lang)
}

// result says what can be said of counts; key is the one of the texts that name
// their period.
func (r Report) result(c tally.Counts, title, key, lang string) Result {
	n := c.N()
	res := Result{Period: title}
	if r.hides(n) {
		res.Hidden = assets.Text(lang, "result.hidden")
		return res
	}
	res.Answers = assets.Count(lang, "result.answers", n)
	if n == 0 {
		res.None = assets.Text(lang, "result.none."+key)
		return res
	}
	k, of := top(c)
	lo, hi := tally.Wilson(k, n)
	res.Lo, res.Share, res.Hi = percent(lo), percent(float64(k)/float64(n)), percent(hi)
	res.Of = assets.Text(lang, of)
	res.Behind = assets.Textf(lang, "result.of", k, n)
	if c.Few() {
		res.Few = true
		res.FewWord = assets.Text(lang, "result.few") + "."
		res.Of = assets.Text(lang, of+".few")
		res.Figure = assets.Textf(lang, "result.range", res.Lo, res.Hi)
		res.Brief = assets.Textf(lang, "manager.level", res.Lo, res.Hi)
		res.Behind += " " + assets.Text(lang, "result.few.more")
		if !r.Staff { // their weeks are over
			res.Missing = assets.Count(lang, "result.missing."+key, tally.FewAnswers-n)
		}
		return res
	}
	res.Figure = assets.Textf(lang, "result.share", res.Share)
	res.Brief = assets.Textf(lang, "result.brief", res.Share, res.Lo, res.Hi)
	res.Behind += " " + assets.Textf(lang, "result.chance", res.Lo, res.Hi)
	if index, ok := c.Index(); ok {
		lo, hi, _ := c.IndexInterval()
		res.Index = assets.Textf(lang, "result.index.likely", assets.Textf(lang, "result.index.figure", index), lo, hi)
	}
	if nps, ok := c.NPS(); ok {
		lo, hi, _ := c.NPSInterval()
		res.NPS = signed(assets.Textf(lang, "result.nps.likely", assets.Textf(lang, "result.nps.figure", nps), lo, hi))
	}
	return res
}

// Width is how much of the scale the interval takes, in percent.
func (r Result) Width() int { return r.Hi - r.Lo }

// top is how many gave one of the best answers, and the text that says which.
func top(c tally.Counts) (k int, key string) {
	k, ok := c.Satisfied()
	switch {
	case ok && c.Scale == tap.YesNo:
		return k, "result.yes"
	case ok:
		return k, "result.satisfied"
	case c.Scale == tap.NPS:
		return c.By[9] + c.By[10], "result.promoters"
	}
	return 0, ""
}

// keyOf is the key of the text that a scale has of its own, if it has one.
func keyOf(scale tap.Scale, key string) string {
	if own := key + "." + string(scale); assets.Has(assets.DefaultLanguage, own) {
		return own
	}
	return key
}

func percent(x float64) int { return int(math.Round(100 * x)) }

// of is a share of k in n in a list, with its interval.
func of(k, n int, lang string) Result {
	lo, hi := tally.Wilson(k, n)
	res := Result{Lo: percent(lo), Share: percent(float64(k) / float64(max(n, 1))), Hi: percent(hi), Few: n < tally.FewAnswers}
	res.Brief = assets.Textf(lang, "result.brief", res.Share, res.Lo, res.Hi)
	if res.Few {
		res.Brief = assets.Textf(lang, "manager.level", res.Lo, res.Hi)
	}
	return res
}

// signed has the sign that is as wide as a plus.
func signed(figure string) string { return strings.ReplaceAll(figure, "-", "−") }
