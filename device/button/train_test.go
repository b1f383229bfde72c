package button

import (
	"math/rand/v2"
	"testing"
	"time"

	"sourire/device/tap/seedtest"
)

// move is a change of one button, some time after the move before.
type move struct {
	after  time.Duration
	button int
	lost   bool // its edge is
}

// trains are the moves that bytes stand for: two bytes each, and most of them
// near the quiet time.
func trains(raw []byte) []move {
	gaps := []time.Duration{0, 1, ms / 2, ms, 2 * ms, 5 * ms, 12*ms - 1, 12 * ms, 12*ms + 1, 13 * ms, 40 * ms, 100 * ms, 900 * ms, 2999 * ms, 6 * time.Second, 31 * time.Second}
	var moves []move
	for ; len(raw) >= 2; raw = raw[2:] {
		moves = append(moves, move{after: gaps[raw[0]&15], button: int(raw[0]>>4) % 4, lost: raw[1] > 250})
	}
	return moves
}

// presses is how often a button, up at first, came to rest down after it had
// rested up, and whether it was noisy: a reading of the train as a whole.
func presses(moves []move, button int, quiet time.Duration) (n int, noisy bool) {
	var now, changed time.Duration
	restless := Never // since when it has not rested
	level, rested := false, false
	at := func(t time.Duration) {
		if t-changed < quiet {
			return
		}
		if level && !rested {
			n++
		}
		rested, restless = level, Never
	}
	for _, m := range moves {
		now += m.after
		if m.button != button {
			continue
		}
		at(now)
		level, changed = !level, now
		restless = min(restless, now)
		noisy = noisy || now-restless >= noisyFrom
	}
	at(Never)
	return n, noisy
}

// check plays a train and holds what happens to what must be true of any.
func check(t *testing.T, moves []move, late time.Duration) {
	r := start(four, 0)
	r.late = late
	r.saw = func() {
		if r.b.Next() <= r.b.now {
			t.Fatalf("at %v it wants to look at %v", r.b.now, r.b.Next())
		}
	}
	var now time.Duration
	lost := false
	for _, m := range moves {
		now += m.after
		down := !r.level.Has(m.button)
		if m.lost {
			lost = true
			r.runTo(now)
			r.slip(m.button, down)
			continue
		}
		r.set(now, m.button, down)
	}
	r.look(now + time.Second)
	r.runTo(now + 7*time.Second)
	if got := r.b.Down(); got != r.level {
		t.Errorf("in the end %04b are believed to be down, and %04b are", got, r.level)
	}
	for b := range four.Buttons {
		pressed := orderly(t, r.events, b)
		want, noisy := presses(moves, b, four.Quiet)
		if !lost && !noisy && pressed != want {
			t.Errorf("button %d was pressed %d times, and rested down %d times", b, pressed, want)
		}
	}
}

// orderly checks what was said of one button, and counts its presses.
func orderly(t *testing.T, events []Event, button int) (pressed int) {
	t.Helper()
	var felt, down, failed bool
	for _, e := range events {
		if e.Button != button {
			continue
		}
		was := map[Kind]bool{Felt: felt || down, Dropped: !felt, Pressed: !felt || down, Released: !down, Held: !down, Failed: failed, Cleared: !failed}
		if was[e.Kind] {
			t.Errorf("button %d: %s at %v does not follow from what was before", button, e.Kind, e.At)
		}
		switch e.Kind {
		case Felt:
			felt = true
		case Dropped:
			felt = false
		case Pressed:
			felt, down = false, true
			pressed++
		case Released:
			down = false
		case Failed:
			failed = true
		case Cleared:
			failed = false
		}
	}
	if felt {
		t.Errorf("button %d was felt, and nothing came of it", button)
	}
	return pressed
}

// For any train of levels: at most one press for each time that a button
// rests down, exactly one where no edge is lost and no contact is noisy, and
// in the end what is believed is the level.
func TestAnyTrain(t *testing.T) {
	n := seedtest.Seed(t)
	for life := range uint64(3_000) {
		random := rand.New(rand.NewPCG(n, life))
		raw := make([]byte, 2*random.IntN(60))
		for i := range raw {
			raw[i] = byte(random.Uint32())
			if life%2 == 0 && i%2 == 1 {
				raw[i] = 0 // no edge is lost
			}
		}
		late := []time.Duration{0, 0, ms, 20 * ms, 700 * ms}[random.IntN(5)]
		check(t, trains(raw), late)
		if t.Failed() {
			t.Fatalf("life %d, looks %v late: %v", life, late, trains(raw))
		}
	}
}

func FuzzAnyTrain(f *testing.F) {
	f.Add([]byte{11, 0, 11, 0}, uint16(0))
	f.Add([]byte{11, 0, 2, 0, 2, 0, 2, 0, 11, 255, 13, 0}, uint16(300))
	f.Fuzz(func(t *testing.T, raw []byte, late uint16) {
		if len(raw) > 400 {
			raw = raw[:400]
		}
		check(t, trains(raw), time.Duration(late)*ms/16)
	})
}
