package terminal

import (
	"slices"
	"time"

	"sourire/device/clock"
	"sourire/device/tap"
)

// header makes the header of an event that happened at up and is written at a
// reading of the clocks.
func (t *Terminal) header(kind tap.Kind, up int64, at clock.Reading) tap.Header {
	wall := at.Wall
	if t.survey.Staff {
		wall = time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), 0, 0, 0, wall.Location())
	}
	return tap.Header{Kind: kind, At: tap.FormatTime(wall), Clock: at.Quality, Boot: t.boot, Up: up}
}

// stamp fills in the header of a note.
func (t *Terminal) stamp(e tap.Event, at clock.Reading) {
	h := e.Head()
	*h = t.header(h.Kind, t.stampUp(at.Up), at)
}

// stampUp is up as events carry it: never decreasing, and rounded down to the
// hour where staff are asked, so that nobody can be told by the minute.
func (t *Terminal) stampUp(up int64) int64 {
	if t.survey.Staff {
		up -= up % time.Hour.Milliseconds()
	}
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
