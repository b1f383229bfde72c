package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing/synctest"
	"time"
)

// measure is what the terminal and head office take, while nothing happens.
type measure struct {
	day                     int
	goroutines, descriptors int
	heap, resident          int64 // bytes, without what is on the card
	events                  int64 // in the journal
	database, log, rest     int64 // bytes on the card: the journal, its write-ahead log, and all else
	stored, office          int64 // head office's events, and bytes
}

func (m measure) String() string {
	return fmt.Sprintf("day %3d: %d goroutines, %d descriptors, heap %.1f MB, resident %.1f MB, journal of %d events %.1f MB, log %.1f MB, else %d bytes, head office %d events %.1f MB",
		m.day, m.goroutines, m.descriptors, mega(m.heap), mega(m.resident), m.events, mega(m.database), mega(m.log), m.rest, m.stored, mega(m.office))
}

func mega(n int64) float64 { return float64(n) / 1e6 }

func (s *soak) measure(day int) measure {
	<-time.After(10 * time.Minute)
	synctest.Wait()
	last, _ := s.box.journal.Last()
	m := measure{day: day, goroutines: runtime.NumGoroutine(), events: int64(last)}
	for _, t := range s.office.Terminals() {
		m.stored += int64(t.Events)
	}
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		m.descriptors = len(open)
	}
	entries, err := s.card.ReadDir(s.card.Dir())
	if err != nil {
		s.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			s.Fatal(err)
		}
		switch {
		case e.Name() == "journal.db":
			m.database = info.Size()
		case strings.HasSuffix(e.Name(), "-wal"):
			m.log = info.Size()
		case !info.IsDir():
			m.rest += info.Size()
		}
	}
	for _, name := range []string{"office.db", "office.db-wal"} {
		if info, err := os.Stat(filepath.Join(s.dir, name)); err == nil {
			m.office += info.Size()
		}
	}
	debug.FreeOSMemory()
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	m.heap, m.resident = int64(mem.HeapAlloc)-s.card.Used(), resident()-s.card.Used()
	return m
}

// resident is how much memory the process holds, in bytes.
func resident() int64 {
	var size, pages int64
	text, err := os.ReadFile("/proc/self/statm")
	if err == nil {
		_, err = fmt.Sscan(string(text), &size, &pages)
	}
	if err != nil {
		return 0
	}
	return pages * int64(syscall.Getpagesize())
}

// beyond is what has grown since the first measurement.
func (m measure) beyond(first measure) (wrong []string) {
	most := func(what string, now, limit int64) {
		if now > limit {
			wrong = append(wrong, fmt.Sprintf("day %d: %s: %d, want at most %d", m.day, what, now, limit))
		}
	}
	// What as many events may take, by what the first ones took.
	grown := func(first, events, now int64) int64 { return first*now/max(events, 1)*11/10 + 64<<10 }
	most("goroutines", int64(m.goroutines), int64(first.goroutines)+2)
	most("descriptors", int64(m.descriptors), int64(first.descriptors)+2)
	most("bytes of heap", m.heap, first.heap*5/4+4<<20)
	most("bytes of memory", m.resident, first.resident*5/4+32<<20)
	most("bytes of the write-ahead log", m.log, first.log)
	most("bytes beside the journal", m.rest, first.rest+64<<10)
	most("bytes of the journal", m.database, grown(first.database, first.events, m.events))
	most("bytes at head office", m.office, grown(first.office, first.stored, m.stored))
	return wrong
}
