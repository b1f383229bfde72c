package alert_test

import (
	"strings"
	"testing"

	"sourire/device/alert"
)

func TestWords(t *testing.T) {
	cases := []struct {
		a      alert.Alert
		en, fr string
		do     string // in English
	}{
		{
			a:  alert.Alert{Rule: alert.Unhappy, Figures: map[string]int{"unhappy": 3, "answers": 4, "minutes": 60, "usual": 5}},
			en: "3 of 4 customers unhappy within 60 minutes", fr: "3 clients mécontents sur 4 en 60 minutes", do: "Usually it is 5 %.",
		},
		{
			a:  alert.Alert{Rule: alert.Reason, Reason: "waiting", Figures: map[string]int{"answers": 5, "minutes": 60}},
			en: "5 answers within 60 minutes: LABEL", fr: "5 réponses en 60 minutes : LABEL", do: "This is what customers ask for",
		},
		{
			a:  alert.Alert{Rule: alert.Silence, Figures: map[string]int{"minutes": 247, "usual": 9}},
			en: "Nobody has pressed for 4 h 07 of opening hours", fr: "Personne n’a appuyé pendant 4 h 07 d’ouverture", do: "About 9 presses",
		},
		{
			a:  alert.Alert{Rule: alert.Good, Figures: map[string]int{"satisfied": 90, "before": 70, "answers": 140}},
			en: "A better week: 90 % satisfied, after 70 %", fr: "Une meilleure semaine : 90 % de satisfaits, après 70 %", do: "Tell the team.",
		},
		{
			a:  alert.Alert{Rule: alert.Good, Figures: map[string]int{"satisfied": 90, "before": 70, "target": 80}},
			en: "Target met: 90 % satisfied last week, for a target of 80 %", fr: "Objectif atteint : 90 %", do: "Tell the team.",
		},
		{
			a:  alert.Alert{Rule: alert.Good, Figures: map[string]int{"nps": 31, "before": -5}},
			en: "A better week: NPS +31, after −5", fr: "Une meilleure semaine : NPS de +31, après −5", do: "Tell the team.",
		},
		{
			a:  alert.Alert{Rule: alert.Good, Figures: map[string]int{"nps": 31, "before": -5, "target": 20}},
			en: "Target met: NPS +31 last week, for a target of +20", fr: "Objectif atteint : NPS de +31", do: "Tell the team.",
		},
	}
	plain := func(s string) string { return strings.ReplaceAll(s, "\u00a0", " ") }
	for _, c := range cases {
		what, do := c.a.Words("en", "LABEL")
		if !strings.HasPrefix(plain(what), c.en) || !strings.HasPrefix(plain(do), c.do) {
			t.Errorf("%q, %q", what, do)
		}
		if what, do := c.a.Words("fr", "LABEL"); !strings.HasPrefix(plain(what), c.fr) || do == "" || strings.Contains(what+do, "%!") {
			t.Errorf("%q, %q", what, do)
		}
	}
}
