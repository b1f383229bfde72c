package main

import (
	"sync"
	"time"

	"sourire/device/desk"
	"sourire/device/tally"
	"sourire/device/tap"
	"sourire/sync/journal"
)

// pastHours reads hours that were told long ago. It remembers where they stand
// in the journal, as far back as somebody has asked: each tally event names but
// the one before it.
type pastHours struct {
	survey *tap.ConfigEvent // in force, which is what results are of

	mu     sync.Mutex
	told   []toldHour // by seq
	newest uint64     // seq of the newest tally event
	oldest *tap.TallyEvent
}

// toldHour is an hour and the event that tells it.
type toldHour struct {
	begin int64 // Unix
	seq   uint64
}

// hours are the hours of some days, given the newest tally event. A clerk
// remembers how long the box served in as many days as it does while it works, so
// there is one for every such time.
func (p *pastHours) hours(r *journal.Reader, newest uint64, from, to, now time.Time) ([]desk.Hour, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.reach(r, newest, from.AddDate(0, 0, -1)); err != nil {
		return nil, err
	}
	var hours []desk.Hour
	for from.Before(to) {
		end := earlier(midnight(from, live), to)
		clerk := tally.NewClerk(from.Location())
		clerk.Since(midnight(now, 1))
		clerk.Asked(p.survey)
		for _, h := range p.told {
			if h.begin <= from.AddDate(0, 0, -1).Unix() || h.begin >= end.Unix() {
				continue
			}
			e, err := readEvent(r, h.seq)
			if err != nil {
				return nil, err
			}
			if e != nil {
				clerk.Add(e)
			}
		}
		hours = append(hours, hoursOf(clerk, from, end, now)...)
		from = end
	}
	return hours, nil
}

// reach looks up where the hours stand that were told since a moment.
func (p *pastHours) reach(r *journal.Reader, newest uint64, back time.Time) error {
	if newest > p.newest {
		since := back
		if p.newest > 0 {
			since = time.Time{} // no gap is left
		}
		later, err := tallies(r, newest, p.newest, since)
		if err != nil {
			return err
		}
		p.told, p.newest = append(p.told, placesOf(later)...), newest
		if p.oldest == nil && len(later) > 0 {
			p.oldest = later[0]
		}
	}
	if p.oldest == nil {
		return nil
	}
	earlier, err := tallies(r, p.oldest.Seq, 0, back)
	if err != nil || len(earlier) == 0 {
		return err
	}
	p.told = append(placesOf(earlier[:len(earlier)-1]), p.told...)
	p.oldest = earlier[0]
	return nil
}

// tallies are the tally events from a newest one back to a moment, without those
// up to a seq; the oldest first.
func tallies(r *journal.Reader, newest, after uint64, back time.Time) ([]*tap.TallyEvent, error) {
	read := func(seq uint64) (tap.Event, error) {
		if seq <= after {
			return nil, nil
		}
		return readEvent(r, seq)
	}
	e, err := read(newest)
	if t, ok := e.(*tap.TallyEvent); ok {
		return tally.Tallies(t, back, read)
	}
	return nil, err
}

func placesOf(all []*tap.TallyEvent) (places []toldHour) {
	for _, e := range all {
		if e.Hour == nil {
			continue
		}
		if at, err := tap.ParseTime(*e.Hour); err == nil {
			places = append(places, toldHour{at.Unix(), e.Seq})
		}
	}
	return places
}
