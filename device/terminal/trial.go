package terminal

import (
	"sourire/device/clock"
	"sourire/device/tap"
)

// Who begins test mode, as its events say.
const (
	byManager  = "manager"
	byOffice   = "office"
	byCleaning = "cleaning"
)

// How long test mode lasts at most, in ms (rule 6).
const (
	testLasts     = 900_000
	cleaningLasts = 60_000
)

// trial is test mode, or cleaning: from until, and not over before it is noted.
// The zero trial never was.
type trial struct {
	on          bool
	by          string
	from, until int64
}

func (m trial) lasts() int64 {
	if m.by == byCleaning {
		return cleaningLasts
	}
	return testLasts
}

// at is by whom test mode was begun in which something happened; empty for none.
func (m trial) at(up int64) string {
	if m.from <= up && up < m.until {
		return m.by
	}
	return ""
}

// test begins test mode, or ends it. It is in force at once, whenever it can be
// written. A command leaves its event also where there is nothing to end: that
// is how one knows that it was carried out.
func (t *Terminal) test(in Test) []Effect {
	switch {
	case in.On && (in.By == byManager || in.By == byOffice || in.By == byCleaning):
		from := in.Up
		if t.trial.at(in.Up) != "" {
			from = t.trial.from
		}
		t.trial = trial{on: true, by: in.By, from: from}
		t.trial.until = in.Up + t.trial.lasts()
		t.cut(in.Up)
	case !in.On && (t.trial.on || in.Command != ""):
		t.trial.on = false
		t.trial.until = min(t.trial.until, in.Up)
		t.cut(in.Up) // the thanks for a press that did not count
	default:
		return t.due(in.Reading)
	}
	e := trialEvent(in.On, t.trial.by)
	if in.Command != "" {
		e.By, e.Command = in.By, in.Command
	}
	return t.note(Note{in.Reading, []tap.Event{e}})
}

// expire ends test mode when its time is over.
func (t *Terminal) expire(at clock.Reading) []Effect {
	return t.test(Test{Reading: at, By: t.trial.by})
}

func trialEvent(on bool, by string) *tap.TestEvent {
	return &tap.TestEvent{Header: tap.Header{Kind: tap.KindTest}, On: on, By: by}
}
