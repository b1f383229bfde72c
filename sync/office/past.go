package office

import (
	"context"
	"errors"
	"time"

	"sourire/device/tally"
	"sourire/device/tap"
)

// past is what dates the events of an epoch.
type past struct {
	zone  *time.Location          // of its newest survey
	times map[string]*tally.Times // by branch; "" is the chain
}

// readPast reads the clock events of an epoch. What cannot be read is found by
// those who need it.
func readPast(ctx context.Context, store Store, e Epoch) (past, error) {
	p := past{zone: time.UTC, times: map[string]*tally.Times{"": {}}}
	var clocks []*tap.ClockEvent // of the chain
	err := eachEvent(ctx, store, e, func(x exported) error {
		if p.times[x.branch] == nil { // what came before the branch dates it, too
			t := &tally.Times{}
			for _, c := range clocks {
				if c.Seq < x.seq {
					t.Add(c)
				}
			}
			p.times[x.branch] = t
		}
		var k peek
		if err := k.read(x.raw); err != nil || k.Kind != tap.KindClock && k.Kind != tap.KindConfig {
			return nil
		}
		event, err := tap.Parse(x.raw)
		if err != nil {
			return nil
		}
		switch event := event.(type) {
		case *tap.ClockEvent:
			if x.branch == "" {
				clocks = append(clocks, event)
			}
			p.times[x.branch].Add(event)
		case *tap.ConfigEvent:
			if zone, err := time.LoadLocation(event.Timezone); err == nil && x.branch == "" {
				p.zone = zone
			}
		}
		return nil
	})
	if errors.Is(err, ErrDamaged) {
		err = nil
	}
	return p, err
}

// date is the cells that say when an event happened, and what that is worth.
func (p past) date(h *tap.Header, branch string) []string {
	times := p.times[branch]
	if times == nil {
		times = p.times[""]
	}
	at, worth := times.Of(h)
	if worth == tap.Unknown {
		return []string{"", string(worth)}
	}
	return []string{tap.FormatTime(at.In(p.zone)), string(worth)}
}
