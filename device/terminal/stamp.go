package terminal

import (
	"slices"
	"time"

	"sourire/device/clock"
	"sourire/device/tap"
)

// header makes the header of an event that happened at up and is written at a
// reading of the clocks. Where staff are asked, both are rounded down to the
// hour, so that nobody can be told by the minute.
func (t *Terminal) header(kind tap.Kind, up int64, at clock.Reading) tap.Header {
	wall := at.Wall
	if t.survey.Staff {
		past := time.Duration(wall.Minute())*time.Minute + time.Duration(wall.Second())*time.Second + time.Duration(wall.Nanosecond())
		wall = wall.Add(-past)
		up = max(t.resumedUp, up-up%time.Hour.Milliseconds())
	}
	return tap.Header{Kind: kind, At: tap.FormatTime(wall), Clock: at.Quality, Boot: t.boot, Up: up}
}

// stamp fills in the header of a note.
func (t *Terminal) stamp(e tap.Event, at clock.Reading) {
	h := e.Head()
	*h = t.header(h.Kind, t.ordered(at.Up), at)
}

// ordered is up, or that of the newest event where that is later: up never
// decreases along seq.
func (t *Terminal) ordered(up int64) int64 {
	t.lastUp = max(t.lastUp, up)
	return t.lastUp
}

// language is lang where the store has it, and the store's first otherwise.
func (t *Terminal) language(lang string) string {
	if slices.Contains(t.survey.Languages, lang) {
		return lang
	}
	return t.survey.Languages[0]
}

func sortByButton(touches []Touch) []Touch {
	return slices.SortedFunc(slices.Values(touches), func(a, b Touch) int { return a.Button - b.Button })
}
