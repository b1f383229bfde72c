package journal_test

import (
	"math/rand/v2"
	"testing"

	"sourire/device/tap/seedtest"
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
			young := prepare(t, canary.nature, 60, 3)
			var b table
			for i := 0; b.sum().wrong[lost] == 0 && i < 10; i++ {
				s := newStory(t, canary.nature, seed, i)
				young.set(s)
				if canary.lies {
					s.card.Break(liar(s.rnd))
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
