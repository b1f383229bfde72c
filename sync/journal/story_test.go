package journal_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"sourire/device/tap"
	"sourire/sync/journal"
	"sourire/sync/journal/cardtest"
	"sourire/sync/seal"
)

// story is a random life of a box, told as it goes on: what is done on the
// card, and after which operation what is promised.
type story struct {
	t       testing.TB
	nature  cardtest.Nature
	log     int // pages
	rnd     *rand.Rand
	card    *cardtest.Card
	journal *journal.Journal
	lives   []life
	known   []known
	boot    uint64
	up      int64
	fault   cardtest.Fault                // canary: what is wrong with the card
	forge   func([]tap.Event) []tap.Event // canary: what is wrong with what is found after a power cut
}

// life is an epoch: its events, as they were acknowledged.
type life struct {
	epoch  string
	events []seal.Link
}

// known is what holds from a place on the tape on.
type known struct {
	place int
	step  string // what is being done
	life  int    // the journal's; -1 before there was one
	last  uint64 // the newest event acknowledged
	most  uint64 // the newest one under way, where others are acknowledged before it
	saved uint64 // the watermark on the card
	base  uint64 // of what was dropped
	clean bool   // how the last run that stored something ended
	ended bool   // the life has
}

func newStory(t *testing.T, n cardtest.Nature, seed uint64, i int) *story {
	return &story{t: t, nature: n, rnd: rand.New(rand.NewPCG(seed, uint64(i)))}
}

func configOn(card *cardtest.Card, log int) journal.Config {
	c := config(card.Dir())
	c.Card = card
	return c.WithLog(log)
}

func (s *story) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("%s: %v", s.now().step, err)
	}
}

func (s *story) now() known {
	if len(s.known) == 0 {
		return known{life: -1, clean: true}
	}
	return s.known[len(s.known)-1]
}

// promise says what holds from now on.
func (s *story) promise(change func(*known)) {
	k := s.now()
	k.place, k.most = s.card.Done(), 0
	change(&k)
	s.known = append(s.known, k)
}

// do tells of a step.
func (s *story) do(step string, what func()) {
	s.promise(func(k *known) { k.step = step })
	what()
}

// start is the start of the program.
func (s *story) start() {
	s.do("start", func() {
		var err error
		s.journal, err = journal.Open(configOn(s.card, s.log))
		s.must(err)
		epoch := s.journal.Epoch()
		if n := len(s.lives); n == 0 || s.lives[n-1].epoch != epoch {
			s.lives = append(s.lives, life{epoch: epoch})
			s.learn()
			s.promise(func(k *known) { *k = known{place: k.place, step: k.step, life: len(s.lives) - 1, last: 1, clean: true} })
		}
		s.acknowledged()
	})
}

// learn reads what is new in the journal.
func (s *story) learn() {
	l := &s.lives[len(s.lives)-1]
	for {
		links, err := s.journal.After(uint64(len(l.events)), 1000)
		s.must(err)
		if len(links) == 0 {
			return
		}
		l.events = append(l.events, links...)
	}
}

// acknowledged promises all that has been said to be done.
func (s *story) acknowledged(also ...func(*known)) {
	s.learn()
	saved, _, err := s.journal.Saved()
	s.must(err)
	base, err := s.journal.Base()
	s.must(err)
	last, _ := s.journal.Last()
	s.promise(func(k *known) {
		k.last, k.saved, k.base = last, saved, base.Seq
		for _, change := range also {
			change(k)
		}
	})
}

func (s *story) header(k tap.Kind) tap.Header {
	s.up += 1 + s.rnd.Int64N(90_000)
	at := dawn.Add(time.Duration(s.up) * time.Millisecond)
	return tap.Header{Kind: k, At: tap.FormatTime(at), Clock: tap.Synced, Boot: s.boot, Up: s.up}
}

func (s *story) press() *tap.TapEvent {
	e := press(s.rnd.IntN(4))
	e.Header = s.header(tap.KindTap)
	return e
}

func (s *story) presses(n int) []tap.Event {
	events := make([]tap.Event, n)
	for i := range events {
		events[i] = s.press()
	}
	return events
}

func (s *story) append(step string, events ...tap.Event) {
	s.do(step, func() {
		s.must(s.journal.Append(events...))
		s.acknowledged(func(k *known) { k.clean = false })
	})
}

// booted is the first event of a run.
func (s *story) booted() {
	s.boot++
	s.append("boot", &tap.BootEvent{Header: s.header(tap.KindBoot), BootID: "b", Software: "1", Ended: "cut"})
}

func (s *story) confirm() {
	s.do("confirm", func() {
		events := s.lives[len(s.lives)-1].events
		l := events[s.rnd.IntN(len(events))]
		s.must(s.journal.Confirm(l.Seq, l.Head))
	})
}

func (s *story) close() {
	s.do("close", func() {
		s.must(s.journal.Close())
		saved, _ := s.journal.Watermark()
		s.promise(func(k *known) { k.saved, k.clean = saved, true })
	})
}

func (s *story) endEpoch() {
	s.do("end of epoch", func() {
		l := &s.lives[len(s.lives)-1]
		s.must(s.journal.EndEpoch(journal.WhyCopied))
		folders, err := journal.AsideOn(s.card, s.card.Dir())
		s.must(err)
		r, err := journal.OpenReaderOn(s.card, folders[len(folders)-1])
		s.must(err)
		l.events, err = r.After(0, 5000)
		s.must(err)
		s.must(r.Close())
		s.promise(func(k *known) { k.ended, k.last = true, uint64(len(l.events)) })
	})
}

// prune drops what has been confirmed; there must be enough of it.
func (s *story) prune() {
	s.must(s.journal.Confirm(s.journal.Last()))
	d, err := s.journal.Delivered()
	s.must(err)
	if d == nil {
		s.t.Fatal("nothing may be dropped")
	}
	d.Header = s.header(tap.KindDrop)
	s.carryOut(d)
}

// forget drops what was kept beyond that; there must be enough of it.
func (s *story) forget() {
	now := dawn.AddDate(1, 0, 0)
	d, err := s.journal.Outlived(now, now)
	s.must(err)
	if d == nil {
		s.t.Fatal("nothing of what was kept may be dropped")
	}
	d.Header = s.header(tap.KindDrop)
	s.carryOut(d)
}

func (s *story) carryOut(d *tap.DropEvent) {
	s.append("drop", d)
	s.do("prune", func() {
		s.must(s.journal.Prune(s.t.Context(), d))
		s.acknowledged()
	})
}

// run is one run of the program, of about so many steps.
func (s *story) run(steps int) {
	s.start()
	s.booted()
	for range steps {
		switch n := s.rnd.IntN(21); {
		case n < 9:
			s.append("press", s.press())
		case n < 12: // of a chord, or one that takes the one before back
			s.append("presses in one commit", s.press(), s.press())
		case n < 13:
			s.append("presses in one commit", s.presses(3+s.rnd.IntN(12))...)
		case n < 15:
			s.append("clock anchor", &tap.ClockEvent{Header: s.header(tap.KindClock), Quality: tap.Synced, Offset: s.rnd.Int64N(1 << 40), Source: "kernel"})
		case n < 16:
			long := strings.Repeat("êtes-vous satisfait ? ", 1+s.rnd.IntN(300))
			s.append("configuration", &tap.ConfigEvent{Header: s.header(tap.KindConfig), Question: "exit", Scale: tap.Faces4, Text: map[string]string{"fr": long}})
		case n < 17:
			s.crowd(2+s.rnd.IntN(6), 1+s.rnd.IntN(6))
		default:
			s.confirm()
		}
	}
}
