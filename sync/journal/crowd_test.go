package journal_test

import (
	"maps"
	"runtime"
	"slices"
	"sync"

	"sourire/device/tap"
	"sourire/sync/journal/cardtest"
)

// crowd has people press at once: some share a commit, and the others, who come
// while the card is written for these, share the next one. Each is acknowledged by
// itself, and from then on promised. They come one after another, so that the
// story is the same each time that it is told.
func (s *story) crowd(first, second int) {
	s.do("presses of a crowd", func() {
		begun := len(s.known) - 1
		var all sync.WaitGroup
		var mu sync.Mutex
		told := map[uint64]int{} // by seq, after which operation
		come := func(presses []tap.Event) {
			for i, e := range presses {
				all.Go(func() {
					s.must(s.journal.Append(e))
					mu.Lock()
					defer mu.Unlock()
					told[e.Head().Seq] = s.card.Done()
				})
				for s.journal.Queued() <= i {
					runtime.Gosched()
				}
			}
		}
		early, late := s.presses(first), s.presses(second)
		commits := s.journal.Commits()
		var once sync.Once
		writing, queued := make(chan struct{}), make(chan struct{})
		s.card.Break(func(o cardtest.Op) error {
			if o.Kind == cardtest.Write {
				once.Do(func() {
					close(writing)
					<-queued
				})
			}
			if s.fault != nil {
				return s.fault(o)
			}
			return nil
		})
		release := s.journal.Hold()
		come(early)
		release()
		<-writing
		come(late)
		close(queued)
		all.Wait()
		s.card.Break(s.fault)
		if n := s.journal.Commits() - commits; n != 2 {
			s.t.Fatalf("a crowd of %d and %d was stored in %d commits", first, second, n)
		}
		s.learn()
		for _, seq := range slices.SortedFunc(maps.Keys(told), func(a, b uint64) int { return told[a] - told[b] }) {
			s.promise(func(k *known) { k.place, k.last, k.clean = told[seq], max(k.last, seq), false })
		}
		s.acknowledged()
		for i := range s.known[begun:] {
			s.known[begun+i].most, _ = s.journal.Last()
		}
	})
}
