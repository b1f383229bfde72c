package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"sourire/device/clock"
	"sourire/device/config"
	"sourire/sync/durable"
	"sourire/sync/journal"
	"sourire/sync/journal/cardtest"
	"sourire/sync/mqtt/mqtttest"
	"sourire/sync/office"
	"sourire/sync/office/sqlite"
)

// soak is a chain of one terminal in a bubble: all that a box is but for its
// buttons and pages, a card in memory whose power is cut, a network of pipes, a
// broker that comes and goes, and head office.
type soak struct {
	*testing.T
	plan   plan
	random *rand.Rand
	dir    string
	log    *slog.Logger // the box's

	card   *cardtest.Card
	lying  bool
	boots  int
	began  time.Time // this boot of the kernel
	behind time.Duration
	box    *box
	stop   context.CancelFunc
	ended  chan error

	store  *sqlite.Store
	office *office.Office

	mu     sync.Mutex
	broker *mqtttest.Broker
	outage outage
	port   int        // of the latest attempt during an outage
	wires  []net.Conn // the box's ends
	dead   bool       // the power is cut: what is said now was never heard

	ledger ledger
	fate   string   // what became of the card in the latest power cut
	fresh  bool     // the card has never had a journal
	wrong  []string // what must not be
	leaks  []*os.File
}

// power is a machine's clocks: no RTC, and a time server that is reached a
// minute after the start.
type power struct{ s *soak }

// bubble is how far a bubble's time is behind the year of this test.
const bubble = 27 * 365 * 24 * time.Hour

func now() time.Time { return time.Now().Add(bubble) }

func (p power) Boottime() time.Duration { return 3*time.Second + time.Since(p.s.began) }

// Realtime begins where it was when the power went.
func (p power) Realtime() time.Time {
	if synced, _ := p.Synced(); synced {
		return now()
	}
	return now().Add(-p.s.behind)
}
func (p power) Synced() (bool, time.Duration) {
	return time.Since(p.s.began) > time.Minute, 5 * time.Millisecond
}
func (p power) RTC() (time.Time, bool) { return time.Time{}, false }

func newSoak(t *testing.T, dir string, seed uint64, p plan) *soak {
	s := &soak{T: t, plan: p, dir: dir, log: slog.New(slog.DiscardHandler), random: rand.New(rand.NewPCG(seed, 0)), card: cardtest.New(), fresh: true, broker: &mqtttest.Broker{}}
	var err error
	if s.store, err = sqlite.Open(filepath.Join(dir, "office.db")); err != nil {
		t.Fatal(err)
	}
	key, err := durable.Key(filepath.Join(dir, "office.key"))
	if err != nil {
		t.Fatal(err)
	}
	s.office, err = office.New(office.Config{
		Chain: "demo", Store: s.store, Key: key, Publish: s.publish, Now: now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.open()
	return s
}

// end lets everything go.
func (s *soak) end() {
	for _, f := range s.leaks {
		_ = f.Close()
	}
	s.broker.Close()
	s.office.Close()
	if err := s.store.Close(); err != nil {
		s.Error(err)
	}
	s.card.Discard()
}

// settings are the box's.
func (s *soak) settings() config.Config {
	c := demoConfig(s.dir, "127.0.0.1:8080")
	c.Survey.FollowUp.Ask = false // each press is an answer
	c.Broker.URL = "tcp://broker.example:1883"
	return c
}

// complain notes what must not be.
func (s *soak) complain(format string, args ...any) {
	s.wrong = append(s.wrong, fmt.Sprintf(format, args...))
}

// start is a start of the kernel and of the box on it. Only a whole one goes
// through all of the journal: that a year of starts does so over a year's
// journal says nothing new.
func (s *soak) start(whole bool) {
	s.boots++
	s.began = time.Now()
	s.mu.Lock()
	s.dead, s.wires = false, nil
	s.mu.Unlock()
	c := s.settings()
	s.box = &box{
		config: c, log: s.log, clock: clock.New(power{s}, c.Location()),
		bootID: fmt.Sprintf("boot-%d", s.boots), started: time.Now(),
	}
	var err error
	var said strings.Builder
	s.box.journal, err = journal.Open(journal.Config{
		Card: s.card, Dir: s.card.Dir(), Identity: c.Identity(), Stamp: s.box.stamp, Log: slog.New(slog.NewTextHandler(&said, nil)),
	})
	if err != nil {
		s.Fatalf("boot %d: %v", s.boots, err)
	}
	s.explain(said.String())
	feeding, err := feedConfig(c.Broker)
	if err != nil {
		s.Fatal(err)
	}
	feeding.Dial = s.dial
	if err := s.box.assemble(feeding); err != nil {
		s.Fatalf("boot %d: %v", s.boots, err)
	}
	if s.plan.leak {
		f, err := os.Open(s.dir)
		if err != nil {
			s.Fatal(err)
		}
		s.leaks = append(s.leaks, f)
	}
	ctx, cancel := context.WithCancel(context.Background())
	b, ended := s.box, make(chan error, 1)
	s.stop, s.ended = cancel, ended
	run := b.runBriefly
	if whole {
		run = b.run
	}
	go func() { ended <- run(ctx) }()
}

// explain complains of an epoch that began without reason. A power cut spoils
// what was being written, and nothing that was stored before: it ends no epoch. Only
// an empty card begins one, that follows none.
func (s *soak) explain(said string) {
	j := s.box.journal
	last, _ := j.Last()
	switch began := last == 1; {
	case began && j.Previous() != nil:
		s.complain("boot %d: an epoch began, that follows %s, which ended as %s, after a power cut that left %s:\n%s",
			s.boots, j.Previous().Epoch, j.Previous().Why, s.fate, said)
	case began != s.fresh:
		s.complain("boot %d: an epoch began: %v, on an empty card: %v; before, a power cut left %s:\n%s", s.boots, began, s.fresh, s.fate, said)
	}
	s.fresh = false
}

// runBriefly is run without what goes through the whole journal.
func (b *box) runBriefly(ctx context.Context) error {
	var parts sync.WaitGroup
	var fed error
	parts.Go(func() { fed = b.feed.Run(ctx) })
	parts.Go(func() { watchClock(ctx, b.clock, b.loop) })
	parts.Go(func() { b.results.follow(ctx, b.journal, b.log) })
	parts.Go(func() { b.retention.run(ctx) })
	b.loop.Run(ctx)
	parts.Wait()
	return errors.Join(fed, b.journal.Close())
}

// press presses once, and notes what was acknowledged while there was power.
func (s *soak) press(choice int) {
	b := s.box
	a, err := b.loop.Press(context.Background(), choice, "fr", "")
	if err != nil || a.Seq == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.dead {
		s.ledger.note(b.journal.Epoch(), a.Seq, choice)
	}
}

// cut cuts the power after a few more operations of the card, in the middle of
// presses, and leaves of the card what may be left.
func (s *soak) cut(hows ...cardtest.Cut) {
	left := s.random.IntN(40)
	var mu sync.Mutex
	s.card.Break(func(o cardtest.Op) error {
		mu.Lock()
		defer mu.Unlock()
		if o.Kind > cardtest.Touch {
			left--
		}
		switch {
		case left < 0:
			return syscall.EIO
		case s.lying && o.Kind == cardtest.Sync:
			return cardtest.ErrLie
		}
		return nil
	})
	var presses sync.WaitGroup
	for range 1 + s.random.IntN(4) {
		choice, after := s.random.IntN(4), time.Duration(s.random.Int64N(int64(200*time.Millisecond)))
		presses.Go(func() {
			<-time.After(after)
			s.press(choice)
		})
	}
	<-time.After(time.Duration(s.random.Int64N(int64(300 * time.Millisecond))))
	s.card.Break(cardtest.Every(syscall.EIO, cardtest.Create, cardtest.Write, cardtest.Truncate, cardtest.Sync, cardtest.SyncDir, cardtest.Rename, cardtest.Remove))
	synctest.Wait() // what was under way is done, or has failed
	s.mu.Lock()
	s.dead = true
	for _, w := range s.wires {
		_ = w.Close()
	}
	s.mu.Unlock()
	replay := s.card.Tape().Replay()
	for replay.Next() {
	}
	how := hows[s.random.IntN(len(hows))]
	next := replay.Cut(how, s.random).Card()
	s.fate = fmt.Sprintf("%s of %d operations: %v", how, len(replay.Open()), replay.Open())
	s.stop()
	presses.Wait()
	// It could write nothing any more; but nothing was wrong with the epoch.
	if err := <-s.ended; errors.Is(err, errEpochEnded) || errors.Is(err, journal.ErrCopied) {
		s.complain("boot %d: %v", s.boots, err)
	}
	s.card.Discard()
	s.card, s.lying = next, false
	off := time.Duration(s.random.Int64N(int64(12 * time.Hour)))
	<-time.After(off)
	s.behind += off
}

// lie has the card say of what it should keep that it does.
func (s *soak) lie() {
	s.lying = true
	s.card.Break(cardtest.Every(cardtest.ErrLie, cardtest.Sync))
}

// halt stops the box in good order.
func (s *soak) halt() {
	s.stop()
	if err := <-s.ended; err != nil {
		s.complain("boot %d: %v", s.boots, err)
	}
}

// delivered waits until head office has everything.
func (s *soak) delivered() {
	for range 10_000 {
		last, _ := s.box.journal.Last()
		if confirmed, _ := s.box.journal.Watermark(); confirmed == last {
			return
		}
		<-time.After(time.Second)
	}
	last, _ := s.box.journal.Last()
	confirmed, _ := s.box.journal.Watermark()
	s.complain("boot %d: head office has confirmed %d events of %d", s.boots, confirmed, last)
}

// reinstall puts an empty card in: another key, another epoch.
func (s *soak) reinstall() {
	s.delivered()
	s.halt()
	s.card.Discard()
	s.card, s.fresh = cardtest.New(), true
	for _, name := range []string{officeKeyFile, "session"} {
		if err := os.Remove(filepath.Join(s.settings().Terminal.Data, name)); err != nil {
			s.Error(err)
		}
	}
	s.start(true)
}
