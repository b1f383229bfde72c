// Package storetest is what every implementation of an office's store owes.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"sourire/device/tap"
	"sourire/sync/office"
	"sourire/sync/seal"
)

// Store is an office.Store that a test can close.
type Store interface {
	office.Store
	Close() error
}

// Test runs the suite. Each call of open opens the store at path, a file or a
// name in a folder of the test's own, and makes it where there is none.
func Test(t *testing.T, open func(t *testing.T, path string) Store) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, *fixture)
	}{
		{"a new store is empty", testEmpty},
		{"what was committed is loaded", testLoad},
		{"a group is stored whole or not at all", testAtomic},
		{"summaries are updated", testUpdate},
		{"links by seq", testLinks},
		{"events by arrival across epochs", testEvents},
		{"events of some kinds", testEventsOf},
		{"batches by arrival", testBatches},
		{"forks are kept once", testForks},
		{"terminals are kept apart", testApart},
		{"commands and their newest answers", testCommands},
		{"a cancelled read ends", testCancelled},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &fixture{t: t, path: t.TempDir() + "/office.db", open: open}
			f.Store = open(t, f.path)
			t.Cleanup(func() {
				if err := f.Close(); err != nil {
					t.Error(err)
				}
			})
			c.run(t, f)
		})
	}
}

type fixture struct {
	Store
	t    *testing.T
	path string
	open func(*testing.T, string) Store
}

func (f *fixture) reopen() {
	f.t.Helper()
	if err := f.Close(); err != nil {
		f.t.Fatal(err)
	}
	f.Store = f.open(f.t, f.path)
}

func (f *fixture) commit(g *office.Group) {
	f.t.Helper()
	if err := f.Commit(context.Background(), g); err != nil {
		f.t.Fatal(err)
	}
}

func must[T any](f *fixture) func(T, error) T {
	return func(v T, err error) T {
		f.t.Helper()
		if err != nil {
			f.t.Fatal(err)
		}
		return v
	}
}

// same compares by content; nil and empty are the same.
func (f *fixture) same(what string, got, want any) {
	f.t.Helper()
	g, w := reflect.ValueOf(got), reflect.ValueOf(want)
	if g.Kind() == reflect.Slice && g.Len() == 0 && w.Len() == 0 {
		return
	}
	if !reflect.DeepEqual(got, want) {
		f.t.Errorf("%s: got\n%+v\nwant\n%+v", what, got, want)
	}
}

var (
	exit1 = tap.Identity{Chain: "demo", Store: "lyon", Terminal: "exit-1"}
	exit2 = tap.Identity{Chain: "demo", Store: "lyon", Terminal: "exit-2"}
	noon  = time.Date(2026, 11, 24, 12, 0, 0, 123e6, time.UTC)
)

func epochID(id tap.Identity, n int) office.EpochID {
	return office.EpochID{Identity: id, Epoch: fmt.Sprintf("00000000-0000-0000-0000-%012d", n)}
}

func hash(n uint64) seal.Head { return seal.Head{}.Next(fmt.Append(nil, n)) }

func key(n byte) seal.Key {
	k, err := seal.NewKey(bytes.Repeat([]byte{n}, 32))
	if err != nil {
		panic(err)
	}
	return k
}

// events are seq from to to of an epoch, at positions shifted by shift.
func events(id office.EpochID, from, to, shift uint64) []office.Event {
	var all []office.Event
	for seq := from; seq <= to; seq++ {
		raw := fmt.Appendf(nil, `{"seq":%d,"text":"<&> é %s"}`, seq, id.Epoch[30:])
		all = append(all, office.Event{EpochID: id, Pos: seq + shift, Link: seal.Link{Seq: seq, Head: hash(seq), Event: raw}})
	}
	return all
}

func links(events []office.Event) []seal.Link {
	var all []seal.Link
	for _, e := range events {
		all = append(all, e.Link)
	}
	return all
}

// first is a first group of a terminal: n events of an epoch.
func first(id tap.Identity, epoch int, n uint64) *office.Group {
	e := epochID(id, epoch)
	return &office.Group{
		Terminals: []office.Terminal{{
			Identity: id, Pos: n, State: []byte(`{"online":true}`), CompleteTo: noon, LastEvent: "2026-11-24T12:00:00.000Z",
			Software: "1.2.0", Counted: 7, Days: map[string]int64{"2026-11-24": 7},
		}},
		Epochs: []office.Epoch{{EpochID: e, Last: n, Head: hash(n), Key: key(1).Public()}},
		Events: events(e, 1, n, 0),
		Batches: []office.Batch{{
			EpochID: e, First: 1, Last: n, Head: hash(n), KeyID: key(1).Public().ID(), Sig: "c2ln",
		}},
	}
}

func testEmpty(_ *testing.T, f *fixture) {
	for range 2 {
		ctx := context.Background()
		f.same("snapshot", must[office.Snapshot](f)(f.Load(ctx)), office.Snapshot{})
		f.same("events", must[[]office.Event](f)(f.Events(ctx, exit1, 0, 10)), []office.Event{})
		f.same("links", must[[]seal.Link](f)(f.Links(ctx, epochID(exit1, 1), 1, 10)), []seal.Link{})
		f.reopen()
	}
}

func testLoad(_ *testing.T, f *fixture) {
	g := first(exit1, 1, 120)
	g.Epochs[0].Base, g.Epochs[0].Prev = 3, hash(3)
	g.Epochs[0].Holes = []office.Hole{{After: 20, Upto: 30, Head: hash(30)}, {After: 40, Upto: 41, Head: hash(41)}}
	g.Incidents = []office.Incident{
		{Identity: exit1, At: noon, Epoch: g.Epochs[0].EpochID.Epoch, Seq: 4, What: "history before seq 4 is not here"},
		{Identity: exit1, At: noon, Epoch: g.Epochs[0].EpochID.Epoch, Seq: 1, What: "second"},
	}
	g.Forks = []office.Fork{
		{EpochID: g.Epochs[0].EpochID, Prev: hash(4), Point: true, Link: seal.Link{Seq: 5, Head: hash(55), Event: []byte("{}")}},
		{EpochID: g.Epochs[0].EpochID, Prev: hash(55), Link: seal.Link{Seq: 6, Head: hash(66), Event: []byte("{}")}},
	}
	f.commit(g)
	bare := office.Terminal{Identity: exit2}
	f.commit(&office.Group{Terminals: []office.Terminal{bare}})
	want := office.Snapshot{
		Terminals:  []office.Terminal{g.Terminals[0], bare},
		Epochs:     g.Epochs,
		ForkPoints: []office.ForkPoint{{EpochID: g.Epochs[0].EpochID, Seq: 5, Head: hash(55)}},
		Incidents:  g.Incidents,
	}
	f.same("before reopening", must[office.Snapshot](f)(f.Load(context.Background())), want)
	f.reopen()
	f.same("after reopening", must[office.Snapshot](f)(f.Load(context.Background())), want)
}

func testAtomic(t *testing.T, f *fixture) {
	ctx := context.Background()
	f.commit(first(exit1, 1, 60))
	before := must[office.Snapshot](f)(f.Load(ctx))
	id := epochID(exit1, 1)
	for what, e := range map[string]office.Event{
		"seq that is there": {EpochID: id, Pos: 99, Link: seal.Link{Seq: 60, Head: hash(1), Event: []byte("{}")}},
		"pos that is there": {EpochID: id, Pos: 60, Link: seal.Link{Seq: 99, Head: hash(1), Event: []byte("{}")}},
		"unknown epoch":     {EpochID: epochID(exit1, 9), Pos: 99, Link: seal.Link{Seq: 1, Head: hash(1), Event: []byte("{}")}},
	} {
		g := first(exit1, 1, 60)
		g.Terminals[0].Counted = 1000
		g.Events = append(events(id, 61, 90, 0), e)
		g.Terminals = append(g.Terminals, office.Terminal{Identity: exit2})
		if err := f.Commit(ctx, g); err == nil {
			t.Errorf("%s: stored", what)
		}
		f.same("snapshot", must[office.Snapshot](f)(f.Load(ctx)), before)
		f.same("events", links(must[[]office.Event](f)(f.Events(ctx, exit1, 0, 1000))), links(events(id, 1, 60, 0)))
	}
	// What failed leaves no trace in the way of what follows.
	f.commit(first(exit2, 2, 3))
	f.commit(&office.Group{Events: events(id, 61, 62, 0)})
	f.same("links", must[[]seal.Link](f)(f.Links(ctx, id, 60, 70)), links(events(id, 60, 62, 0)))
}

func testUpdate(_ *testing.T, f *fixture) {
	g := first(exit1, 1, 10)
	f.commit(g)
	f.reopen() // the store knows rows that it did not write in this life
	id := g.Epochs[0].EpochID
	g.Terminals[0].Pos, g.Terminals[0].Counted, g.Terminals[0].State = 12, 9, []byte(`{"online":false}`)
	g.Terminals[0].Days = map[string]int64{"2026-11-25": 2}
	g.Epochs[0].Last, g.Epochs[0].Head = 12, hash(12)
	g.Epochs[0].Holes = []office.Hole{{After: 4, Upto: 6, Head: hash(6)}}
	f.commit(&office.Group{Terminals: g.Terminals, Epochs: g.Epochs, Events: events(id, 11, 12, 0)})
	g.Epochs[0].Holes = append(g.Epochs[0].Holes, office.Hole{After: 8, Upto: 9, Head: hash(9)})
	f.commit(&office.Group{Terminals: g.Terminals, Epochs: g.Epochs})
	s := must[office.Snapshot](f)(f.Load(context.Background()))
	f.same("terminals", s.Terminals, g.Terminals)
	f.same("epochs", s.Epochs, g.Epochs)
}

func testLinks(_ *testing.T, f *fixture) {
	ctx := context.Background()
	f.commit(first(exit1, 1, 130))
	id := epochID(exit1, 1)
	all := links(events(id, 1, 130, 0))
	for _, c := range []struct{ from, to uint64 }{{1, 130}, {5, 5}, {0, 3}, {100, 1 << 52}, {131, 200}, {7, 6}} {
		want := slices.DeleteFunc(slices.Clone(all), func(l seal.Link) bool { return l.Seq < c.from || l.Seq > c.to })
		f.same(fmt.Sprint(c), must[[]seal.Link](f)(f.Links(ctx, id, c.from, c.to)), want)
	}
	f.same("another epoch", must[[]seal.Link](f)(f.Links(ctx, epochID(exit1, 2), 1, 9)), []seal.Link{})
}

func testEvents(_ *testing.T, f *fixture) {
	ctx := context.Background()
	f.commit(first(exit1, 2, 5))
	old := first(exit1, 1, 0)
	e := epochID(exit1, 1)
	f.commit(&office.Group{Epochs: old.Epochs, Events: events(e, 1, 4, 5)})
	f.commit(&office.Group{Events: events(epochID(exit1, 2), 6, 7, 4)})
	want := append(events(epochID(exit1, 2), 1, 5, 0), events(e, 1, 4, 5)...)
	want = append(want, events(epochID(exit1, 2), 6, 7, 4)...)
	f.same("all", must[[]office.Event](f)(f.Events(ctx, exit1, 0, 100)), want)
	f.same("some", must[[]office.Event](f)(f.Events(ctx, exit1, 4, 3)), want[4:7])
	f.same("none", must[[]office.Event](f)(f.Events(ctx, exit1, 11, 3)), want[:0])
}

func testEventsOf(_ *testing.T, f *fixture) {
	ctx := context.Background()
	f.commit(first(exit1, 1, 5))
	f.commit(first(exit2, 2, 1))
	id := epochID(exit1, 1)
	var told []office.Event
	for i, raw := range []string{
		`{"kind":"note","seq":6,"text":"\"kind\":\"alert\""}`, `{"kind":"tap","seq":7}`, `{"kind":"alert","seq":8,"text":"é"}`,
		`{"alert":{"kind":"taps"},"kind":"tap","seq":9}`, `{"kind":"alert","seq":10}`,
	} {
		seq := uint64(6 + i)
		told = append(told, office.Event{EpochID: id, Pos: seq, Link: seal.Link{Seq: seq, Head: hash(seq), Event: []byte(raw)}})
	}
	f.commit(&office.Group{Events: told})
	of := func(after, upto uint64, kinds ...tap.Kind) []office.Event {
		return must[[]office.Event](f)(f.EventsOf(ctx, exit1, after, upto, kinds))
	}
	f.same("alerts", of(0, 100, tap.KindAlert), []office.Event{told[2], told[4]})
	f.same("alerts and notes", of(0, 9, tap.KindAlert, tap.KindNote), []office.Event{told[0], told[2]})
	f.same("from behind", of(8, 10, tap.KindAlert), []office.Event{told[4]})
	f.same("of no kind", of(0, 100), []office.Event{})
	f.same("of another terminal", must[[]office.Event](f)(f.EventsOf(ctx, exit2, 0, 100, []tap.Kind{tap.KindAlert})), []office.Event{})
}

func testBatches(_ *testing.T, f *fixture) {
	ctx := context.Background()
	f.commit(first(exit1, 1, 10))
	f.commit(first(exit2, 1, 10))
	id := epochID(exit1, 1)
	more := office.Batch{EpochID: id, First: 4, Last: 8, Prev: hash(3), Head: hash(88), KeyID: "k", Sig: "s", Covered: []byte(`{"x":"<&>"}`), Fork: true}
	f.commit(&office.Group{Batches: []office.Batch{more, more}})
	all := must[[]office.Batch](f)(f.Batches(ctx, id, 0, 10))
	if len(all) != 3 || all[0].Row >= all[1].Row || all[1].Row >= all[2].Row {
		f.t.Fatalf("batches %+v", all)
	}
	want := []office.Batch{first(exit1, 1, 10).Batches[0], more, more}
	for i := range want {
		want[i].Row = all[i].Row
	}
	f.same("all", all, want)
	f.same("one", must[[]office.Batch](f)(f.Batches(ctx, id, all[0].Row, 1)), want[1:2])
}

func testForks(_ *testing.T, f *fixture) {
	ctx := context.Background()
	f.commit(first(exit1, 1, 10))
	id := epochID(exit1, 1)
	a := office.Fork{EpochID: id, Prev: hash(4), Point: true, Link: seal.Link{Seq: 5, Head: hash(55), Event: []byte(`{"a":1}`)}}
	b := office.Fork{EpochID: id, Prev: hash(5), Point: true, Link: seal.Link{Seq: 6, Head: hash(66), Event: []byte(`{"b":1}`)}}
	f.commit(&office.Group{Forks: []office.Fork{b}})
	f.commit(&office.Group{Forks: []office.Fork{a, b, a}})
	f.same("forks", must[[]office.Fork](f)(f.Forks(ctx, id)), []office.Fork{a, b})
	f.same("has", must[bool](f)(f.HasFork(ctx, id, 5, hash(55))), true)
	f.same("another head", must[bool](f)(f.HasFork(ctx, id, 5, hash(66))), false)
	f.same("another seq", must[bool](f)(f.HasFork(ctx, id, 6, hash(55))), false)
	f.same("another epoch", must[bool](f)(f.HasFork(ctx, epochID(exit1, 2), 5, hash(55))), false)
}

// Two terminals may use the same epoch, by chance or by a copied card.
func testApart(_ *testing.T, f *fixture) {
	ctx := context.Background()
	f.commit(first(exit1, 1, 10))
	f.commit(first(exit2, 1, 4))
	f.same("exit-1", len(must[[]office.Event](f)(f.Events(ctx, exit1, 0, 100))), 10)
	f.same("exit-2", len(must[[]office.Event](f)(f.Events(ctx, exit2, 0, 100))), 4)
	f.same("links", len(must[[]seal.Link](f)(f.Links(ctx, epochID(exit2, 1), 1, 100))), 4)
	f.same("batches", len(must[[]office.Batch](f)(f.Batches(ctx, epochID(exit2, 1), 0, 100))), 1)
}

func testCommands(_ *testing.T, f *fixture) {
	ctx := context.Background()
	g := first(exit1, 1, 3)
	one := office.Command{Identity: exit1, ID: "b-1", Sealed: []byte(`{"x":"<&>"}`)}
	two := office.Command{Identity: exit1, ID: "a-2", Sealed: []byte(`{}`), Answer: []byte(`{"result":"later"}`)}
	g.Commands = []office.Command{one, two}
	f.commit(g)
	f.same("commands", must[office.Snapshot](f)(f.Load(ctx)).Commands, []office.Command{one, two})
	f.commit(first(exit2, 2, 3)) // whose command has the same id
	other := office.Command{Identity: exit2, ID: "b-1", Sealed: []byte(`{"y":1}`)}
	one.Answer = []byte(`{"result":"done"}`)
	f.commit(&office.Group{Commands: []office.Command{other, one}})
	f.reopen()
	f.same("answered", must[office.Snapshot](f)(f.Load(ctx)).Commands, []office.Command{one, two, other})
	if err := f.Commit(ctx, &office.Group{Commands: []office.Command{{Identity: tap.Identity{Chain: "demo", Store: "nice", Terminal: "x"}, ID: "a", Sealed: []byte("{}")}}}); !errors.Is(err, office.ErrDamaged) {
		f.t.Errorf("a command of an unknown terminal: %v", err)
	}
}

func testCancelled(t *testing.T, f *fixture) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Load(ctx); err == nil {
		t.Error("read on")
	}
}
