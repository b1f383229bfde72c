package journal_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"sourire/sync/journal"
)

// How a run ended is known of each that stored anything; one that stored
// nothing changes nothing.
func TestHowTheRunBeforeEnded(t *testing.T) {
	stores := func(n int) func(*journal.Journal) { return func(j *journal.Journal) { add(t, j, n) } }
	together := func(j *journal.Journal) { must(t, j.Append(press(0), press(1))) }
	type run struct {
		do    func(*journal.Journal)
		cut   bool
		clean bool // what the next run must read
	}
	for name, runs := range map[string][]run{
		"cut after one press":      {{stores(1), false, true}, {stores(1), true, false}, {stores(1), false, true}},
		"cut after many":           {{stores(5), true, false}, {stores(9), true, false}},
		"cut after a group":        {{together, false, true}, {together, true, false}, {together, false, true}},
		"cut before it stored":     {{stores(3), false, true}, {stores(0), true, true}, {stores(0), true, true}},
		"stored nothing after cut": {{stores(3), true, false}, {stores(0), false, false}, {stores(0), true, false}, {stores(1), false, true}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for i, r := range runs {
				j := open(t, dir)
				r.do(j)
				if r.cut {
					dir = crash(t, dir)
				}
				must(t, j.Close())
				next := open(t, crash(t, dir))
				if next.EndedClean() != r.clean {
					t.Errorf("after run %d: clean %v, want %v", i+1, !r.clean, r.clean)
				}
				must(t, next.Close())
			}
		})
	}
}

// A run that only heard of a watermark writes that down, and nothing of how it
// ended.
func TestAWatermarkOfARunThatStoredNothing(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	add(t, j, 5)
	dir = crash(t, dir)
	must(t, j.Close())
	j = open(t, dir)
	seq, head := j.Last()
	must(t, j.Confirm(seq, head))
	must(t, j.Close())
	j = open(t, dir)
	if got, _ := j.Watermark(); got != seq || j.EndedClean() {
		t.Errorf("watermark %d, clean %v; want %d, false", got, j.EndedClean(), seq)
	}
}

// A close that comes among presses keeps what it has answered, and answers all.
func TestCloseAmongPresses(t *testing.T) {
	for range 10 {
		dir := t.TempDir()
		j := open(t, dir)
		var stored atomic.Uint64
		var all sync.WaitGroup
		for i := range 16 {
			all.Go(func() {
				for {
					switch err := j.Append(press(i % 4)); {
					case errors.Is(err, journal.ErrClosed):
						return
					case err != nil:
						t.Error(err)
						return
					}
					stored.Add(1)
				}
			})
			all.Go(func() {
				for j.Ping(t.Context()) == nil {
				}
			})
		}
		for j.Commits() < 5 {
			<-j.Grown()
		}
		must(t, j.Close())
		all.Wait()
		j = open(t, dir)
		check(t, j, 1+stored.Load())
		if !j.EndedClean() {
			t.Error("the run reads as cut")
		}
		must(t, j.Close())
	}
}
