package office_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sourire/device/tap"
	"sourire/sync/office"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

// arrival is a batch on its topic.
type arrival struct {
	topic   string
	payload []byte
}

// backlog is what some terminals send that come back after a long time: taps
// in batches of 100, taking turns.
func backlog(terminals, taps int) (all []arrival, events [][]byte) {
	boxes := make([]*box, terminals)
	for i := range boxes {
		id := tap.Identity{Chain: "demo", Store: "lyon-part-dieu", Terminal: fmt.Sprintf("exit-%d", i)}
		boxes[i] = newBox(id, uint64(i), newKey(byte(i)), nil)
		for n := range taps / terminals {
			// As box.add writes it, but for the time that takes.
			seq := boxes[i].last() + 1
			raw := fmt.Appendf(nil, `{"at":"2026-11-23T14:%02d:%02d.%03d+01:00","boot":7,"choice":%d,"clock":"synced","config":94,"counted":true,"flags":[],"kind":"tap","lang":"fr","of":4,"rule":1,"seq":%d,"up":%d}`,
				n/60000%60, n/1000%60, n%1000, n%4, seq, 8123120+n)
			boxes[i].links = append(boxes[i].links, seal.Link{Seq: seq, Head: boxes[i].head().Next(raw), Event: raw})
		}
	}
	for first := uint64(1); first <= boxes[0].last(); first += wire.MaxEvents {
		for _, b := range boxes {
			last := min(first+wire.MaxEvents-1, b.last())
			all = append(all, arrival{b.topic(wire.LeafEvents), b.batch(first, last)})
			for _, l := range b.links[first-1 : last] {
				events = append(events, l.Event)
			}
		}
	}
	return all, events
}

// BenchmarkIngest takes in the backlog of ten terminals, verified and durable,
// and sets that against the same events put into SQLite as they are: one table,
// one index, as many to a commit, and nothing checked. The CPU time does not
// depend on what else the machine does.
func BenchmarkIngest(b *testing.B) {
	arrivals, events := backlog(10, 500_000)
	var took, cpu, floor time.Duration
	n := 0
	for b.Loop() {
		r := newRig(b)
		start, before := time.Now(), cpuTime(b)
		receipts := make(chan office.Receipt, 64) // as many as a connection has on the way
		go func() {
			for _, a := range arrivals {
				receipts <- r.Submit(b.Context(), a.topic, a.payload)
			}
			close(receipts)
		}()
		for rec := range receipts {
			if err := rec.Wait(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		took += time.Since(start)
		cpu += cpuTime(b) - before
		commits := r.metric("sourire_office_commits_total")
		if got := r.metric("sourire_office_events_total"); got != len(events) {
			b.Fatalf("%d events of %d were stored", got, len(events))
		}
		floor += insertRaw(b, events, len(events)/commits)
		n += len(events)
	}
	b.ReportMetric(float64(n)/took.Seconds(), "taps/s")
	b.ReportMetric(float64(cpu.Nanoseconds())/1e3/float64(n), "cpu-us/tap")
	b.ReportMetric(took.Seconds()/floor.Seconds(), "x-unverified")
	b.ReportMetric(float64(n)/floor.Seconds(), "unverified-taps/s")
	b.ReportMetric(0, "ns/op")
}

// cpuTime is what this process has used.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// insertRaw is how long it takes to put events into a table.
func insertRaw(b *testing.B, events [][]byte, together int) time.Duration {
	b.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(b.TempDir(), "raw.db")+"?_journal_mode=WAL&_synchronous=FULL")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	_, err = db.Exec("CREATE TABLE event (terminal INTEGER, seq INTEGER, raw BLOB, UNIQUE (terminal, seq)) STRICT")
	must(err)
	start := time.Now()
	for first := 0; first < len(events); first += together {
		tx, err := db.Begin()
		must(err)
		put, err := tx.Prepare("INSERT INTO event VALUES (?, ?, ?)")
		must(err)
		for i, raw := range events[first:min(first+together, len(events))] {
			_, err := put.Exec((first+i)/100%10, first+i, raw)
			must(err)
		}
		must(tx.Commit())
	}
	return time.Since(start)
}
