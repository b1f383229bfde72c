package desk

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sourire/assets"
)

// The kinds of a run of days.
const (
	day    = "day"
	week   = "week"  // ISO 8601: from Monday
	month  = "month" //
	moment = "moment"
)

// days is a run of whole days.
type days struct {
	kind     string
	from, to time.Time // midnights; to is not part of it
	number   int       // of a moment
	name     string    // likewise
}

func dayOf(t time.Time) days {
	from := midnight(t, 0)
	return days{kind: day, from: from, to: midnight(from, 1)}
}

func weekOf(t time.Time) days {
	from := midnight(t, -(int(t.Weekday())+6)%7)
	return days{kind: week, from: from, to: midnight(from, 7)}
}

func monthOf(t time.Time) days {
	from := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, t.Location())
	return days{kind: month, from: from, to: from.AddDate(0, 1, 0)}
}

// lastDays is the n days that end with that of t.
func lastDays(n int, t time.Time) days {
	return days{from: midnight(t, 1-n), to: midnight(t, 1)}
}

// midnight begins the day that is n days after that of t.
func midnight(t time.Time, n int) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+n, 0, 0, 0, 0, t.Location())
}

// parseDays reads what [days.id] writes.
func parseDays(kind, id string, loc *time.Location) (days, error) {
	var d days
	switch kind {
	case day:
		t, err := time.ParseInLocation(time.DateOnly, id, loc)
		if err != nil {
			return d, fmt.Errorf("%.20q is no day such as 2026-11-23", id)
		}
		d = dayOf(t)
	case week:
		year, number, _ := strings.Cut(id, "-W")
		y, err := strconv.Atoi(year)
		n, err2 := strconv.Atoi(number)
		d = weekOf(time.Date(y, 1, 4+7*(n-1), 0, 0, 0, 0, loc)) // 4 January is in week 1
		if err != nil || err2 != nil || d.id() != id {
			return d, fmt.Errorf("%.20q is no week such as 2026-W48", id)
		}
	case month:
		t, err := time.ParseInLocation("2006-01", id, loc)
		if err != nil {
			return d, fmt.Errorf("%.20q is no month such as 2026-11", id)
		}
		d = monthOf(t)
	}
	if y := d.from.Year(); y < 2020 || y > 2199 {
		return d, fmt.Errorf("%s is beyond what a terminal remembers", id)
	}
	return d, nil
}

// id names it in an address: 2026-11-23, 2026-W48 or 2026-11.
func (d days) id() string {
	switch d.kind {
	case week:
		y, n := d.from.ISOWeek()
		return fmt.Sprintf("%d-W%02d", y, n)
	case month:
		return d.from.Format("2006-01")
	case moment:
		return strconv.Itoa(d.number)
	}
	return d.from.Format(time.DateOnly)
}

// Kind is day, week or month.
func (d days) Kind() string { return d.kind }

// Path is the address of its page.
func (d days) Path() string { return "/manager/" + d.kind + "/" + d.id() }

// step is the run of the same kind n further on.
func (d days) step(n int) days {
	switch d.kind {
	case week:
		return weekOf(midnight(d.from, 7*n))
	case month:
		return monthOf(d.from.AddDate(0, n, 0))
	}
	return dayOf(midnight(d.from, n))
}

// has reports whether a moment is in it.
func (d days) has(t time.Time) bool { return !t.Before(d.from) && t.Before(d.to) }

// each are its days.
func (d days) each() (all []days) {
	for t := d.from; t.Before(d.to); t = midnight(t, 1) {
		all = append(all, dayOf(t))
	}
	return all
}

// title names it for people.
func (d days) title(lang string) string {
	switch d.kind {
	case day:
		return longDay(d.from, lang)
	case week:
		_, n := d.from.ISOWeek()
		return assets.Textf(lang, "manager.week", n)
	case month:
		return upper(nameOf(lang, "manager.months", int(d.from.Month())-1) + " " + d.from.Format("2006"))
	case moment:
		return d.name
	}
	return d.span(lang)
}

// brief is its title or, of a day, as much as it takes beside another.
func (d days) brief(lang string) string {
	if d.kind == day {
		return upper(weekday(d.from, lang)) + " " + strconv.Itoa(d.from.Day())
	}
	return d.title(lang)
}

// span is its first and its last day.
func (d days) span(lang string) string {
	end := midnight(d.to, -1)
	if end.Equal(d.from) {
		return longDay(d.from, lang)
	}
	return d.dates(lang) + " " + end.Format("2006")
}

// dates is the span without its year, in which a month is named once: "16 to
// 22 November".
func (d days) dates(lang string) string {
	end := midnight(d.to, -1)
	first := dayOfMonth(d.from, lang)
	switch {
	case end.Equal(d.from):
		return shortDay(end, lang)
	case d.from.Year() != end.Year():
		first = shortDay(d.from, lang) + " " + d.from.Format("2006")
	case d.from.Month() != end.Month():
		first = shortDay(d.from, lang)
	}
	return assets.Textf(lang, "manager.fromto", first, shortDay(end, lang))
}

// longDay is "Monday 23 November 2026".
func longDay(t time.Time, lang string) string {
	return upper(weekday(t, lang) + " " + shortDay(t, lang) + " " + t.Format("2006"))
}

// shortDay is "23 November".
func shortDay(t time.Time, lang string) string {
	return dayOfMonth(t, lang) + "\u00a0" + nameOf(lang, "manager.months", int(t.Month())-1)
}

// dayOfMonth is its number: French has "1er".
func dayOfMonth(t time.Time, lang string) string {
	if t.Day() == 1 {
		return assets.Text(lang, "manager.first")
	}
	return strconv.Itoa(t.Day())
}

func weekday(t time.Time, lang string) string {
	return nameOf(lang, "manager.weekdays", (int(t.Weekday())+6)%7)
}

// nameOf is one of the names that a text lists.
func nameOf(lang, key string, i int) string {
	return strings.Split(assets.Text(lang, key), ",")[i]
}

// upper begins a text with a capital.
func upper(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(first)) + s[n:]
}
