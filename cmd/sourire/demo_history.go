package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"sourire/device/config"
	"sourire/device/tap"
	"sourire/sync/journal"
)

// historyDays is how far back the demo's history goes.
const historyDays = 98

// history makes up what happened in the demo's store before it was started: a
// box that is switched on in the morning and off in the evening, every day of the
// week, and 2 to 6 answers an hour; fewer are happy on Saturday afternoons.
type history struct {
	loc    *time.Location
	random *rand.Rand
	survey tap.ConfigEvent
	boot   uint64
	on     time.Time // when the box was switched on
	off    time.Time // and off
	before uint64    // seq of the newest event before those of the day
	day    []tap.Event
	notes  map[int]tap.NoteEvent  // by how many days ago
	hour   func() []time.Duration // when in an hour people press
	told   *results
}

// inventHistory fills the journal of a demo that has none yet.
func inventHistory(ctx context.Context, c config.Config, now time.Time, log *slog.Logger) (err error) {
	h := newHistory(c)
	h.notes = map[int]tap.NoteEvent{
		40: {Type: tap.NoteStructural, Text: "Deux personnes de plus formées à la caisse pour le samedi"},
		19: {Type: tap.NoteObservation, Text: "Travaux dans la rue : moins de passage"},
		8:  {Type: tap.NoteQuick, Text: "Panneau « caisse 3 » déplacé : on le voit de l’entrée"},
	}
	now = now.In(h.loc)
	h.on = midnight(now, -historyDays)
	j, err := journal.Open(journal.Config{
		Dir: c.Terminal.Data, Identity: c.Identity(), Log: log, Stamp: func(e *tap.Header) { h.stamp(e, h.on) },
	})
	if err != nil {
		return fmt.Errorf("open the demo's journal: %w", err)
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	if last, _ := j.Last(); last > 1 {
		return nil // it has one
	}
	for ago := historyDays; ago >= 0; ago-- {
		morning := midnight(now, -ago).Add(9 * time.Hour)
		if ago == 9 || morning.Add(time.Hour).After(now) { // once, somebody forgot
			continue
		}
		if err := h.write(ctx, j, morning, now, ago); err != nil {
			return fmt.Errorf("make up the demo's history: %w", err)
		}
	}
	return nil
}

func newHistory(c config.Config) *history {
	h := &history{loc: c.Location(), random: rand.New(rand.NewPCG(2026, 11)), survey: c.Event(""), told: newResults(c.Location())}
	h.hour = func() (at []time.Duration) {
		for _, minute := range h.random.Perm(58)[:2+h.random.IntN(5)] {
			at = append(at, time.Duration(minute)*time.Minute)
		}
		return at
	}
	return h
}

// write adds a day to the journal, as far as it is over.
func (h *history) write(ctx context.Context, j *journal.Journal, morning, now time.Time, ago int) error {
	h.before, _ = j.Last()
	h.live(morning, now, ago)
	if err := j.Append(h.day...); err != nil {
		return err
	}
	return h.tell(ctx, j)
}

// tell adds what the finished hours came to, as a box does when they end.
func (h *history) tell(ctx context.Context, j *journal.Journal) error {
	for {
		if err := h.told.add(ctx, j.Reader); err != nil {
			return err
		}
		var told []tap.Event
		for _, e := range h.told.due(h.off) {
			h.stamp(&e.Header, h.off)
			told = append(told, e)
		}
		if len(told) == 0 {
			return nil
		}
		if err := j.Append(told...); err != nil {
			return err
		}
	}
}

// live is a day of the store, as far as it is over.
func (h *history) live(morning, now time.Time, ago int) {
	h.boot++
	h.day, h.on = nil, morning.Add(-15*time.Minute)
	h.add(&tap.BootEvent{BootID: "demo " + morning.Format(time.DateOnly), Software: version, Ended: "clean"}, tap.KindBoot, h.on)
	h.add(&tap.ClockEvent{Quality: tap.Synced, Offset: h.on.UnixMilli(), Source: "ntp"}, tap.KindClock, h.on)
	survey := h.survey
	asked := h.add(&survey, tap.KindConfig, h.on)
	if n, ok := h.notes[ago]; ok {
		h.add(&n, tap.KindNote, morning)
	}
	for hour := range 10 {
		times := h.hour()
		slices.Sort(times)
		for _, at := range times {
			t := morning.Add(time.Duration(hour)*time.Hour + at)
			if t.Before(now.Add(-5 * time.Minute)) {
				h.press(t, asked)
			}
		}
	}
	evening := morning.Add(10*time.Hour + 10*time.Minute)
	if evening.After(now) {
		evening = now.Add(-2 * time.Minute)
	}
	h.off = evening
	h.add(&tap.ClockEvent{Quality: tap.Synced, Offset: h.on.UnixMilli(), Source: "ntp"}, tap.KindClock, evening)
}

// press is a customer: often with a reason, sometimes with a press too many or a
// change of mind.
func (h *history) press(t time.Time, asked uint64) {
	happy := 84
	if t.Weekday() == time.Saturday && t.Hour() >= 14 && t.Hour() < 18 {
		happy = 55
	}
	choice := h.random.IntN(2)
	if h.random.IntN(100) < happy {
		choice = 2 + min(1, h.random.IntN(3))
	}
	press := func(after time.Duration, choice int, flags ...tap.Flag) uint64 {
		e := &tap.TapEvent{Config: asked, Choice: choice, Of: 4, Counted: len(flags) == 0, Flags: append([]tap.Flag{}, flags...), Rule: 1, Lang: "fr"}
		return h.add(e, tap.KindTap, t.Add(after))
	}
	chance := h.random.IntN(20)
	if chance == 0 { // first the wrong face
		h.add(&tap.UndoEvent{Tap: press(-2*time.Second, 3-choice), Why: "changed"}, tap.KindUndo, t)
	}
	counted := press(0, choice)
	if reasons := []string{"welcome", "choice", "waiting", "price"}; h.random.IntN(3) > 0 {
		r := h.random.IntN(len(reasons))
		if choice < 2 && h.random.IntN(2) == 0 {
			r = 2
		}
		h.add(&tap.ReasonEvent{Tap: counted, Reason: reasons[r]}, tap.KindReason, t.Add(4*time.Second))
	}
	switch chance {
	case 1, 2:
		press(4500*time.Millisecond, choice, tap.Repeat)
	case 3:
		press(20*time.Second, 0, tap.Chord)
		press(20*time.Second, 1, tap.Chord)
	}
}

// add adds an event to the day, and returns the seq that it will have.
func (h *history) add(e tap.Event, kind tap.Kind, at time.Time) uint64 {
	head := e.Head()
	head.Kind = kind
	h.stamp(head, at)
	h.day = append(h.day, e)
	return h.before + uint64(len(h.day))
}

func (h *history) stamp(head *tap.Header, at time.Time) {
	head.At, head.Clock, head.Boot, head.Up = tap.FormatTime(at), tap.Synced, max(h.boot, 1), at.Sub(h.on).Milliseconds()
}
