package office_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"sourire/device/tap"
	"sourire/sync/office"
)

// exec changes a store behind the office's back.
func (r *rig) exec(text string, args ...any) {
	r.t.Helper()
	db, err := sql.Open("sqlite3", r.path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer db.Close()
	res, err := db.Exec(text, args...)
	if err != nil {
		r.t.Fatal(err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		r.t.Fatalf("%s: %d rows, %v", text, n, err)
	}
}

func TestVerifyNamesTheFirstWrongEvent(t *testing.T) {
	flip := func(seq int) string {
		return fmt.Sprintf(`UPDATE event SET raw = CAST(replace(CAST(raw AS TEXT), '"lang":"fr"', '"lang":"en"') AS BLOB) WHERE seq = %d`, seq)
	}
	for _, c := range []struct {
		name, change string
		seq          uint64
		what         string
	}{
		{"a flipped byte", flip(7), 7, "altered"},
		{"two of them", flip(9) + ";" + flip(4), 4, "altered"},
		{"a flipped byte and its head", `UPDATE event SET head = (SELECT head FROM event WHERE seq = 8) WHERE seq = 7`, 7, "altered"},
		{"not canonical", `UPDATE event SET raw = CAST(' ' || CAST(raw AS TEXT) AS BLOB) WHERE seq = 5`, 5, "canonical"},
		{"not JSON", `UPDATE event SET raw = x'00' WHERE seq = 5`, 5, "canonicalise"},
		{"another place", `UPDATE event SET seq = seq + 100 WHERE seq = 6`, 6, "missing"},
		{"one taken away", `DELETE FROM event WHERE seq = 6`, 6, "missing"},
		{"the end taken away", `DELETE FROM event WHERE seq = 10`, 10, "missing"},
		{"the end and its record taken away", `DELETE FROM event WHERE seq > 5; UPDATE epoch SET last = 5, head = (SELECT head FROM event WHERE seq = 5)`, 6, "the chain on record ends before"},
		{"another key on record", `UPDATE epoch SET key = '` + newKey(9).Public().String() + `'`, 1, "signature"},
		{"a signature", `UPDATE batch SET sig = (SELECT sig FROM batch WHERE first = 1) WHERE first = 6`, 6, "signature"},
		{"evidence taken away", `DELETE FROM batch WHERE first = 6`, 6, "no signed batch covers it"},
		{"evidence altered", `UPDATE batch SET last = 9 WHERE first = 6`, 6, "signature"},
		{"a fork's byte", `UPDATE fork SET raw = CAST(replace(CAST(raw AS TEXT), '"lang":"fr"', '"lang":"en"') AS BLOB) WHERE seq = 9`, 9, "fork was altered"},
		{"a fork's event taken away", `DELETE FROM fork WHERE seq = 11`, 11, "fork that the terminal signed is missing"},
		{"a fork's evidence taken away", `DELETE FROM batch WHERE fork`, 8, "no signed batch covers its fork"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			b := newBox(exit1, 1, newKey(1), nil).taps(9)
			r.batches(b, 1, 5, 6, 10)
			r.batches(b.copyAt(7).taps(4), 8, 11)
			r.verify()
			r.exec(c.change)
			v, err := office.Verify(t.Context(), r.store)
			if err != nil {
				t.Fatal(err)
			}
			want := office.Wrong{Terminal: exit1.String(), Epoch: b.epoch, Seq: c.seq}
			if v.Wrong == nil {
				t.Fatal("verify saw nothing")
			}
			got := *v.Wrong
			if got.What = ""; got != want || !strings.Contains(v.Wrong.What, c.what) {
				t.Errorf("%v\nwant event %d: %s", v.Wrong, c.seq, c.what)
			}
		})
	}
}

// Every single byte of an event matters.
func TestVerifyFindsEveryFlippedByte(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil).taps(2)
	r.batches(b, 1, 3)
	raw := b.links[1].Event
	for i := range raw {
		flipped := bytes.Clone(raw)
		flipped[i] ^= 1
		r.exec(`UPDATE event SET raw = ? WHERE seq = 2`, flipped)
		v, err := office.Verify(t.Context(), r.store)
		if err != nil || v.Wrong == nil || v.Wrong.Seq != 2 {
			t.Fatalf("byte %d flipped: %+v, %v", i, v.Wrong, err)
		}
	}
}

// A batch of a later version of the feed has members that this one does not
// know; its signature covers them.
func TestVerifyUnknownMembers(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil).taps(4)
	r.send(b, "ev", b.resealed(t, b.batch(1, 5), "note", "new in 1.3"))
	r.wantChain(b, 0, 5)
	if v := r.verify(); v.Batches != 1 {
		t.Errorf("%d signatures", v.Batches)
	}
}

func TestExport(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil).taps(2)
	b.add(&tap.ReasonEvent{Tap: 3, Reason: "=HYPERLINK(\"x\")"}, tap.KindReason)
	b.add(&tap.UndoEvent{Tap: 2, Why: "changed"}, tap.KindUndo)
	b.add(&tap.ConfigEvent{Text: map[string]string{"fr": "<&>"}}, tap.KindConfig)
	r.batches(b, 1, 6)

	var out bytes.Buffer
	if err := office.ExportJSONL(t.Context(), r.store, &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 6 {
		t.Fatalf("%d lines", len(lines))
	}
	for i, l := range lines {
		want := fmt.Sprintf(`{"chain":"demo","store":"lyon-part-dieu","terminal":"exit-1","epoch":"%s","event":%s}`, b.epoch, b.links[i].Event)
		if l != want || !json.Valid([]byte(l)) {
			t.Errorf("line %d\n%s\nwant\n%s", i, l, want)
		}
	}

	out.Reset()
	if err := office.ExportCSV(t.Context(), r.store, &out); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	id := []string{"demo", "lyon-part-dieu", "exit-1", b.epoch}
	want := [][]string{
		strings.Split("chain,store,terminal,epoch,seq,kind,at,clock,boot,up,config,choice,of,counted,flags,rule,lang,tap,reason,why,time,worth,fork", ","),
		append(id[:4:4], "2", "tap", "2026-11-24T11:00:02.000Z", "synced", "1", "2000", "2", "1", "4", "true", "", "1", "fr", "", "", "", "2026-11-24T11:00:02.000Z", "synced", ""),
		append(id[:4:4], "3", "tap", "2026-11-24T11:00:03.000Z", "synced", "1", "3000", "2", "2", "4", "true", "", "1", "fr", "", "", "", "2026-11-24T11:00:03.000Z", "synced", ""),
		append(id[:4:4], "4", "reason", "2026-11-24T11:00:04.000Z", "synced", "1", "4000", "", "", "", "", "", "", "", "3", "'=HYPERLINK(\"x\")", "", "2026-11-24T11:00:04.000Z", "synced", ""),
		append(id[:4:4], "5", "undo", "2026-11-24T11:00:05.000Z", "synced", "1", "5000", "", "", "", "", "", "", "", "2", "", "changed", "2026-11-24T11:00:05.000Z", "synced", ""),
	}
	if fmt.Sprint(rows) != fmt.Sprint(want) {
		t.Errorf("got  %q\nwant %q", rows, want)
	}
}

// What is not there is not left out in silence.
func TestExportOfAHole(t *testing.T) {
	for _, seq := range []int{1, 4, 10} {
		r := newRig(t)
		r.batches(newBox(exit1, 1, newKey(1), nil).taps(9), 1, 10)
		r.exec(`DELETE FROM event WHERE seq = ?`, seq)
		for _, export := range []func(context.Context, office.Store, io.Writer) error{office.ExportJSONL, office.ExportCSV} {
			err := export(t.Context(), r.store, io.Discard)
			if want := fmt.Sprintf("event %d of %s", seq, exit1); !errors.Is(err, office.ErrDamaged) || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want that %s is damaged", err, want)
			}
		}
	}
}
