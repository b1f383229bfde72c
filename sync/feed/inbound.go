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

const maxInbound = 64 << 10 // bytes of a message from head office

// receive deals with a message from head office. One that is not what it
// should be is counted and moves nothing.
func (p *pump) receive(ctx context.Context, m mqtt.Message) error {
	id := p.source.Identity()
	var refusal, err error
	switch {
	case len(m.Payload) > maxInbound:
		refusal = fmt.Errorf("it has %d bytes, want at most %d", len(m.Payload), maxInbound)
	case m.Topic == wire.OfficeTopic(id.Chain):
		refusal, err = p.introduce(ctx, m.Payload)
	case m.Topic == wire.Topic(id, wire.LeafAck):
		refusal, err = p.watermark(ctx, m)
	}
	if refusal != nil {
		p.rejected.Add(1)
		if !p.refused {
			p.refused = true
			p.config.Log.Warn("a message from head office was refused; more are only counted", "topic", m.Topic, "error", refusal)
		}
	}
	return err
}

// introduce learns the office's key, where none is known, and pins it.
func (p *pump) introduce(ctx context.Context, payload []byte) (refusal, err error) {
	id := p.source.Identity()
	pub, refusal := wire.DecodeOffice(payload, id.Chain)
	if refusal != nil {
		return refusal, nil
	}
	if !p.office.Zero() {
		if pub.String() != p.office.String() {
			return fmt.Errorf("the office has key %s, but %s is pinned", pub.ID(), p.office.ID()), nil
		}
		return nil, nil
	}
	if err := p.config.Pin(pub); err != nil {
		return nil, fmt.Errorf("pin the office's key: %w", err)
	}
	p.office = pub
	p.config.Log.Info("the office's key is trusted and pinned", "key", pub.ID())
	// The retained watermark may have come before the key: ask for it again.
	return nil, p.conn.Subscribe(ctx, wire.Topic(id, wire.LeafAck))
}

// watermark deals with an ack.
func (p *pump) watermark(ctx context.Context, m mqtt.Message) (refusal, err error) {
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
	if ack.Epoch != p.source.Epoch() {
		if m.Retain { // of the epoch before, which ended well
			return nil, nil
		}
		return fmt.Errorf("the watermark is of epoch %s, ours is %s", ack.Epoch, p.source.Epoch()), nil
	}
	head, refusal := seal.ParseHead(ack.Head)
	if refusal != nil {
		return refusal, nil
	}
	now := time.Now()
	switch p.window.judge(ack.Seq, !m.Retain, now) {
	case stale:
		p.stale.Add(1)
		return nil, nil
	case resend:
		p.window.rewind(now)
		p.rewound()
		return nil, nil
	case same, moved:
	}
	if err := p.source.Confirm(ack.Seq, head); err != nil {
		if errors.Is(err, ErrCopied) {
			return nil, errors.Join(err, p.sendRest(ctx))
		}
		return nil, err
	}
	if ack.Seq > p.window.confirmed {
		p.moved(ack.Seq)
		p.catchUp(ack.Seq, head)
	}
	return nil, nil
}

// catchUp leaves out what is read and not sent, but confirmed already on an
// earlier connection.
func (p *pump) catchUp(seq uint64, head seal.Head) {
	for len(p.links) > 0 && p.links[0].Seq <= seq {
		p.links = p.links[1:]
		p.head = head
	}
	if len(p.links) == 0 && p.window.sent == seq {
		p.head = head
	}
}

// sendRest publishes what the office may not have of an epoch that must end,
// so that both histories are with it.
func (p *pump) sendRest(ctx context.Context) error {
	seq, head := p.source.Watermark()
	for {
		links, err := p.source.After(seq, wire.MaxEvents)
		if err != nil || len(links) == 0 {
			return err
		}
		links = links[:batchLength(links)]
		payload := wire.EncodeBatch(p.source.Identity(), p.source.Epoch(), head, links, p.source.Key())
		topic := wire.Topic(p.source.Identity(), wire.LeafEvents)
		if err := p.conn.Publish(ctx, mqtt.Message{Topic: topic, Payload: payload}); err != nil {
			return err
		}
		last := links[len(links)-1]
		seq, head = last.Seq, last.Head
	}
}
