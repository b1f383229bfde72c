package office_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"sourire/sync/office"
	"sourire/sync/wire"
)

// A terminal's rows were taken away, or there are some that the office did not
// write: the terminal waits for the repair, the others do not.
func TestDamageOfOneTerminal(t *testing.T) {
	of := `epoch = (SELECT id FROM epoch WHERE uuid = '` + uuid(1) + `')`
	for _, c := range []struct {
		name           string
		damage, repair string
		first, last    uint64 // of the batch that meets it
		seq            uint64 // that is named
		what           string
	}{
		{
			"an event that a batch overlaps is gone",
			`UPDATE event SET seq = -1 WHERE seq = 120 AND ` + of, `UPDATE event SET seq = 120 WHERE seq = -1`,
			100, 120, 100, "only 0 are here",
		},
		{
			"an event's hash is another",
			`UPDATE event SET head = zeroblob(32) WHERE seq = 120 AND ` + of, fmt.Sprintf(`UPDATE event SET head = x'%s' WHERE seq = 120 AND `, newBox(exit1, 1, newKey(1), nil).taps(299).links[119].Head) + of,
			100, 120, 100, "event 120 of epoch " + uuid(1) + " was altered",
		},
		{
			"an event's hash is none",
			`UPDATE event SET head = x'00' WHERE seq = 120 AND ` + of, fmt.Sprintf(`UPDATE event SET head = x'%s' WHERE seq = 120 AND `, newBox(exit1, 1, newKey(1), nil).taps(299).links[119].Head) + of,
			100, 120, 100, "want 32 bytes",
		},
		{
			"an event is in the way",
			`INSERT INTO event SELECT terminal, 1000000, epoch, 205, head, raw FROM event WHERE seq = 1 AND ` + of, `DELETE FROM event WHERE pos = 1000000`,
			201, 210, 201, "ends with event 205, on record is 200",
		},
		{
			"a place is taken",
			`INSERT INTO event SELECT terminal, 205, epoch, -1, head, raw FROM event WHERE seq = 1 AND ` + of, `DELETE FROM event WHERE seq = -1`,
			201, 210, 201, "newest event has place 205, on record is 200",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPair(t)
			p.exec(c.damage)
			p.wantHurt(c.first, c.last, c.seq, c.what)
			p.exec(c.repair)
			p.wantHealed(c.first, c.last)
		})
	}
}

// The office starts on a store in which a terminal's rows do not fit together.
func TestDamageFoundAtStart(t *testing.T) {
	for _, c := range []struct {
		name           string
		damage, repair string
		what           string
	}{
		{
			"the newest event is gone",
			`UPDATE event SET seq = -1 WHERE seq = 200`, `UPDATE event SET seq = 200 WHERE seq = -1`,
			"ends with event 199, on record is 200",
		},
		{
			"the record of the epoch is older",
			`UPDATE epoch SET last = 150 WHERE uuid = '` + uuid(1) + `'`, `UPDATE epoch SET last = 200 WHERE uuid = '` + uuid(1) + `'`,
			"ends with event 200, on record is 150",
		},
		{
			"the record of the terminal is older",
			`UPDATE terminal SET pos = 150 WHERE terminal = 'exit-1'`, `UPDATE terminal SET pos = 200 WHERE terminal = 'exit-1'`,
			"newest event has place 200, on record is 150",
		},
		{
			"the epoch's hash is none",
			`UPDATE epoch SET head = x'00' WHERE uuid = '` + uuid(1) + `'`, `UPDATE epoch SET head = (SELECT head FROM event WHERE seq = 200) WHERE uuid = '` + uuid(1) + `'`,
			"want 32 bytes",
		},
		{
			"the epoch's key is none",
			`UPDATE epoch SET key = 'x' WHERE uuid = '` + uuid(1) + `'`, `UPDATE epoch SET key = '` + newKey(1).Public().String() + `' WHERE uuid = '` + uuid(1) + `'`,
			"ed25519 key",
		},
		{
			"the days are none",
			`UPDATE terminal SET days = '{' || days WHERE terminal = 'exit-1'`, `UPDATE terminal SET days = substr(days, 2) WHERE terminal = 'exit-1'`,
			"days are",
		},
		{
			"the state is none",
			`UPDATE terminal SET state = x'00' WHERE terminal = 'exit-1'`, `UPDATE terminal SET state = NULL WHERE terminal = 'exit-1'`,
			"read state",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPair(t)
			p.exec(c.damage)
			v, err := office.Verify(t.Context(), p.store)
			if err != nil || v.Wrong == nil || v.Wrong.Terminal != exit1.String() {
				if c.name != "the state is none" { // which is nothing that a terminal signed
					t.Errorf("verify: %+v, %v", v.Wrong, err)
				}
			}
			p.restart()
			if s := p.status(exit1); s.Damage == nil || !strings.Contains(s.Damage.What, c.what) || s.Damage.Seq != 0 {
				t.Errorf("damage %+v, want %q", s.Damage, c.what)
			}
			p.wantHurt(201, 210, 201, c.what)
			p.exec(c.repair)
			p.wantHealed(201, 210)
			if s := p.status(exit1); s.TapsCounted != 259 || s.Events != 260 {
				t.Errorf("status %+v", s)
			}
		})
	}
}

// Damage that only a copy of the card meets does not go away because the
// terminal itself goes on.
func TestDamageBesideProgress(t *testing.T) {
	p := newPair(t)
	of := ` WHERE seq = 112 AND epoch = (SELECT id FROM epoch WHERE uuid = '` + uuid(1) + `')`
	p.exec(`UPDATE event SET head = zeroblob(32)` + of)
	c := p.hurt.copyAt(110).taps(10)
	for i := range uint64(3) {
		if err := p.Ingest(t.Context(), c.topic("ev"), c.batch(111, 115)); !errors.Is(err, office.ErrDamaged) {
			t.Fatal(err)
		}
		p.batches(p.hurt, 201+i, 201+i)
		p.pass(10 * time.Second)
	}
	p.settle()
	if s := p.status(exit1); s.Last != 203 || s.Damage == nil || len(s.Incidents) != 1 || strings.Contains(p.log.String(), "stored again") {
		t.Errorf("status %+v\n%s", s, &p.log)
	}
	p.exec(fmt.Sprintf(`UPDATE event SET head = x'%s'`, p.hurt.links[111].Head) + of)
	p.batches(c, 111, 115)
	p.settle()
	if s := p.status(exit1); s.Damage != nil || len(s.Forks) != 1 || strings.Count(p.log.String(), "stored again") != 1 {
		t.Errorf("status %+v\n%s", s, &p.log)
	}
	p.verify()
}

// Somebody puts a copy's event in the place of ours, hash and all, under a
// running office.
func TestAnEventReplacedInTheStore(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil).taps(9)
	c := b.copyAt(9).taps(3)
	r.batches(b, 1, 10)
	r.exec(`UPDATE event SET raw = ?, head = ? WHERE seq = 10`, c.links[9].Event, c.links[9].Head[:])
	for _, last := range []uint64{10, 12} {
		if err := r.Ingest(t.Context(), c.topic("ev"), c.batch(10, last)); !errors.Is(err, office.ErrDamaged) {
			t.Errorf("to %d: %v", last, err)
		}
	}
}

// A page of the file is garbled. Whoever needs it waits; verify and export name
// it, and everybody else goes on.
func TestDamagedPage(t *testing.T) {
	p := newPair(t)
	p.Office.Close()
	if err := p.store.Close(); err != nil { // leaves one file
		t.Fatal(err)
	}
	raw, err := os.ReadFile(p.path)
	if err != nil {
		t.Fatal(err)
	}
	const pageSize = 4096
	at := bytes.Index(raw, p.hurt.links[119].Event) / pageSize * pageSize
	sound := slices.Clone(raw[at : at+pageSize])
	write := func(page []byte) {
		t.Helper()
		f, err := os.OpenFile(p.path, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt(page, int64(at)); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	write(bytes.Repeat([]byte{0xa5}, pageSize))
	p.open()
	p.restart()
	p.wantHurt(100, 120, 100, "malformed")
	v, err := office.Verify(t.Context(), p.store)
	if err != nil || v.Wrong == nil || v.Wrong.Seq < 100 || v.Wrong.Seq > 120 || !strings.Contains(v.Wrong.What, "malformed") {
		t.Errorf("verify: %+v, %v", v.Wrong, err)
	}
	var out bytes.Buffer
	if err := office.ExportJSONL(t.Context(), p.store, &out); !errors.Is(err, office.ErrDamaged) || !strings.Contains(err.Error(), "event ") {
		t.Errorf("export: %v", err)
	}
	write(sound)
	p.restart() // SQLite remembers pages
	p.pass(10 * time.Second)
	if err := p.together(100, 120); err != nil {
		t.Errorf("after the repair: %v", err)
	}
	p.verify()
}

// The same with a store that says so itself: of reading, of writing, and of
// everything.
func TestDamageOfAFake(t *testing.T) {
	bad := fmt.Errorf("a bad sector: %w", office.ErrDamaged)
	t.Run("reading", func(t *testing.T) {
		p := newPair(t)
		n := 0
		p.gate.links = func(id office.EpochID) error {
			if id.Identity == exit1 {
				n++
				return fmt.Errorf("attempt %d: %w", n, bad) // one damage all the same
			}
			return nil
		}
		p.wantHurt(100, 120, 100, "a bad sector")
		if err := p.Healthy(); err != nil {
			t.Errorf("one terminal of two: %v", err)
		}
		p.gate.links = nil
		p.wantHealed(100, 120)
	})
	t.Run("writing", func(t *testing.T) {
		p := newPair(t)
		p.gate.commit = func(g *office.Group) error {
			if slices.ContainsFunc(g.Events, func(e office.Event) bool { return e.Identity == exit1 }) {
				return bad
			}
			return nil
		}
		p.wantHurt(191, 210, 201, "a bad sector")
		p.gate.commit = nil
		p.wantHealed(191, 210)
	})
	t.Run("writing anything of it", func(t *testing.T) {
		p := newPair(t)
		p.gate.commit = func(g *office.Group) error {
			if slices.ContainsFunc(g.Terminals, func(t office.Terminal) bool { return t.Identity == exit1 }) {
				return bad
			}
			return nil
		}
		for range 3 {
			if err := p.together(191, 210); !errors.Is(err, office.ErrDamaged) {
				t.Fatal(err)
			}
			p.pass(10 * time.Second)
		}
		if s := p.status(exit1); s.Last != 200 || s.Damage == nil {
			t.Errorf("status %+v", s)
		}
		p.gate.commit = nil
		if err := p.together(201, 210); err != nil {
			t.Error(err)
		}
		if n := strings.Count(p.log.String(), "cannot be stored"); n != 1 {
			t.Errorf("%d lines, want 1:\n%s", n, &p.log)
		}
	})
	t.Run("everything", func(t *testing.T) {
		p := newPair(t)
		p.gate.commit = func(*office.Group) error { return bad }
		for _, b := range []*box{p.hurt, p.well} {
			last := p.status(b.Identity).Last
			if err := p.Ingest(t.Context(), b.topic("ev"), b.batch(last+1, last+1)); !errors.Is(err, office.ErrDamaged) {
				t.Errorf("%s: %v", b.Identity, err)
			}
		}
		if err := p.Healthy(); !errors.Is(err, office.ErrDamaged) {
			t.Errorf("healthy: %v", err)
		}
		if code, _, _ := get(p.Handler(), "GET", "localhost", "/healthz"); code != 503 {
			t.Errorf("healthz: %d", code)
		}
		p.gate.commit = nil
		p.batches(p.hurt, 201, 210)
		p.batches(p.well, 11, 20)
		if err := p.Healthy(); err != nil {
			t.Errorf("healthy: %v", err)
		}
	})
	t.Run("everything, and what is known cannot be loaded again", func(t *testing.T) {
		p := newPair(t)
		p.gate.commit = func(*office.Group) error { return bad }
		p.gate.load = func() error { return bad }
		for range 3 {
			if err := p.Ingest(t.Context(), p.hurt.topic("ev"), p.hurt.batch(201, 202)); err == nil || errors.Is(err, office.ErrDamaged) {
				t.Errorf("got %v, want that the store has failed", err)
			}
		}
		p.gate.commit, p.gate.load = nil, nil
		p.batches(p.hurt, 201, 202)
		p.wantChain(p.hurt, 0, 202)
	})
	t.Run("reading fails for everybody", func(t *testing.T) {
		p := newPair(t)
		gone := errors.New("the disk is gone")
		p.gate.links = func(office.EpochID) error { return gone }
		for _, b := range []*box{p.hurt, p.well} {
			if err := p.Ingest(t.Context(), b.topic("ev"), b.batch(2, 3)); !errors.Is(err, gone) || errors.Is(err, office.ErrDamaged) {
				t.Errorf("%s: %v", b.Identity, err)
			}
			if s := p.status(b.Identity); s.Damage != nil || len(s.Incidents) != 0 {
				t.Errorf("status %+v", s)
			}
		}
		if p.Healthy() == nil {
			t.Error("healthy")
		}
	})
}

// A terminal that is damaged may still say what it likes of itself.
func TestStateOfADamagedTerminalIsKept(t *testing.T) {
	p := newPair(t)
	p.exec(`UPDATE epoch SET last = 150 WHERE uuid = '` + uuid(1) + `'`)
	p.restart()
	p.send(p.hurt, wire.LeafState, p.hurt.state(7, 100, true))
	if s := p.status(exit1); !s.Online || s.Software != "1.2.0" || s.Damage == nil {
		t.Errorf("status %+v", s)
	}
}
