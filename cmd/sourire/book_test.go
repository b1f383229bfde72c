package main

import (
	"bytes"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sourire/cmd/internal/lab"
	"sourire/device/tally"
	"sourire/device/tap"
	"sourire/sync/export"
	"sourire/sync/journal"
	"sourire/sync/seal"
)

// Hours that are read back from what was told of them are those that the clerk
// counted, with what the box was in each.
func TestOldHoursAreTheHours(t *testing.T) {
	conf := demoConfig(t.TempDir(), "127.0.0.1:0")
	if err := os.MkdirAll(conf.Terminal.Data, 0o750); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 26, 17, 20, 0, 0, conf.Location())
	if err := inventHistory(t.Context(), conf, now, discard); err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(journal.Config{Dir: conf.Terminal.Data, Identity: conf.Identity(), Stamp: stampBench, Log: discard})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	clerk := tally.NewClerk(conf.Location())
	err = j.Forward(0, func(l seal.Link) error {
		e, err := tap.Parse(l.Event)
		if _, told := e.(*tap.TallyEvent); !told && err == nil {
			clerk.Add(e)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	first, today := midnight(now, -historyDays), midnight(now, 0)
	newest, err := newestTally(j.Reader)
	if err != nil {
		t.Fatal(err)
	}
	survey := conf.Event("")
	past := &pastHours{survey: &survey}
	// What was looked up before is gone on from, in both directions.
	before := newest
	for range 40 {
		e, err := readEvent(j, before.Prev)
		if err != nil {
			t.Fatal(err)
		}
		before, _ = e.(*tap.TallyEvent)
	}
	for _, asked := range []struct {
		newest uint64
		ago    int
	}{{before.Seq, 80}, {newest.Seq, 2}, {newest.Seq, 90}} {
		from := midnight(now, -asked.ago)
		if _, err := past.hours(j.Reader, asked.newest, from, midnight(from, 1), now); err != nil {
			t.Fatal(err)
		}
	}
	old, err := past.hours(j.Reader, newest.Seq, first, today, now)
	if err != nil {
		t.Fatal(err)
	}
	counted := hoursOf(clerk, first, today, now)
	if len(old) != len(counted) || len(old) != 24*historyDays {
		t.Fatalf("%d hours, and %d, want %d", len(old), len(counted), 24*historyDays)
	}
	answers := 0
	is := map[tally.Condition]int{}
	for i, h := range old {
		l := counted[i]
		if !h.Begin.Equal(l.Begin) || !reflect.DeepEqual(h.Counts, l.Counts) {
			t.Errorf("%s: %+v, want %s %+v", h.Begin, h.Counts, l.Begin, l.Counts)
		}
		// How long the box served is told to the second, and for as long as the
		// clerk remembers.
		if h.Begin.After(midnight(now, -live)) && h.Condition() != l.Condition() {
			t.Errorf("%s: %s %+v, want %s %+v", h.Begin, h.Condition(), h.Time, l.Condition(), l.Time)
		}
		answers += h.N()
		is[h.Condition()]++
	}
	if answers < 2500 || is[tally.Answered] < 800 || is[tally.Off] < 1000 {
		t.Errorf("%d answers; %v", answers, is)
	}
}

// A note is in the journal when it is said to be kept, and is found again by the
// next process, in the order of days.
func TestNotesAreKept(t *testing.T) {
	c := lab.NewChain(t, "")
	if err := os.Mkdir(c.TerminalData, 0o750); err != nil {
		t.Fatal(err)
	}
	texts := func(b *box) (all []string) {
		t.Helper()
		notes, err := book{b}.Notes()
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range notes {
			all = append(all, n.Type+" "+n.Day.Format(time.DateOnly)+" "+n.Text)
		}
		return all
	}
	t.Run("first", func(t *testing.T) {
		b := open(t, c)
		b.clock.Trust()
		lab.Eventually(t, "it runs", 10*time.Second, func() bool { return b.loop.Config() > 0 })
		today := midnight(b.clock.Now().Wall, 0)
		for _, day := range []time.Time{{}, midnight(today, -3), today} {
			if err := (book{b}).Note(t.Context(), tap.NoteQuick, "Second till", day); err != nil {
				t.Fatal(err)
			}
		}
		if got := texts(b); len(got) != 3 || !strings.HasSuffix(got[0], midnight(today, -3).Format(time.DateOnly)+" Second till") {
			t.Errorf("%q", got)
		}
	})
	t.Run("again", func(t *testing.T) {
		if got := texts(open(t, c)); len(got) != 3 || !strings.HasPrefix(got[0], "quick 2") {
			t.Errorf("after a restart: %q", got)
		}
	})
}

// What the manager saves can be verified by anybody, and not with a byte changed.
func TestTheManagersFileIsSigned(t *testing.T) {
	c := lab.NewChain(t, "")
	if err := os.Mkdir(c.TerminalData, 0o750); err != nil {
		t.Fatal(err)
	}
	b := open(t, c)
	b.clock.Trust()
	lab.Eventually(t, "it runs", 10*time.Second, func() bool { return b.loop.Config() > 0 })
	if err := (book{b}).Note(t.Context(), tap.NoteQuick, "Second till", time.Time{}); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	today := midnight(b.clock.Now().Wall, 0)
	if err := (book{b}).Signed(&file, today, midnight(today, 1)); err != nil {
		t.Fatal(err)
	}
	events := 0
	cover, err := export.Read(bytes.NewReader(file.Bytes()), func(payload []byte) error {
		events += bytes.Count(payload, []byte(`"kind"`))
		return nil
	})
	if err != nil || events < 4 || cover.Identity != b.config.Identity() || cover.Ed25519 == "" {
		t.Fatalf("%d events, %+v, %v", events, cover, err)
	}
	lab.Eventually(t, "the journal says that a copy was taken", 10*time.Second, func() bool {
		all, err := b.journal.After(0, 100)
		return err == nil && slices.ContainsFunc(all, func(l seal.Link) bool { return bytes.Contains(l.Event, []byte(`"kind":"export"`)) })
	})
	changed := bytes.Replace(file.Bytes(), []byte("Second till"), []byte("Second bill"), 1)
	if _, err := export.Read(bytes.NewReader(changed), nil); err == nil {
		t.Error("a changed note is taken for whole")
	}
}

// What the unhappy said is known apart in all hours, and no more was said by them
// than in all.
func TestReasonsAddUp(t *testing.T) {
	c := lab.NewChain(t, "")
	conf, err := configFlag{Config: c.TerminalFile}.load()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(c.TerminalData, 0o750); err != nil {
		t.Fatal(err)
	}
	now := time.Now().In(conf.Location())
	if err := inventHistory(t.Context(), conf, now, discard); err != nil {
		t.Fatal(err)
	}
	b := book{open(t, c)}
	b.clock.Trust()
	from, to := midnight(now, -28), midnight(now, 0)
	var all tally.Counts
	lab.Eventually(t, "reasons are in the hours, when all are counted", 20*time.Second, func() bool {
		hours, err := b.Hours(from, to)
		if err != nil {
			t.Fatal(err)
		}
		all = tally.NewCounts(tap.Faces4)
		for _, h := range hours {
			all = all.Plus(h.Counts)
		}
		return len(all.Worse) > 0
	})
	for reason, n := range all.Worse {
		if n > all.Reasons[reason] {
			t.Errorf("%s: %d of %d", reason, n, all.Reasons[reason])
		}
	}
	if all.Unsided > 0 || 3*all.Worse["waiting"] < all.Worse["price"] {
		t.Errorf("the unhappy do not wait: %v of %v, and %d of them nobody knows", all.Worse, all.Reasons, all.Unsided)
	}
}
