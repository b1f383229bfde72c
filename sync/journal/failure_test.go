package journal

import (
	"log/slog"
	"testing"

	"sourire/device/tap"
)

func fault(why string) *tap.FaultEvent {
	return &tap.FaultEvent{Header: tap.Header{Kind: tap.KindFault, Boot: 1}, Part: "disk", Why: why}
}

// A commit that fails leaves nothing behind, alone or in a group, and the next
// one goes on where the journal ended.
func TestAFailedCommitLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	j, err := Open(Config{
		Dir: dir, Identity: tap.Identity{Chain: "demo", Store: "lyon", Terminal: "exit-1"},
		Stamp: func(*tap.Header) {}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	if err := j.Append(fault("before")); err != nil {
		t.Fatal(err)
	}
	for _, group := range [][]tap.Event{{fault("alone")}, {fault("one"), fault("two"), fault("three")}} {
		last, head := j.Last()
		refuse(t, j, `CREATE TRIGGER refuse BEFORE INSERT ON event WHEN NEW.seq % 4 IN (0, 3) BEGIN SELECT RAISE(ABORT, 'the card refuses'); END`)
		if err := j.Append(group...); err == nil {
			t.Fatal("no error of a refused insert")
		}
		if seq, h := j.Last(); seq != last || h != head {
			t.Errorf("the journal ends at %d after a failed commit, want %d", seq, last)
		}
		refuse(t, j, `DROP TRIGGER refuse`)
		e := fault("after")
		if err := j.Append(e); err != nil || e.Seq != last+1 {
			t.Errorf("the next event is %d, %v; want %d", e.Seq, err, last+1)
		}
	}
	if n, err := j.Verify(); err != nil || n != 4 {
		t.Errorf("verify: %d events, %v; want 4", n, err)
	}
}

func refuse(t *testing.T, j *Journal, statement string) {
	t.Helper()
	if _, err := j.writer.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// What durability rests on is asserted at every start: with any of it changed
// there is no journal.
func TestTheAssertionsCanFail(t *testing.T) {
	f := machineFolder(t.TempDir())
	for name, params := range map[string]string{
		"synchronous=NORMAL":  "mode=rwc&_journal_mode=WAL&_synchronous=NORMAL",
		"journal_mode=DELETE": "mode=rwc&_journal_mode=DELETE&_synchronous=FULL",
	} {
		w, err := connect(f.dsn(f.database(), params))
		if err == nil {
			_ = w.Close()
			t.Errorf("%s is taken for durable", name)
		}
	}
	w, err := openWriter(f)
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Errorf("the journal's own settings: %v", err)
	}
}
