package feed

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sourire/sync/mqtt"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

// receive deals with a message from head office. One that is not what it
// should be is counted and moves nothing.
func (p *pump) receive(ctx context.Context, m mqtt.Message) error {
	id := p.source.Identity()
	var refusal, err error
	switch {
	case m.Topic == wire.OfficeTopic(id.Chain):
		refusal, err = p.introduce(ctx, m)
	case m.Topic == wire.Topic(id, wire.LeafAck):
		refusal, err = p.watermark(m)
	default:
		if _, leaf, bad := wire.ParseTopic(m.Topic); bad == nil {
			if command, answer, ok := wire.ParseCommandLeaf(leaf); ok && !answer {
				refusal = p.command(m, command)
				break
			}
		}
		refusal = errors.New("it is on no topic of ours")
	}
	if refusal != nil {
		p.refuse(m.Topic, refusal)
	}
	return err
}

// take puts a message where the pump finds it, and never waits: what it does not
// take is not kept in memory.
func (f *Feed) take(inbox chan<- mqtt.Message, m mqtt.Message) {
	if len(m.Payload) > mqtt.MaxPayload {
		f.refuse(m.Topic, fmt.Errorf("it has more than %d bytes", mqtt.MaxPayload))
		return
	}
	select {
	case inbox <- m:
	default: // the office repeats what matters
		f.refuse(m.Topic, errors.New("too many at once"))
	}
}

// refuse counts a message from head office, and logs the first of a connection.
func (f *Feed) refuse(topic string, why error) {
	f.rejected.Add(1)
	if f.refused.CompareAndSwap(false, true) {
		f.config.Log.Warn("a message from head office was refused; more are only counted", "topic", topic, "error", why)
	}
}

// introduce learns the office's key, where none is known, and pins it. An office
// that says now who it is has just come: what was sent before went past it.
func (p *pump) introduce(ctx context.Context, m mqtt.Message) (refusal, err error) {
	id := p.source.Identity()
	pub, refusal := wire.DecodeOffice(m.Payload, id.Chain)
	if refusal != nil {
		return refusal, nil
	}
	if !p.office.Zero() {
		if pub.String() != p.office.String() {
			return fmt.Errorf("the office has key %s, but %s is pinned", pub.ID(), p.office.ID()), nil
		}
		p.welcome(m)
		return nil, nil
	}
	if err := p.config.Pin(pub); err != nil {
		return fmt.Errorf("pin the office's key: %w", err), nil
	}
	p.office = pub
	p.config.Log.Info("the office's key is trusted and pinned", "key", pub.ID())
	p.welcome(m)
	// The retained watermark may have come before the key: ask for it again.
	return nil, p.subscribe(ctx, wire.Topic(id, wire.LeafAck))
}

// welcome sends again to an office that has just come, and tells it soon where
// we are. If it knows this terminal, it asks for that itself; if it does not, it
// has nothing to say.
func (p *pump) welcome(m mqtt.Message) {
	p.unsaid = p.unsaid || !m.Retain
	if now := time.Now(); !m.Retain && p.window.mayRewind(now) {
		p.window.rewind(now)
		p.rewound()
	}
}

// watermark deals with an ack.
func (p *pump) watermark(m mqtt.Message) (refusal, err error) {
	if p.config.Puback || p.office.Zero() {
		return nil, nil
	}
	ack, refusal := wire.DecodeAck(m.Payload, p.office)
	if refusal != nil {
		return refusal, nil
	}
	if ack.Identity != p.source.Identity() {
		return fmt.Errorf("the watermark is for %s", ack.Identity), nil
	}
	head, refusal := seal.ParseHead(ack.Head)
	if refusal != nil {
		return refusal, nil
	}
	if ack.Epoch != p.source.Epoch() {
		if p.aside.hear(ack.Epoch, answer{ack.Seq, head, !m.Retain}) || m.Retain { // retained: of the epoch before
			return nil, nil
		}
		return fmt.Errorf("the watermark is of epoch %s, ours is %s", ack.Epoch, p.source.Epoch()), nil
	}
	now := time.Now()
	v := p.window.judge(ack.Seq, !m.Retain, now)
	if v == stale && !m.Retain && p.asked(ack.Resend) && p.window.mayRecede(now) {
		return p.recede(ack.Seq, head, now)
	}
	if v == stale {
		p.stale.Add(1)
		p.unsaid = p.unsaid || !m.Retain // if that is all it has, it must hear what it had
		return nil, nil
	}
	if err := p.source.Confirm(ack.Seq, head); err != nil {
		return nil, err
	}
	switch v {
	case moved:
		p.moved(ack.Seq, head)
	case resend:
		p.window.rewind(now)
		p.rewound()
	case same, stale:
	}
	return nil, nil
}

// asked reports whether it is this connection that is asked for events which
// were confirmed before.
func (p *pump) asked(r *wire.Resend) bool {
	return r != nil && r.Boot == p.config.Condition().Boot && r.Session == p.session
}

// recede goes back to where an office begins whose store was put back to an
// older copy, or as far as the journal reaches.
func (p *pump) recede(seq uint64, head seal.Head, now time.Time) (refusal, err error) {
	switch err := p.source.Recede(seq, head); {
	case errors.Is(err, ErrCopied): // an old copy of the office is no reason to end an epoch
		return err, nil
	case err != nil:
		return nil, err
	}
	from, _ := p.source.Watermark()
	if from == p.window.confirmed {
		p.stale.Add(1)
		return nil, nil
	}
	p.config.Log.Warn("head office has lost events that it had confirmed: they are sent again", "first", from+1, "last", p.window.confirmed)
	p.window.recede(from, now)
	p.confirmed.Store(from)
	p.rewound()
	p.stated = time.Time{} // that it hears where we are now
	return nil, nil
}
