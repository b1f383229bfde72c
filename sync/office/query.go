package office

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sourire/device/tap"
	"sourire/sync/office/story"
)

// ErrUnknownTerminal is returned for a terminal of which nothing has arrived.
var ErrUnknownTerminal = errors.New("no such terminal")

// Status is a terminal as head office sees it. Times are RFC 3339 with the
// offset of the terminal's own time zone, and days are its days.
type Status struct {
	Terminal     string            `json:"terminal"` // {chain}/{store}/{terminal}
	Condition    Condition         `json:"condition"`
	Faults       []string          `json:"faults"` // parts that are out of order, as it says itself
	Damage       *DamageStatus     `json:"damage"` // why its events cannot be stored here; null while they can
	Online       bool              `json:"online"`
	Clock        tap.Quality       `json:"clock"`       // what its wall clock is worth; empty where it does not say
	Epoch        string            `json:"epoch"`       // the one it is in
	Last         uint64            `json:"last"`        // seq of the newest event of that epoch here
	Position     uint64            `json:"position"`    // of the newest event in the list of all, see [Office.Events]
	Pending      *uint64           `json:"pending"`     // events that the terminal has and the office does not; null where it cannot say
	Missing      uint64            `json:"missing"`     // events that are known to have been, and wait nowhere to be sent or in an epoch that has ended
	CompleteTo   string            `json:"complete_to"` // nothing written before is to come; empty if never known
	LastEvent    string            `json:"last_event"`  // `at` of the newest event
	Events       uint64            `json:"events"`      // of all epochs
	TapsCounted  uint64            `json:"taps_counted"`
	CountedToday int64             `json:"counted_today"`
	Software     string            `json:"software"`
	Rejected     map[Reason]uint64 `json:"rejected"` // messages, since the office was started
	Forks        []ForkStatus      `json:"forks"`
	Incidents    []IncidentStatus  `json:"incidents"`

	Refused  uint64       `json:"refused"`  // messages in head office's name that the terminal refused, as it says itself
	Audience string       `json:"audience"` // customer or staff; empty where it is not known yet
	Alerts   []story.Open `json:"alerts"`   // open ones, the oldest first; null where that is not known yet
	Test     *story.Mode  `json:"test"`     // test mode or cleaning; null where it is not on
}

// DamageStatus names the event of a terminal that damage of the store keeps from
// being stored; it and what follows wait in the terminal.
type DamageStatus struct {
	Epoch string `json:"epoch"`
	Seq   uint64 `json:"seq"` // 0, and no epoch: whatever comes
	What  string `json:"what"`
}

// ForkStatus names the first event of a branch.
type ForkStatus struct {
	Epoch  string `json:"epoch"`
	Seq    uint64 `json:"seq"`
	Branch string `json:"branch"` // see [BranchName]
}

// IncidentStatus is an [Incident].
type IncidentStatus struct {
	At    string `json:"at"`
	Epoch string `json:"epoch"`
	Seq   uint64 `json:"seq"`
	What  string `json:"what"`
}

// Terminals lists every known terminal, by name.
func (o *Office) Terminals() []Status {
	o.mu.RLock()
	defer o.mu.RUnlock()
	list := make([]Status, 0, len(o.terminals))
	for _, t := range o.terminals {
		list = append(list, o.status(t))
	}
	o.stories.mu.RLock()
	defer o.stories.mu.RUnlock()
	for i := range list {
		id, _ := parseIdentity(list[i].Terminal) // it is one
		if t := o.stories.told(id); t != nil {
			s := &list[i]
			s.Audience, s.Alerts, s.Test = t.story.Audience(), t.story.Open(s.Epoch), t.story.Mode(s.Epoch)
		}
	}
	slices.SortFunc(list, func(a, b Status) int { return cmp.Compare(a.Terminal, b.Terminal) })
	return list
}

func (o *Office) status(t *terminal) Status {
	now := o.Now()
	place := t.place()
	s := Status{
		Terminal:     t.Identity.String(),
		Faults:       []string{},
		Online:       t.online(now),
		Position:     t.Pos,
		Missing:      t.missing(),
		LastEvent:    t.LastEvent,
		TapsCounted:  t.Counted,
		CountedToday: t.Days[now.In(place).Format(time.DateOnly)],
		Software:     t.Software,
		Rejected:     o.metrics.rejected(t.Identity),
		Forks:        []ForkStatus{},
		Incidents:    []IncidentStatus{},
	}
	if !t.CompleteTo.IsZero() {
		s.CompleteTo = tap.FormatTime(t.CompleteTo.In(place))
	}
	if d := o.damaged[t.Identity]; d != nil {
		s.Damage = &DamageStatus{d.epoch, d.seq, d.err.Error()}
	}
	if s.Online {
		s.Pending, s.Clock = t.pending(), t.state.Clock
		if t.state.Health != nil {
			s.Faults = append(s.Faults, t.state.Health.Faults...)
			s.Refused = t.state.Health.Rejected
		}
	}
	s.Condition = t.condition(&s, now.In(place))
	if e := t.newest(); e != nil {
		s.Epoch, s.Last = e.Epoch.Epoch, e.Last
	}
	for _, e := range t.epochs {
		s.Events += e.events()
	}
	for _, f := range t.forks {
		s.Forks = append(s.Forks, ForkStatus{f.Epoch, f.Seq, BranchName(f.Seq, f.Head)})
	}
	for _, i := range t.incidents {
		s.Incidents = append(s.Incidents, IncidentStatus{tap.FormatTime(i.At.In(place)), i.Epoch, i.Seq, i.What})
	}
	return s
}

// forked lists the epochs of a terminal that have events beside their chain.
func (o *Office) forked(id tap.Identity) ([]EpochID, error) {
	o.mu.RLock()
	defer o.mu.RUnlock()
	t := o.terminals[id]
	if t == nil {
		return nil, fmt.Errorf("%s: %w", id, ErrUnknownTerminal)
	}
	var all []EpochID
	for _, f := range t.forks {
		if !slices.Contains(all, f.EpochID) {
			all = append(all, f.EpochID)
		}
	}
	return all, nil
}

// Healthy is nil while messages can be stored: at least those of some terminal.
func (o *Office) Healthy() error {
	if !o.metrics.healthy() {
		return errors.New("messages cannot be stored; the log says why")
	}
	o.mu.RLock()
	defer o.mu.RUnlock()
	if n := len(o.damaged); n > 0 && n >= len(o.terminals) {
		return fmt.Errorf("no terminal's events can be stored: %w", ErrDamaged)
	}
	return nil
}

// Events returns at most limit events of a terminal, of all its epochs, in the
// order of their arrival, from the first whose position is beyond after. In a
// terminal's first epoch the position is the seq. What is returned as next
// continues the list: call again with it, now or when there is more.
func (o *Office) Events(ctx context.Context, id tap.Identity, after uint64, limit int) (events []Event, next uint64, err error) {
	o.mu.RLock()
	known := o.terminals[id] != nil
	o.mu.RUnlock()
	if !known {
		return nil, after, fmt.Errorf("%s: %w", id, ErrUnknownTerminal)
	}
	events, err = o.Store.Events(ctx, id, after, limit)
	if err != nil {
		return nil, after, fmt.Errorf("events of %s: %w", id, err)
	}
	if len(events) > 0 {
		after = events[len(events)-1].Pos
	}
	return events, after, nil
}
