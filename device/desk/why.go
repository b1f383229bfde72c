package desk

import (
	"cmp"
	"net/http"
	"slices"

	"sourire/assets"
	"sourire/device/tally"
	"sourire/device/tap"
)

// fewReasons is how many reasons it takes that those of the unhappy are shown
// apart from those of the others.
const fewReasons = 10

// asked is what customers said that matters most to them.
type asked struct {
	Asks     bool // the terminal asks for a reason
	Withheld bool // too few of the staff answered
	Groups   []group
	Together string // why the unhappy are not shown apart; empty: they are, or there is nothing

	clear string // the reason that the unhappy, or all, clearly name most; empty: none is
}

// group is the reasons of some of the answers.
type group struct {
	Title string
	N     string // how many reasons
	Few   bool
	Bars  []mention
}

// mention is how often a reason was given.
type mention struct {
	Label string
	Count string
	Share Result // of those who gave one
}

// asked looks at the reasons among what was counted in some time.
func (f frame) asked(all tally.Counts) asked {
	v := asked{Asks: f.r.FollowUp != nil || len(all.Reasons) > 0}
	if f.r.hides(all.N()) {
		v.Withheld = v.Asks
		return v
	}
	total := 0
	for _, n := range all.Reasons {
		total += n
	}
	if f.r.hides(total) {
		v.Withheld = v.Asks
		return v
	}
	if total == 0 {
		return v
	}
	if others := others(all); all.Unsided == 0 && amount(all.Worse) >= fewReasons && amount(others) >= fewReasons {
		v.Groups = []group{f.group("manager.why.unhappy", all.Worse), f.group("manager.why.others", others)}
		v.clear = f.clearly(all.Worse)
		return v
	}
	v.Groups = []group{f.group("manager.why.all", all.Reasons)}
	v.Together = assets.Textf(f.Lang, "manager.why.together", fewReasons)
	if all.Unsided > 0 {
		v.Together = f.T("manager.why.gone")
	}
	v.clear = f.clearly(all.Reasons)
	return v
}

// others are the reasons of those who are not unhappy.
func others(all tally.Counts) map[string]int {
	rest := map[string]int{}
	for id, n := range all.Reasons {
		if n -= all.Worse[id]; n > 0 {
			rest[id] = n
		}
	}
	return rest
}

func amount(reasons map[string]int) (n int) {
	for _, k := range reasons {
		n += k
	}
	return n
}

// ranked are the reasons, the one named most first; and those nobody named that
// could have been.
func (f frame) ranked(reasons map[string]int) []string {
	var ids []string
	if f.r.FollowUp != nil {
		for _, a := range f.r.FollowUp.Answers {
			ids = append(ids, a.ID)
		}
	}
	for id := range reasons {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b string) int {
		return cmp.Or(cmp.Compare(reasons[b], reasons[a]), cmp.Compare(a, b))
	})
	return ids
}

func (f frame) group(title string, reasons map[string]int) group {
	n := amount(reasons)
	g := group{Title: f.T(title), N: assets.Count(f.Lang, "manager.why.n", n), Few: n < tally.FewAnswers}
	for _, id := range f.ranked(reasons) {
		g.Bars = append(g.Bars, mention{f.reason(id), f.N(reasons[id]), of(reasons[id], n, f.Lang)})
	}
	return g
}

// clearly is the label of the reason that is named more than any other, where
// that is not chance: among those who named it or the next one.
func (f frame) clearly(reasons map[string]int) string {
	ids := f.ranked(reasons)
	if len(ids) == 0 {
		return ""
	}
	first, second := reasons[ids[0]], 0
	if len(ids) > 1 {
		second = reasons[ids[1]]
	}
	if lo, _ := tally.Wilson(first, first+second); first < fewReasons || lo <= 0.5 {
		return ""
	}
	return f.reason(ids[0])
}

// raw is all presses against those that count.
type raw struct {
	Hidden  bool
	Words   string // "908 of 1,150 presses count"
	Presses int
	Counted int
	Not     int
	Why     []reasonNot
	Burst   string // a note only; empty: there was none
	Width   int    // of those that count, in percent
}

// reasonNot is why presses do not count.
type reasonNot struct {
	Name, Means string
	N           int
}

// raw says why presses do not count. A press may have two reasons; what no flag
// explains was taken back by who pressed.
func (f frame) raw(c tally.Counts) raw {
	if f.r.hides(c.N()) {
		return raw{Hidden: true}
	}
	v := raw{Presses: c.Raw, Counted: c.N(), Not: c.Raw - c.N(), Width: 100}
	v.Words = assets.Count(f.Lang, "manager.raw.of", v.Counted, v.Presses)
	if c.Raw > 0 {
		v.Width = 100 * v.Counted / c.Raw
	}
	flagged := 0
	for _, flag := range []tap.Flag{tap.Repeat, tap.Chord, tap.Closed, tap.Test} {
		if n := c.Flags[flag]; n > 0 {
			flagged += n
			v.Why = append(v.Why, reasonNot{f.T("manager.flag." + string(flag)), f.T("manager.flag." + string(flag) + ".more"), n})
		}
	}
	if n := v.Not - flagged; n > 0 {
		v.Why = append(v.Why, reasonNot{f.T("manager.flag.undone"), f.T("manager.flag.undone.more"), n})
	}
	if n := c.Flags[tap.Burst]; n > 0 {
		v.Burst = assets.Count(f.Lang, "manager.burst", n)
	}
	return v
}

type whyView struct {
	frame
	Asked asked
	Range string
	Next  string // the reason to do something about; empty: none is clear
}

// why is the reasons of the last 28 days.
func (d *desk) why(_ *http.Request, f frame) (any, error) {
	shown := lastDays(28, f.r.Now)
	hours, err := d.hours(f, shown.from, shown.to)
	if err != nil || f.dateless() {
		return whyView{frame: f}, err
	}
	v := whyView{frame: f, Range: shown.span(f.Lang)}
	v.Range = cmp.Or(f.whole(hours), v.Range)
	v.Asked = f.asked(sum(f.r.scale(), hours).Counts)
	v.Next = v.Asked.clear
	return v, nil
}

type pressesView struct {
	frame
	Range string
	Raw   raw
	Days  []pressesDay
}

type pressesDay struct {
	Name, Path string
	Is         string // what it is, where nobody pressed
	Raw        raw
}

// presses is all presses of the last 28 days against those that count.
func (d *desk) presses(_ *http.Request, f frame) (any, error) {
	shown := lastDays(28, f.r.Now)
	hours, err := d.hours(f, shown.from, shown.to)
	if err != nil || f.dateless() {
		return pressesView{frame: f}, err
	}
	v := pressesView{frame: f, Range: shown.span(f.Lang), Raw: f.raw(sum(f.r.scale(), hours).Counts)}
	if f.r.Staff { // by whole weeks only
		v.Range = cmp.Or(f.whole(hours), v.Range)
		return v, nil
	}
	each := shown.each()
	slices.Reverse(each)
	for _, one := range each {
		c := sum(f.r.scale(), one.in(hours))
		p := pressesDay{Name: upper(weekday(one.from, f.Lang)) + " " + shortDay(one.from, f.Lang), Path: one.Path(), Raw: f.raw(c.Counts)}
		if is := condition(c, f.r.Staff); c.Raw == 0 {
			p.Is = f.T("manager.is." + string(is))
		}
		v.Days = append(v.Days, p)
	}
	return v, nil
}
