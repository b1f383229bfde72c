package main

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"sourire/device/clock"
	"sourire/device/clock/clocktest"
	"sourire/device/tap"
	"sourire/sync/journal"
	"sourire/sync/seal"
)

// decade is a terminal that has stood in a shop for long: its journal, and what
// is told and dropped of it, without goroutines.
type decade struct {
	*testing.T
	journal   *journal.Journal
	machine   *clocktest.Machine
	clock     *clock.Clock
	results   *results
	retention *retention
	able      error
}

func newDecade(t *testing.T, dir string, began time.Time) *decade {
	t.Helper()
	j, err := journal.Open(journal.Config{Dir: dir, Identity: identity, Stamp: stampBench, Log: discard})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	d := &decade{T: t, journal: j, machine: &clocktest.Machine{}, results: newResults(time.UTC)}
	d.machine.Sync(began)
	d.clock = clock.New(d.machine, time.UTC)
	d.retention = &retention{
		journal: j, clock: d.clock, due: d.results.due, able: func() error { return d.able }, to: d, log: discard,
		said: make(chan *tap.DropEvent, 1),
	}
	d.results.also = []follower{d.retention}
	return d
}

// Note stores events that are stamped like presses.
func (d *decade) Note(events ...tap.Event) {
	d.Helper()
	now := d.clock.Now()
	for _, e := range events {
		h := e.Head()
		h.At, h.Clock, h.Boot, h.Up = tap.FormatTime(now.Wall), now.Quality, 1, now.Up
	}
	if err := errors.Join(d.journal.Append(events...), d.results.add(context.Background(), d.journal.Reader)); err != nil {
		d.Fatal(err)
	}
}

// hour lets an hour pass in which so many press, and what is due be done.
func (d *decade) hour(presses int) {
	d.Helper()
	var taps []tap.Event
	for i := range presses {
		taps = append(taps, &tap.TapEvent{Header: tap.Header{Kind: tap.KindTap}, Config: 2, Choice: i % 4, Of: 4, Counted: true, Flags: []tap.Flag{}, Rule: 1})
	}
	if len(taps) > 0 {
		d.Note(taps...)
	}
	d.machine.Pass(time.Hour)
	err := d.retention.look()
	for err == nil && len(d.retention.said) > 0 {
		err = d.retention.drop(d.Context(), <-d.retention.said)
	}
	if err != nil {
		d.Fatal(err)
	}
}

func (d *decade) deliver() {
	d.Helper()
	if err := d.journal.Confirm(d.journal.Last()); err != nil {
		d.Fatal(err)
	}
}

func (d *decade) begin() {
	d.Note(&tap.BootEvent{Header: tap.Header{Kind: tap.KindBoot}},
		&tap.ConfigEvent{Header: tap.Header{Kind: tap.KindConfig}, Question: "exit", Audience: "customer", Scale: tap.Faces4})
	d.Note(d.clock.Anchor().Event())
}

// oldest is when the oldest raw event beside genesis was written.
func (d *decade) oldest() time.Time {
	d.Helper()
	links, err := d.journal.After(1, 1)
	if err != nil || len(links) == 0 {
		d.Fatal(links, err)
	}
	e, err := tap.Parse(links[0].Event)
	if err != nil {
		d.Fatal(err)
	}
	at, err := tap.ParseTime(e.Head().At)
	if err != nil {
		d.Fatal(err)
	}
	return at
}

// Raw events stay for 400 days, and as long as head office does not have them;
// finished hours stay. A start reads what it needs, and knows the same.
func TestRawEventsAreKeptFor400DaysAndHoursForLonger(t *testing.T) {
	dir := t.TempDir()
	began := time.Date(2026, 1, 5, 8, 30, 0, 0, time.UTC)
	d := newDecade(t, dir, began)
	d.begin()
	want := 0
	day := func(n int) {
		d.hour(50 + n%7)
		d.hour(0)
		d.hour(100)
		d.machine.Pass(21 * time.Hour)
		want += 150 + n%7
	}
	for n := range 30 {
		day(n)
	}
	d.machine.Pass((400 - 20) * 24 * time.Hour)
	d.begin() // it was off
	for n := range 15 {
		day(n)
	}
	if at := d.oldest(); !at.Equal(began) {
		t.Errorf("the oldest event is of %s: events were dropped that head office does not have", at)
	}
	d.deliver()
	for n := range 5 {
		day(n)
	}
	now := d.clock.Now().Wall
	if age := now.Sub(d.oldest()); age < 400*24*time.Hour || age > (400+2)*24*time.Hour {
		t.Errorf("the oldest raw event is %s old", age)
	}
	hours := map[string]int{}
	tallies := func(l seal.Link) error {
		e, err := tap.Parse(l.Event)
		if e, ok := e.(*tap.TallyEvent); ok {
			hours[*e.Hour] = e.Raw
		}
		return err
	}
	if err := errors.Join(d.journal.Kept(0, tallies), d.journal.Forward(0, tallies)); err != nil {
		t.Fatal(err)
	}
	presses := 0
	for _, raw := range hours {
		presses += raw
	}
	if last := 100; presses != want && presses != want-last { // the last hour is not over yet
		t.Errorf("%d presses are told of, want %d", presses, want)
	}
	last, _ := d.journal.Last()
	if n, err := d.journal.Verify(); err != nil || n != last {
		t.Errorf("verify: %d of %d events, %v", n, last, err)
	}

	again := newResults(time.UTC)
	if err := again.recall(d.journal.Reader); err != nil || again.seq < last-400 {
		t.Errorf("a start reads from event %d of %d on, %v", again.seq, last, err)
	}
	again.begun = true
	if err := again.add(t.Context(), d.journal.Reader); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(again.spans(now, tap.Synced)), fmt.Sprint(d.results.spans(now, tap.Synced)); got != want {
		t.Errorf("after a start\n%s, want\n%s", got, want)
	}
}

// attic is a journal in which something is old enough to be forgotten, once.
type attic struct {
	*journal.Journal
	before time.Time
	last   uint64 // up to where; 0 when that was done
	pruned []string
}

func (a *attic) Outlived(before, _ time.Time) (*tap.DropEvent, error) {
	if a.before = before; a.last == 0 {
		return nil, nil
	}
	return &tap.DropEvent{Header: tap.Header{Kind: tap.KindDrop}, First: 2, Last: a.last, Why: journal.WhyYears}, nil
}

func (a *attic) Prune(ctx context.Context, d *tap.DropEvent) error {
	a.pruned = append(a.pruned, d.Why)
	if d.Why != journal.WhyYears {
		return a.Journal.Prune(ctx, d)
	}
	a.last = 0
	return nil
}

// What is kept for longer than raw events is forgotten after ten years, when no
// raw events are left to drop, or so few that it is not worth an event.
func TestHoursAreKeptForTenYears(t *testing.T) {
	d := newDecade(t, t.TempDir(), time.Date(2026, 1, 5, 8, 30, 0, 0, time.UTC))
	a := &attic{Journal: d.journal}
	d.retention.journal = a
	d.begin()
	d.hour(1500)
	d.deliver()
	d.machine.Pass(401 * 24 * time.Hour)
	d.begin()
	a.last = 2
	d.hour(10)
	if want := d.clock.Now().Wall.AddDate(-10, 0, 0); !a.before.Equal(want) {
		t.Errorf("what is of before %s is forgotten, want %s", a.before, want)
	}
	if got := fmt.Sprint(a.pruned); got != "[age years]" {
		t.Errorf("dropped: %s", got)
	}
}

// scarce is a journal on a card that gets full.
type scarce struct {
	*journal.Journal
	spare int64
}

func (s *scarce) Spare() (int64, error) { return s.spare, nil }

// What head office has makes room on a card that gets full; what it does not have
// never does. Where nobody presses and where presses cannot be stored, nothing is
// written.
func TestRoomIsMadeOfWhatHeadOfficeHas(t *testing.T) {
	d := newDecade(t, t.TempDir(), time.Date(2026, 1, 5, 8, 30, 0, 0, time.UTC))
	card := &scarce{d.journal, spareBytes - 1}
	d.retention.journal = card
	d.begin()
	d.hour(3000)
	raw := func() (n int) {
		if err := d.journal.Forward(1, func(seal.Link) error { n++; return nil }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := raw()
	d.hour(0)
	if n := raw(); n != before {
		t.Errorf("%d events where there were %d, none of them delivered", n, before)
	}
	d.deliver()
	d.hour(0)
	if n := raw(); n > 1100 {
		t.Errorf("%d events where the card was full", n)
	}
	card.spare = spareBytes
	last, _ := d.journal.Last()
	d.hour(0)
	d.hour(0)
	d.able = errors.New("out of order")
	d.hour(0)
	if now, _ := d.journal.Last(); now != last {
		t.Errorf("%d events were written in hours without presses", now-last)
	}
}

// stuck is a journal that cannot be pruned for a while.
type stuck struct {
	archive
	times int
}

func (s *stuck) Prune(ctx context.Context, d *tap.DropEvent) error {
	if s.times--; s.times >= 0 {
		return errors.New("not now")
	}
	return s.archive.Prune(ctx, d)
}

// A drop that fails is gone on with: it is not said again that it will be.
func TestADropThatFailsIsGoneOnWith(t *testing.T) {
	d := newDecade(t, t.TempDir(), time.Date(2026, 1, 5, 8, 30, 0, 0, time.UTC))
	d.retention.journal = &stuck{&scarce{d.journal, spareBytes - 1}, 3}
	d.begin()
	d.Note(benchTap(1))
	d.hour(3000)
	d.deliver()
	var failures int
	for range 6 {
		err := d.retention.look()
		if err == nil && len(d.retention.said) > 0 {
			err = d.retention.drop(t.Context(), <-d.retention.said)
		} else if err == nil && d.retention.left != nil {
			err = d.retention.drop(t.Context(), d.retention.left)
		}
		if err != nil {
			failures++
		}
	}
	base, err := d.journal.Base()
	last, _ := d.journal.Last()
	if failures != 3 || err != nil || base.Seq < 2000 || last > 3100 {
		t.Errorf("%d failures, %d events dropped of %d, %v", failures, base.Seq, last, err)
	}
	drops := 0
	if err := d.journal.Forward(1, func(l seal.Link) error {
		e, err := tap.Parse(l.Event)
		if _, ok := e.(*tap.DropEvent); ok {
			drops++
		}
		return err
	}); err != nil || drops != 1 {
		t.Errorf("%d drops are said, %v", drops, err)
	}
}
