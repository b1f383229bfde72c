package journal_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"sourire/device/tap"
	"sourire/sync/journal"
	"sourire/sync/seal"
)

var me = tap.Identity{Chain: "demo", Store: "lyon", Terminal: "exit-1"}

func config(dir string) journal.Config {
	return journal.Config{
		Dir: dir, Identity: me, Log: slog.New(slog.DiscardHandler),
		Stamp: func(h *tap.Header) { h.At, h.Clock, h.Up = "2026-11-23T14:05:03.120+01:00", tap.Synced, 9000 },
	}
}

func open(t testing.TB, dir string) *journal.Journal {
	t.Helper()
	j, err := journal.Open(config(dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func press(choice int) *tap.TapEvent {
	return &tap.TapEvent{
		Header: tap.Header{Kind: tap.KindTap, At: "2026-11-23T14:05:03.120+01:00", Clock: tap.Synced, Boot: 1, Up: 9120},
		Config: 2, Choice: choice, Of: 4, Counted: true, Flags: []tap.Flag{}, Rule: 1, Lang: "fr",
	}
}

func add(t testing.TB, j *journal.Journal, n int) {
	t.Helper()
	for i := range n {
		if err := j.Append(press(i % 4)); err != nil {
			t.Fatal(err)
		}
	}
}

func check(t testing.TB, j *journal.Journal, want uint64) {
	t.Helper()
	if n, err := j.Verify(); err != nil || n != want {
		t.Fatalf("verify: %d events, %v; want %d", n, err, want)
	}
}

func TestAppendSurvivesReopening(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	add(t, j, 3)
	e := press(1)
	if err := j.Append(e, press(2)); err != nil || e.Seq != 5 {
		t.Fatalf("seq %d, %v; want 5 after genesis and three taps", e.Seq, err)
	}
	check(t, j, 6)
	epoch := j.Epoch()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := j.Append(press(0)); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("append after close: %v", err)
	}
	j = open(t, dir)
	if j.Epoch() != epoch || !j.EndedClean() {
		t.Errorf("epoch %s, clean %v; want %s, true", j.Epoch(), j.EndedClean(), epoch)
	}
	add(t, j, 1)
	check(t, j, 7)
}

func TestEventsAreCanonicalAndKeepAwkwardText(t *testing.T) {
	j := open(t, t.TempDir())
	text := "Êtes-vous satisfait ? <b> & € 😀\u2028"
	c := &tap.ConfigEvent{Header: tap.Header{Kind: tap.KindConfig, Boot: 1}, Text: map[string]string{"fr": text}}
	if err := j.Append(c); err != nil {
		t.Fatal(err)
	}
	l, err := j.At(c.Seq)
	if err != nil {
		t.Fatal(err)
	}
	if err := seal.CheckCanonical(l.Event); err != nil || !bytes.Contains(l.Event, []byte(text)) {
		t.Errorf("%v in %s", err, l.Event)
	}
}

func TestQueuedPressesShareACommitAndKeepTheChain(t *testing.T) {
	j := open(t, t.TempDir())
	const writers, each = 32, 50
	var wg sync.WaitGroup
	seen := make(chan uint64, writers*each)
	for range writers {
		wg.Go(func() {
			for range each {
				e := press(0)
				if err := j.Append(e); err != nil {
					t.Error(err)
					return
				}
				seen <- e.Seq
			}
		})
	}
	wg.Wait()
	close(seen)
	got := map[uint64]bool{}
	for s := range seen {
		if got[s] {
			t.Fatalf("seq %d was given twice", s)
		}
		got[s] = true
	}
	check(t, j, 1+writers*each)
	if c := j.Commits(); c >= writers*each {
		t.Errorf("%d commits for %d presses: none was shared", c, writers*each)
	}
}

func TestTooBigAnEventIsRefusedAlone(t *testing.T) {
	j := open(t, t.TempDir())
	big := &tap.FaultEvent{Header: tap.Header{Kind: tap.KindFault}, Part: "disk", Why: strings.Repeat("x", 17<<10)}
	if err := j.Append(big); !errors.Is(err, journal.ErrTooBig) {
		t.Errorf("append: %v", err)
	}
	add(t, j, 1)
	check(t, j, 2)
}

func TestTheLogIsPreallocatedAndDoesNotGrow(t *testing.T) {
	dir := t.TempDir()
	size := func() int64 {
		info, err := os.Stat(filepath.Join(dir, "journal.db-wal"))
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	j := open(t, dir)
	before := size()
	if before < 1100*4096 {
		t.Fatalf("the log has %d bytes after the first start", before)
	}
	add(t, j, 1500)
	if after := size(); after != before {
		t.Errorf("the log grew from %d to %d bytes", before, after)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if after := size(); after != before {
		t.Errorf("closing changed the log from %d to %d bytes", before, after)
	}
	add(t, open(t, dir), 100)
	if after := size(); after != before {
		t.Errorf("the next run changed the log from %d to %d bytes", before, after)
	}
}

func TestReaderBesideAWriter(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	add(t, j, 10)
	r, err := journal.OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if n, err := r.Verify(); err != nil || n != 11 {
		t.Errorf("beside the writer: %d, %v", n, err)
	}
	add(t, j, 1)
	if links, err := r.After(11, 10); err != nil || len(links) != 1 || links[0].Seq != 12 {
		t.Errorf("after 11: %v, %v", links, err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := r.Verify(); err != nil || n != 12 {
		t.Errorf("after the writer: %d, %v", n, err)
	}
}

func TestNoJournal(t *testing.T) {
	if _, err := journal.OpenReader(t.TempDir()); !errors.Is(err, journal.ErrNone) {
		t.Errorf("got %v", err)
	}
}

func TestForeignFileStaysUntouched(t *testing.T) {
	for name, content := range map[string][]byte{
		"text": []byte("my shopping list\n"), "empty": nil,
		"another program's database": append([]byte("SQLite format 3\x00"), make([]byte, 200)...),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "journal.db")
			if err := os.WriteFile(path, content, 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := journal.Open(config(dir)); !errors.Is(err, journal.ErrForeign) {
				t.Errorf("open: %v", err)
			}
			if _, err := journal.OpenReader(dir); !errors.Is(err, journal.ErrForeign) {
				t.Errorf("open for reading: %v", err)
			}
			if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, content) {
				t.Error("the file was changed")
			}
		})
	}
}

func TestAnotherTerminalsJournalIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := open(t, dir).Close(); err != nil {
		t.Fatal(err)
	}
	c := config(dir)
	c.Identity.Terminal = "exit-2"
	if _, err := journal.Open(c); !errors.Is(err, journal.ErrIdentity) {
		t.Errorf("got %v", err)
	}
	check(t, open(t, dir), 1)
}

func genesis(t testing.TB, j *journal.Journal) *tap.GenesisEvent {
	t.Helper()
	l, err := j.At(1)
	if err != nil {
		t.Fatal(err)
	}
	e, err := tap.Parse(l.Event)
	if err != nil {
		t.Fatal(err)
	}
	return e.(*tap.GenesisEvent)
}

func TestANewEpochNamesTheOneBefore(t *testing.T) {
	cases := map[string]struct {
		harm  func(t *testing.T, j *journal.Journal, dir string)
		why   string
		known bool // the last seq of the old epoch is known
	}{
		"file cut in half": {func(t *testing.T, j *journal.Journal, dir string) {
			cut(t, j, dir, 6000)
		}, journal.WhyDamaged, false},
		"file header gone": {func(t *testing.T, j *journal.Journal, dir string) {
			cut(t, j, dir, 10)
		}, journal.WhyDamaged, false},
		"file gone": {func(t *testing.T, j *journal.Journal, dir string) {
			must(t, j.Close())
			must(t, os.Remove(filepath.Join(dir, "journal.db")))
		}, journal.WhyReset, false},
		"key gone": {func(t *testing.T, j *journal.Journal, dir string) {
			must(t, j.Close())
			must(t, os.Remove(filepath.Join(dir, "terminal.key")))
		}, journal.WhyReset, true},
		"card is a copy": {func(t *testing.T, j *journal.Journal, dir string) {
			again := press(0)
			again.Boot = 3
			must(t, j.Append(again))
			must(t, j.EndEpoch(journal.WhyCopied))
		}, journal.WhyCopied, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			j := open(t, dir)
			add(t, j, 50)
			old, head := j.Epoch(), ""
			if _, h := j.Last(); c.known {
				head = h.String()
			}
			c.harm(t, j, dir)
			last := uint64(51)
			if c.why == journal.WhyCopied { // it ended on purpose
				last, head = concluded(t, dir, 3)
			}
			j = open(t, dir)
			p := genesis(t, j).Previous
			if p == nil || p.Epoch != old || p.Why != c.why {
				t.Fatalf("previous %+v; want epoch %s, %s", p, old, c.why)
			}
			if c.known && (p.Seq == nil || *p.Seq != last || p.Head == nil || *p.Head != head) {
				t.Errorf("previous %+v; want seq %d, head %s", p, last, head)
			}
			add(t, j, 1)
			check(t, j, 2)
			if c.why != journal.WhyReset || c.known {
				kept, err := filepath.Glob(filepath.Join(dir, "aside", "*", "journal.db"))
				if err != nil || len(kept) != 1 {
					t.Errorf("kept aside: %v, %v", kept, err)
				}
			}
		})
	}
}

// There is no signed end where the journal is damaged, and none by a run that
// stored nothing: it could not say in which boot.
func TestAnEpochWithoutAnEnd(t *testing.T) {
	for name, why := range map[string]string{"damaged": journal.WhyDamaged, "a run that stored nothing": journal.WhyCopied} {
		dir := t.TempDir()
		j := open(t, dir)
		add(t, j, 3)
		if why != journal.WhyDamaged {
			must(t, j.Close())
			j = open(t, dir)
		}
		_, head := j.Last()
		must(t, j.EndEpoch(why))
		if p := open(t, dir).Previous(); p == nil || p.Why != why || *p.Seq != 4 || *p.Head != head.String() {
			t.Errorf("%s: previous %+v; want 4, %s", name, p, head)
		}
	}
}

// concluded is the last seq and head of the one journal kept aside, whose last
// event must be its end.
func concluded(t *testing.T, dir string, boot uint64) (seq uint64, head string) {
	t.Helper()
	folders, err := journal.Aside(dir)
	if err != nil || len(folders) != 1 {
		t.Fatalf("kept aside: %v, %v", folders, err)
	}
	r, err := journal.OpenReader(folders[0])
	must(t, err)
	defer func() { _ = r.Close() }()
	tail, err := r.Tail()
	must(t, err)
	if n, err := r.Verify(); err != nil || n != tail.Seq {
		t.Errorf("verify: %d events, %v; want %d", n, err, tail.Seq)
	}
	e, err := tap.Parse(tail.Event)
	must(t, err)
	end, ok := e.(*tap.CloseEvent)
	want := tap.Header{Seq: tail.Seq, Kind: tap.KindClose, At: "2026-11-23T14:05:03.120+01:00", Clock: tap.Synced, Boot: boot, Up: 9000}
	if !ok || end.Why != journal.WhyCopied || end.Header != want {
		t.Fatalf("the last event is %s; want the end in boot %d, copied", tail.Event, boot)
	}
	return tail.Seq, tail.Head.String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// cut leaves n bytes of the journal's file and nothing of its log.
func cut(t *testing.T, j *journal.Journal, dir string, n int64) {
	must(t, j.Close())
	must(t, os.Truncate(filepath.Join(dir, "journal.db"), n))
	must(t, os.Remove(filepath.Join(dir, "journal.db-wal")))
}

func TestWatermark(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	add(t, j, 9)
	five, err := j.At(5)
	must(t, err)
	must(t, j.Confirm(5, five.Head))
	three, err := j.At(3)
	must(t, err)
	must(t, j.Confirm(3, three.Head)) // lower: moves nothing
	if seq, head := j.Watermark(); seq != 5 || head != five.Head {
		t.Errorf("watermark %d", seq)
	}
	if err := j.Confirm(6, five.Head); !errors.Is(err, journal.ErrCopied) {
		t.Errorf("another head: %v", err)
	}
	if err := j.Confirm(11, five.Head); !errors.Is(err, journal.ErrCopied) {
		t.Errorf("beyond the end: %v", err)
	}
	must(t, j.Close())
	if seq, head := open(t, dir).Watermark(); seq != 5 || head != five.Head {
		t.Errorf("watermark %d after a clean end", seq)
	}
}

// A watermark costs no write of its own: it rides on a later commit.
func TestWatermarkIsWrittenDownNowAndThen(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	add(t, j, 1100)
	r, err := journal.OpenReader(dir)
	must(t, err)
	defer func() { _ = r.Close() }()
	for _, at := range []uint64{900, 1050} {
		l, err := j.At(at)
		must(t, err)
		must(t, j.Confirm(at, l.Head))
		add(t, j, 1)
		want := map[uint64]uint64{900: 0, 1050: 1050}[at]
		if seq, _, err := r.Saved(); err != nil || seq != want {
			t.Errorf("confirmed %d: %d is written down, %v; want %d", at, seq, err, want)
		}
	}
}

func TestVerifyNamesTheFirstWrongEvent(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	add(t, j, 20)
	must(t, j.Close())
	alter(t, dir, `UPDATE event SET bytes = CAST(replace(CAST(bytes AS TEXT), '"choice":1', '"choice":3') AS BLOB) WHERE seq = 7`)
	r, err := journal.OpenReader(dir)
	must(t, err)
	defer func() { _ = r.Close() }()
	var wrong *journal.WrongError
	if _, err := r.Verify(); !errors.As(err, &wrong) || wrong.Seq != 7 {
		t.Errorf("altered event 7: %v", err)
	}
	alter(t, dir, `DELETE FROM event WHERE seq = 5`)
	if _, err := r.Verify(); !errors.As(err, &wrong) || wrong.Seq != 5 {
		t.Errorf("deleted event 5: %v", err)
	}
}

func TestGrownTellsOfACommit(t *testing.T) {
	j := open(t, t.TempDir())
	grown := j.Grown()
	select {
	case <-grown:
		t.Fatal("told before a commit")
	default:
	}
	add(t, j, 1)
	select {
	case <-grown:
	default:
		t.Fatal("not told of the commit")
	}
}

// Power may go between any two steps of the change of epochs.
func TestAChangeOfEpochsCutShort(t *testing.T) {
	marker := func(dir string) string { return filepath.Join(dir, "epoch.json") }
	cases := map[string]func(t *testing.T, j *journal.Journal, dir string){
		"after the decision, before the move": func(t *testing.T, j *journal.Journal, dir string) {
			old := j.Epoch()
			must(t, j.Close())
			must(t, os.WriteFile(marker(dir), []byte(`{"epoch":"`+old+`","ended":"copied"}`), 0o644))
		},
		"after the end was written, before the decision": func(t *testing.T, j *journal.Journal, dir string) {
			end := &tap.CloseEvent{Header: tap.Header{Kind: tap.KindClose, Boot: 1}, Why: journal.WhyCopied}
			must(t, j.Append(end))
			must(t, j.Close())
		},
		"after the new journal, before its marker": func(t *testing.T, j *journal.Journal, dir string) {
			must(t, j.EndEpoch(journal.WhyCopied))
			ended, err := os.ReadFile(marker(dir))
			must(t, err)
			must(t, open(t, dir).Close())
			must(t, os.WriteFile(marker(dir), ended, 0o644))
		},
	}
	for name, cut := range cases {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			j := open(t, dir)
			add(t, j, 5)
			old := j.Epoch()
			cut(t, j, dir)
			j = open(t, dir)
			if p := genesis(t, j).Previous; p == nil || p.Epoch != old || p.Why != journal.WhyCopied {
				t.Errorf("previous %+v; want epoch %s, copied", p, old)
			}
			now := j.Epoch()
			add(t, j, 1)
			must(t, j.Close())
			if again := open(t, dir); again.Epoch() != now {
				t.Error("the next start began another epoch")
			}
			if kept, err := filepath.Glob(filepath.Join(dir, "aside", "*")); err != nil || len(kept) != 1 {
				t.Errorf("kept aside: %v, %v; want the old journal only", kept, err)
			}
		})
	}
}
