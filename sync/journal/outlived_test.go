package journal_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"sourire/device/tap"
	"sourire/sync/journal"
	"sourire/sync/seal"
)

// store is a box in a store with one press an hour: its journal, thinned out as
// time goes by.
type store struct {
	testing.TB
	journal *journal.Journal
	clock   tap.Quality
	hours   int // since dawn
}

func (s *store) header(k tap.Kind) tap.Header {
	return tap.Header{Kind: k, At: tap.FormatTime(s.ago(0)), Clock: s.clock, Boot: 1, Up: 9120}
}

func (s *store) ago(hours int) time.Time {
	return dawn.Add(time.Duration(s.hours-hours) * time.Hour)
}

// open begins with a configuration.
func (s *store) open() {
	s.Helper()
	must(s.TB, s.journal.Append(&tap.ConfigEvent{Header: s.header(tap.KindConfig), Question: "exit", Scale: tap.Faces4}))
}

// pass lets hours pass: in each there is a press, and the hour is told.
func (s *store) pass(hours int) {
	s.Helper()
	var events []tap.Event
	for range hours {
		s.hours++
		e := press(1)
		e.Header = s.header(tap.KindTap)
		hour := tap.FormatTime(s.ago(1))
		events = append(events, e, &tap.TallyEvent{
			Header: s.header(tap.KindTally), Hour: &hour, Scale: tap.Faces4, Counts: []int{0, 1, 0, 0}, Raw: 1,
			Flags: map[tap.Flag]int{}, Reasons: map[string]int{},
		})
	}
	must(s.TB, s.journal.Append(events...))
	confirmAll(s, s.journal)
}

// say has a drop written; false for none.
func (s *store) say(d *tap.DropEvent, err error) bool {
	s.Helper()
	must(s.TB, err)
	if d == nil {
		return false
	}
	d.Header = s.header(tap.KindDrop)
	must(s.TB, s.journal.Append(d))
	return true
}

// drop drops all raw events of more than so many hours ago, and of those kept all
// of more than so many others. It returns how many of the latter
// drops there were.
func (s *store) drop(hours, keep int) (n int) {
	s.Helper()
	confirmAll(s, s.journal)
	for {
		d, err := s.journal.Aged(s.ago(hours), s.ago(0))
		if d == nil && err == nil {
			if d, err = s.journal.Outlived(s.ago(keep), s.ago(0)); d != nil {
				n++
			}
		}
		if !s.say(d, err) {
			return n
		}
		must(s.TB, s.journal.Prune(s.Context(), d))
	}
}

func (s *store) kept() (events []tap.Event) {
	s.Helper()
	must(s.TB, s.journal.Kept(0, func(l seal.Link) error {
		e, err := tap.Parse(l.Event)
		events = append(events, e)
		return err
	}))
	return events
}

// keeps is the first of what is kept, and how many they are.
func (s *store) keeps() (first seal.Link, n int) {
	s.Helper()
	must(s.TB, s.journal.Kept(0, func(l seal.Link) error {
		if n++; n == 1 {
			first = l
		}
		return nil
	}))
	return first, n
}

func (s *store) check() {
	s.Helper()
	last, _ := s.journal.Last()
	check(s, s.journal, last)
}

// What is kept beyond the raw events goes, too, at an age; the configuration that
// newer events name stays. The journal proves all of it, before and after.
func TestWhatIsKeptIsNotKeptForEver(t *testing.T) {
	dir := t.TempDir()
	s := &store{TB: t, journal: open(t, dir), clock: tap.Synced}
	s.open()
	drops := 0
	for range 60 {
		s.pass(100)
		drops += s.drop(600, 2000)
		if s.hours%1000 == 0 {
			s.check()
		}
		first, n := s.keeps()
		if n > 0 && !bytes.Contains(first.Event, []byte(`"kind":"config"`)) {
			t.Fatalf("the configuration is gone: the oldest is %s", first.Event)
		}
		// 1400 hours, some drop events, and what is not worth a drop yet.
		if n > 1800 {
			t.Fatalf("after %d hours %d events are kept", s.hours, n)
		}
	}
	if drops < 20 || drops > 45 {
		t.Errorf("%d drops", drops)
	}
	oldest, err := tap.ParseTime(s.kept()[1].Head().At)
	must(t, err)
	if age := s.ago(0).Sub(oldest); age < 2000*time.Hour || age > 2400*time.Hour {
		t.Errorf("the oldest that is kept is of %s ago, want 2000 h and a little more", age)
	}
	base, err := s.journal.Base()
	must(t, err)
	must(t, s.journal.Recede(1, seal.Head{}))
	if seq, _ := s.journal.Watermark(); seq != base.Seq {
		t.Errorf("asked for all again, it begins after %d, want %d", seq, base.Seq)
	}
	must(t, s.journal.Close())
	s.journal = open(t, dir)
	s.check()
	if d, err := s.journal.Outlived(s.ago(2000), s.ago(0)); d != nil || err != nil {
		t.Errorf("dropped again: %+v, %v", d, err)
	}
}

// A newer configuration takes the place of an older one.
func TestTheNewestConfigurationStays(t *testing.T) {
	s := &store{TB: t, journal: open(t, t.TempDir()), clock: tap.Synced}
	for range 8 {
		s.open()
		s.pass(400)
		s.drop(600, 1000)
	}
	var configs []uint64
	for _, e := range s.kept() {
		if e.Head().Kind == tap.KindConfig {
			configs = append(configs, e.Head().Seq)
		}
	}
	if len(configs) == 0 || len(configs) > 3 {
		t.Errorf("configurations %v are kept", configs)
	}
	s.check()
}

// A drop that is said is carried out now, later, or after a later one: the journal
// is whole all the time. One that does not fit what is there is not carried out.
func TestADropOfYearsThatIsSaid(t *testing.T) {
	s := &store{TB: t, journal: open(t, t.TempDir()), clock: tap.Synced}
	s.open()
	for range 30 {
		s.pass(100)
		s.drop(600, 9000)
	}
	outlived := func(hours int) *tap.DropEvent {
		t.Helper()
		d, err := s.journal.Outlived(s.ago(hours), s.ago(0))
		if !s.say(d, err) {
			t.Fatalf("nothing of %d hours ago may go", hours)
		}
		s.check()
		return d
	}
	first, second := outlived(2000), outlived(1600)
	if first.Why != journal.WhyYears || first.First != 2 || first.Kept != 1 || second.Last < first.Last {
		t.Fatalf("drops %+v, %+v", first, second)
	}
	before := len(s.kept())
	other := *second
	other.Kept = 0
	must(t, s.journal.Append(&other))
	if err := s.journal.Prune(t.Context(), &other); err == nil || len(s.kept()) != before {
		t.Errorf("a drop that leaves something else than it says is carried out: %v", err)
	}
	base, err := s.journal.Base()
	must(t, err)
	other = *second
	other.Last = base.Seq + 1
	must(t, s.journal.Append(&other))
	if err := s.journal.Prune(t.Context(), &other); !errors.Is(err, journal.ErrNeeded) {
		t.Errorf("a drop that goes beyond what was dropped: %v", err)
	}
	for _, d := range []*tap.DropEvent{second, first, second} {
		must(t, s.journal.Prune(t.Context(), d))
		s.check()
	}
	if after := len(s.kept()); after > before-99 {
		t.Errorf("%d events are kept, where there were %d", after, before)
	}
}

// Where the clock was never set nothing goes by age.
func TestWhatIsKeptOfABoxWithoutAClock(t *testing.T) {
	s := &store{TB: t, journal: open(t, t.TempDir()), clock: tap.Saved}
	s.open()
	for range 12 {
		s.pass(200)
		d, err := s.journal.Delivered()
		if s.say(d, err) {
			must(t, s.journal.Prune(t.Context(), d))
		}
	}
	before := len(s.kept())
	if n := s.drop(600, 1000); n != 0 || len(s.kept()) != before || before < 1000 {
		t.Errorf("%d drops, of %d events that were kept", n, before)
	}
	s.check()
}

// What the drop events that are left vouch for is told from what was altered.
func TestVerifySeesWhatOutlives(t *testing.T) {
	whole := t.TempDir()
	s := &store{TB: t, journal: open(t, whole), clock: tap.Synced}
	s.open()
	for range 40 {
		s.pass(100)
		s.drop(600, 2000)
	}
	s.check()
	must(t, s.journal.Close())
	const config = "(SELECT min(seq) FROM kept)"
	for name, alter := range map[string]string{
		"the configuration's bytes": `UPDATE kept SET bytes = CAST(replace(bytes, 'exit', 'exil') AS BLOB) WHERE seq = ` + config,
		"the configuration gone":    `DELETE FROM kept WHERE seq = ` + config,
		"more gone":                 `DELETE FROM kept WHERE seq = (SELECT min(seq) FROM kept WHERE seq > ` + config + `)`,
		"all gone":                  `DELETE FROM kept`,
		"one come back":             `INSERT INTO kept SELECT 7, before, CAST(replace(bytes, '"seq":' || seq || ',', '"seq":7,') AS BLOB) FROM kept WHERE seq = ` + config,
	} {
		t.Run(name, func(t *testing.T) {
			dir := crash(t, whole)
			db, err := sql.Open("sqlite3", filepath.Join(dir, "journal.db"))
			must(t, err)
			_, err = db.Exec(alter)
			must(t, errors.Join(err, db.Close()))
			r, err := journal.OpenReader(dir)
			must(t, err)
			defer r.Close()
			var wrong *journal.WrongError
			if _, err := r.Verify(); !errors.As(err, &wrong) {
				t.Errorf("verify: %v", err)
			}
		})
	}
}

// moment is a context in which something happens when it has been looked at so
// many times.
type moment struct {
	context.Context
	times int
	do    func()
}

func (m *moment) Err() error {
	if m.times--; m.times == 0 {
		m.do()
	}
	return nil
}

// A journal that is verified while what was kept goes is whole all the time, also
// where that is said when all raw events have been read.
func TestVerifyWhileYearsGo(t *testing.T) {
	s := &store{TB: t, journal: open(t, t.TempDir()), clock: tap.Synced}
	s.open()
	for range 30 {
		s.pass(100)
		s.drop(600, 9000)
	}
	for _, into := range []func(raw int) int{
		func(int) int { return 1 },
		func(raw int) int { return raw / 2 },
		func(raw int) int { return raw }, // the last of them
		func(raw int) int { return raw + 1 },
		func(raw int) int { return raw + 150 },
	} {
		s.hours += 200
		gone, times := 0, into(len(seqs(t, s.journal.Forward)))
		ctx := &moment{t.Context(), times, func() { gone = s.drop(5000, 2600) }}
		if err := s.journal.VerifyUntil(ctx); err != nil || gone == 0 {
			t.Errorf("%d drops after %d events: %v", gone, times, err)
		}
	}
}
