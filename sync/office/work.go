package office

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sourire/sync/seal"
	"sourire/sync/wire"
)

// repeatEvery is how often at most a terminal is told a watermark again that
// has not moved: to the terminal that is a request to send again.
const repeatEvery = 10 * time.Second

// askFor is how long a terminal is asked for what it has seen acknowledged. It
// answers at once, if it can, and sends again by itself within 30 s.
const askFor = time.Minute

// ack is a watermark to publish.
type ack struct {
	id     EpochID
	seq    uint64
	head   seal.Head
	retain bool
	resend *wire.Resend // what follows seq is asked for again; or nil
}

func (e *epoch) ack() ack { return ack{id: e.EpochID, seq: e.Last, head: e.Head} }

// work is a share being applied: to a copy of its terminal, which takes the
// terminal's place when the store has what it must add.
type work struct {
	*Office
	share   *share
	t       *terminal
	now     time.Time
	batch   *wire.Batch // being applied
	g       Group       // but for the summaries
	touched bool        // the terminal is to be written
	changed []*epoch    // to be written, the new ones in the order of their arrival
	added   map[*epoch][]seal.Link
	told    map[string]ack // to be published, by epoch
	healed  bool
	beside  map[*epoch]map[branch]Fork // events beside the chain, of those epochs where they were asked for
	orders  []Publication              // commands to be sent
	sums    sums

	unlogged []Incident
}

func newWork(o *Office, s *share) *work {
	w := &work{Office: o, share: s, now: o.Now(), added: map[*epoch][]seal.Link{}, told: map[string]ack{}}
	if t := o.terminals[s.id]; t != nil {
		w.t = t.clone()
	} else {
		w.t = &terminal{Terminal: Terminal{Identity: s.id}}
	}
	return w
}

// run applies the messages of a share, in order. Those that are refused leave
// everything as it was; after an error the work is void.
func (w *work) run(ctx context.Context) error {
	known := w.damaged[w.share.id]
	for _, j := range w.share.jobs {
		j.refused, j.waits = j.unfit, j.unfit == nil && j.batch != nil && w.share.damage != nil
		if j.refused != nil || j.waits {
			continue
		}
		switch {
		case j.command != nil:
			w.applyCommand(*j.command)
			continue
		case j.answer != nil:
			j.refused = w.applyAnswer(&j.message)
			continue
		case j.batch == nil:
			if err := w.applyState(ctx, &j.message); err != nil {
				return err
			}
			continue
		}
		if w.batch = j.batch; w.t.unread != nil {
			return w.t.unread
		}
		before := w.sums
		err := w.applyBatch(ctx, &j.message)
		j.sums = w.sums.since(before)
		switch {
		case errors.As(err, new(refusal)):
			j.refused = err
		case err != nil:
			return err
		default:
			if !j.carried {
				w.t.heard = w.now
			}
			w.healed = w.healed || known != nil && known.provedBy(j.batch)
		}
	}
	if d := w.share.damage; d != nil && (known == nil || !known.told) {
		w.record(d.epoch, d.seq, d.String())
	}
	return nil
}

// blame is the damage where the store does not take what was added.
func (w *work) blame(err error) *damage {
	switch {
	case len(w.g.Events) > 0:
		return &damage{err: err, epoch: w.g.Events[0].EpochID.Epoch, seq: w.g.Events[0].Seq}
	case len(w.g.Forks) > 0:
		return &damage{err: err, epoch: w.g.Forks[0].EpochID.Epoch, seq: w.g.Forks[0].Seq}
	}
	return &damage{err: err}
}

// incident records something that a person should know, and logs it.
func (w *work) incident(epoch string, seq uint64, format string, args ...any) {
	if i, ok := w.record(epoch, seq, fmt.Sprintf(format, args...)); ok {
		w.unlogged = append(w.unlogged, i)
	}
}

// record records an incident, unless it has been before.
func (w *work) record(epoch string, seq uint64, what string) (Incident, bool) {
	i := Incident{w.share.id, w.now.UTC().Truncate(time.Millisecond), epoch, seq, what}
	if slices.ContainsFunc(w.t.incidents, func(was Incident) bool { was.At = i.At; return was == i }) {
		return i, false
	}
	w.t.incidents = append(w.t.incidents, i)
	w.g.Incidents = append(w.g.Incidents, i)
	w.touched = true
	return i, true
}

// change marks an epoch to be written.
func (w *work) change(e *epoch) {
	w.touched = true
	if !slices.Contains(w.changed, e) {
		w.changed = append(w.changed, e)
	}
}

// answer has a watermark published.
func (w *work) answer(a ack) { w.told[a.id.Epoch] = a }

// repeat has a watermark published that has not moved. Of the epoch that the
// terminal is in, that is a request to send again, and not made twice within a
// moment.
func (w *work) repeat(a ack) {
	if _, ok := w.told[a.id.Epoch]; ok {
		return
	}
	if w.live(a.id.Epoch) {
		if since := w.now.Sub(w.t.repeated); 0 <= since && since < repeatEvery {
			return
		}
		w.t.repeated = w.now
	}
	w.answer(a)
}

// ask has the terminal asked to send again what it has seen acknowledged and is
// not here: once in a moment.
func (w *work) ask(a ack) {
	q := &w.t.asked
	if q.first.IsZero() || w.now.Before(q.first) {
		q.first = w.now
	}
	if since := w.now.Sub(q.latest); 0 <= since && since < repeatEvery {
		return
	}
	q.latest = w.now
	a.resend = &wire.Resend{Boot: w.t.state.Boot, Session: w.t.state.Session}
	w.answer(a)
}

// asked is when a terminal was asked for what it had seen acknowledged.
type asked struct{ first, latest time.Time }

// inVain reports whether it was asked long enough: it does not have that any
// more, or does not know the question.
func (q asked) inVain(now time.Time) bool {
	return !q.first.IsZero() && now.Sub(q.first) >= askFor
}

// live reports whether the terminal is in an epoch, as far as one knows.
func (w *work) live(uuid string) bool {
	e := w.t.newest()
	return e != nil && e.Epoch.Epoch == uuid || w.t.state != nil && w.t.state.Epoch == uuid
}

// acks are the watermarks to publish. The one of the newest epoch is retained,
// whatever else is answered, so that a terminal that comes back finds it.
func (w *work) acks() []ack {
	e, before := w.t.newest(), (*epoch)(nil)
	if was := w.terminals[w.share.id]; was != nil {
		before = was.newest()
	}
	if e != nil && (before == nil || before.EpochID != e.EpochID) {
		w.answer(e.ack())
	}
	acks := make([]ack, 0, len(w.told))
	for _, a := range w.told {
		a.retain = e != nil && a.id == e.EpochID
		acks = append(acks, a)
	}
	return acks
}

// contribute adds to a group what the store must add.
func (w *work) contribute(g *Group) {
	g.Incidents = append(g.Incidents, w.g.Incidents...)
	g.Commands = append(g.Commands, w.g.Commands...)
	if !w.touched || w.t.unread != nil { // what was not read must not be written over
		return
	}
	g.Terminals = append(g.Terminals, w.t.Terminal)
	for _, e := range w.changed {
		g.Epochs = append(g.Epochs, e.Epoch)
	}
	g.Events = append(g.Events, w.g.Events...)
	g.Batches = append(g.Batches, w.g.Batches...)
	g.Forks = append(g.Forks, w.g.Forks...)
}

// finish makes the copy the terminal: everything is in the store.
func (w *work) finish() {
	id := w.share.id
	w.share.acks, w.share.orders = w.acks(), w.orders
	if w.touched || w.terminals[id] != nil {
		w.terminals[id] = w.t
	}
	w.metrics.add(w.sums)
	for _, i := range w.unlogged {
		w.Log.Warn("incident", "terminal", id, "epoch", i.Epoch, "seq", i.Seq, "what", i.What)
	}
	for _, f := range w.g.Forks {
		if f.Point {
			w.Log.Warn("fork", "terminal", id, "epoch", f.Epoch, "seq", f.Seq)
		}
	}
	for _, j := range w.share.jobs {
		switch {
		case j.refused != nil:
			w.reject(id, j.refused)
		case !j.waits:
			w.accepted(id)
		}
	}
	switch d := w.share.damage; {
	case d != nil:
		d.told = true
		w.hurt(id, d)
	case w.healed:
		w.heal(id)
	}
	w.share.answered = true
}

// links are the events of an epoch from seq from to seq to, stored or about to
// be.
func (w *work) links(ctx context.Context, e *epoch, from, to uint64) ([]seal.Link, error) {
	added := w.added[e]
	stored := e.Last - uint64(len(added))
	var links []seal.Link
	if from <= stored {
		var err error
		if links, err = w.Store.Links(ctx, e.EpochID, from, min(to, stored)); err != nil {
			return nil, err
		}
	}
	if to > stored {
		links = append(links, added[max(from, stored+1)-stored-1:to-stored]...)
	}
	if uint64(len(links)) != to-from+1 {
		return nil, fmt.Errorf("of events %d to %d of epoch %s only %d are here: %w", from, to, e.Epoch.Epoch, len(links), ErrDamaged)
	}
	return links, nil
}

// headAt is the chain's value after seq, which is an event that is here or the
// one before such an event.
func (w *work) headAt(ctx context.Context, e *epoch, seq uint64) (seal.Head, error) {
	if seq == e.Last {
		return e.Head, nil
	}
	if base, head, _ := e.segment(seq + 1); seq == base {
		return head, nil
	}
	links, err := w.links(ctx, e, seq, seq)
	if err != nil {
		return seal.Head{}, err
	}
	return links[0].Head, nil
}

// chain is [work.links], checked against the head before them.
func (w *work) chain(ctx context.Context, e *epoch, from, to uint64) ([]seal.Link, error) {
	head, err := w.headAt(ctx, e, from-1)
	if err != nil {
		return nil, err
	}
	links, err := w.links(ctx, e, from, to)
	if err != nil {
		return nil, err
	}
	for _, l := range links {
		if head = head.Next(l.Event); head != l.Head {
			return nil, fmt.Errorf("event %d of epoch %s was altered here: %w", l.Seq, e.Epoch.Epoch, ErrDamaged)
		}
	}
	return links, nil
}
