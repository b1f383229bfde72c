package journal_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sourire/device/tap"
	"sourire/sync/journal"
	"sourire/sync/seal"
)

var dawn = time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC)

// years adds n events a minute apart, from dawn on: every hundredth is a config,
// the rest are presses.
func years(t testing.TB, j *journal.Journal, n int) {
	t.Helper()
	var events []tap.Event
	last, _ := j.Last()
	for i := range n {
		h := tap.Header{Kind: tap.KindTap, At: tap.FormatTime(dawn.Add(time.Duration(int(last)+i) * time.Minute)), Clock: tap.Synced, Boot: 1, Up: 9120}
		if (int(last)+i)%100 == 0 {
			h.Kind = tap.KindConfig
			events = append(events, &tap.ConfigEvent{Header: h, Question: "exit", Scale: tap.Faces4})
			continue
		}
		e := press(i % 4)
		e.Header = h
		events = append(events, e)
	}
	must(t, j.Append(events...))
}

func confirmAll(t testing.TB, j *journal.Journal) {
	t.Helper()
	must(t, j.Confirm(j.Last()))
}

// aged drops what happened in the first so many minutes.
func aged(t testing.TB, j *journal.Journal, minutes int) *tap.DropEvent {
	t.Helper()
	d, err := j.Aged(dawn.Add(time.Duration(minutes)*time.Minute), dawn.AddDate(1, 0, 0))
	must(t, err)
	if d == nil {
		t.Fatal("nothing may be dropped")
	}
	d.Header = tap.Header{Kind: tap.KindDrop, At: tap.FormatTime(dawn.AddDate(1, 0, 0)), Clock: tap.Synced, Boot: 1, Up: 9120}
	must(t, j.Append(d))
	return d
}

func seqs(t testing.TB, all func(uint64, func(seal.Link) error) error) (seqs []uint64) {
	t.Helper()
	must(t, all(0, func(l seal.Link) error {
		seqs = append(seqs, l.Seq)
		return nil
	}))
	return seqs
}

func TestPruneDropsWhatIsOldAndConfirmed(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	years(t, j, 3000)
	confirmAll(t, j)
	d := aged(t, j, 1501)
	if d.First != 2 || d.Last != 1501 || d.Why != journal.WhyAge || d.Kept != 15 {
		t.Fatalf("drop %+v; want events 2 to 1501, 15 configs among them", d)
	}
	must(t, j.Prune(t.Context(), d))

	raw := seqs(t, j.Forward)
	if raw[0] != 1 || raw[1] != 1502 || len(raw) != 1+3002-1501 {
		t.Errorf("raw events: %d, the first %v", len(raw), raw[:2])
	}
	if kept := seqs(t, j.Kept); len(kept) != 15 || kept[0] != 101 || kept[14] != 1501 {
		t.Errorf("kept: %v", kept)
	}
	if _, err := j.At(500); !errors.Is(err, sql.ErrNoRows) {
		t.Errorf("a dropped event: %v", err)
	}
	if l, err := j.At(501); err != nil || !strings.Contains(string(l.Event), `"question":"exit"`) {
		t.Errorf("a kept event: %s, %v", l.Event, err)
	}
	if base, err := j.Base(); err != nil || base.Seq != 1501 || base.Head.String() != d.After {
		t.Errorf("base %d %s, %v; want 1501 %s", base.Seq, base.Head, err, d.After)
	}
	check(t, j, 3002)
	must(t, j.Close())
	j = open(t, dir)
	check(t, j, 3002)
	add(t, j, 1)
	check(t, j, 3003)
	if again, err := j.Aged(dawn.Add(1501*time.Minute), dawn.AddDate(1, 0, 0)); again != nil || err != nil {
		t.Errorf("dropped again: %+v, %v", again, err)
	}
}

func TestPruneGoesOnDropAfterDrop(t *testing.T) {
	j := open(t, t.TempDir())
	years(t, j, 9000)
	confirmAll(t, j)
	must(t, j.Prune(t.Context(), aged(t, j, 100))) // of which the first kept is one
	must(t, j.Prune(t.Context(), aged(t, j, 101)))
	d := aged(t, j, 7000)
	if d.Last-d.First+1 != 5000 {
		t.Fatalf("one drop of %d events", d.Last-d.First+1)
	}
	must(t, j.Prune(t.Context(), d))
	must(t, j.Prune(t.Context(), aged(t, j, 7000)))
	if base, err := j.Base(); err != nil || base.Seq != 7000 {
		t.Errorf("base %d, %v", base.Seq, err)
	}
	check(t, j, 9005)
	// Drop events are kept, too.
	years(t, j, 1500)
	confirmAll(t, j)
	for range 2 {
		d, err := j.Delivered()
		must(t, err)
		if d == nil {
			break
		}
		d.At, d.Clock, d.Boot = tap.FormatTime(dawn), tap.Unknown, 1
		must(t, j.Append(d))
		must(t, j.Prune(t.Context(), d))
	}
	last, _ := j.Last()
	check(t, j, last)
	var drops int
	must(t, j.Kept(0, func(l seal.Link) error {
		if e, err := tap.Parse(l.Event); err != nil {
			return err
		} else if _, ok := e.(*tap.DropEvent); ok {
			drops++
		}
		return nil
	}))
	if drops != 4 {
		t.Errorf("%d drop events are kept, want 4", drops)
	}
}

// Neither the receiver's events nor the newest go.
func TestPruneSparesWhatIsNeeded(t *testing.T) {
	j := open(t, t.TempDir())
	years(t, j, 3000)
	now := dawn.AddDate(1, 0, 0)
	if d, err := j.Aged(now, now); d != nil || err != nil {
		t.Fatalf("unconfirmed events: %+v, %v", d, err)
	}
	l, err := j.At(300)
	must(t, err)
	must(t, j.Confirm(300, l.Head))
	d := aged(t, j, 3000)
	if d.Last != 300 {
		t.Fatalf("confirmed up to 300, dropped up to %d", d.Last)
	}
	far := *d
	far.Last = 301
	must(t, j.Append(&far))
	if err := j.Prune(t.Context(), &far); !errors.Is(err, journal.ErrNeeded) {
		t.Errorf("drop of an event that is not confirmed: %v", err)
	}
	never := *d
	never.Why = "nothing"
	if err := j.Prune(t.Context(), &never); err == nil {
		t.Error("a drop that was never appended is carried out")
	}
	confirmAll(t, j)
	d = aged(t, j, 3000)
	if last, _ := j.Last(); d.Last != last-1-1000 {
		t.Errorf("dropped up to %d of %d", d.Last, last)
	}
	near := *d
	near.Last = 2500
	must(t, j.Append(&near))
	if err := j.Prune(t.Context(), &near); !errors.Is(err, journal.ErrNeeded) {
		t.Errorf("drop of the newest events: %v", err)
	}
	if len(seqs(t, j.Forward)) != 3005 {
		t.Error("something was dropped")
	}
}

// Only a synced clock dates an event, and those before it; none from after now.
func TestAgedBelievesSyncedClocksOnly(t *testing.T) {
	day := func(n int, q tap.Quality) tap.Event {
		e := press(1)
		e.At, e.Clock = tap.FormatTime(dawn.AddDate(0, 0, n)), q
		return e
	}
	for _, c := range []struct {
		name   string
		events []tap.Event // seqs from 2
		want   uint64
	}{
		{"dated by the next", []tap.Event{day(900, tap.Unknown), day(0, tap.Synced), day(20, tap.Synced)}, 3},
		{"not dated", []tap.Event{day(0, tap.Unknown), day(0, tap.Saved)}, 0},
		{"too young", []tap.Event{day(11, tap.Synced), day(0, tap.Synced)}, 0},
		{"from the future", []tap.Event{day(200, tap.Synced), day(1, tap.Synced), day(30, tap.Synced)}, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := open(t, t.TempDir())
			for range 1100 { // newer, and from after now
				c.events = append(c.events, press(1))
			}
			must(t, j.Append(c.events...))
			confirmAll(t, j)
			d, err := j.Aged(dawn.Add(-time.Hour).AddDate(0, 0, 10), dawn.AddDate(0, 0, 100))
			must(t, err)
			if d == nil {
				d = &tap.DropEvent{}
			}
			if d.Last != c.want {
				t.Errorf("dropped up to %d, want %d", d.Last, c.want)
			}
		})
	}
}

// The feed begins at the watermark that is written down: it never lies before
// what was dropped.
func TestPruneWritesTheWatermarkDown(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	years(t, j, 2500)
	l, err := j.At(900)
	must(t, err)
	must(t, j.Confirm(900, l.Head))
	d := aged(t, j, 850)
	saved := func() uint64 {
		r, err := journal.OpenReader(dir)
		must(t, err)
		defer r.Close()
		seq, _, err := r.Saved()
		must(t, err)
		return seq
	}
	if seq := saved(); seq >= d.Last {
		t.Fatalf("written down before: %d", seq)
	}
	must(t, j.Prune(t.Context(), d))
	if seq := saved(); seq != 900 {
		t.Errorf("written down: %d, want 900", seq)
	}
	must(t, j.Confirm(500, seal.Head{})) // of one that is gone: old news
}

// Cut short, it goes on where it was.
func TestPruneGoesOn(t *testing.T) {
	j := open(t, t.TempDir())
	years(t, j, 7000)
	confirmAll(t, j)
	d := aged(t, j, 5000)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- j.Prune(ctx, d) }()
	for {
		must(t, j.Append(press(1)))
		if base, err := j.Base(); err != nil || base.Seq > 100 {
			must(t, err)
			break
		}
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatalf("pruning, cut short: %v", err)
	}
	last, _ := j.Last()
	check(t, j, last)
	must(t, j.Prune(t.Context(), d))
	check(t, j, last)
	if base, err := j.Base(); err != nil || base.Seq != d.Last {
		t.Errorf("base %d, %v", base.Seq, err)
	}
}

// What a drop event vouches for is told from what was altered.
func TestVerifySeesWhatIsKept(t *testing.T) {
	for _, c := range []struct{ name, alter, want string }{
		{"kept bytes", `UPDATE kept SET bytes = CAST(replace(bytes, 'exit', 'exil') AS BLOB) WHERE seq = 201`, "others are kept"},
		{"kept head", `UPDATE kept SET before = zeroblob(32) WHERE seq = 201`, "others are kept"},
		{"kept gone", `DELETE FROM kept WHERE seq = 201`, "others are kept"},
		{"kept number", `UPDATE kept SET seq = 202 WHERE seq = 201`, "event 202: it says that it is event 201"},
		{"more dropped", `DELETE FROM event WHERE seq = 1001`, "event 1001: it is missing"},
		{"more dropped, and said so", `DELETE FROM event WHERE seq = 1001; UPDATE dropped SET seq = 1001, head = (SELECT head FROM event WHERE seq = 1002)`, "event 1002: the chain is broken"},
		{"dropped in silence", `UPDATE dropped SET seq = 1100, head = (SELECT head FROM event WHERE seq = 1100); DELETE FROM event WHERE seq > 1 AND seq <= 1100`, "event 1001: it is missing, and no drop event speaks of it"},
		{"oldest raw event", `UPDATE event SET bytes = CAST(replace(bytes, 'exit', 'exil') AS BLOB) WHERE seq = 1001`, "event 1001: the chain is broken"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			j := open(t, dir)
			years(t, j, 2500)
			confirmAll(t, j)
			must(t, j.Prune(t.Context(), aged(t, j, 1000)))
			check(t, j, 2502)
			must(t, j.Close())
			db, err := sql.Open("sqlite3", filepath.Join(dir, "journal.db"))
			must(t, err)
			_, err = db.Exec(c.alter)
			must(t, errors.Join(err, db.Close()))
			r, err := journal.OpenReader(dir)
			must(t, err)
			defer r.Close()
			var wrong *journal.WrongError
			if _, err := r.Verify(); !errors.As(err, &wrong) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("verify: %v; want %q", err, c.want)
			}
		})
	}
}

// A journal that is verified while it is pruned is whole all the time.
func TestVerifyBesidePruning(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	years(t, j, 9000)
	confirmAll(t, j)
	r, err := journal.OpenReader(dir)
	must(t, err)
	defer r.Close()
	done := make(chan error, 1)
	go func() {
		var failed error
		for n := 500; n <= 7000 && failed == nil; n += 500 {
			d, err := j.Aged(dawn.Add(time.Duration(n)*time.Minute), dawn.AddDate(1, 0, 0))
			if failed = err; err == nil {
				d.At, d.Clock, d.Boot = tap.FormatTime(dawn.AddDate(1, 0, 0)), tap.Synced, 1
				failed = errors.Join(j.Append(d), j.Prune(t.Context(), d))
			}
		}
		done <- failed
	}()
	for n := 0; ; n++ {
		select {
		case err := <-done:
			must(t, err)
			if n == 0 {
				t.Error("it was not verified meanwhile")
			}
			return
		default:
			if _, err := r.Verify(); err != nil {
				t.Fatal(fmt.Errorf("after %d rounds: %w", n, err))
			}
		}
	}
}

// TestRecede moves the watermark down to where a receiver has lost what it had
// confirmed: no further than there are events, and nothing of it is dropped any
// more.
func TestRecede(t *testing.T) {
	j := open(t, t.TempDir())
	years(t, j, 5000)
	confirmAll(t, j)
	last, _ := j.Last()
	at := func(seq uint64) seal.Link {
		t.Helper()
		l, err := j.At(seq)
		must(t, err)
		return l
	}
	want := func(what string, seq uint64) {
		t.Helper()
		if got, head := j.Watermark(); got != seq || seq > 0 && head != at(seq).Head {
			t.Errorf("%s: the watermark is %d %s, want %d", what, got, head, seq)
		}
	}
	if err := j.Recede(4000, at(4001).Head); !errors.Is(err, journal.ErrCopied) {
		t.Errorf("another head: %v", err)
	}
	want("another head", last)
	must(t, j.Recede(last, at(last).Head))
	want("not lower", last)
	must(t, j.Recede(4000, at(4000).Head))
	want("lower", 4000)
	must(t, j.Recede(4500, at(4500).Head))
	want("not lower than that", 4000)
	must(t, j.Confirm(4200, at(4200).Head))
	want("confirmed again", 4200)

	must(t, j.Confirm(last, at(last).Head))
	d := aged(t, j, 3000)
	must(t, j.Recede(1000, at(1000).Head)) // before it is carried out
	if err := j.Prune(t.Context(), d); !errors.Is(err, journal.ErrNeeded) {
		t.Errorf("drop what is asked for again: %v", err)
	}
	must(t, j.Confirm(j.Last()))
	must(t, j.Prune(t.Context(), d))
	must(t, j.Recede(500, seal.Head{}))
	if seq, head := j.Watermark(); seq != d.Last || head.String() != d.After {
		t.Errorf("the watermark is %d %s, want %d %s: there is nothing before", seq, head, d.Last, d.After)
	}
	links, err := j.After(d.Last, 1)
	must(t, err)
	if len(links) != 1 || links[0].Seq != d.Last+1 {
		t.Errorf("after it: %v", links)
	}
	must(t, j.Close())
	if err := j.Recede(1, seal.Head{}); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

// TestRecedeWhilePruning has the watermark recede into a drop that is being
// carried out: what is asked for and still there stays there.
func TestRecedeWhilePruning(t *testing.T) {
	j := open(t, t.TempDir())
	years(t, j, 8000)
	confirmAll(t, j)
	d := aged(t, j, 4000)
	middle, err := j.At(2500)
	must(t, err)
	pruned := make(chan error, 1)
	go func() { pruned <- j.Prune(t.Context(), d) }()
	for base, err := j.Base(); base.Seq == 0; base, err = j.Base() {
		must(t, err)
	}
	must(t, j.Recede(middle.Seq, middle.Head))
	after, _ := j.Watermark()
	if err := <-pruned; err != nil && !errors.Is(err, journal.ErrNeeded) {
		t.Error(err)
	}
	base, err := j.Base()
	must(t, err)
	if base.Seq > after {
		t.Errorf("dropped up to %d, although it was asked for again from %d on", base.Seq, after)
	}
}
