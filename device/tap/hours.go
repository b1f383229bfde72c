package tap

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Hours is when a store is open, by the day of the week. The zero Hours says
// nothing: the store is never closed.
type Hours struct {
	known bool
	days  [7][]span // by time.Weekday
}

// span is a time in which the store is open, in minutes from the midnight that
// its day begins with; to is beyond 24 h where it ends on the day after.
type span struct{ from, to int }

const minutesOfDay = 24 * 60

var weekdays = [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// ParseHours reads opening hours: for each of mon to sun "09:00-19:30",
// "09:00-12:00,14:00-19:00", "18:00-02:00" (until the day after), or "closed"
// or "" for a closed day. A day without an entry is closed; no entry at all
// means that the hours are not known.
func ParseHours(hours map[string]string) (Hours, error) {
	h := Hours{known: len(hours) > 0}
	for _, key := range slices.Sorted(maps.Keys(hours)) {
		d := slices.Index(weekdays[:], key)
		if d < 0 {
			return Hours{}, fmt.Errorf("hours: key %q: want mon, tue, wed, thu, fri, sat or sun", key)
		}
		spans, err := parseDay(hours[key])
		if err != nil {
			return Hours{}, fmt.Errorf("hours: %s: %w", key, err)
		}
		h.days[d] = spans
	}
	return h, nil
}

// ParseDaily reads hours that are the same on every day, such as
// "21:00-08:00"; the empty text says nothing.
func ParseDaily(text string) (Hours, error) {
	spans, err := parseDay(text)
	if err != nil {
		return Hours{}, err
	}
	h := Hours{known: text != ""}
	for d := range h.days {
		h.days[d] = spans
	}
	return h, nil
}

// parseDay reads the hours of one day.
func parseDay(s string) ([]span, error) {
	if s == "" || s == "closed" {
		return nil, nil
	}
	var spans []span
	end := 0
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		a, b, _ := strings.Cut(part, "-")
		from, okFrom := parseMinute(a)
		to, okTo := parseMinute(b)
		if !okFrom || !okTo || from == to || from == minutesOfDay {
			return nil, fmt.Errorf(`%q: want times like "09:00-19:30", "09:00-12:00,14:00-19:00", "18:00-02:00", or "closed"`, part)
		}
		if from < end {
			return nil, fmt.Errorf("%q: want it to begin after the time before it ends", part)
		}
		if to < from {
			to += minutesOfDay
		}
		spans = append(spans, span{from, to})
		end = to
	}
	return spans, nil
}

// parseMinute reads hh:mm, 00:00 to 24:00, as minutes from midnight.
func parseMinute(s string) (int, bool) {
	if s == "24:00" {
		return minutesOfDay, true
	}
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") {
		return 0, false
	}
	return t.Hour()*60 + t.Minute(), true
}

// Known reports whether they say anything.
func (h Hours) Known() bool { return h.known }

// OpenAt reports whether a local time is within the hours; none is, where they
// are not known.
func (h Hours) OpenAt(local time.Time) bool { return h.known && !h.ClosedAt(local, 0) }

// ClosedAt reports whether the store is closed: from grace after closing until
// opening. The time must be in the store's location. Hours that are not known
// close nothing.
func (h Hours) ClosedAt(local time.Time, grace time.Duration) bool {
	if !h.known {
		return false
	}
	// A span ends at most a day after the one it began on, and its grace may
	// pass one more midnight.
	for back := range 3 {
		y, m, d := local.Date()
		d -= back
		weekday := time.Date(y, m, d, 12, 0, 0, 0, time.UTC).Weekday()
		for _, s := range h.days[weekday] {
			open, _ := moments(y, m, d, s.from, local.Location())
			_, end := moments(y, m, d, s.to, local.Location())
			if !local.Before(open) && local.Before(end.Add(grace)) {
				return false
			}
		}
	}
	return true
}

// moments are when clocks show a time of a day, in minutes from its midnight:
// the first and the last time, in the night in which they go back. In the one in
// which they go forward, a time that is left out is the moment of the change.
func moments(y int, m time.Month, d, minute int, where *time.Location) (first, last time.Time) {
	shown := time.Date(y, m, d, 0, minute, 0, 0, time.UTC)
	var offsets [2]time.Duration // before and after, if anything changes
	for i, around := range []time.Duration{-day, +day} {
		_, s := shown.Add(around).In(where).Zone()
		offsets[i] = time.Duration(s) * time.Second
	}
	first, last = shown.Add(-offsets[0]).In(where), shown.Add(-offsets[1]).In(where)
	switch {
	case offsets[0] == offsets[1]:
	case same(first, shown) && !same(last, shown):
		last = first
	case same(last, shown) && !same(first, shown):
		first = last
	case !same(first, shown):
		change, _ := first.ZoneBounds()
		first, last = change, change
	}
	return first, last
}

const day = 24 * time.Hour

// same reports whether a clock shows, at a moment, the time of another.
func same(at, shown time.Time) bool {
	_, s := at.Zone()
	return at.Add(time.Duration(s) * time.Second).Equal(shown)
}
