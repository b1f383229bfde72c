package alert

import (
	"fmt"
	"strings"

	"sourire/assets"
)

// Words are what an alert says in a language: what has happened, and what to do.
// label is what its reason is called.
func (a Alert) Words(lang, label string) (what, do string) {
	f, key := a.Figures, "alert."+a.Rule
	do = assets.Text(lang, key+".do")
	nps, isNPS := f["nps"]
	if _, told := f["lo"]; told {
		do = a.likely(lang, isNPS) + " " + do
	}
	target, aimed := f["target"]
	switch {
	case a.Rule == Unhappy:
		do = assets.Textf(lang, key+".do", f["usual"])
		if hi, told := f["usual_hi"]; told { // not by an older box
			do = assets.Textf(lang, key+".do.likely", f["usual_lo"], hi)
		}
		return assets.Textf(lang, key, f["unhappy"], f["answers"], f["minutes"]), do
	case a.Rule == Reason:
		return assets.Count(lang, key, f["answers"], f["minutes"], label), do
	case a.Rule == Silence:
		return assets.Textf(lang, key, duration(f["minutes"])), assets.Textf(lang, key+".do", f["usual"])
	case aimed && isNPS:
		return assets.Textf(lang, "alert.target.nps", points(nps), points(target)), do
	case aimed:
		return assets.Textf(lang, "alert.target", f["satisfied"], target), do
	case isNPS:
		return assets.Textf(lang, key+".nps", points(nps), points(f["before"])), do
	}
	return assets.Textf(lang, key, f["satisfied"], f["before"]), do
}

// likely is between what the figures of good news lie, this week's and before.
func (a Alert) likely(lang string, isNPS bool) string {
	var all []any
	for _, name := range []string{"lo", "hi", "before_lo", "before_hi"} {
		if n := a.Figures[name]; isNPS {
			all = append(all, points(n))
		} else {
			all = append(all, n)
		}
	}
	key := "alert.good.likely"
	if isNPS {
		key += ".nps"
	}
	return assets.Textf(lang, key, all...)
}

// duration is minutes as both languages write them.
func duration(minutes int) string {
	if minutes < 60 {
		return fmt.Sprintf("%d\u00a0min", minutes)
	}
	return fmt.Sprintf("%d\u00a0h\u00a0%02d", minutes/60, minutes%60)
}

// points has the sign that is as wide as a plus.
func points(n int) string { return strings.Replace(fmt.Sprintf("%+d", n), "-", "−", 1) }
