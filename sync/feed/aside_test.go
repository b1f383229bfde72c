package feed

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sourire/sync/journal"
	"sourire/sync/office"
	"sourire/sync/seal"
)

// An epoch ends with events that head office never had, and they reach it all
// the same, once, beside the live epoch.
func TestTheRestOfAnEndedEpoch(t *testing.T) {
	for name, puback := range map[string]bool{"office": false, "puback": true} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			o := newRealOffice(r)
			r.config.Puback = puback
			r.press(1500)
			r.start()
			r.until("delivered", func() bool { return r.watermark() == 1501 })
			r.halted()
			r.press(700)
			first := r.endEpoch(journal.WhyDamaged)
			r.press(300) // of which the office never heard
			second := r.endEpoch(journal.WhyReset)
			r.press(50)
			r.start()
			if d := r.untilMarked(first.epoch); d.Seq != 2201 || d.Epoch != first.epoch || d.Damage != "" {
				t.Errorf("marked %+v", d)
			}
			r.untilMarked(second.epoch)
			r.until("the live epoch is delivered", func() bool { return r.watermark() == 51 })
			o.wantHistories(r, first, second, r.history())
			if s := o.status(); s.Epoch != r.journal.Epoch() || len(s.Forks) != 0 {
				t.Errorf("status %+v", s)
			}
			if c := r.feed.Counts(); c.Rejected != 0 || c.Rewinds != 0 {
				t.Errorf("%+v, want nothing refused and nothing sent again", c)
			}
			r.halted()
			r.start() // never again
			r.press(1)
			r.until("the next is delivered", func() bool { return r.watermark() == 52 })
			r.until("one batch", func() bool { return r.feed.Counts().Batches == 1 })
		})
	}
}

// The card is an old copy: the office's watermark of that epoch will never be
// the card's own. What the copy did is kept beside the chain, all of it.
func TestTheRestOfACopiedCard(t *testing.T) {
	for name, test := range map[string]struct{ office, copied int }{
		"the office has more":   {office: 900, copied: 400},
		"the copy has more":     {office: 50, copied: 400},
		"the copy has the same": {office: 300, copied: 300},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			o := newRealOffice(r)
			r.press(99)
			r.start()
			r.until("delivered", func() bool { return r.watermark() == 100 })
			r.halted()
			if err := r.journal.Close(); err != nil {
				t.Fatal(err)
			}
			old := filepath.Join(t.TempDir(), "old")
			if err := os.CopyFS(old, os.DirFS(r.dir)); err != nil {
				t.Fatal(err)
			}
			r.open()
			r.press(test.office)
			r.start()
			r.until("delivered", func() bool { return r.watermark() == uint64(100+test.office) })
			r.halted()
			ours := r.history()
			if err := r.journal.Close(); err != nil {
				t.Fatal(err)
			}
			if err := os.RemoveAll(r.dir); err != nil {
				t.Fatal(err)
			}
			r.dir, r.config.Data = old, old
			r.open()
			r.choice = 1 // other presses
			r.press(test.copied)
			r.start()
			if err := <-r.result; err == nil || !strings.Contains(err.Error(), "another history") {
				t.Fatalf("%v, want another history", err)
			}
			copied := r.endEpoch(journal.WhyCopied)
			r.start()
			if d := r.untilMarked(copied.epoch); d.Seq != uint64(len(copied.links)) || d.Damage != "" {
				t.Errorf("marked %+v", d)
			}
			r.until("the live epoch is delivered", func() bool { return r.watermark() == 1 })
			o.wantHistories(r, ours, r.history())
			forks, err := o.store.Forks(t.Context(), office.EpochID{Identity: exit1, Epoch: copied.epoch})
			if err != nil {
				t.Fatal(err)
			}
			var beside []seal.Link
			for _, f := range forks {
				beside = append(beside, f.Link)
			}
			if !sameLinks(beside, copied.links[100:]) {
				t.Errorf("%d events beside the chain, want the %d of the copy and its end", len(beside), test.copied)
			}
			if s := o.status(); len(s.Forks) != 1 || s.Forks[0].Seq != 101 {
				t.Errorf("forks %+v", s.Forks)
			}
		})
	}
}

// What is damaged is delivered but for what cannot be read, on both sides of it,
// and the office names the hole.
func TestTheRestOfADamagedJournal(t *testing.T) {
	spoil := func(from, upto int) func(*testing.T, string, history) {
		return func(t *testing.T, path string, h history) {
			raw := readFile(t, path)
			for _, l := range h.links[from-1 : upto] {
				copies := 0 // a page that has another use now may hold one
				for i := bytes.Index(raw, l.Event); i >= 0; i = bytes.Index(raw, l.Event) {
					raw[i+len(l.Event)/2] ^= 1
					copies++
				}
				if copies == 0 {
					t.Fatalf("event %d is not in the file", l.Seq)
				}
			}
			writeFile(t, path, raw)
		}
	}
	for name, test := range map[string]struct {
		harm       func(t *testing.T, path string, h history)
		first, end int // that is lost; 0 for whatever there is, -1 for none
	}{
		"an event was altered": {spoil(700, 700), 700, 700},
		"many events were":     {spoil(300, 520), 300, 520},
		"the first ones were":  {spoil(1, 130), 1, 130},
		"a page is gone": {func(t *testing.T, path string, _ history) {
			raw := readFile(t, path)
			copy(raw[len(raw)/2/4096*4096:], make([]byte, 4096))
			writeFile(t, path, raw)
		}, 0, 0},
		"SQLite cannot open it": {func(t *testing.T, path string, _ history) {
			raw := readFile(t, path)
			copy(raw, make([]byte, 4096))
			writeFile(t, path, raw)
		}, -1, -1},
		"half of it is gone": {func(t *testing.T, path string, _ history) {
			writeFile(t, path, readFile(t, path)[:100*2048])
		}, 0, 1000},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			o := newRealOffice(r)
			r.press(999)
			if err := r.journal.Close(); err != nil { // moves all of it into the database
				t.Fatal(err)
			}
			r.open()
			ended := r.endEpoch(journal.WhyDamaged)
			path := filepath.Join(r.folder(ended.epoch), "journal.db")
			if err := os.Remove(path + "-wal"); err != nil { // it has the pages once more
				t.Fatal(err)
			}
			test.harm(t, path, ended)
			r.press(5)
			r.start()
			d := r.untilMarked(ended.epoch)
			r.until("the live epoch is delivered", func() bool { return r.watermark() == 6 })
			got, err := o.store.Links(t.Context(), office.EpochID{Identity: exit1, Epoch: ended.epoch}, 0, 1<<50)
			if err != nil {
				t.Fatal(err)
			}
			first, end := -1, -1
			for i, l := range ended.links {
				if !slices.ContainsFunc(got, func(g seal.Link) bool { return g.Seq == l.Seq }) {
					if end = i + 1; first < 0 {
						first = i + 1
					}
				}
			}
			if first < 0 && test.first >= 0 || test.first != 0 && first != test.first || test.end != 0 && end != test.end {
				t.Errorf("lost from %d to %d, want %d to %d", first, end, test.first, test.end)
			}
			left := ended
			if first > 0 {
				left.links = slices.Concat(ended.links[:first-1], ended.links[end:])
			}
			o.wantHistories(r, left, r.history())
			if d.Damage == "" || d.Seq != left.links[len(left.links)-1].Seq {
				t.Errorf("marked %+v", d)
			}
			named := slices.ContainsFunc(o.status().Incidents, func(i office.IncidentStatus) bool {
				return i.Epoch == ended.epoch && i.What == fmt.Sprintf("events %d to %d are lost: the terminal could not read them from its damaged journal", first, end)
			})
			if named != (first > 0 && end < 1000) {
				t.Errorf("events %d to %d are lost: incidents %+v", first, end, o.status().Incidents)
			}
			if missing := o.status().Missing; missing != 1000-uint64(len(left.links)) {
				t.Errorf("%d missing, want %d", missing, 1000-len(left.links))
			}
			for reason, n := range o.status().Rejected {
				if n != 0 {
					t.Errorf("%d refused: %s", n, reason)
				}
			}
		})
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func writeFile(t *testing.T, path string, raw []byte) {
	t.Helper()
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Of the journals that are delivered, the newest three are kept; one that is not
// is kept however old it is.
func TestJournalsKeptAsideAreBounded(t *testing.T) {
	r := newRig(t)
	o := newRealOffice(r)
	all := []history{}
	for range 6 {
		r.press(3)
		all = append(all, r.endEpoch(journal.WhyDamaged))
	}
	first := r.folder(all[0].epoch)
	for _, name := range []string{"journal.db", "journal.db-wal"} {
		writeFile(t, filepath.Join(first, name), []byte("nothing to deliver"))
	}
	old := time.Now().Add(-time.Hour)
	for i, h := range all {
		if err := os.Chtimes(r.folder(h.epoch), old, old.Add(time.Duration(i)*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	r.start()
	r.until("the older ones are removed", func() bool {
		folders, err := journal.Aside(r.dir)
		return err == nil && len(folders) == 4
	})
	r.until("delivered", func() bool { return r.watermark() == 1 })
	if _, err := os.Stat(first); err != nil {
		t.Errorf("what was not delivered: %v", err)
	}
	o.wantHistories(r, append(all[1:], r.history())...)
}

// A journal whose key is gone cannot be signed, and one that is unreadable not
// be read. They are named once and left as they are.
func TestAJournalThatIsNotOursToSendIsLeftAlone(t *testing.T) {
	r := newRig(t)
	o := newRealOffice(r)
	var log bytes.Buffer
	r.config.Log = slog.New(slog.NewTextHandler(&log, nil))
	r.press(20)
	if err := r.journal.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(r.dir, "terminal.key")); err != nil {
		t.Fatal(err)
	}
	before := r.journal.Epoch()
	r.open() // a new key, and a new epoch
	unreadable := r.endEpoch(journal.WhyDamaged)
	for _, name := range []string{"journal.db", "journal.db-wal"} {
		writeFile(t, filepath.Join(r.folder(unreadable.epoch), name), []byte("a file of another program"))
	}
	r.press(5)
	r.start()
	r.until("delivered", func() bool { return r.watermark() == 6 })
	r.halted()
	o.wantHistories(r, r.history())
	for range 3 { // connections
		newAside(r.feed, nil).run(t.Context())
	}
	for epoch, why := range map[string]string{before: "the key that signed it is gone", unreadable.epoch: "not a journal of sourire"} {
		if _, ok := r.mark(epoch); ok {
			t.Error("it is marked as delivered")
		}
		if n := strings.Count(log.String(), why); n != 1 {
			t.Errorf("%s: named %d times, want once:\n%s", why, n, log.String())
		}
	}
}

// The office has lost all that it had, or the watermark cannot be read: the
// epoch comes from its beginning.
func TestTheRestForAnOfficeThatDoesNotKnowTheEpoch(t *testing.T) {
	r := newRig(t)
	o := newRealOffice(r)
	r.press(1500)
	links, err := r.journal.After(1499, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.journal.Confirm(1500, links[0].Head); err != nil {
		t.Fatal(err)
	}
	r.press(1) // the watermark is written down with it
	ended := r.endEpoch(journal.WhyDamaged)
	r.start()
	if d := r.untilMarked(ended.epoch); d.Seq != 1502 {
		t.Errorf("marked %+v", d)
	}
	o.wantHistories(r, ended, r.history())
}

func TestAnswers(t *testing.T) {
	h := func(b byte) seal.Head { return seal.Head{b} }
	batch := seal.Link{Seq: 200, Head: h(200)}
	for _, c := range []struct {
		name    string
		probe   bool
		said    answer
		ours    bool
		settled bool
		at      uint64
	}{
		{"the batch arrived", false, answer{200, h(200), true}, true, true, 200},
		{"more is there than was sent", false, answer{230, h(230), true}, true, true, 230},
		{"a retained answer is as good, where it is ours", false, answer{230, h(230), false}, true, true, 230},
		{"the office is behind us", false, answer{40, h(40), true}, true, true, 40},
		{"the office has nothing", false, answer{0, h(0), true}, true, true, 0},
		{"what it said before", false, answer{100, h(100), true}, true, false, 100},
		{"another history, after the batch", false, answer{900, h(1), true}, false, true, 200},
		{"another history, of old", false, answer{900, h(1), false}, false, false, 100},
		{"the epoch is new to it", true, answer{200, h(200), true}, true, true, 200},
		{"the epoch is not new to it", true, answer{100, h(100), true}, true, true, 100},
		{"the epoch has another history there", true, answer{900, h(1), true}, false, true, 100},
		{"it misses the beginning", true, answer{0, h(0), true}, true, false, 100},
	} {
		rest := rest{at: seal.Link{Seq: 100, Head: h(100)}, probe: c.probe}
		got := rest.judge(c.said, c.ours, batch)
		if got != c.settled || rest.at.Seq != c.at || rest.at.Head != h(byte(c.at)) || !rest.heard || rest.probe != (c.probe && !c.settled) {
			t.Errorf("%s: settled %v, %+v, want %v at %d", c.name, got, rest, c.settled, c.at)
		}
	}
	rest := rest{at: seal.Link{Seq: 100, Head: h(100)}}
	for i, want := range []uint64{100, 0, 100, 0} {
		if got := rest.from().Seq; got != want {
			t.Errorf("attempt %d begins after %d, want %d: it may not know the epoch, or our batch was lost", i, got, want)
		}
		rest.unanswered()
	}
	rest.judge(answer{100, h(100), true}, true, batch)
	for range 3 {
		if rest.unanswered(); rest.from().Seq != 100 {
			t.Error("the office has spoken of the epoch, and is asked whether it knows it")
		}
	}
}
