package desk

import (
	"strings"
	"testing"
	"time"

	"sourire/assets"
	"sourire/device/screen"
	"sourire/device/tally"
	"sourire/device/tap"
)

// same is a book that knows the same of every hour from 9 to 19.
func same(change func(*tally.Cell)) *fakeBook {
	b := &fakeBook{report: goodReport(), cell: func(t time.Time) tally.Cell {
		c := tally.Cell{Counts: tally.NewCounts(tap.Faces4)}
		if t.Hour() < 9 || t.Hour() >= 19 {
			c.Closed = 3600
			return c
		}
		change(&c)
		return c
	}}
	b.report.Hours = true
	return b
}

// Zero, closed, off, broken, without the time, few and enough are told apart on
// a day, and in the heat map of its month.
func TestADayIsWhatItIs(t *testing.T) {
	answers := func(by ...int) func(*tally.Cell) {
		return func(c *tally.Cell) { c.Counts, c.Served = counts(tap.Faces4, by...), 3600 }
	}
	for is, change := range map[string]func(*tally.Cell){
		"zero":    func(c *tally.Cell) { c.Served = 3600 },
		"closed":  func(c *tally.Cell) { c.Time.Closed = 3600 },
		"off":     func(c *tally.Cell) { c.Off = 3600 },
		"broken":  func(c *tally.Cell) { c.Broken = 3600 },
		"untimed": func(c *tally.Cell) { c.Untimed = 3600 },
		"absent":  func(c *tally.Cell) { c.Absent = 3600 },
		"few":     answers(0, 1, 1, 1),
		"enough":  answers(1, 3, 10, 20),
	} {
		t.Run(is, func(t *testing.T) {
			h := deskOf(t, same(change))
			page := plain(get(t, h, "/manager/day/2026-11-20", header("Accept-Language", "en")))
			if n := strings.Count(page, `<li data-is="`+is+`">`); n < 3 {
				t.Errorf("of four parts of the day, %d are %s", n, is)
			}
			wants := map[string]string{
				"zero": "Nobody pressed", "closed": "Store closed", "off": "Terminal off", "broken": "Terminal out of order", "untimed": "Time not known",
				"absent": "No record", "few": "39 to 86 %", "enough": "88 %",
			}
			says(t, page, []string{wants[is]}, nil)
			for other, word := range wants {
				if other != is && strings.Contains(page, `<span class="word">`+word) && (other != "closed") {
					t.Errorf("it says %q, too", word)
				}
			}
			month := plain(get(t, h, "/manager/month/2026-10"))
			// A month adds days up: few answers a day are enough of them.
			if is == "few" {
				is = "enough"
			}
			if !strings.Contains(month, `<td data-is="`+is+`"`) {
				t.Errorf("the month has no field that is %s", is)
			}
		})
	}
}

func TestADayThatIsNotOver(t *testing.T) {
	b := same(func(c *tally.Cell) { c.Counts, c.Served = counts(tap.Faces4, 1, 0, 1, 2), 3600 })
	page := plain(get(t, deskOf(t, b), "/manager/day/2026-11-23", header("Accept-Language", "en")))
	says(t, page, []string{"Still to come", "16 answers", "between 51 % and 90 %", "with every Monday of the four weeks before", "No clear difference", "16 answers, against 64 answers"}, []string{`rel="next"`})
}

func TestWhatCannotBeMeasured(t *testing.T) {
	b := same(func(c *tally.Cell) { c.Counts, c.Served, c.Off = counts(tap.Faces4, 1, 3, 10, 20), 900, 2700 })
	page := plain(get(t, deskOf(t, b), "/manager/week/2026-W46", header("Accept-Language", "en")))
	says(t, page, []string{"Answers were taken for 3 of 10 hours."}, nil)
	b.report.Hours = false // then nights would be gaps, too
	page = plain(get(t, deskOf(t, b), "/manager/week/2026-W46", header("Accept-Language", "en")))
	says(t, page, nil, []string{"Answers were taken"})
}

func TestTheTimeIsNotKnown(t *testing.T) {
	b := same(func(c *tally.Cell) { c.Counts, c.Served = counts(tap.Faces4, 1, 3, 10, 20), 3600 })
	b.report.Clock, b.report.Now = tap.Unknown, time.Date(1970, 1, 1, 0, 4, 0, 0, time.UTC)
	b.report.Spans, b.report.Opens = []Span{{Period: Undated, Counts: counts(tap.Faces4, 0, 1, 2, 2)}}, 0
	b.report.Moments = []Moment{{"Sales", noon, noon}}
	h := deskOf(t, b)
	for _, path := range everyPage {
		w := get(t, h, path, header("Accept-Language", "en"))
		page := plain(w)
		if path != "/manager/day/nonsense" && w.Code != 200 {
			t.Errorf("%s: %d", path, w.Code)
		}
		for _, invented := range []string{"1970", "1 January", "Thursday 1", "00:04"} {
			if strings.Contains(page, invented) {
				t.Errorf("%s says %q", path, invented)
			}
		}
		if !strings.Contains(page, "time is not known yet") && !strings.Contains(page, `class="paper"`) {
			t.Errorf("%s does not say that the time is not known", path)
		}
	}
	says(t, plain(get(t, h, "/manager", header("Accept-Language", "en"))), []string{"Wait until the time is set", "Answers without a date"}, []string{"By part of the day"})
}

func TestBadAddresses(t *testing.T) {
	h := deskOf(t, shop())
	for _, path := range []string{
		"/manager/day/2026-02-30", "/manager/day/yesterday", "/manager/day/0001-01-01", "/manager/week/2026-W54", "/manager/week/2026-W00", "/manager/week/2026-W1", "/manager/week/48",
		"/manager/month/2026-13", "/manager/moment/0", "/manager/moment/9", "/manager/moment/x", "/manager/report/day/x", "/manager/report/week/x", "/manager/day/%3Cscript%3E",
	} {
		w := get(t, h, path, header("Accept-Language", "en"))
		if w.Code != 404 || !strings.Contains(w.Body.String(), "Go to today") || strings.Contains(w.Body.String(), "<script>") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestCalendar(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{"2026-W53": "2026-12-28", "2027-W01": "2027-01-04", "2026-W01": "2025-12-29", "2026-W13": "2026-03-23"} {
		d, err := parseDays(week, id, paris)
		if err != nil || d.from.Format(time.DateOnly) != want || d.id() != id || len(d.each()) != 7 || d.step(1).step(-1).id() != id {
			t.Errorf("%s: from %s, %v, %d days", id, d.from, err, len(d.each()))
		}
	}
	if d, _ := parseDays(month, "2026-02", paris); len(d.each()) != 28 || d.step(1).id() != "2026-03" {
		t.Errorf("February has %d days", len(d.each()))
	}
	if d, _ := parseDays(day, "2026-10-25", paris); d.to.Sub(d.from) != 25*time.Hour || d.title("fr") != "Dimanche 25\u00a0octobre 2026" {
		t.Errorf("the day on which clocks go back: %s, %s", d.to.Sub(d.from), d.title("fr"))
	}
	if d, _ := parseDays(day, "2026-11-01", paris); d.title("fr") != "Dimanche 1er\u00a0novembre 2026" {
		t.Error(d.title("fr"))
	}
}

func TestAdvice(t *testing.T) {
	good, bad, mean := counts(tap.Faces4, 2, 3, 40, 90), counts(tap.Faces4, 60, 40, 20, 10), counts(tap.Faces4, 20, 20, 60, 60)
	for want, c := range map[string]struct {
		change func(*Report)
		known  known
	}{
		"broken": {func(r *Report) { r.State = screen.OutOfOrder; r.Alerts = []Alert{{Rule: "unhappy"}} }, known{shown: good}},
		"clock":  {func(r *Report) { r.Clock = tap.Unknown }, known{shown: good}},
		"alert":  {func(r *Report) { r.Alerts = []Alert{{Rule: "good"}, {Rule: "silence"}} }, known{shown: good}},
		"few":    {nil, known{shown: counts(tap.Faces4, 20, 0, 0, 9)}},
		"worst":  {nil, known{shown: good, worst: "Saturday evening", asked: "The waiting time"}},
		"asked":  {func(r *Report) { r.Targets.Satisfied = 80 }, known{shown: bad, asked: "The waiting time"}},
		"missed": {func(r *Report) { r.Targets.Satisfied = 80 }, known{shown: bad}},
		"worse":  {nil, known{shown: mean, recent: bad, before: good}},
		"next":   {nil, known{shown: mean, recent: mean, before: mean, asked: "The choice"}},
		"better": {nil, known{shown: mean, recent: good, before: mean}},
		"met": {func(r *Report) {
			r.Targets.Satisfied = 80
			r.Alerts = []Alert{{Rule: "unhappy", Seen: true}, {Rule: "good"}}
		}, known{shown: good, recent: good, before: good}},
		"steady": {nil, known{shown: mean, recent: mean, before: mean}},
	} {
		r := goodReport()
		if c.change != nil {
			c.change(&r)
		}
		if c.known.recent.By == nil {
			c.known.recent, c.known.before = mean, mean
		}
		for _, lang := range []string{"en", "fr"} {
			a := r.advise(c.known, lang)
			if a.Key != want || a.Do == "" || a.Why == "" || strings.Contains(a.Do+a.Why+a.To, "manager.") || strings.Contains(a.Do, "%!") {
				t.Errorf("%s: got %+v", want, a)
			}
		}
	}
}

// The unhappy are shown apart where all of a time is known by side, and where
// some of it is not the page says so.
func TestTheUnhappyApart(t *testing.T) {
	b := shop()
	english := header("Accept-Language", "en")
	page := plain(get(t, deskOf(t, b), "/manager/why", english))
	apart, gone := assets.Text("en", "manager.why.unhappy"), assets.Text("en", "manager.why.gone")
	says(t, page, []string{apart}, []string{gone})
	b.cell = func(at time.Time) tally.Cell {
		c := hourOfShop(at)
		if at.Day() == 20 && c.Counts.Reasons["waiting"] > 0 {
			c.Unsided = 1
		}
		return c
	}
	page = plain(get(t, deskOf(t, b), "/manager/why", english))
	says(t, page, []string{gone}, []string{apart})
}
