package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sourire/device/tap"
	"sourire/device/tap/seedtest"
	"sourire/sync/durable"
	"sourire/sync/export"
	"sourire/sync/journal"
	"sourire/sync/office"
	"sourire/sync/office/sqlite"
	"sourire/sync/wire"
)

var exit1 = tap.Identity{Chain: "demo", Store: "lyon", Terminal: "exit-1"}

// shelf is a data folder whose journal a test writes by itself.
type shelf struct {
	t   *testing.T
	dir string
	*journal.Journal
	minute int // of the day, of the next event
	clock  tap.Quality
}

func newShelf(t *testing.T) *shelf {
	s := &shelf{t: t, dir: t.TempDir(), clock: tap.Synced}
	s.open()
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func (s *shelf) open() {
	s.t.Helper()
	j, err := journal.Open(journal.Config{Dir: s.dir, Identity: exit1, Stamp: s.stamp, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		s.t.Fatal(err)
	}
	s.Journal = j
}

func (s *shelf) stamp(h *tap.Header) {
	h.At = tap.FormatTime(time.Date(2026, 11, 23, 0, s.minute, 0, 0, time.UTC))
	h.Clock, h.Boot, h.Up = s.clock, 1, int64(s.minute)
}

// write writes n taps, a minute apart.
func (s *shelf) write(n int) {
	s.t.Helper()
	var taps []tap.Event
	for range n {
		s.minute++
		e := &tap.TapEvent{Header: tap.Header{Kind: tap.KindTap}, Config: 1, Choice: s.minute % 4, Of: 4, Counted: true, Flags: []tap.Flag{}, Rule: 1, Lang: "fr"}
		s.stamp(&e.Header)
		taps = append(taps, e)
	}
	if err := s.Append(taps...); err != nil {
		s.t.Fatal(err)
	}
}

// endEpoch ends the epoch and begins the next.
func (s *shelf) endEpoch(why string) {
	s.t.Helper()
	if err := s.EndEpoch(why); err != nil {
		s.t.Fatal(err)
	}
	s.open()
}

// export is what a stick gets.
func (s *shelf) export(p period) (wire.Export, []byte, error) {
	s.t.Helper()
	r, err := journal.OpenReader(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	key, err := journal.ReadKey(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	c, err := collect(s.dir, r, p)
	defer func() { _ = c.close() }()
	if err != nil {
		return wire.Export{}, nil, err
	}
	var b bytes.Buffer
	e, err := export.Write(&b, wire.Export{Identity: exit1, At: tap.FormatTime(time.Now()), Software: "test", Left: c.left}, c.parts, key)
	if err == nil {
		_, err = export.Read(bytes.NewReader(b.Bytes()), nil)
	}
	return e, b.Bytes(), err
}

func (s *shelf) mustExport() (wire.Export, []byte) {
	s.t.Helper()
	e, raw, err := s.export(period{})
	if err != nil {
		s.t.Fatal(err)
	}
	return e, raw
}

// newOffice is head office on a store of its own.
func newOffice(t *testing.T) *office.Office {
	t.Helper()
	dir := t.TempDir()
	store, err := sqlite.Open(filepath.Join(dir, "office.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	key, err := durable.Key(filepath.Join(dir, "office.key"))
	if err != nil {
		t.Fatal(err)
	}
	o, err := office.New(office.Config{Chain: "demo", Store: store, Key: key, Publish: func(office.Publication) {}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.Close)
	return o
}

func runs(e wire.Export) (all []string) {
	for _, p := range e.Parts {
		all = append(all, fmt.Sprintf("%d-%d", p.First, p.Last))
	}
	return all
}

// Three lives of a terminal reach head office by hand, in their order: it takes
// none of the older ones for the newest, and nothing is missing.
func TestEndedEpochsAreExported(t *testing.T) {
	s := newShelf(t)
	var epochs []string
	for _, why := range []string{journal.WhyCopied, journal.WhyCopied, ""} {
		epochs = append(epochs, s.Epoch())
		s.write(120)
		if why != "" {
			s.endEpoch(why)
		}
	}
	e, raw := s.mustExport()
	for i, p := range e.Parts {
		if p.Epoch != epochs[i] {
			t.Errorf("part %d is epoch %s, want %s", i, p.Epoch, epochs[i])
		}
	}
	if len(e.Parts) != 3 || len(e.Left) != 0 {
		t.Fatalf("%+v", e)
	}
	o := newOffice(t)
	for n, want := range []int{int(e.Events()), 0} {
		done, err := o.Import(t.Context(), bytes.NewReader(raw))
		stored := 0
		for _, p := range done.Parts {
			stored += p.Stored
		}
		if err != nil || stored != want {
			t.Errorf("time %d: %+v, %v: stored %d, want %d", n+1, done, err, stored, want)
		}
	}
	status := o.Terminals()[0]
	if status.Epoch != s.Epoch() || status.Missing != 0 || status.Events != e.Events() || status.TapsCounted != 360 || status.Online {
		t.Errorf("%+v", status)
	}
	if v, err := office.Verify(t.Context(), o.Store); err != nil || v.Wrong != nil || v.Events != e.Events() {
		t.Errorf("%+v, %v", v, err)
	}
}

// What cannot go with the rest is named in the file itself.
func TestWhatIsLeftOutIsNamed(t *testing.T) {
	s := newShelf(t)
	s.write(10)
	lost := s.Epoch()
	if err := errors.Join(s.Close(), os.Remove(filepath.Join(s.dir, "terminal.key"))); err != nil {
		t.Fatal(err)
	}
	s.open() // with another key: a new epoch
	s.write(300)
	spoilt := s.Epoch()
	s.endEpoch(journal.WhyCopied)
	folders, err := journal.Aside(s.dir)
	if err != nil || len(folders) != 2 {
		t.Fatal(folders, err)
	}
	for _, f := range folders {
		if strings.Contains(f, spoilt) {
			alterEvent(t, filepath.Join(f, "journal.db"), 150)
		}
	}
	e, _ := s.mustExport()
	if got := fmt.Sprint(runs(e)); got != "[1-149 1-1]" {
		t.Errorf("parts %s", got)
	}
	if len(e.Left) != 2 {
		t.Fatalf("left out: %+v", e.Left)
	}
	for _, l := range e.Left {
		want := map[string]string{lost: "the key that signed it is gone", spoilt: "event 150: "}[l.Epoch]
		if want == "" || !strings.Contains(l.Why, want) {
			t.Errorf("left out: %+v, want %q", l, want)
		}
	}
}

// A card from which confirmed events were dropped exports the rest, and says
// so. Head office, which has the others, takes it in; another does not.
func TestDroppedEventsAreNamed(t *testing.T) {
	s := newShelf(t)
	s.write(1400)
	_, before := s.mustExport()
	last, head := s.Last()
	if err := s.Confirm(last, head); err != nil {
		t.Fatal(err)
	}
	d, err := s.Delivered()
	if err == nil {
		s.stamp(&d.Header)
		err = s.Append(d)
	}
	if err == nil {
		err = s.Prune(t.Context(), d)
	}
	if err != nil {
		t.Fatal(err)
	}
	e, raw := s.mustExport()
	if got, want := fmt.Sprint(runs(e)), fmt.Sprintf("[%d-%d]", d.Last+1, last+1); got != want || len(e.Left) != 1 || !strings.Contains(e.Left[0].Why, fmt.Sprintf("2 to %d were dropped", d.Last)) {
		t.Errorf("parts %s, want %s, left out %+v", got, want, e.Left)
	}
	stranger := newOffice(t)
	if done, err := stranger.Import(t.Context(), bytes.NewReader(raw)); !errors.Is(err, office.ErrNotImported) {
		t.Errorf("%+v, %v", done, err)
	}
	o := newOffice(t)
	for _, file := range [][]byte{before, raw} {
		if done, err := o.Import(t.Context(), bytes.NewReader(file)); err != nil {
			t.Errorf("%+v, %v", done, err)
		}
	}
	if status := o.Terminals()[0]; status.TapsCounted != 1400 || status.Missing != 0 {
		t.Errorf("%+v", status)
	}
}

// A period is cut where clocks that were right leave no doubt, and takes along
// what may belong to it.
func TestPeriods(t *testing.T) {
	s := newShelf(t) // genesis at minute 0
	s.write(10)      // seq 2 to 11 at minutes 1 to 10
	s.clock = tap.Unknown
	s.write(5) // seq 12 to 16, at any time
	s.clock = tap.Synced
	s.write(10) // seq 17 to 26 at minutes 16 to 25
	at := func(minute int) time.Time { return time.Date(2026, 11, 23, 0, minute, 0, 0, time.UTC) }
	for _, c := range []struct {
		p    period
		want string
	}{
		{period{}, "1-26"},
		{period{since: at(5)}, "6-26"},
		{period{since: at(13)}, "12-26"}, // those of unknown time may be of then
		{period{since: at(18)}, "19-26"},
		{period{until: at(5)}, "1-5"},
		{period{until: at(13)}, "1-16"},
		{period{until: at(18)}, "1-18"},
		{period{at(5), at(18)}, "6-18"},
		{period{at(12), at(14)}, "12-16"},
		{period{since: at(100)}, ""},
		{period{until: at(-1)}, ""},
		{period{since: at(-1), until: at(100)}, "1-26"},
	} {
		e, _, err := s.export(c.p)
		if got := strings.Join(runs(e), " "); err != nil || got != c.want {
			t.Errorf("%v to %v: %s, %v, want %s", c.p.since, c.p.until, got, err, c.want)
		}
	}
}

// A period is found as if all of the journal were walked through, from the
// newest event back.
func TestPeriodsAreFound(t *testing.T) {
	random := seedtest.Rand(t)
	s := newShelf(t)
	latest := 0
	for range 150 {
		s.clock = []tap.Quality{tap.Synced, tap.Synced, tap.Unknown, tap.Saved}[random.IntN(4)]
		s.write(1 + random.IntN(8))
		latest = max(latest, s.minute)
		s.minute += random.IntN(12 * 60)
		if random.IntN(2) == 0 { // set back
			s.minute = max(s.minute-random.IntN(12*60), latest-20*60)
		}
	}
	s.minute = latest
	s.clock = tap.Synced
	s.write(1)
	tail, err := s.Tail()
	if err != nil {
		t.Fatal(err)
	}
	early := 0
	for range 100 {
		since := time.Date(2026, 11, 22, 0, random.IntN(s.minute), 0, 0, time.UTC)
		p := period{since, since.Add(time.Duration(random.IntN(6*60)) * time.Minute)}
		first, last, err := p.of(s.Reader)
		if err != nil {
			t.Fatal(err)
		}
		wantFirst, wantLast, err := p.scan(s.Reader, tail.Seq)
		if err != nil || first != wantFirst || last != wantLast {
			t.Errorf("%v to %v: %d to %d, want %d to %d, %v", p.since, p.until, first, last, wantFirst, wantLast, err)
		}
		if beyond, err := p.beyond(s.Reader, tail.Seq); err == nil && beyond < tail.Seq {
			early++
		}
	}
	if early < 75 {
		t.Errorf("of 100 periods, %d were looked for from where they end", early)
	}
}

func TestMoments(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][2]string{
		"2026-10-25":                {"2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"}, // 25 hours
		"2026-11-23T14:05":          {"2026-11-23T14:05:00+01:00", "2026-11-23T14:05:00+01:00"},
		"2026-11-23T14:05:00-03:00": {"2026-11-23T14:05:00-03:00", "2026-11-23T14:05:00-03:00"},
	} {
		var m moment
		if err := m.UnmarshalText([]byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if got := [2]string{m.start(paris).Format(time.RFC3339), m.end(paris).Format(time.RFC3339)}; got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
	for _, text := range []string{"", "yesterday", "2026-13-01", "23.11.2026", "14:05"} {
		if err := new(moment).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is a moment", text)
		}
	}
}

// alterEvent changes a tap's language in a journal that nobody has open.
func alterEvent(t *testing.T, path string, seq int) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(raw, fmt.Appendf(nil, `"lang":"fr","of":4,"rule":1,"seq":%d,`, seq))
	if at < 0 {
		t.Fatalf("event %d is not in %s", seq, path)
	}
	copy(raw[at:], `"lang":"en"`)
	if err := errors.Join(os.WriteFile(path, raw, 0o600), os.Truncate(path+"-wal", 0)); err != nil {
		t.Fatal(err)
	}
}
