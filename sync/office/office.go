// Package office is head office's receiver: it stores every event of every
// terminal of a chain once, checks that nothing was dropped, added or altered,
// and answers with a signed watermark.
//
//	o, err := office.New(office.Config{Chain: "demo", Store: store, Key: key, Publish: publish})
//	err = o.Ingest(ctx, topic, payload) // nil: stored, or refused for good
//
// It knows neither MQTT nor SQLite: messages come in by [Office.Ingest], go
// out by Config.Publish, and are kept in a [Store].
package office

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"sourire/device/tap"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

// ErrClosed is returned for messages after [Office.Close].
var ErrClosed = errors.New("office is closed")

// Config is what an office needs. Chain, Store, Key and Publish must be given.
type Config struct {
	Chain string
	Store Store
	Key   seal.Key

	Publish func(Publication) // must not block

	Now   func() time.Time // time.Now
	Log   *slog.Logger     // slog.Default
	Hosts []string         // names, beside localhost and addresses, that Handler answers to
}

// Publication is a message to be sent at QoS 1.
type Publication struct {
	Topic   string
	Payload []byte
	Retain  bool
	Slot    string // while it waits to be sent, a later one of the same slot replaces it
}

// Office receives the events of a chain of stores.
type Office struct {
	Config
	queue   chan *job
	pings   chan struct{}
	closing chan struct{}
	stopped chan struct{}
	once    sync.Once
	metrics counters
	stories stories

	mu        sync.RWMutex // held by the writer for each group: readers see what is committed
	terminals map[tap.Identity]*terminal
	damaged   map[tap.Identity]*damage
	stale     bool      // memory may differ from the store: load again before going on
	looked    time.Time // when the store was last loaded again for a damage
}

// New opens an office on what its store knows.
func New(c Config) (*Office, error) {
	if !tap.ValidID(c.Chain) {
		return nil, fmt.Errorf("open office: chain %.40q is not a legal id", c.Chain)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Log = cmp.Or(c.Log, slog.Default())
	o := &Office{
		Config:  c,
		queue:   make(chan *job, queueLength),
		pings:   make(chan struct{}),
		closing: make(chan struct{}),
		stopped: make(chan struct{}),
		damaged: map[tap.Identity]*damage{},
		stories: stories{of: map[tap.Identity]*told{}},
	}
	if err := o.load(context.Background()); err != nil {
		return nil, fmt.Errorf("open office: %w", err)
	}
	o.metrics.init()
	go o.write()
	return o, nil
}

// Close lets the messages under way finish and stops. The store stays open.
func (o *Office) Close() {
	o.once.Do(func() { close(o.closing) })
	<-o.stopped
}

// Ingest takes a message in. It returns nil when the message's effect is
// durable, and also when it was refused for good: that is counted. After an
// error the message is not stored: [ErrDamaged] where that concerns one
// terminal, another error where it concerns all. It may be called
// concurrently; calls share commits.
func (o *Office) Ingest(ctx context.Context, topic string, payload []byte) error {
	return o.Submit(ctx, topic, payload).Wait(ctx)
}

// Receipt is a message on its way into the store.
type Receipt struct {
	job     *job
	stopped <-chan struct{}
}

// Submit begins what [Office.Ingest] does and returns as soon as there is room
// for the message. Messages are stored in the order of their submission.
func (o *Office) Submit(ctx context.Context, topic string, payload []byte) Receipt {
	return o.submit(ctx, topic, payload, &job{})
}

func (o *Office) submit(ctx context.Context, topic string, payload []byte, j *job) Receipt {
	return o.enqueue(ctx, j, func() { j.decode(o.Chain, topic, payload) })
}

// enqueue has a job done, once it is decoded.
func (o *Office) enqueue(ctx context.Context, j *job, decode func()) Receipt {
	j.decoded, j.done = make(chan struct{}), make(chan struct{})
	select {
	case <-o.closing:
		j.finish(ErrClosed)
		return Receipt{j, o.stopped}
	default:
	}
	select {
	case o.queue <- j:
		go decode()
	case <-o.closing:
		j.finish(ErrClosed)
	case <-ctx.Done():
		j.finish(ctx.Err())
	}
	return Receipt{j, o.stopped}
}

// Wait returns what [Office.Ingest] returns.
func (r Receipt) Wait(ctx context.Context) error {
	select {
	case <-r.job.done:
		return r.job.err
	case <-ctx.Done():
		return ctx.Err()
	case <-r.stopped:
	}
	select {
	case <-r.job.done:
		return r.job.err
	default:
		return ErrClosed
	}
}

// Announce publishes the office's key and the watermark of every terminal that
// it knows. Call it on every connection to the broker.
func (o *Office) Announce() error {
	payload, err := wire.EncodeOffice(o.Chain, o.Key)
	if err != nil {
		return fmt.Errorf("announce: %w", err)
	}
	topic := wire.OfficeTopic(o.Chain)
	o.Publish(Publication{topic, payload, true, topic})
	o.mu.RLock()
	defer o.mu.RUnlock()
	for _, t := range o.terminals {
		if e := t.newest(); e != nil {
			a := e.ack()
			a.retain = true
			if err := o.acknowledge(a); err != nil {
				return fmt.Errorf("announce: %w", err)
			}
		}
	}
	return nil
}

// acknowledge publishes a watermark.
func (o *Office) acknowledge(a ack) error {
	payload, err := wire.Ack{Identity: a.id.Identity, Epoch: a.id.Epoch, Seq: a.seq, Head: a.head.String(), Resend: a.resend}.Encode(o.Key)
	if err != nil {
		return fmt.Errorf("watermark of %s: %w", a.id.Identity, err)
	}
	topic := wire.Topic(a.id.Identity, wire.LeafAck)
	o.Publish(Publication{topic, payload, a.retain, topic + "#" + a.id.Epoch})
	return nil
}
