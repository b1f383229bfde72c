package office

import (
	"context"
	"errors"
	"slices"
	"time"

	"sourire/device/tap"
	"sourire/sync/wire"
)

// epoch is an [Epoch] in memory, with what its events say of it.
type epoch struct {
	Epoch
	previous *tap.Previous // as its genesis names it
	survey   *survey       // the newest in force; nil where it has not been read
}

// survey is what head office needs of a config event.
type survey struct {
	seq   uint64
	zone  *time.Location // nil where it is not known
	hours tap.Hours
}

func readSurvey(seq uint64, event []byte) *survey {
	e, err := tap.Parse(event)
	c, ok := e.(*tap.ConfigEvent)
	if err != nil || !ok {
		return nil
	}
	s := &survey{seq: seq}
	if c.Timezone != "" {
		s.zone, _ = time.LoadLocation(c.Timezone)
	}
	s.hours, _ = tap.ParseHours(c.Hours) // the terminal's check saw to it
	return s
}

// epoch is nil where no event of it is here.
func (t *terminal) epoch(uuid string) *epoch {
	if i := t.rank(uuid); i >= 0 {
		return t.epochs[i]
	}
	return nil
}

// rank is the place of an epoch in the order of arrival; -1 if none.
func (t *terminal) rank(uuid string) int {
	return slices.IndexFunc(t.epochs, func(e *epoch) bool { return e.Epoch.Epoch == uuid })
}

// newest is the epoch that the terminal is in: that of its state or, where
// nothing of that one is here yet, the one that arrived last; nil before the
// first. What a terminal kept aside may arrive after the epoch that followed.
func (t *terminal) newest() *epoch {
	if t.state != nil {
		if e := t.epoch(t.state.Epoch); e != nil {
			return e
		}
	}
	if len(t.epochs) == 0 {
		return nil
	}
	return t.epochs[len(t.epochs)-1]
}

// before reports whether epoch a began before epoch b: as each genesis says, or
// else by the order of their arrival.
func (t *terminal) before(a, b string) bool {
	switch {
	case t.descends(b, a):
		return true
	case t.descends(a, b):
		return false
	}
	i, j := t.rank(a), t.rank(b)
	return i >= 0 && (j < 0 || i < j)
}

// descends reports whether epoch a goes back to epoch b.
func (t *terminal) descends(a, b string) bool {
	for range t.epochs { // a loop of names must not be one here
		e := t.epoch(a)
		if e == nil || e.previous == nil {
			return false
		}
		if a = e.previous.Epoch; a == b {
			return true
		}
	}
	return false
}

// missing is how many events are known to have been and are not here. What a
// copied card wrote is kept beside the chain, if at all.
func (t *terminal) missing() uint64 {
	ends := map[string]uint64{}
	for _, e := range t.epochs {
		if p := e.previous; p != nil && p.Seq != nil && p.Why != whyCopied {
			ends[p.Epoch] = max(ends[p.Epoch], *p.Seq)
		}
	}
	var n uint64
	for _, e := range t.epochs {
		n += e.absent()
	}
	for uuid, end := range ends {
		if e := t.epoch(uuid); e != nil {
			end -= min(end, e.Last)
		}
		n += end
	}
	return n
}

// learn reads what each epoch follows from the store. What cannot be read is
// found by those who need it.
func (t *terminal) learn(ctx context.Context, store Store) error {
	for _, e := range t.epochs {
		if e.Base != 0 {
			continue
		}
		links, err := store.Links(ctx, e.EpochID, 1, 1)
		if err != nil && !errors.Is(err, ErrDamaged) {
			return err
		}
		if len(links) > 0 {
			if event, err := tap.Parse(links[0].Event); err == nil {
				if g, ok := event.(*tap.GenesisEvent); ok {
					e.previous = g.Previous
				}
			}
		}
	}
	return nil
}

// resurvey reads the survey that a state names, where none as new is known: the
// office has been started since that came.
func (w *work) resurvey(ctx context.Context, s wire.State) error {
	e := w.t.epoch(s.Epoch)
	if e == nil || s.Config == nil || *s.Config > e.Last || e.survey != nil && e.survey.seq >= *s.Config {
		return nil
	}
	if _, _, here := e.segment(*s.Config); !here {
		return nil
	}
	links, err := w.links(ctx, e, *s.Config, *s.Config)
	if errors.Is(err, ErrDamaged) {
		return nil
	}
	if err == nil {
		e.survey = readSurvey(links[0].Seq, links[0].Event)
	}
	return err
}
