package main

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"sourire/device/tap"
	"sourire/sync/journal/cardtest"
)

// idle is a box that nobody presses, and what it has had written since a mark:
// to its journal's card, and to its data folder beside that.
type idle struct {
	*soak
	folder int    // inotify's descriptor
	after  uint64 // seq
	from   int    // operation of the card
}

func newIdle(s *soak) *idle {
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = unix.Close(fd) })
	const all = unix.IN_MODIFY | unix.IN_ATTRIB | unix.IN_CREATE | unix.IN_DELETE | unix.IN_MOVED_FROM | unix.IN_MOVED_TO
	if _, err := unix.InotifyAddWatch(fd, s.settings().Terminal.Data, all); err != nil {
		s.Fatal(err)
	}
	return &idle{soak: s, folder: fd}
}

func (i *idle) mark() {
	synctest.Wait()
	i.after, _ = i.box.journal.Last()
	i.from = i.card.Done()
}

// events are the kinds of the events that were written, sorted.
func (i *idle) events() (kinds []tap.Kind) {
	links, err := i.box.journal.After(i.after, 1000)
	if err != nil {
		i.Fatal(err)
	}
	for _, l := range links {
		e, err := tap.Parse(l.Event)
		if err != nil {
			i.Fatal(err)
		}
		kinds = append(kinds, e.Head().Kind)
	}
	slices.Sort(kinds)
	return kinds
}

// onCard is how often the journal's log was flushed, and what else was asked of
// the card.
func (i *idle) onCard() (flushes int, others []string) {
	for _, o := range i.card.Tape().Ops()[i.from:] {
		log := o.Path == i.card.Dir()+"/journal.db-wal"
		switch {
		case log && o.Kind == cardtest.Sync:
			flushes++
		case !log || o.Kind != cardtest.Write:
			others = append(others, o.String())
		}
	}
	return flushes, others
}

// inFolder are the names of the files that changed, each once.
func (i *idle) inFolder() (names []string) {
	var b [64 << 10]byte
	n, err := unix.Read(i.folder, b[:])
	if err != nil && !errors.Is(err, unix.EAGAIN) {
		i.Fatal(err)
	}
	for at := 0; at < n; {
		name := b[at+unix.SizeofInotifyEvent:]
		name = name[:b[at+12]] // its length's first byte: names are short
		at += unix.SizeofInotifyEvent + len(name)
		names = append(names, string(bytes.TrimRight(name, "\x00")))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// logged are the lines of a log.
type logged struct {
	mu    sync.Mutex
	lines []string
}

func (s *logged) Write(line []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, string(line))
	return len(line), nil
}

// take are those since the last call.
func (s *logged) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := s.lines
	s.lines = nil
	return lines
}

// While nobody presses, a box writes the hourly anchor of its clock, in a commit
// of its own, and nothing else, whether head office can be reached or not; and
// once, the tally of the hour in which somebody pressed last. Nor does it talk.
func TestAnIdleBoxWritesItsHourlyAnchor(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("RUNTIME_DIRECTORY", t.TempDir()) // as systemd does
	if err := os.MkdirAll(filepath.Join(dir, "terminal"), 0o755); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := newSoak(t, dir, 1, plan{})
		var log logged
		s.log = slog.New(slog.NewTextHandler(&log, nil))
		defer s.end()
		s.start(true)
		<-time.After(2 * time.Minute) // by then the clock is right
		for range 3 {
			s.press(2)
			<-time.After(time.Minute)
		}
		s.delivered()
		i := newIdle(s)
		hours := func(when string, n int, want ...tap.Kind) {
			t.Helper()
			i.mark()
			log.take()
			<-time.After(time.Duration(n) * time.Hour)
			synctest.Wait()
			want = append(slices.Repeat([]tap.Kind{tap.KindClock}, n), want...)
			flushes, others := i.onCard()
			others = append(others, i.inFolder()...)
			if got := i.events(); !slices.Equal(got, want) || flushes != len(want) || len(others) > 0 {
				t.Errorf("%s, %d idle hours: %q in %d flushes, and %q; want %q", when, n, got, flushes, others, want)
			}
			if lines := log.take(); len(lines) > 2 { // what happened then
				t.Errorf("%s, %d idle hours: %d lines in the log, of them\n%s", when, n, len(lines), strings.Join(lines[:3], ""))
			}
		}
		hours("after presses", 2, tap.KindTally)
		hours("at night", 8)
		s.suffer(away)
		hours("the broker is away", 8)
		s.suffer(silent)
		hours("the broker acknowledges nothing", 8)
		s.suffer(none)
		hours("the broker is back", 2)
		s.halt()
		for _, w := range s.wrong {
			t.Error(w)
		}
	})
}
