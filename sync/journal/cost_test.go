package journal_test

import (
	"fmt"
	"testing"

	"sourire/sync/journal"
	"sourire/sync/journal/cardtest"
)

// mostBytes is the budget of a tap: 2.1 times its floor, which is one page and
// one flush, 4.14 KB on ext4.
const mostBytes = 4140 * 21 / 10

// asked is what operations cost a card: the blocks that hold what was written,
// each once between two flushes of its file, and the flushes.
func asked(ops []cardtest.Op) (c cost) {
	written := map[string]map[int64]bool{} // by file
	for _, o := range ops {
		switch o.Kind {
		case cardtest.Write:
			if written[o.Path] == nil {
				written[o.Path] = map[int64]bool{}
			}
			for b := o.Off / block; b*block < o.Off+int64(len(o.Data)); b++ {
				written[o.Path][b] = true
			}
		case cardtest.Sync, cardtest.SyncDir:
			c.bytes += uint64(block * len(written[o.Path]))
			c.flushes++
			delete(written, o.Path)
		}
	}
	for _, blocks := range written { // which the filesystem flushes in its own time
		c.bytes += uint64(block * len(blocks))
	}
	return c
}

// files are the names and sizes of what is on a card: where they change, the
// filesystem has to write as well.
func files(t *testing.T, card *cardtest.Card) (all string) {
	t.Helper()
	entries, err := card.ReadDir(card.Dir())
	must(t, err)
	for _, e := range entries {
		info, err := e.Info()
		must(t, err)
		all += fmt.Sprintf("%s %d\n", e.Name(), info.Size())
	}
	return all
}

// A tap costs the card no more than it may, counted and not timed: from the
// first one after installation and after each start, and in the long run, with
// the moves from the log to the database.
func TestWhatATapCosts(t *testing.T) {
	card := cardtest.New()
	defer func() { card.Discard() }()
	var j *journal.Journal
	start := func() {
		t.Helper()
		var err error
		j, err = journal.Open(configOn(card, 0))
		must(t, err)
	}
	since := func(from int) cost { return asked(card.Tape().Ops()[from:]) }
	taps := func(when string, most uint64) {
		t.Helper()
		from, before, n := card.Done(), files(t, card), uint64(0)
		for _, to := range []uint64{1, 10, 100, 5000} {
			if to > most {
				return
			}
			for ; n < to; n++ { // and head office has it
				add(t, j, 1)
				must(t, j.Confirm(j.Last()))
			}
			c := since(from)
			t.Logf("%s, %4d taps: %5d bytes and %.3f flushes each", when, n, c.bytes/n, float64(c.flushes)/float64(n))
			// The first writes the log's header, with a flush of its own, and that a run
			// has begun, and any may need another page; about every thousandth moves the
			// log to the database.
			if c.bytes > n*mostBytes+6*block || c.flushes > n+1+n/200 {
				t.Errorf("%s: the first %d taps cost %+v; want at most %d bytes and 1 flush each", when, n, c, mostBytes)
			}
			if now := files(t, card); n <= 100 && now != before {
				t.Errorf("%s: after %d taps the files are\n%sand before they were\n%s", when, n, now, before)
			}
		}
	}
	start()
	t.Logf("installation: %+v", since(0))
	taps("after installation", 5000)

	const days = 10 // of 100 presses
	first := card.Done()
	for range days {
		must(t, j.Close())
		start()
		taps("after a clean restart", 100)
	}
	day := since(first)
	day.bytes, day.flushes = day.bytes/days, day.flushes/days
	t.Logf("a day of 100 taps and a clean restart: %+v", day)
	if day.bytes > 100*mostBytes || day.flushes > 100+8 {
		t.Errorf("a day of 100 taps and a clean restart costs %+v", day)
	}

	replay := card.Tape().Replay()
	for replay.Next() {
	}
	left := replay.Cut(cardtest.None, nil).Card()
	must(t, j.Close())
	card.Discard()
	card = left
	start()
	t.Logf("start after a power cut: %+v", since(0))
	taps("after a power cut", 5000)
	must(t, j.Close())
}
