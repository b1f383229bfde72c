package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"sourire/device/clock"
	"sourire/device/config"
	"sourire/device/tap"
	"sourire/device/terminal"
	"sourire/sync/feed"
	"sourire/sync/journal"
)

// box is one life of a terminal: from opening its journal to closing it.
type box struct {
	config    config.Config
	log       *slog.Logger
	clock     *clock.Clock
	bootID    string
	boot      uint64
	journal   *journal.Journal
	loop      *terminal.Loop
	feed      *feed.Feed
	results   *results
	past      *pastHours
	diary     *diary
	alerts    *alerts
	retention *retention
	parts     *hardware
	started   time.Time

	connections uint64 // the number of the latest; the feed's own
	uncounted   bool   // and it could not be written down
	keySpoilt   bool   // the office's key does not stand in its file; the feed's own
}

// errEpochEnded says that the next box begins a new epoch.
var errEpochEnded = errors.New("the journal's epoch has ended")

// newBox opens the journal and puts the parts together. The caller holds the
// lock on the data folder. The clock outlives the box.
func newBox(c config.Config, feeding feed.Config, now *clock.Clock, log *slog.Logger) (*box, error) {
	b := &box{config: c, log: log, clock: now, started: time.Now()}
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
	recent, err := recentEvents(b.journal)
	if err != nil {
		return unavailable(err)
	}
	b.clock.Know(clock.Recall(recent, b.bootID))
	resumed := terminal.Resume(recent, b.bootID)
	b.boot = resumed.Boot
	var spoilt error
	if feeding.OfficeKey.Zero() {
		if feeding.OfficeKey, spoilt, err = b.pinned(); err != nil {
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
		Manager: setupOf(b.config),
		Texts:   b.config.Texts, Said: said(b.config.Survey.Public.Said), Write: b.config.Survey.Write,
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
	b.parts = newHardware(b.config, b.loop, b.clock, b.log)
	b.mend(feeding.OfficeKey, spoilt)
	feeding.Data = b.config.Terminal.Data
	feeding.Pin = b.pin
	feeding.Session = b.session
	feeding.Condition = b.condition
	feeding.Test = b.loop.Command
	feeding.Log = b.log
	b.feed = feed.New(feeding, b.journal)
	b.results = newResults(b.config.Location())
	inForce := b.config.Event("")
	b.past = &pastHours{survey: &inForce}
	b.diary = newDiary(b.config.Location())
	b.retention = newRetention(b)
	b.alerts = newAlerts(b, hours)
	b.results.also = append(b.results.also, b.diary, b.retention, b.alerts)
	if b.config.Survey.Public.Counter && b.config.Survey.Audience != "staff" {
		b.results.also = append(b.results.also, public{b})
	}
	if b.parts.buttons != nil {
		b.results.also = append(b.results.also, newSilence(b.parts))
	}
	return nil
}

// unavailable says of a journal that was opened and could not be read that it
// may be better the next time, unless it is damaged.
func unavailable(err error) error {
	if err == nil || journal.Damaged(err) {
		return err
	}
	return fmt.Errorf("%w: %w", journal.ErrUnavailable, err)
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
		err := b.journal.VerifyUntil(ctx)
		if journal.Damaged(err) {
			cancel(err)
		}
		if err == nil && b.config.Manager.PIN != "" {
			_ = b.diary.recall(b.journal.Reader) // else the first page does
		}
	})
	parts.Go(func() {
		if err := b.journal.Watch(ctx); err != nil {
			cancel(err)
		}
	})
	parts.Go(func() { watchClock(ctx, b.clock, b.loop) })
	parts.Go(func() { b.parts.run(ctx) })
	parts.Go(func() { b.parts.show(ctx, b.config.Board) })
	parts.Go(func() { b.results.follow(ctx, b.journal, b.log) })
	parts.Go(func() { b.retention.run(ctx) })
	parts.Go(func() { b.alerts.run(ctx) })
	b.loop.Run(ctx)
	parts.Wait()
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, feed.ErrCopied):
		b.log.Error("this card is an old copy: a new epoch begins", "error", cause)
		return b.endEpoch(journal.WhyCopied)
	case journal.Damaged(cause), errors.Is(cause, journal.ErrGone):
		b.log.Error("the journal is damaged: a new epoch begins", "error", cause)
		return b.endEpoch(journal.WhyDamaged)
	}
	return b.journal.Close()
}

// endEpoch keeps the journal aside and returns [errEpochEnded]. The next box's
// feed delivers what head office does not have of it.
func (b *box) endEpoch(why string) error {
	if err := b.journal.EndEpoch(why); err != nil {
		return err
	}
	return errEpochEnded
}

func (b *box) stamp(h *tap.Header) {
	now := b.clock.Now()
	h.At, h.Clock, h.Up = tap.FormatTime(now.Wall), now.Quality, now.Up
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

// session counts the connections, where systemd gives a folder in memory for
// what need not outlive the boot: while a broker is away they are many. What
// cannot be written must not keep the box from saying so: then they are counted
// by this process.
func (b *box) session() (uint64, error) {
	dir := cmp.Or(os.Getenv("RUNTIME_DIRECTORY"), b.config.Terminal.Data)
	n, err := feed.NextSession(dir, b.bootID, b.connections)
	if err != nil { // of a process before this one, nobody knows how many
		n = max(n, uint64(b.clock.Now().Up/time.Second.Milliseconds()))
	}
	if err != nil && !b.uncounted {
		b.log.Warn("connections are counted in memory only", "error", err)
	}
	b.connections, b.uncounted = n, err != nil
	return n, nil
}
