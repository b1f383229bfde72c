package desk

import (
	"math/rand/v2"
	"time"

	"sourire/device/tally"
	"sourire/device/tap"
)

// shop is a store that is open from 9 to 19 on all days but Sunday: 2 to 6 answers
// an hour, of which some 82 in 100 are of the happy, but on Saturday evenings 45;
// on one Tuesday the box was off, on one Wednesday out of order.
func shop() *fakeBook {
	b := &fakeBook{cell: hourOfShop}
	b.report = reportOf(0, tally.NewCounts(tap.Faces4))
	b.report.Now = time.Date(2026, 11, 23, 16, 40, 0, 0, time.UTC)
	var spans []Span
	for _, p := range []tally.Period{tally.Today, tally.Week, tally.FourWeeks} {
		d := lastDays(int(p), b.report.Now)
		hours, _ := b.Hours(d.from, d.to)
		spans = append(spans, Span{Period: p, Counts: sum(tap.Faces4, hours).Counts})
	}
	b.report.Spans, b.report.Opens = spans, 1
	b.report.Hours = true
	b.report.Targets.Satisfied = 80
	b.report.FollowUp = &tap.FollowUp{}
	for _, id := range []string{"waiting", "welcome", "choice", "price"} {
		b.report.FollowUp.Answers = append(b.report.FollowUp.Answers, tap.Reason{ID: id})
	}
	at := func(d int) time.Time { return midnight(b.report.Now, d) }
	b.notes = []Note{
		{tap.NoteStructural, "Deux caissiers de plus formés pour le samedi", at(-31)},
		{tap.NoteObservation, "Travaux dans la rue : moins de passage", at(-12)},
		{tap.NoteQuick, "Panneau « caisse 3 » déplacé, on le voit de l’entrée", at(-5)},
		{tap.NoteQuick, "Deuxième caisse ouverte de 17 h à 19 h", at(0)},
	}
	b.report.Moments = []Moment{
		{"Samedi du Black Friday", at(-2), at(-2)},
		{"Samedi avant Noël", at(26), at(26)},
	}
	b.report.Alerts = []Alert{
		{ID: 812, Rule: "unhappy", At: b.report.Now.Add(-25 * time.Minute), Figures: map[string]int{"unhappy": 4, "answers": 6, "minutes": 60, "usual": 18, "usual_lo": 16, "usual_hi": 21}},
		{ID: 799, Rule: "good", At: b.report.Now.Add(-3 * time.Hour), Figures: map[string]int{"answers": 160, "satisfied": 84, "lo": 78, "hi": 89, "before": 76, "before_lo": 72, "before_hi": 80}},
	}
	return b
}

func hourOfShop(t time.Time) tally.Cell {
	c := tally.Cell{Counts: tally.NewCounts(tap.Faces4)}
	day := t.Format(time.DateOnly)
	switch {
	case t.Weekday() == time.Sunday || t.Hour() < 9 || t.Hour() >= 19:
		c.Closed = 3600
		return c
	case t.Before(time.Date(2026, 8, 3, 0, 0, 0, 0, time.UTC)):
		c.Absent = 3600
		return c
	case day == "2026-11-17":
		c.Off = 3600
		return c
	case day == "2026-11-18" && t.Hour() >= 12:
		c.Broken = 3600
		return c
	}
	c.Served = 3600
	r := rand.New(rand.NewPCG(uint64(t.Unix()), 7))
	happy := 82
	if t.Weekday() == time.Saturday && t.Hour() >= 17 {
		happy = 40
	}
	for range 2 + r.IntN(5) {
		choice := r.IntN(2)
		if r.IntN(100) < happy {
			choice += 2
		}
		c.By[choice]++
		c.Raw++
		if r.IntN(2) == 0 {
			says := []string{"waiting", "waiting", "waiting", "welcome", "choice", "price"}
			if choice >= 2 {
				says = []string{"waiting", "welcome", "welcome", "choice", "choice", "price"}
			}
			reason := says[r.IntN(6)]
			c.Counts.Reasons[reason]++
			if choice < 2 {
				c.Worse[reason]++
			}
		}
	}
	if r.IntN(6) == 0 {
		c.Raw += 2
		c.Flags[tap.Repeat] = 1
	}
	if r.IntN(20) == 0 {
		c.Raw++
		c.Flags[tap.Chord]++
	}
	return c
}
