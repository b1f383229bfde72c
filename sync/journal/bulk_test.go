package journal

import (
	"bytes"
	"database/sql"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"sourire/device/tap"
	"sourire/device/tap/seedtest"
	"sourire/sync/seal"
)

// TestManyEventsInOneRow compares what SQLite hands over as one row with what
// it hands over row by row.
func TestManyEventsInOneRow(t *testing.T) {
	r := rand.New(rand.NewPCG(seedtest.Seed(t), 0))
	home := t.TempDir()
	j, err := Open(Config{
		Dir: home, Identity: tap.Identity{Chain: "demo", Store: "lyon", Terminal: "exit-1"},
		Stamp: func(*tap.Header) {}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	const last = 1201
	for n := 1; n < last; n += 40 {
		var some []tap.Event
		for range 40 {
			e := &tap.ReasonEvent{Reason: strings.Repeat("é\n\x00<>", r.IntN(30))}
			e.Kind = tap.KindReason
			some = append(some, e)
		}
		if err := j.Append(some...); err != nil {
			t.Fatal(err)
		}
	}
	byRow := func(seq uint64, n int) []seal.Link {
		t.Helper()
		links, err := j.query("SELECT seq, head, bytes FROM event WHERE seq > ? ORDER BY seq LIMIT ?", seq, n)
		if err != nil {
			t.Fatal(err)
		}
		return links
	}
	for range 300 {
		seq, n := r.Uint64N(last), 1+r.IntN(bulkMost)
		got, want := j.readBulk(seq, n), byRow(seq, n)
		if len(got) != len(want) {
			t.Fatalf("after %d: %d events, want %d", seq, len(got), len(want))
		}
		for i, l := range got {
			if l.Seq != want[i].Seq || l.Head != want[i].Head || !bytes.Equal(l.Event, want[i].Event) {
				t.Fatalf("event %d is %s, want %s", l.Seq, l.Event, want[i].Event)
			}
		}
		first := got[0].Event
		if _ = append(first, "more"...); len(got) > 1 && !bytes.Equal(got[1].Event, want[1].Event) {
			t.Fatal("an event reaches into the next")
		}
	}
	for what, harm := range map[string]string{
		"a gap":             "DELETE FROM event WHERE seq = 600",
		"a line break":      "UPDATE event SET bytes = CAST(replace(bytes, '\"kind\"', char(10)) AS BLOB) WHERE seq = 600",
		"a head cut short":  "UPDATE event SET head = x'00' WHERE seq = 600",
		"the first is gone": "DELETE FROM event WHERE seq = 591",
	} {
		dir := t.TempDir()
		copied := filepath.Join(dir, fileName)
		for _, step := range [][2]string{{filepath.Join(home, fileName), "VACUUM INTO '" + copied + "'"}, {copied, harm}} {
			db, err := sql.Open("sqlite3", step[0])
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec(step[1]); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		}
		r, err := OpenReader(dir)
		if err != nil {
			t.Fatal(err)
		}
		if links := r.readBulk(590, 100); links != nil {
			t.Errorf("%s: %d events were read as if they were whole", what, len(links))
		}
		if links := r.readBulk(700, 100); len(links) != 100 {
			t.Errorf("%s: %d events were read where all is well", what, len(links))
		}
		switch links, err := r.After(590, 100); {
		case what == "a head cut short":
			if !Damaged(err) {
				t.Errorf("%s: %v", what, err)
			}
		case err != nil || len(links) != 100:
			t.Errorf("%s: %d events, %v; want what there is", what, len(links), err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}
