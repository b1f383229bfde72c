package journal_test

import (
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"syscall"
	"testing"

	"sourire/device/tap"
	"sourire/device/tap/seedtest"
	"sourire/sync/journal"
	"sourire/sync/journal/cardtest"
)

// The card fails at a moment, in one way or another, and then works again: a
// press whose commit failed is not acknowledged, the next one is by itself, and
// after a power cut every acknowledged press is there. One that was refused may
// be, too, and once: it was made.
func TestEveryOperationFails(t *testing.T) {
	r := rand.New(rand.NewPCG(seedtest.Seed(t), 0))
	acknowledged, refused, turnedUp := 0, 0, 0
	for _, kind := range []cardtest.Kind{cardtest.Read, cardtest.Write, cardtest.Sync, cardtest.Truncate} {
		for n := int64(1); n <= 12; n++ {
			card := cardtest.New()
			c := config(card.Dir())
			c.Card = card
			j, err := journal.Open(c)
			must(t, err)
			want := map[uint64]int{}
			one := func() error {
				p := press(r.IntN(4))
				err := j.Append(p)
				if err == nil {
					want[p.Seq] = p.Choice
					acknowledged++
				}
				return err
			}
			for range 10 {
				must(t, one())
			}
			card.Break(cardtest.Nth(n, kind, syscall.EIO))
			for range 10 {
				if one() != nil {
					refused++
				}
			}
			card.Break(nil)
			must(t, one())
			_ = j.Close()
			if j, err = journal.Open(c); err != nil {
				t.Fatalf("%s %d: %v", kind, n, err)
			}
			if last, _ := j.Last(); int(last) > 1+len(want) {
				turnedUp += int(last) - 1 - len(want)
			}
			for seq, choice := range want {
				l, err := j.At(seq)
				must(t, err)
				if got := choiceOf(t, l.Event); got != choice {
					t.Errorf("%s %d: press %d is of button %d, want %d", kind, n, seq, got, choice)
				}
			}
			if _, err := j.Verify(); err != nil {
				t.Errorf("%s %d: %v", kind, n, err)
			}
			must(t, j.Close())
			card.Discard()
		}
	}
	if refused == 0 {
		t.Error("no press was refused: this proves nothing")
	}
	t.Logf("%d presses acknowledged and there, %d refused, of which %d turned up", acknowledged, refused, turnedUp)
}

// A card that the system makes read-only refuses every press, and takes the next
// when it can be written again.
func TestACardThatTurnsReadOnly(t *testing.T) {
	card := cardtest.New()
	defer card.Discard()
	c := config(card.Dir())
	c.Card = card
	j, err := journal.Open(c)
	must(t, err)
	add(t, j, 5)
	card.Break(cardtest.ReadOnly())
	for range 5 {
		if err := j.Append(press(1)); err == nil || journal.Damaged(err) || errors.Is(err, journal.ErrGone) {
			t.Fatalf("a press on a read-only card: %v", err)
		}
	}
	card.Break(nil)
	add(t, j, 5)
	check(t, j, 11)
	must(t, j.Close())
}

func choiceOf(t *testing.T, event []byte) int {
	t.Helper()
	e, err := tap.Parse(event)
	must(t, err)
	return e.(*tap.TapEvent).Choice
}

// However long the journal is, a start reads its log and its newest events.
func TestAStartReadsOnlyTheTail(t *testing.T) {
	card := cardtest.New()
	defer card.Discard()
	c := config(card.Dir())
	c.Card = card
	opened := func(events int) int64 {
		t.Helper()
		j, err := journal.Open(c)
		must(t, err)
		for last, _ := j.Last(); int(last) < events; last, _ = j.Last() {
			group := make([]tap.Event, 500)
			for i := range group {
				group[i] = press(i % 4)
			}
			must(t, j.Append(group...))
		}
		must(t, j.Close())
		var reads atomic.Int64
		card.Break(func(o cardtest.Op) error {
			if o.Kind == cardtest.Read {
				reads.Add(1)
			}
			return nil
		})
		j, err = journal.Open(c)
		must(t, err)
		card.Break(nil)
		must(t, j.Close())
		return reads.Load()
	}
	short, long := opened(2000), opened(20_000)
	if short == 0 || long > short+1000 {
		t.Errorf("a start reads %d times of 2,000 events and %d times of 20,000", short, long)
	}
	t.Logf("a start reads %d times of 2,000 events, and %d times of 20,000", short, long)
}
