package journal_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"sourire/device/tap"
	"sourire/device/tap/seedtest"
	"sourire/sync/journal"
	"sourire/sync/journal/cardtest"
)

// What is known to lose presses is found to lose them, by the same stories, the
// same cuts and the same looks: otherwise these would prove nothing.
func TestPowerCutsAreNoticed(t *testing.T) {
	seed := seedtest.Seed(t)
	for name, canary := range map[string]struct {
		nature cardtest.Nature
		lies   bool
	}{
		"synchronous=NORMAL":                  {nature: cardtest.Nature{Deaf: map[string]string{"synchronous": "2"}}},
		"journal_mode=DELETE":                 {nature: cardtest.Nature{Deaf: map[string]string{"journal_mode": "wal"}}},
		"two pages of 2048 a block, psow=1":   {nature: cardtest.Nature{Psow: true}},
		"every third flush of the card a lie": {lies: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			young := prepare(t, canary.nature, 60, func(j *journal.Journal) { years(t, j, 3) })
			var b table
			for i := 0; b.sum().wrong[lost] == 0 && i < 10; i++ {
				s := newStory(t, canary.nature, seed, i)
				young.set(s)
				if canary.lies {
					s.fault = liar(s.rnd)
					s.card.Break(s.fault)
				}
				s.run(6)
				s.must(s.journal.Close())
				b.explore(s, 0, func(string) {})
				s.card.Discard()
			}
			t.Logf("seed %d\n%s", seed, &b)
			if b.sum().wrong[lost] == 0 {
				t.Error("no press was lost")
			}
		})
	}
}

// liar does not do every third flush, and says that it has.
func liar(rnd *rand.Rand) cardtest.Fault {
	return func(o cardtest.Op) error {
		if o.Kind == cardtest.Sync && rnd.IntN(3) == 0 {
			return cardtest.ErrLie
		}
		return nil
	}
}

// So is a journal that comes up with other events than it had, well numbered and
// chained as they are: at every place where power is cut.
func TestOtherEventsAreNoticed(t *testing.T) {
	seed := seedtest.Seed(t)
	young := prepare(t, cardtest.Nature{}, 60, func(j *journal.Journal) { years(t, j, 3) })
	for name, c := range map[string]struct {
		forge func([]tap.Event) []tap.Event
		what  string
	}{
		"one of the first is lost": {func(e []tap.Event) []tap.Event { return slices.Delete(e, 1, 2) }, lost},
		"the first is doubled":     {func(e []tap.Event) []tap.Event { return slices.Insert(e, 1, e[1]) }, doubled},
		"the last is doubled":      {func(e []tap.Event) []tap.Event { return append(e, e[len(e)-1]) }, doubled},
		"two have changed places": {func(e []tap.Event) []tap.Event {
			e[1], e[2] = e[2], e[1]
			return e
		}, misordered},
		"the last comes before the one before it": {func(e []tap.Event) []tap.Event {
			n := len(e)
			e[n-1], e[n-2] = e[n-2], e[n-1]
			return e
		}, misordered},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t, cardtest.Nature{}, seed, 0)
			s.forge = c.forge
			young.set(s)
			s.run(2)
			s.must(s.journal.Close())
			var b table
			b.explore(s, 0, func(string) {})
			s.card.Discard()
			if sum := b.sum(); sum.points < 20 || sum.wrong[c.what] != sum.points {
				t.Errorf("seed %d: not each of these points is %q\n%s", seed, c.what, &b)
			}
		})
	}
}
