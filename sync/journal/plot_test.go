package journal_test

import (
	"slices"
	"sync"
	"testing"

	"sourire/device/tap"
	"sourire/sync/journal"
	"sourire/sync/journal/cardtest"
	"sourire/sync/seal"
)

// plot is a kind of story: its chapters are explored one by one.
type plot struct {
	name  string
	begin *beginning // nil for a card that is new
	run   func(*story, chapter)
}

// chapter explores what has been told from a place on the tape on.
type chapter func(from int)

// plots are the kinds of stories, as often as they are worth it.
func plots(t *testing.T, nature cardtest.Nature) []plot {
	const short = 60 // pages: the log begins again after a dozen presses
	press := func(n int) func(*journal.Journal) { return func(j *journal.Journal) { years(t, j, n) } }
	young, old, usual := prepare(t, nature, short, press(3)), prepare(t, nature, short, press(1300)), prepare(t, nature, 0, press(3))
	pruned := prepare(t, nature, short, func(j *journal.Journal) {
		s := &store{TB: t, journal: j, clock: tap.Synced}
		s.open()
		for range 20 {
			s.pass(100)
			s.drop(600, 9000)
		}
	})
	everyday := plot{"everyday", young, func(s *story, explore chapter) {
		for range 3 {
			s.run(12)
			s.close()
		}
		explore(0)
	}}
	cuts := plot{"power cuts in a row", young, func(s *story, explore chapter) {
		for range 3 {
			s.run(12)
			explore(0)
			s.cut(max(0, s.card.Done()-60), s.card.Done())
		}
	}}
	end := plot{"end of an epoch", young, func(s *story, explore chapter) {
		s.run(4)
		from := s.card.Done()
		s.endEpoch()
		s.run(4)
		explore(from)
	}}
	cutEnd := plot{"power cut at the end of an epoch", young, func(s *story, explore chapter) {
		s.run(4)
		from := s.card.Done()
		s.endEpoch()
		moves := slices.IndexFunc(s.card.Tape().Ops()[from:], func(o cardtest.Op) bool { return o.Kind == cardtest.Rename })
		s.cut(from, from+moves) // what is ended then has a log that must move with it
		s.run(1)
		explore(0)
	}}
	return []plot{
		everyday, cuts, end, cutEnd,
		{"first start", nil, func(s *story, explore chapter) {
			s.run(3)
			s.close()
			s.run(1)
			explore(0)
		}},
		everyday, cuts, cutEnd,
		{"log of the usual size", usual, func(s *story, explore chapter) {
			s.run(12)
			s.close()
			s.start()
			explore(0)
		}},
		everyday, cuts, everyday,
		{"pruning", old, func(s *story, explore chapter) {
			s.run(1)
			from := s.card.Done()
			s.prune()
			s.append("press", s.press())
			s.append("press", s.press())
			explore(from)
		}},
		{"pruning what was kept", pruned, func(s *story, explore chapter) {
			s.start()
			s.booted()
			from := s.card.Done()
			s.forget()
			s.append("press", s.press())
			s.append("press", s.press())
			explore(from)
		}},
	}
}

// tell tells a story of a plot, and explores it.
func (s *story) tell(p plot, b *table, report func(string)) {
	if p.begin == nil {
		if s.card = cardtest.NewOf(s.nature); s.rnd.IntN(8) > 0 {
			s.log = 60
		}
		s.promise(func(*known) {})
	} else {
		p.begin.set(s)
	}
	p.run(s, func(from int) { b.explore(s, from, report) })
	s.must(s.journal.Close())
	s.card.Discard()
}

// beginning is a card with a past.
type beginning struct {
	mu    sync.Mutex
	end   *cardtest.Replay
	log   int
	life  life
	known known
}

// prepare is a card with a journal that was filled, confirmed and closed.
func prepare(t *testing.T, nature cardtest.Nature, log int, fill func(*journal.Journal)) *beginning {
	s := newStory(t, nature, 0, 0)
	s.card, s.log = cardtest.NewOf(nature), log
	defer s.card.Discard()
	s.promise(func(*known) {})
	s.start()
	fill(s.journal)
	confirmAll(t, s.journal)
	base, err := s.journal.Base()
	s.must(err)
	if base.Seq > 0 { // of what is gone nothing is compared
		s.lives[0].events = append(make([]seal.Link, base.Seq-1), base)
	}
	s.acknowledged()
	s.close()
	replay := s.card.Tape().Replay()
	for replay.Next() {
	}
	k := s.now()
	k.place, k.step = 0, ""
	return &beginning{end: replay, log: log, life: s.lives[0], known: k}
}

func (b *beginning) set(s *story) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s.card, s.log = b.end.Cut(cardtest.All, s.rnd).Card(), b.log
	s.lives = []life{{b.life.epoch, slices.Clone(b.life.events)}}
	s.known = []known{b.known}
}

// cut cuts the power at some place between two. What is left is the card from
// now on.
func (s *story) cut(from, to int) {
	place := from + s.rnd.IntN(to-from+1)
	replay := s.card.Tape().Replay()
	for replay.Done() < place && replay.Next() {
	}
	how := cardtest.Cuts()
	survival := replay.Cut(how[s.rnd.IntN(len(how))], s.rnd)
	s.must(s.journal.Close())
	s.card.Discard()
	s.learnFromTwin(survival.Card())
	s.card = survival.Card()
}

// learnFromTwin starts the journal on a card like the one that is left, to know
// what is there.
func (s *story) learnFromTwin(twin *cardtest.Card) {
	defer twin.Discard()
	j, err := journal.Open(configOn(twin, s.log))
	s.must(err)
	l := &s.lives[len(s.lives)-1]
	k := known{step: "start", life: len(s.lives) - 1, clean: j.EndedClean()}
	if k.ended = j.Epoch() != l.epoch; k.ended {
		if p := j.Previous(); p == nil || p.Epoch != l.epoch || p.Why != journal.WhyCopied || p.Seq == nil {
			s.t.Fatalf("after a power cut there is an epoch that follows %+v", p)
		}
		k.last = *j.Previous().Seq
	} else {
		k.last, _ = j.Last()
		k.saved, _, err = j.Saved()
		s.must(err)
	}
	s.must(j.Close())
	l.events = l.events[:k.last]
	s.known = []known{k}
}
