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
	stateEvery = 30 * time.Second // and when all is delivered, but at most
	statePause = 2 * time.Second  // this often
)

// pump serves one connection. All of it runs on one goroutine, but for its
// parts: what reads ahead, what waits for the broker's acknowledgements, and
// what delivers ended epochs.
type pump struct {
	*Feed
	conn    *mqtt.Conn
	session uint64
	inbox   <-chan mqtt.Message
	window  *window
	aside   *aside

	commands *commands

	head     seal.Head // after window.sent
	ahead    ahead
	astray   bool            // what is read ahead does not follow window.sent
	parts    *sync.WaitGroup // that end soon after the connection
	receipts chan receipt
	settled  chan settled // what became of each receipt, in the order of sending

	born time.Time // when the broker took the birth; zero: not yet

	stated          time.Time // when the state was last published
	statedConfirmed uint64    // the watermark of which it told
	unsaid          bool      // there is something new to tell of it
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

func newPump(f *Feed, conn *mqtt.Conn, session uint64, inbox <-chan mqtt.Message, parts *sync.WaitGroup) *pump {
	seq, head := f.source.Watermark()
	w := newWindow(seq, jitter)
	w.pause = f.rewindPause
	return &pump{
		Feed: f, conn: conn, session: session, inbox: inbox, parts: parts,
		window: w, aside: newAside(f, conn), commands: &commands{f, conn, make(chan wire.Command, commandsAhead)},
		head: head, ahead: ahead{stop: func() {}}, astray: true,
		receipts: make(chan receipt, 2*batchesAhead), settled: make(chan settled),
	}
}

// run subscribes, announces the terminal, and pumps until the connection or
// ctx ends.
func (p *pump) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := p.listen(ctx); err != nil {
		return err
	}
	if err := p.birth(ctx); err != nil {
		return err
	}
	p.born = time.Now()
	p.config.Log.Info("connected to the broker", "url", p.config.URL, "session", p.session)
	p.parts.Go(func() { p.collect(ctx) })
	p.parts.Go(func() { p.commands.run(ctx) })
	begun := false

	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		// Ended epochs come after the beginning of the live one: then the office
		// does not take one of them for the newest.
		if !begun && p.window.confirmed > 0 {
			begun = true
			p.parts.Go(func() { p.aside.run(ctx) })
		}
		if p.astray {
			p.readOn(ctx)
		}
		batches := p.ahead.batches
		if p.window.full() || len(p.receipts) == cap(p.receipts) {
			batches = nil
		}
		err := p.announce()
		if err != nil {
			return err
		}
		timer.Reset(p.untilNext(time.Now()))
		select {
		case b := <-batches:
			p.send(b)
		case err = <-p.ahead.failed:
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
	return p.subscribe(ctx, wire.OfficeTopic(id.Chain), wire.Topic(id, wire.LeafAck), wire.Topic(id, wire.CommandLeaf("+")))
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

// send publishes a batch that follows what was sent last.
func (p *pump) send(b prepared) {
	r := p.conn.Send(mqtt.Message{Topic: wire.Topic(p.source.Identity(), wire.LeafEvents), Payload: b.payload})
	p.receipts <- receipt{r, b.sentBatch}
	p.window.send(b.last, time.Now())
	p.head = b.head
	p.batches.Add(1)
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
	if seq > p.window.sent {
		p.head, p.astray = head, true
	}
	now := time.Now()
	p.proved.Store(true)
	p.window.confirm(seq, now)
	p.confirmed.Store(seq)
	p.contact.Store(now.UnixMilli())
}

// rewound begins again after the watermark.
func (p *pump) rewound() {
	p.rewinds.Add(1)
	_, p.head = p.source.Watermark()
	p.astray = true
}
