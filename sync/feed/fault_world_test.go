package feed

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"sourire/device/tap"
	"sourire/sync/journal"
	"sourire/sync/mqtt"
	"sourire/sync/mqtt/faulttest"
	"sourire/sync/office"
	"sourire/sync/office/link"
	"sourire/sync/office/sqlite"
	"sourire/sync/seal"
)

const (
	terminalEnd, officeEnd = "terminal", "office" // clients of the network

	faultsFor = 8 * time.Minute // presses and happenings come within this time
	enough    = 2 * time.Hour   // by then all must have arrived
)

// happening is something that befalls the broker at some time.
type happening struct {
	at, lasts time.Duration
	what      string
}

func (h happening) String() string { return fmt.Sprintf("%s for %s: %s", h.at, h.lasts, h.what) }

var happenings = []string{
	"restart, store kept", "restart, store gone", "forgets events", "forgets watermarks", "forgets states",
	"takeover of the terminal", "takeover of the office", "duel for the terminal's name",
}

// world is a terminal and head office, all real but for the network and the
// broker between them. It lives in a bubble, and its fate is decided by a seed.
type world struct {
	seed    uint64
	random  *rand.Rand
	dir     string
	net     *faulttest.Network
	broker  *faulttest.Broker
	builtin *builtin // instead of broker, where it is there
	journal *journal.Journal
	store   *sqlite.Store
	office  *office.Office
	link    *link.Link
	feed    *Feed
	happens []happening

	mu         sync.Mutex
	pinned     seal.Public
	sessions   uint64
	stored     uint64         // by the office, committed
	raw        map[uint64]int // how often an event came to the office
	proved     map[int]bool   // the terminal's connections that did
	born       map[int]time.Time
	sent       traffic
	longest    wait // between two attempts of the terminal
	goroutines int
	wrong      []string
}

// wait is a pause between attempts, and what it may be at most.
type wait struct{ took, bound time.Duration }

// traffic is what the terminal's connection carries.
type traffic struct {
	conn    int
	lasts   []uint64 // of each batch since the last rewind
	rewound time.Time
	open    int // publications that are not acknowledged
}

// newWorld makes a world. change, which may be nil, makes its feed worse.
func newWorld(t *testing.T, dir string, seed uint64, change func(*Feed)) *world {
	t.Helper()
	w := &world{
		seed: seed, dir: dir, random: rand.New(rand.NewPCG(seed, 0)), broker: faulttest.NewBroker(),
		raw: map[uint64]int{}, proved: map[int]bool{}, born: map[int]time.Time{},
	}
	r := w.random
	w.net = &faulttest.Network{Server: w.broker, Watch: w.watch}
	w.net.Faults = append(faulttest.Plan(r, terminalEnd, 1+r.IntN(6)), faulttest.Plan(r, officeEnd, r.IntN(4))...)
	for range r.IntN(4) {
		w.happens = append(w.happens, happening{
			upTo(r, faultsFor), upTo(r, []time.Duration{time.Second, 30 * time.Second, 5 * time.Minute}[r.IntN(3)]),
			happenings[r.IntN(len(happenings))],
		})
	}
	w.open(t)
	c := Config{
		URL: "tcp://broker:1883", Dial: w.net.Dial(terminalEnd), OfficeKey: w.office.Key.Public(),
		Pin: func(p seal.Public) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.pinned = p
			return nil
		},
		Session: func() (uint64, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.sessions++
			return w.sessions, nil
		},
		Condition: func() Condition {
			return Condition{Boot: 7, Config: 1, Clock: tap.Synced, At: clockText, Up: 9000, Software: "1.2.0"}
		},
		Log: slog.New(ear{Handler: slog.DiscardHandler, world: w}),
	}
	if r.IntN(3) == 0 {
		c.OfficeKey = seal.Public{}
	}
	if r.IntN(5) == 0 {
		w.useBuiltin()
	}
	w.feed = New(c, watched{w.journal, w})
	if change != nil {
		change(w.feed)
	}
	return w
}

func (w *world) open(t *testing.T) {
	t.Helper()
	j, err := journal.Open(journal.Config{
		Dir: w.dir, Identity: exit1, Log: slog.New(slog.DiscardHandler),
		Stamp: func(h *tap.Header) { h.At, h.Clock, h.Up = clockText, tap.Synced, 9000 },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	if w.store, err = sqlite.Open(filepath.Join(w.dir, "office.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.store.Close() })
	w.journal, w.link = j, link.New(exit1.Chain, slog.New(slog.DiscardHandler))
	w.office, err = office.New(office.Config{
		Chain: exit1.Chain, Store: commits{w.store, w}, Key: newKey(2), Publish: w.link.Publish, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// run lets the world happen until everything has arrived or it is too late.
func (w *world) run(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var parts sync.WaitGroup
	parts.Go(func() {
		if w.builtin != nil {
			w.builtin.drain(ctx)
			return
		}
		options := mqtt.Options{URL: "tcp://broker:1883", ClientID: "demo-office", Dial: w.net.Dial(officeEnd)}
		if err := w.link.Receive(ctx, options, w.office); err != nil {
			w.blame("head office stopped: %v", err)
		}
	})
	parts.Go(func() {
		if err := w.feed.Run(ctx); err != nil {
			w.blame("the feed stopped: %v", err)
		}
	})
	for i, h := range w.happens {
		parts.Go(func() { w.happen(ctx, i, h) })
	}
	w.press(t)
	until := time.After(enough)
	for done := false; !done; {
		select {
		case <-time.After(time.Second):
			last, _ := w.journal.Last()
			seq, _ := w.journal.Watermark()
			done = seq == last
		case <-until:
			seq, _ := w.journal.Watermark()
			w.blame("after %s the watermark is %d", enough, seq)
			done = true
		}
	}
	<-time.After(time.Minute) // what comes late changes nothing
	cancel()
	parts.Wait()
	if w.builtin != nil {
		w.builtin.stop()
	}
	w.office.Close()
	w.net.Cut()
	<-time.After(time.Minute) // what paho leaves behind must be gone by then
}

// press presses: a backlog, and then now and again.
func (w *world) press(t *testing.T) {
	t.Helper()
	backlog := w.random.IntN(600)
	if w.random.IntN(25) == 0 {
		backlog = 7000 // more than fit into the window
	}
	w.append(t, backlog)
	for left := faultsFor; left > 0; {
		pause := upTo(w.random, min(left, time.Minute)) + time.Millisecond
		<-time.After(pause)
		left -= pause
		w.append(t, 1+w.random.IntN(20))
	}
}

func (w *world) append(t *testing.T, n int) {
	t.Helper()
	events := make([]tap.Event, n)
	for i := range events {
		events[i] = &tap.TapEvent{
			Header: tap.Header{Kind: tap.KindTap, At: clockText, Clock: tap.Synced, Boot: 7, Up: 9120},
			Config: 1, Choice: i % 4, Of: 4, Counted: true, Flags: []tap.Flag{}, Rule: 1, Lang: "fr",
		}
	}
	if err := w.journal.Append(events...); err != nil {
		t.Fatal(err)
	}
}

// happen does what a happening says.
func (w *world) happen(ctx context.Context, i int, h happening) {
	<-time.After(h.at)
	during := func() { <-time.After(h.lasts) }
	level, forgets := map[string]string{"forgets events": "ev", "forgets watermarks": "ack", "forgets states": "state"}[h.what]
	switch {
	case forgets:
		w.broker.Forget(level, true)
		during()
		w.broker.Forget(level, false)
	case strings.HasPrefix(h.what, "restart"):
		w.net.Down(true)
		if w.builtin != nil {
			w.builtin.stop()
		}
		w.broker.Restart(strings.HasSuffix(h.what, "kept"))
		during()
		if w.builtin != nil {
			w.builtin.start()
		}
		w.net.Down(false)
	default:
		id := exit1.String()
		if strings.HasSuffix(h.what, officeEnd) {
			id = "demo-office"
		}
		o := mqtt.Options{URL: "tcp://broker:1883", ClientID: id, Dial: w.net.Dial(fmt.Sprint("thief ", i))}
		for end, duel := time.Now().Add(h.lasts), true; duel && time.Now().Before(end); duel = strings.HasPrefix(h.what, "duel") {
			if c, err := mqtt.Dial(ctx, o); err == nil {
				select {
				case <-c.Done():
				case <-time.After(time.Until(end)):
				}
				c.Close()
			}
			<-time.After(100 * time.Millisecond)
		}
	}
}

func upTo(r *rand.Rand, d time.Duration) time.Duration { return time.Duration(r.Int64N(int64(d))) }

// blame notes that something is wrong.
func (w *world) blame(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.wrong) < 20 {
		w.wrong = append(w.wrong, fmt.Sprintf(format, args...))
	}
}

func (w *world) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d, head office's own broker %t\n", w.seed, w.builtin != nil)
	for _, f := range w.net.Faults {
		fmt.Fprintf(&b, "\t%s\n", f)
	}
	for _, h := range w.happens {
		fmt.Fprintf(&b, "\t%s\n", h)
	}
	for _, s := range w.wrong {
		fmt.Fprintf(&b, "wrong: %s\n", s)
	}
	return b.String()
}

// watched is the journal: what is confirmed must be stored at head office.
type watched struct {
	*journal.Journal
	world *world
}

func (j watched) Confirm(seq uint64, head seal.Head) error {
	w := j.world
	before, _ := j.Watermark()
	attempts := len(w.net.Attempts(terminalEnd))
	w.mu.Lock()
	stored := w.stored
	if seq > before {
		w.proved[attempts] = true
	}
	w.mu.Unlock()
	if seq > stored {
		w.blame("lost: up to %d is confirmed, and head office has stored %d", seq, stored)
	}
	return j.Journal.Confirm(seq, head)
}

// commits is head office's store: it notes what is committed.
type commits struct {
	office.Store
	world *world
}

func (s commits) Commit(ctx context.Context, g *office.Group) error {
	if err := s.Store.Commit(ctx, g); err != nil {
		return err
	}
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	for _, e := range g.Epochs {
		s.world.stored = max(s.world.stored, e.Last)
	}
	return nil
}

// ear hears of connections that were born.
type ear struct {
	slog.Handler
	world *world
}

func (ear) Enabled(context.Context, slog.Level) bool { return true }

func (e ear) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "connected to the broker" {
		n := len(e.world.net.Attempts(terminalEnd))
		e.world.mu.Lock()
		defer e.world.mu.Unlock()
		e.world.born[n] = time.Now()
	}
	return nil
}

// note notes how many goroutines there are; called with the mutex held.
func (w *world) note() { w.goroutines = max(w.goroutines, runtime.NumGoroutine()) }
