package feed

import (
	"context"
	"fmt"
	"sync"
	"time"

	"sourire/sync/mqtt"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

const (
	readAhead  = 10 * wire.MaxEvents
	envelope   = 1 << 10          // bytes of a batch without its events, at most
	stateEvery = 30 * time.Second // and when all is delivered, but at most
	statePause = 2 * time.Second  // this often
)

// pump serves one connection. All of it runs on one goroutine, but for what
// waits for the broker's acknowledgements and what delivers ended epochs.
type pump struct {
	*Feed
	conn    *mqtt.Conn
	session uint64
	inbox   <-chan mqtt.Message
	window  *window
	aside   *aside

	head     seal.Head   // after window.sent
	links    []seal.Link // read from the journal, not yet sent
	receipts chan receipt
	settled  chan settled // what became of each receipt, in the order of sending

	stated          time.Time // when the state was last published
	statedConfirmed uint64    // the watermark of which it told
}

type sentBatch struct {
	last uint64
	head seal.Head
}

type receipt struct {
	mqtt.Receipt
	sentBatch
}

type settled struct {
	sentBatch
	err error // nil: the broker has acknowledged it
}

func newPump(f *Feed, conn *mqtt.Conn, session uint64, inbox <-chan mqtt.Message) *pump {
	seq, head := f.source.Watermark()
	return &pump{
		Feed: f, conn: conn, session: session, inbox: inbox,
		window: newWindow(seq, jitter), aside: newAside(f, conn), head: head,
		receipts: make(chan receipt, 2*batchesAhead), settled: make(chan settled),
	}
}

// run subscribes, announces the terminal, and pumps until the connection or
// ctx ends. It calls born when the broker has taken the birth. Its parts end
// soon after the connection.
func (p *pump) run(ctx context.Context, parts *sync.WaitGroup, born func()) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := p.listen(ctx); err != nil {
		return err
	}
	if err := p.birth(ctx); err != nil {
		return err
	}
	born()
	parts.Go(func() { p.collect(ctx) })
	begun := false

	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		// Ended epochs come after the beginning of the live one: then the office
		// does not take one of them for the newest.
		if !begun && p.window.confirmed > 0 {
			begun = true
			parts.Go(func() { p.aside.run(ctx) })
		}
		grown := p.source.Grown() // before reading, so that nothing committed in between is missed
		more, err := p.send()
		if err != nil {
			return err
		}
		if more { // look at what came in, and go on
			if err := p.glance(ctx); err != nil {
				return err
			}
			continue
		}
		if err := p.announce(); err != nil {
			return err
		}
		timer.Reset(p.untilNext(time.Now()))
		select {
		case <-grown:
		case <-timer.C:
			if now := time.Now(); p.window.impatient(now) {
				p.window.lose(now)
				p.rewound()
				err = p.listen(ctx) // for the retained messages, should one have been missed
			}
		case m := <-p.inbox:
			err = p.receive(ctx, m)
		case s := <-p.settled:
			err = p.acknowledged(s)
		case <-p.conn.Done():
			err = p.conn.Err()
		case <-ctx.Done():
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}

// listen subscribes to what head office says, where one is asked.
func (p *pump) listen(ctx context.Context) error {
	if p.config.Puback {
		return nil
	}
	id := p.source.Identity()
	return p.subscribe(ctx, wire.OfficeTopic(id.Chain), wire.Topic(id, wire.LeafAck))
}

// subscribe asks for topics, but not for ever.
func (p *pump) subscribe(ctx context.Context, topics ...string) error {
	ctx, cancel := context.WithTimeout(ctx, p.brokerPatience)
	defer cancel()
	return p.conn.Subscribe(ctx, topics...)
}

// birth publishes the first state and waits until the broker has it.
func (p *pump) birth(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, p.brokerPatience)
	defer cancel()
	state, err := p.state()
	if err != nil {
		return err
	}
	return p.conn.Publish(ctx, state)
}

// glance deals with one thing that came in, if anything did.
func (p *pump) glance(ctx context.Context) error {
	select {
	case m := <-p.inbox:
		return p.receive(ctx, m)
	case s := <-p.settled:
		return p.acknowledged(s)
	case <-ctx.Done():
		return ctx.Err()
	default:
		return nil
	}
}

// send publishes the next batch; false where there is none, or no room for it.
func (p *pump) send() (bool, error) {
	if p.window.full() || len(p.receipts) == cap(p.receipts) {
		return false, nil
	}
	if len(p.links) == 0 {
		if last, _ := p.source.Last(); p.window.sent >= last {
			return false, nil
		}
		links, err := p.source.After(p.window.sent, readAhead)
		if err != nil {
			return false, err
		}
		if len(links) == 0 {
			return false, nil
		}
		p.links = links
	}
	n := batchLength(p.links)
	links := p.links[:n]
	p.links = p.links[n:]
	last := links[n-1]
	payload := wire.EncodeBatch(p.source.Identity(), p.source.Epoch(), p.head, links, p.source.Key())
	r := p.conn.Send(mqtt.Message{Topic: wire.Topic(p.source.Identity(), wire.LeafEvents), Payload: payload})
	p.receipts <- receipt{r, sentBatch{last.Seq, last.Head}}
	p.window.send(last.Seq, time.Now())
	p.head = last.Head
	p.batches.Add(1)
	return true, nil
}

// batchLength is how many of links make one batch.
func batchLength(links []seal.Link) int {
	size := envelope
	for i, l := range links {
		size += len(l.Event) + 1
		if i == wire.MaxEvents || i > 0 && size > wire.MaxBatch {
			return i
		}
	}
	return len(links)
}

// collect waits for the broker's acknowledgements, in the order of sending.
func (p *pump) collect(ctx context.Context) {
	for {
		select {
		case r := <-p.receipts:
			// A broker may keep one acknowledgement back for good, as ours does
			// when a commit fails: then the connection has to end.
			bounded, cancel := context.WithTimeout(ctx, p.brokerPatience)
			err := r.Wait(bounded)
			cancel()
			select {
			case p.settled <- settled{r.sentBatch, err}:
			case <-ctx.Done():
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// acknowledged moves the watermark where the broker's word is enough.
func (p *pump) acknowledged(s settled) error {
	if s.err != nil {
		return fmt.Errorf("publish events up to %d: %w", s.last, s.err)
	}
	if !p.config.Puback || s.last <= p.window.confirmed {
		return nil
	}
	if err := p.source.Confirm(s.last, s.head); err != nil {
		return err
	}
	p.moved(s.last, s.head)
	return nil
}

// moved notes that the receiver has everything up to seq. That may be more
// than was sent since the last rewind: it is left out.
func (p *pump) moved(seq uint64, head seal.Head) {
	if seq >= p.window.sent {
		p.head = head
	}
	for len(p.links) > 0 && p.links[0].Seq <= seq {
		p.links = p.links[1:]
	}
	now := time.Now()
	p.window.confirm(seq, now)
	p.confirmed.Store(seq)
	p.contact.Store(now.UnixMilli())
}

// rewound begins again after the watermark.
func (p *pump) rewound() {
	p.rewinds.Add(1)
	_, p.head = p.source.Watermark()
	p.links = nil
}
