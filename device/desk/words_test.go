package desk

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sourire/device/manager"
	"sourire/device/tally"
	"sourire/device/tap"
)

// A part that is out of order is told on every page while presses are taken, by
// its name for people; so is how the box is, on the first.
func TestAPartOutOfOrderIsTold(t *testing.T) {
	b := shop()
	b.report.Faults = []manager.Fault{{Part: "button-2", How: "stuck"}, {Part: "display"}}
	h := deskOf(t, b)
	for _, path := range []string{"/manager", "/manager/week", "/manager/why"} {
		page := plain(get(t, h, path, header("Accept-Language", "fr")))
		says(t, page, []string{`data-state="fault"`, "<b>Bouton 2</b> : coincé", "<b>Écran</b> : hors service"}, []string{"button-2"})
	}
	says(t, plain(get(t, h, "/manager", header("Accept-Language", "fr"))), []string{`data-well="false"`, "À vérifier"}, []string{"Tout va bien"})
	says(t, plain(get(t, deskOf(t, shop()), "/manager", header("Accept-Language", "fr"))), []string{`data-well="true"`, "Tout va bien"}, []string{`data-state="fault"`})
}

// A day is gone to by its date, and says in words first whether it was better
// or worse than usual.
func TestLastSaturday(t *testing.T) {
	b := shop()
	b.cell = func(at time.Time) tally.Cell {
		c := tally.Cell{Counts: counts(tap.Faces4, 1, 1, 5, 13), Time: tally.Time{Served: 3600}}
		if at.Format(time.DateOnly) == "2026-11-21" {
			c.Counts = counts(tap.Faces4, 9, 5, 3, 3)
		}
		return c
	}
	h := deskOf(t, b)
	page := plain(get(t, h, "/manager/day?is=2026-11-21", header("Accept-Language", "en")))
	says(t, page, []string{"Saturday 21 November 2026", "Compared with every Saturday of the four weeks before", "Clearly less good", "30 % satisfied, against 90 % before.", `max="2026-11-23"`}, nil)
	if words, number := strings.Index(page, "Clearly less good"), strings.Index(page, `<b>30 %</b>`); number < words {
		t.Errorf("the number (%d) comes before the words (%d)", number, words)
	}
	if w := get(t, h, "/manager/day?is=lately"); w.Code != 404 {
		t.Errorf("a date that is none: got %d", w.Code)
	}
	b.cell = func(time.Time) tally.Cell {
		return tally.Cell{Counts: counts(tap.Faces4, 0, 0, 0, 1), Time: tally.Time{Served: 3600}}
	}
	says(t, plain(get(t, h, "/manager/day/2026-11-21", header("Accept-Language", "en"))), []string{"No clear difference", "only a very large difference would show"}, nil)
}

// A day without answers says what it was before all else, and nothing of its
// target.
func TestADayWithoutAnswers(t *testing.T) {
	for word, times := range map[string]tally.Time{
		"Store closed": {Closed: 3600}, "Terminal off": {Off: 3600}, "Terminal out of order": {Broken: 3600}, "Nobody pressed": {Served: 3600},
	} {
		b := same(func(c *tally.Cell) { c.Time = times })
		for _, path := range []string{"/manager/day/2026-11-20", "/manager/report/day/2026-11-20"} {
			page := plain(get(t, deskOf(t, b), path, header("Accept-Language", "en")))
			if !strings.Contains(page, `<p class="headline">`+word+"</p>") && !strings.Contains(page, `<p class="none">`+word+"</p>") {
				t.Errorf("%s does not say %q:\n%s", path, word, page)
			}
			says(t, page, nil, []string{"not enough answers to say"})
		}
	}
}

// A yes/no question has an answer, not a satisfaction.
func TestYesNoHasWordsOfItsOwn(t *testing.T) {
	b := &fakeBook{report: reportOf(0, counts(tap.YesNo, 10, 90), counts(tap.YesNo, 10, 90), counts(tap.YesNo, 10, 90))}
	b.report.Targets.Satisfied = 80
	b.cell = func(time.Time) tally.Cell {
		return tally.Cell{Counts: counts(tap.YesNo, 1, 9), Time: tally.Time{Served: 3600}}
	}
	h := deskOf(t, b)
	for path, want := range map[string][]string{
		"/manager":      {"of those who pressed said yes", "Target met: at least 80 % yes."},
		"/manager/when": {"Yes, in percent"}, "/manager/week/2026-W46": {"90 % said yes, against 90 % before."},
	} {
		says(t, plain(get(t, h, path, header("Accept-Language", "en"))), want, []string{"satisfied"})
	}
}

func TestSpansNameAMonthOnce(t *testing.T) {
	at := func(s string) time.Time { d, _ := time.Parse(time.DateOnly, s); return d }
	for want, d := range map[string]days{
		"du 16 au 22 novembre 2026":             weekOf(at("2026-11-18")),
		"du 30 novembre au 6 décembre 2026":     weekOf(at("2026-12-01")),
		"du 28 décembre 2026 au 3 janvier 2027": weekOf(at("2027-01-01")),
		"du 1er au 30 novembre 2026":            monthOf(at("2026-11-18")),
		"Samedi 21 novembre 2026":               dayOf(at("2026-11-21")),
	} {
		if got := strings.ReplaceAll(d.span("fr"), "\u00a0", " "); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// How often somebody pressed is told in words first.
func TestHammeringIsAnswered(t *testing.T) {
	b := same(func(c *tally.Cell) {
		c.Counts, c.Served = counts(tap.Faces4, 1, 0, 1, 2), 3600
		c.Raw, c.Flags = 14, map[tap.Flag]int{tap.Repeat: 10}
	})
	w := get(t, deskOf(t, b), "/manager/presses", header("Accept-Language", "fr"))
	if w.Code != http.StatusOK {
		t.Fatalf("got %d", w.Code)
	}
	page := plain(w)
	hours := strings.Count(page, `<th scope="row">`)
	if hours != 28 {
		t.Errorf("%d days", hours)
	}
	says(t, page, []string{"appuis sur 3 836 comptent", "Taper plusieurs fois ne pèse pas plus lourd"}, nil)
	if strings.Index(page, "comptent") > strings.Index(page, "<dl") {
		t.Error("the words come after the numbers")
	}
}

// On a first day the pages say that there is nothing yet, not that nothing
// stands out.
func TestAFirstDay(t *testing.T) {
	b := &fakeBook{report: reportOf(0, counts(tap.Faces4), counts(tap.Faces4), counts(tap.Faces4))}
	b.report.Targets.Satisfied = 80
	b.report.FollowUp = &tap.FollowUp{Answers: []tap.Reason{{ID: "waiting"}}}
	b.cell = func(time.Time) tally.Cell {
		return tally.Cell{Counts: tally.NewCounts(tap.Faces4), Time: tally.Time{Served: 3600}}
	}
	lacks := []string{"stands out", "not enough answers to say", `class="trend"`, "may be chance"}
	for path, want := range map[string]string{
		"/manager": "Nothing to decide yet", "/manager/when": "Not enough answers yet", "/manager/why": "Nobody has named a reason yet",
		"/manager/actions": "Nothing yet", "/manager/presses": "Nobody pressed",
	} {
		says(t, plain(get(t, deskOf(t, b), path, header("Accept-Language", "en"))), []string{want}, lacks)
	}
	b.report.FollowUp = nil
	says(t, plain(get(t, deskOf(t, b), "/manager/why", header("Accept-Language", "en"))), []string{`<p class="headline">The terminal asks for no reason</p>`}, lacks)
}
