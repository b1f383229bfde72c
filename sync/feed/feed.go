// Package feed carries the journal to the broker, in order and at least once.
//
// A pump reads the journal from the watermark and publishes batches. An event
// counts as delivered when the office's signed watermark has passed it or, for
// a chain that runs no office, when the broker has acknowledged it. Nothing of
// the feed is kept in memory but the batches under way, and no press waits for
// it.
package feed

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"sourire/device/tap"
	"sourire/sync/journal"
	"sourire/sync/mqtt"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

// Source is the journal, as the feed needs it.
type Source interface {
	Identity() tap.Identity
	Epoch() string
	Key() seal.Key
	Last() (seq uint64, head seal.Head)
	After(seq uint64, n int) ([]seal.Link, error)
	Watermark() (seq uint64, head seal.Head)
	Confirm(seq uint64, head seal.Head) error // journal.ErrCopied where it does not fit
	Recede(seq uint64, head seal.Head) error  // likewise
	Grown() <-chan struct{}
}

// Condition is what the terminal says of itself in its state.
type Condition struct {
	Boot     uint64
	Config   uint64
	Clock    tap.Quality
	At       string
	Up       int64
	Faults   []string
	Software string
}

// Config says where a feed goes and what it may trust.
type Config struct {
	Data     string // the terminal's data folder, for the journals kept aside; empty: there are none
	URL      string
	Username string
	Password string
	TLS      *tls.Config
	Dial     func(ctx context.Context, network, address string) (net.Conn, error) // nil: net.Dialer's

	Puback    bool                    // the broker's acknowledgement is enough; no office is asked
	OfficeKey seal.Public             // zero: trusted on first use
	Pin       func(seal.Public) error // keeps a key trusted on first use
	Session   func() (uint64, error)  // a number for each connection, growing within a boot
	Condition func() Condition        // for the state

	// Test begins or ends test mode, as head office has commanded. The event that
	// says so names the command, by which the feed knows it.
	Test func(on bool, command string)

	Log *slog.Logger
}

// ErrCopied is returned by Run when the office knows another history of this
// journal: the card is an old copy, and a new epoch must begin.
var ErrCopied = journal.ErrCopied

// Counts are the totals of a feed since it started.
type Counts struct {
	Connected bool
	Contact   time.Time // when the broker was last connected, or the watermark heard of; zero: not yet
	Confirmed uint64    // the watermark of the latest connection
	Batches   uint64    // published, those sent again included
	Rejected  uint64    // messages from head office that were refused
	Stale     uint64    // watermarks that were old news
	Rewinds   uint64    // times that events were sent again
}

const (
	brokerPatience = 30 * time.Second // for an answer of the broker
	// For head office to speak of an ended epoch. Within 10 s it does not repeat
	// itself: wait longer than that.
	officePatience = 15 * time.Second
	lived          = 30 * time.Second // how long a connection lasts that has proved itself

	storagePatience = 5 * time.Second // for what a command does to be in the journal
)

// Feed is the way of one journal to the broker.
type Feed struct {
	config Config
	source Source
	office seal.Public

	brokerPatience, officePatience, rewindPause, storagePatience time.Duration // the constants, but for tests

	given map[string]bool // commands that were handed on, and are not known to be in the journal
	told  string          // what was logged of the latest command

	rests map[string]*rest  // of the journals kept aside, by folder
	named map[string]string // why a journal is not delivered, as it was logged; by folder

	connected                         atomic.Bool
	contact                           atomic.Int64 // Unix time in ms
	confirmed                         atomic.Uint64
	batches, rejected, stale, rewinds atomic.Uint64
	refused                           atomic.Bool // a refusal of this connection has been logged
	proved                            atomic.Bool // something was delivered on this connection
}

// New makes a feed; Run does the work.
func New(c Config, s Source) *Feed {
	return &Feed{
		config: c, source: s, office: c.OfficeKey,
		brokerPatience: brokerPatience, officePatience: officePatience, rewindPause: rewindPause, storagePatience: storagePatience,
		given: map[string]bool{}, rests: map[string]*rest{}, named: map[string]string{},
	}
}

// Counts may be called at any time.
func (f *Feed) Counts() Counts {
	c := Counts{
		Connected: f.connected.Load(), Confirmed: f.confirmed.Load(), Batches: f.batches.Load(), Rejected: f.rejected.Load(),
		Stale: f.stale.Load(), Rewinds: f.rewinds.Load(),
	}
	if ms := f.contact.Load(); ms != 0 {
		c.Contact = time.UnixMilli(ms)
	}
	return c
}

// Run connects, pumps, and connects again until ctx ends, which is no error.
// It returns [ErrCopied] when the journal's epoch must end.
func (f *Feed) Run(ctx context.Context) error {
	var backoff mqtt.Backoff
	var last string
	for {
		proved, err := f.connection(ctx)
		if proved {
			backoff.Reset()
			last = ""
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, ErrCopied):
			return err
		case reason(err) != last: // one line for a change of state
			last = reason(err)
			f.config.Log.Warn("broker is away: presses are kept and sent later", "url", f.config.URL, "error", last)
		}
		select {
		case <-time.After(backoff.Next()):
		case <-ctx.Done():
			return nil
		}
	}
}

var ours = regexp.MustCompile(`\S+->`)

// reason is an error's text without the address on our side, which is another
// one with each attempt.
func reason(err error) string { return ours.ReplaceAllString(err.Error(), "") }

// connection is one connection from birth to loss. It has proved itself when
// something was delivered on it, or when it lasted: one that is always taken away at once, by
// another client of the same name or by a broker that takes offence, must not
// be made again and again.
func (f *Feed) connection(ctx context.Context) (proved bool, err error) {
	session, err := f.config.Session()
	if err != nil {
		return false, err
	}
	id := f.source.Identity()
	boot := f.config.Condition().Boot
	offline, err := wire.State{Boot: boot, Session: session, Epoch: f.source.Epoch()}.Encode()
	if err != nil {
		return false, err
	}
	gone := mqtt.Message{Topic: wire.Topic(id, wire.LeafState), Payload: offline, Retain: true}
	inbox := make(chan mqtt.Message, 256)
	f.refused.Store(false)
	f.proved.Store(false)
	conn, err := mqtt.Dial(ctx, mqtt.Options{
		URL: f.config.URL, ClientID: id.String(), Username: f.config.Username, Password: f.config.Password,
		TLS: f.config.TLS, Dial: f.config.Dial, Will: &gone,
		OnMessage: func(m mqtt.Message) { f.take(inbox, m) },
	})
	if err != nil {
		return false, err
	}
	var parts sync.WaitGroup
	defer parts.Wait() // after Close: then nothing holds them up
	defer conn.Close()
	f.connected.Store(true)
	f.contact.Store(time.Now().UnixMilli())
	defer func() {
		f.connected.Store(false)
		f.contact.Store(time.Now().UnixMilli())
	}()

	p := newPump(f, conn, session, inbox, &parts)
	err = p.run(ctx)
	if conn.Err() == nil { // to who says goodbye, the broker publishes no will
		bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		err = errors.Join(err, conn.Publish(bye, gone))
	}
	return f.proved.Load() || !p.born.IsZero() && time.Since(p.born) >= lived, err
}

// jitter spreads d by a fifth to either side.
func jitter(d time.Duration) time.Duration {
	return d - d/5 + rand.N(2*d/5)
}
