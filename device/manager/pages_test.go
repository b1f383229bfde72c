package manager

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sourire/assets"
	"sourire/device/alert"
	"sourire/device/screen"
	"sourire/device/tally"
	"sourire/device/tap"
)

var update = flag.Bool("update", false, "write the golden pages instead of comparing with them")

// counts are answers by choice, the worst first.
func counts(s tap.Scale, by ...int) tally.Counts {
	c := tally.NewCounts(s)
	copy(c.By, by)
	return c
}

// cell is answers of a time in which the terminal could take presses.
func cell(s tap.Scale, by ...int) tally.Cell {
	return tally.Cell{Counts: counts(s, by...), Time: tally.Time{Served: 3600}}
}

// as is a cell without answers.
func as(t tally.Time) tally.Cell { return tally.Cell{Counts: counts(tap.Faces4), Time: t} }

// store is a store on a Thursday afternoon.
func store(lang string) Facts {
	now := time.Date(2026, 11, 26, 15, 10, 0, 0, time.UTC)
	f := Facts{
		Lang: lang, Scale: tap.Faces4, Targets: tap.Targets{Satisfied: 80}, Now: now, Clock: tap.Synced,
		FollowUp:  &tap.FollowUp{Answers: []tap.Reason{{ID: "parking", Text: map[string]string{"fr": "Le parking", "en": "The car park"}}}},
		Today:     cell(tap.Faces4, 0, 1, 3, 4),
		Yesterday: cell(tap.Faces4, 2, 3, 21, 20),
		Parts:     [tally.Parts]tally.Cell{cell(tap.Faces4, 2, 3, 21, 20), cell(tap.Faces4, 9, 14, 30, 11), cell(tap.Faces4, 0, 0, 9, 3), as(tally.Time{Closed: 3600})},
		Month:     counts(tap.Faces4, 11, 17, 60, 34),
		Weekday:   tally.Comparison{Until: 15, Day: cell(tap.Faces4, 0, 1, 3, 4), Before: [4]tally.Cell{cell(tap.Faces4, 1, 2, 10, 12)}},
		Health:    Health{Stored: true, Connected: true, Free: 11_400_000_000, Celsius: 48, Measured: true, Software: "1.2.0"},
	}
	f.Month.Reasons = map[string]int{"waiting": 31, "parking": 12, "welcome": 4}
	return f
}

// change is a store of which something is different.
func change(f Facts, how func(*Facts)) Facts {
	how(&f)
	return f
}

func cases(lang string) map[string]Facts {
	return map[string]Facts{
		"1 a day": store(lang),
		"2 a morning": change(store(lang), func(f *Facts) {
			f.Today = as(tally.Time{Served: 3600, Ahead: 7200})
			f.Yesterday.Off = 2 * 3600
			f.Weekday = tally.Comparison{Until: 9}
			f.WeekdayBefore = tally.Comparison{Until: 24, Day: cell(tap.Faces4, 2, 3, 21, 20), Before: [4]tally.Cell{cell(tap.Faces4, 40, 50, 21, 20)}}
			f.FollowUp, f.Month.Reasons = nil, nil
		}),
		"3 trouble": change(store(lang), func(f *Facts) {
			f.Clock, f.Undated = tap.Unknown, counts(tap.Faces4, 1, 2, 3, 4)
			f.Health = Health{
				Waiting: 1234, Heard: f.Now, Software: "1.2.0",
				Faults: []Fault{{"button-2", "stuck"}, {"button-4", "silent"}, {"display", ""}, {"disk", ""}, {"fan", ""}},
			}
			f.Alerts = []alert.Alert{
				{Rule: alert.Unhappy, Figures: map[string]int{"unhappy": 5, "answers": 9, "minutes": 60}},
				{Rule: alert.Reason, Reason: "parking", Figures: map[string]int{"answers": 6}},
				{Rule: alert.Silence, Figures: map[string]int{"minutes": 247}},
				{Rule: alert.Good, Figures: map[string]int{"satisfied": 90, "lo": 84, "hi": 94, "before": 70}},
				{Rule: alert.Good, Figures: map[string]int{"nps": -3, "lo": -14, "hi": 8, "before": -40}},
			}
		}),
		"4 staff": change(store(lang), func(f *Facts) {
			f.Staff, f.Block.Counts = true, counts(tap.Faces4)
		}),
		"6 staff's weeks": change(store(lang), func(f *Facts) {
			f.Staff = true
			f.Block = tally.Block{From: f.Now.AddDate(0, 0, -17), To: f.Now.AddDate(0, 0, -3), Counts: counts(tap.Faces4, 1, 2, 5, 10)}
			f.Block.Counts.Reasons = map[string]int{"waiting": 9, "welcome": 3}
		}),
		"5 nps": change(store(lang), func(f *Facts) {
			f.Scale, f.Targets = tap.NPS, tap.Targets{NPS: 30}
			f.Today, f.Yesterday = cell(tap.NPS, 1, 0, 0, 0, 0, 2, 0, 1, 3, 4, 2), cell(tap.NPS, 9, 0, 0, 0, 0, 2, 0, 1, 3, 40, 60)
			f.Weekday = tally.Comparison{Until: 15, Day: f.Today, Before: [4]tally.Cell{f.Yesterday}}
			f.Health.Waiting, f.Health.Connected, f.Health.Heard, f.Health.Free = 12, false, f.Now.Add(-40*time.Hour), 300_000_000
		}),
	}
}

func TestGoldenPages(t *testing.T) {
	var b bytes.Buffer
	for _, lang := range []string{"en", "fr"} {
		for _, name := range []string{"1 a day", "2 a morning", "3 trouble", "4 staff", "5 nps", "6 staff's weeks"} {
			fmt.Fprintf(&b, "== %s, %s\n", name, lang)
			for _, p := range cases(lang)[name].Pages() {
				fmt.Fprintf(&b, "%s\n", p.Title)
				for _, r := range p.Rows {
					fmt.Fprintf(&b, "  %-20s %16s", r.Name, r.Value)
					if r.Bar {
						fmt.Fprintf(&b, "  %3d %3d %3d", r.Lo, r.Share, r.Hi)
					}
					fmt.Fprintln(&b)
				}
			}
		}
	}
	compareText(t, "testdata/golden/pages.txt", b.Bytes())
}

// No page shows a key of a text that is not there, and a title, a name and a
// value each fit the line of a character display, but for two that may wrap.
func TestPagesAreShort(t *testing.T) {
	long := map[string]bool{
		assets.Text("en", "box.change.none"): true, assets.Text("fr", "box.today.ahead"): true,
		assets.Text("fr", "reason.waiting"): true,
	}
	for _, lang := range []string{"en", "fr"} {
		for name, f := range cases(lang) {
			for _, p := range f.Pages() {
				texts := []string{p.Title}
				for _, r := range p.Rows {
					texts = append(texts, r.Name, r.Value)
				}
				for _, text := range texts {
					if strings.Contains(text, "box.") || strings.Contains(text, "%!") || utf8.RuneCountInString(text) > 16 && !long[text] {
						t.Errorf("%s, %s: %q on %q", name, lang, text, p.Title)
					}
				}
			}
		}
	}
}

// All that a day may be has words of its own.
func TestWhatADayWas(t *testing.T) {
	for _, lang := range []string{"en", "fr"} {
		for _, day := range []string{"box.today", "box.yesterday", "box.is"} {
			seen := map[string]tally.Condition{}
			for _, is := range []tally.Condition{tally.Zero, tally.Closed, tally.Off, tally.Broken, tally.Untimed, tally.Absent, tally.Ahead} {
				key := day + "." + string(is)
				if !assets.Has(lang, key) {
					t.Errorf("%s: no text %s", lang, key)
				}
				text := assets.Text(lang, key)
				if other, twice := seen[text]; twice && other != tally.Absent {
					t.Errorf("%s: %s is %q, and so is %s", lang, key, text, other)
				}
				seen[text] = is
			}
		}
	}
}

// Of members of staff nothing is told but of whole weeks: no figure, no bar, no
// count, whatever else is known.
func TestStaffAreNotRecognised(t *testing.T) {
	f := cases("en")["4 staff"]
	f.Undated = counts(tap.Faces4, 1, 2)
	for _, quality := range []tap.Quality{tap.Synced, tap.Unknown} {
		f.Clock = quality
		for _, p := range f.Pages() {
			if p.Title == "Health" {
				continue
			}
			for _, r := range p.Rows {
				if r.Bar || strings.ContainsAny(r.Value, "23456789") {
					t.Errorf("%s shows %+v", p.Title, r)
				}
			}
		}
	}
	weeks := cases("en")["6 staff's weeks"]
	others := weeks
	others.Today, others.Yesterday, others.Month, others.Undated = cell(tap.Faces4, 9), cell(tap.Faces4, 9), counts(tap.Faces4, 99), counts(tap.Faces4, 9)
	others.Parts, others.Weekday, others.WeekdayBefore = [tally.Parts]tally.Cell{}, tally.Comparison{}, tally.Comparison{}
	if a, b := weeks.Pages(), others.Pages(); !reflect.DeepEqual(a, b) {
		t.Errorf("the pages tell more than whole weeks: %+v, and %+v", a, b)
	}
}

func TestRowsThatFit(t *testing.T) {
	f := store("en")
	f.Rows = 3
	for _, p := range f.Pages()[:2] {
		if len(p.Rows) != 3 {
			t.Errorf("%s has %d rows", p.Title, len(p.Rows))
		}
	}
}

// Every page is whole on the smallest display.
func TestPagesFitAnOLED(t *testing.T) {
	for _, lang := range []string{"en", "fr"} {
		for name, f := range cases(lang) {
			f.Rows = 3
			v := Open(0, Setup{Buttons: 4, Rows: f.Rows, Lang: lang, PIN: true})
			v.stage = waiting
			v.Fill(0, f.Pages())
			for range v.pages {
				s := v.Scene(0)
				if !screen.FitsBits(s, image.Pt(128, 64)) {
					t.Errorf("%s, %s: %q is cut: %+v", name, lang, s.Pages.Title, s.Pages.Rows)
				}
				v.at = (v.at + 1) % len(v.pages)
			}
		}
	}
}
