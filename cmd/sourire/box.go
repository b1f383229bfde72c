package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"sourire/device/clock"
	"sourire/device/config"
	"sourire/device/tap"
	"sourire/device/terminal"
	"sourire/sync/durable"
	"sourire/sync/feed"
	"sourire/sync/journal"
	"sourire/sync/seal"
)

// box is one life of a terminal: from opening its journal to closing it.
type box struct {
	config  config.Config
	log     *slog.Logger
	clock   clock.System
	bootID  string
	boot    uint64
	journal *journal.Journal
	loop    *terminal.Loop
	feed    *feed.Feed
	results *results
	parts   *hardware
	started time.Time

	connections uint64 // the number of the latest; the feed's own
	uncounted   bool   // and it could not be written down
}

const officeKeyFile = "office.key"

// errEpochEnded says that the next box begins a new epoch.
var errEpochEnded = errors.New("the journal's epoch has ended")

// newBox opens the journal and puts the parts together. The caller holds the
// lock on the data folder.
func newBox(c config.Config, feeding feed.Config, log *slog.Logger) (*box, error) {
	b := &box{config: c, log: log, clock: clock.System{Location: c.Location()}, started: time.Now()}
	var err error
	if b.bootID, err = clock.BootID(); err != nil {
		return nil, err
	}
	b.journal, err = journal.Open(journal.Config{Dir: c.Terminal.Data, Identity: c.Identity(), Stamp: b.stamp, Log: log})
	if err != nil {
		return nil, err
	}
	switch err := b.assemble(feeding); {
	case journal.Damaged(err):
		log.Error("the journal is damaged: a new epoch begins", "error", err)
		return nil, b.endEpoch(journal.WhyDamaged)
	case err != nil:
		return nil, errors.Join(err, b.journal.Close())
	}
	return b, nil
}

func (b *box) assemble(feeding feed.Config) error {
	recent, err := recentEvents(b.journal.Reader)
	if err != nil {
		return err
	}
	if n := len(recent); n > 0 {
		if t, err := tap.ParseTime(recent[n-1].Head().At); err == nil {
			b.clock.NotBefore = t
		}
	}
	resumed := terminal.Resume(recent, b.bootID)
	b.boot = resumed.Boot
	if feeding.OfficeKey.Zero() {
		if feeding.OfficeKey, err = readPinned(b.config.Terminal.Data); err != nil {
			return err
		}
	}
	hours, err := tap.ParseHours(b.config.Survey.Hours)
	if err != nil {
		return err
	}
	survey := terminal.Survey{
		Config: b.config.Event(keyText(feeding.OfficeKey)), Languages: b.config.Terminal.Languages,
		Hours: hours, Staff: b.config.Survey.Audience == "staff",
	}
	ended := "cut"
	if b.journal.EndedClean() {
		ended = "clean"
	}
	boot := tap.BootEvent{BootID: b.bootID, Software: version, Ended: ended}
	var faults []tap.Event
	if p := b.journal.Previous(); p != nil && len(recent) == 1 { // this start is the first of an epoch that follows another
		faults = append(faults, &tap.FaultEvent{Header: tap.Header{Kind: tap.KindFault}, Part: "card", Why: "the epoch before ended: " + p.Why})
	}
	b.loop = terminal.NewLoop(survey, resumed, boot, b.journal, b.clock, b.log, faults...)
	b.parts = newHardware(b.config, b.loop, b.log)
	feeding.Data = b.config.Terminal.Data
	feeding.Pin = b.pin
	feeding.Session = b.session
	feeding.Condition = b.condition
	feeding.Log = b.log
	b.feed = feed.New(feeding, b.journal)
	b.results = newResults(b.config.Location())
	if b.parts.buttons != nil {
		b.results.also = newSilence(b.parts)
	}
	return nil
}

// run works until ctx ends, or until the journal's epoch has ended: then it
// returns [errEpochEnded]. The journal is closed.
func (b *box) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var parts sync.WaitGroup
	parts.Go(func() {
		if err := b.feed.Run(ctx); err != nil {
			cancel(err)
		}
	})
	parts.Go(func() {
		if err := b.journal.VerifyUntil(ctx); journal.Damaged(err) {
			cancel(err)
		}
	})
	parts.Go(func() { b.watchClock(ctx) })
	parts.Go(func() { b.parts.run(ctx) })
	parts.Go(func() { b.parts.show(ctx, b.config.Board) })
	parts.Go(func() { b.results.follow(ctx, b.journal, b.log) })
	b.loop.Run(ctx)
	parts.Wait()
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, feed.ErrCopied):
		b.log.Error("this card is an old copy: a new epoch begins", "error", cause)
		return b.endEpoch(journal.WhyCopied)
	case journal.Damaged(cause):
		b.log.Error("the journal is damaged: a new epoch begins", "error", cause)
		return b.endEpoch(journal.WhyDamaged)
	}
	return b.journal.Close()
}

// endEpoch keeps the journal aside and returns [errEpochEnded]. The next box's
// feed delivers what head office does not have of it.
func (b *box) endEpoch(why string) error {
	if err := b.journal.EndEpoch(b.config.Terminal.Data, why); err != nil {
		return err
	}
	return errEpochEnded
}

func (b *box) stamp(h *tap.Header) {
	now := b.clock.Now()
	h.At, h.Clock, h.Up = tap.FormatTime(now.Wall), now.Quality, now.Up
}

const (
	clockPoll   = 5 * time.Second
	clockAnchor = time.Hour
)

// watchClock has an anchor written when the wall clock becomes right, and then
// hourly.
func (b *box) watchClock(ctx context.Context) {
	poll := time.NewTicker(clockPoll)
	defer poll.Stop()
	var anchored time.Time
	for {
		if b.clock.Now().Quality == tap.Synced && time.Since(anchored) >= clockAnchor {
			anchored = time.Now()
			a := b.clock.Anchor()
			b.loop.Note(&tap.ClockEvent{
				Header:  tap.Header{Kind: tap.KindClock},
				Quality: tap.Synced, Offset: a.Offset, Error: a.Error, Source: "kernel",
			})
		}
		select {
		case <-poll.C:
		case <-ctx.Done():
			return
		}
	}
}

func (b *box) condition() feed.Condition {
	now := b.clock.Now()
	c := feed.Condition{
		Boot: b.boot, Config: b.loop.Config(), Clock: now.Quality,
		At: tap.FormatTime(now.Wall), Up: now.Up, Software: version, Faults: b.faults(),
	}
	return c
}

// faults are the parts that are out of order.
func (b *box) faults() []string {
	faults := b.parts.faults()
	if b.loop.Healthy() != nil {
		faults = append(faults, "disk")
	}
	return faults
}

// pin keeps the office's key that was trusted on first use, in a file for the
// next start and in the journal for whoever reads it.
func (b *box) pin(pub seal.Public) error {
	path := filepath.Join(b.config.Terminal.Data, officeKeyFile)
	if err := durable.WriteFile(path, []byte(pub.String()+"\n"), 0o640); err != nil {
		return err
	}
	e := b.config.Event(pub.String())
	e.Kind = tap.KindConfig
	b.loop.Note(&e)
	return nil
}

// session counts the connections. A card that cannot be written must not keep
// the box from saying so: then they are counted in memory.
func (b *box) session() (uint64, error) {
	n, err := feed.NextSession(b.config.Terminal.Data, b.bootID, b.connections)
	if err != nil && !b.uncounted {
		b.log.Warn("connections are counted in memory only", "error", err)
	}
	b.connections, b.uncounted = n, err != nil
	return n, nil
}

func readPinned(dir string) (seal.Public, error) {
	path := filepath.Join(dir, officeKeyFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return seal.Public{}, nil
	}
	if err != nil {
		return seal.Public{}, fmt.Errorf("read the office's key: %w", err)
	}
	pub, err := seal.ParsePublic(strings.TrimSpace(string(text)))
	if err != nil {
		return pub, fmt.Errorf("%s: %w: remove it to trust the next office that introduces itself", path, err)
	}
	return pub, nil
}

func keyText(pub seal.Public) string {
	if pub.Zero() {
		return ""
	}
	return pub.String()
}

// recentEvents are the journal's newest events, oldest first: more than can
// come in the minute that the rules remember, and back to the newest boot.
func recentEvents(r *journal.Reader) ([]tap.Event, error) {
	const enough = 500
	var events []tap.Event
	var failed error
	booted := false
	err := r.Backward(func(l seal.Link) bool {
		e, err := tap.Parse(l.Event)
		if err != nil {
			failed = err
			return false
		}
		_, isBoot := e.(*tap.BootEvent)
		if len(events) < enough || isBoot {
			events = append(events, e)
		}
		booted = booted || isBoot
		return !booted || len(events) < enough
	})
	if err := errors.Join(err, failed); err != nil {
		return nil, fmt.Errorf("read the newest events: %w", err)
	}
	slices.Reverse(events)
	return events, nil
}

// handler answers with the handler of the box that lives now.
type handler struct {
	mu   sync.RWMutex
	next http.Handler
}

func (h *handler) set(next http.Handler) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.next = next
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.RLock()
	next := h.next
	h.mu.RUnlock()
	if next == nil {
		http.Error(w, `{"error":"the terminal is starting"}`, http.StatusServiceUnavailable)
		return
	}
	next.ServeHTTP(w, r)
}
