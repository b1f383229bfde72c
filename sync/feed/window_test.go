package feed

import (
	"math/rand/v2"
	"testing"
	"time"

	"sourire/device/tap/seedtest"
)

var t0 = time.Date(2026, 11, 23, 14, 5, 3, 0, time.UTC)

func exactly(d time.Duration) time.Duration { return d }

func at(d time.Duration) time.Time { return t0.Add(d) }

// sending is a window that has sent n batches of 100 at t0.
func sending(n int) *window {
	w := newWindow(0, exactly)
	for range n {
		w.send(w.sent+100, t0)
	}
	return w
}

func (w *window) want(t *testing.T, confirmed, sent uint64, ahead int) {
	t.Helper()
	if w.confirmed != confirmed || w.sent != sent || len(w.ahead) != ahead {
		t.Errorf("confirmed %d, sent %d, %d batches ahead; want %d, %d, %d", w.confirmed, w.sent, len(w.ahead), confirmed, sent, ahead)
	}
}

func TestAtMost64BatchesAhead(t *testing.T) {
	w := sending(63)
	if w.full() {
		t.Error("full at 63 batches")
	}
	w.send(6400, t0)
	if !w.full() {
		t.Error("not full at 64 batches")
	}
	w.confirm(99, t0)
	if !w.full() {
		t.Error("part of a batch made room for one")
	}
	w.confirm(100, t0)
	if w.full() {
		t.Error("full although the first batch is confirmed")
	}
	w.want(t, 100, 6400, 63)
}

func TestPatienceIs30sDoublingTo10Min(t *testing.T) {
	w := sending(1)
	now := t0
	for i, s := range []time.Duration{30, 60, 120, 240, 480, 600, 600, 600} {
		patience := s * time.Second
		if w.impatient(now.Add(patience - 1)) {
			t.Fatalf("wait %d: impatient before %s", i, patience)
		}
		now = now.Add(patience)
		if !w.impatient(now) {
			t.Fatalf("wait %d: still patient after %s", i, patience)
		}
		w.lose(now)
		w.want(t, 0, 0, 0)
		if w.impatient(now.Add(time.Hour)) {
			t.Fatalf("wait %d: impatient with nothing under way", i)
		}
		w.send(100, now)
	}
}

func TestPatienceBeginsAgainWhenTheWatermarkMoves(t *testing.T) {
	w := sending(3)
	w.lose(at(30 * time.Second))
	for range 3 {
		w.send(w.sent+100, at(30*time.Second))
	}
	w.confirm(100, at(80*time.Second))
	if w.impatient(at(110*time.Second - 1)) {
		t.Error("impatient within 30 s of a move")
	}
	if !w.impatient(at(110 * time.Second)) {
		t.Error("patient 30 s after a move, with events outstanding")
	}
	w.confirm(300, at(81*time.Second))
	if w.impatient(at(time.Hour)) {
		t.Error("impatient although all is confirmed")
	}
}

// Sending more does not put off the rewind: only the watermark does.
func TestSendingKeepsTheDeadline(t *testing.T) {
	w := sending(1)
	w.send(200, at(29*time.Second))
	if !w.impatient(at(30 * time.Second)) {
		t.Error("a batch sent later put off the deadline of the first")
	}
}

func TestPatienceIsJittered(t *testing.T) {
	seen := map[time.Duration]bool{}
	for range 200 {
		d := jitter(patienceFirst)
		if d < 24*time.Second || d >= 36*time.Second {
			t.Fatalf("%s, want 30 s give or take a fifth", d)
		}
		seen[d] = true
	}
	if len(seen) < 100 {
		t.Errorf("%d different waits in 200", len(seen))
	}
	w := newWindow(0, func(d time.Duration) time.Duration { return d / 2 })
	w.send(1, t0)
	if !w.impatient(at(15 * time.Second)) {
		t.Error("the deadline is not jittered")
	}
	w.send(2, t0)
	w.confirm(1, t0)
	if !w.impatient(at(15 * time.Second)) {
		t.Error("the deadline after a move is not jittered")
	}
}

func TestJudge(t *testing.T) {
	idle := func() *window { return newWindow(500, exactly) }
	outstanding := func() *window {
		w := idle()
		w.send(600, t0)
		return w
	}
	for name, test := range map[string]struct {
		w     *window
		seq   uint64
		fresh bool
		want  verdict
	}{
		"higher":                               {outstanding(), 550, true, moved},
		"higher, retained":                     {outstanding(), 550, false, moved},
		"beyond what this connection sent":     {idle(), 900, false, moved},
		"lower":                                {outstanding(), 499, true, stale},
		"lower, retained":                      {idle(), 1, false, stale},
		"repeated with events outstanding":     {outstanding(), 500, true, resend},
		"repeated with nothing outstanding":    {idle(), 500, true, same},
		"a retained copy does not ask":         {outstanding(), 500, false, same},
		"a retained copy with nothing to send": {idle(), 500, false, same},
	} {
		if got := test.w.judge(test.seq, test.fresh, t0); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
}

func TestAtMostOneResendIn10s(t *testing.T) {
	w := sending(2)
	if w.judge(0, true, t0) != resend {
		t.Fatal("the first repetition asks for nothing")
	}
	w.rewind(t0)
	w.want(t, 0, 0, 0)
	if got := w.judge(0, true, at(9*time.Second)); got != same {
		t.Errorf("with nothing sent again yet: %d, want %d", got, same)
	}
	w.send(100, at(time.Second))
	if got := w.judge(0, true, at(10*time.Second-1)); got != same {
		t.Errorf("within 10 s: %d, want %d", got, same)
	}
	if got := w.judge(0, true, at(10*time.Second)); got != resend {
		t.Errorf("after 10 s: %d, want %d", got, resend)
	}
	// Asking is not losing: patience stays as it was.
	if !w.impatient(at(31 * time.Second)) {
		t.Error("a resend that the office asked for made the feed more patient")
	}
}

// After a rewind a confirmation may come for what was sent before it.
func TestConfirmationOvertakesARewind(t *testing.T) {
	w := sending(10)
	w.rewind(at(time.Second))
	w.send(100, at(time.Second))
	w.send(200, at(time.Second))
	w.confirm(750, at(2*time.Second))
	w.want(t, 750, 750, 0)
	w.send(850, at(3*time.Second))
	w.want(t, 750, 850, 1)
}

// Any sequence of sends, acks and waits.
func TestWindowProperties(t *testing.T) {
	seed := seedtest.Seed(t)
	for round := range 300 {
		r := rand.New(rand.NewPCG(seed, uint64(round)))
		const last = 20_000
		// received is how far an office that accepts only what follows has come.
		var received, highest, before uint64
		w := newWindow(0, func(d time.Duration) time.Duration { return d - d/5 + time.Duration(r.Int64N(int64(2*d/5))) })
		now := t0
		lossy := r.IntN(4)
		asked := now.Add(-time.Hour)
		for step := 0; w.confirmed < last; step++ {
			if step == 50_000 {
				t.Fatalf("round %d: at %d of %d after %d steps: not everything is sent again until confirmed", round, w.confirmed, last, step)
			}
			now = now.Add(time.Duration(r.Int64N(int64(3 * time.Second))))
			switch k := r.IntN(10); {
			case k < 5 && !w.full() && w.sent < last:
				first := w.sent + 1
				n := min(uint64(1+r.IntN(100)), last-w.sent)
				w.send(w.sent+n, now)
				if first > highest+1 {
					t.Fatalf("round %d: event %d is sent, and %d never was", round, first, highest+1)
				}
				highest = max(highest, w.sent)
				if r.IntN(4) >= lossy && first <= received+1 {
					received = max(received, w.sent)
				}
			case k < 8: // an ack: the newest, an older one, a copy
				seq := received
				if r.IntN(3) == 0 {
					seq = uint64(r.Int64N(int64(received) + 1))
				}
				switch w.judge(seq, r.IntN(2) == 0, now) {
				case moved:
					w.confirm(seq, now)
				case resend:
					if now.Sub(asked) < rewindPause {
						t.Fatalf("round %d: two resends within %s", round, now.Sub(asked))
					}
					asked = now
					w.rewind(now)
				case stale:
					if seq >= w.confirmed {
						t.Fatalf("round %d: %d is stale at %d", round, seq, w.confirmed)
					}
				case same:
				}
			case w.impatient(now):
				w.lose(now)
			case w.full() || w.sent == last: // nothing to do but wait
				if w.deadline.IsZero() {
					t.Fatalf("round %d: waits for ever at %d of %d", round, w.confirmed, last)
				}
				now = now.Add(time.Minute)
			}
			switch {
			case w.confirmed > w.sent:
				t.Fatalf("round %d: confirmed %d is beyond sent %d", round, w.confirmed, w.sent)
			case w.confirmed < before:
				t.Fatalf("round %d: confirmed fell from %d to %d", round, before, w.confirmed)
			case len(w.ahead) > batchesAhead:
				t.Fatalf("round %d: %d batches ahead", round, len(w.ahead))
			case len(w.ahead) > 0 && (w.ahead[0] <= w.confirmed || w.ahead[len(w.ahead)-1] != w.sent || w.deadline.IsZero()):
				t.Fatalf("round %d: confirmed %d, sent %d, ahead %v, deadline %s", round, w.confirmed, w.sent, w.ahead, w.deadline)
			case len(w.ahead) == 0 && (w.sent != w.confirmed || !w.deadline.IsZero()):
				t.Fatalf("round %d: nothing ahead, but confirmed %d, sent %d, deadline %s", round, w.confirmed, w.sent, w.deadline)
			case w.patience < patienceFirst || w.patience > patienceMost:
				t.Fatalf("round %d: patience %s", round, w.patience)
			}
			before = w.confirmed
		}
	}
}
