package terminal

import "testing"

func TestServiceGesture(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(*rig)
		want []string
	}{
		{"both at once are a chord, and nothing is to be taken back", func(r *rig) {
			a, b := r.settle(1012, 0, 1000), r.settle(1032, 3, 1020)
			r.runTo(3500)
			r.hold(4020, a, b)
		}, []string{
			"1050 record; tap 0 chord; tap 3 chord",
			"1057 reply 1: tap in 3 chord",
			"1057 reply 2: tap in 4 chord",
			"1057 show thanks",
			"3057 show question",
			"4020 service",
			"4020 show manager 10/10",
			"9020 show manager 5/10",
			"14020 show question",
		}},
		{"one after the other, the second took the first's place", func(r *rig) {
			a, b := r.settle(1012, 0, 1000), r.settle(1412, 3, 1400)
			r.hold(4400, a, b)
		}, append(vote(1000, 0),
			"1450 record; undo 3 changed; tap 3 counted",
			"1457 reply 2: tap in 5 counted",
			"3457 show question",
			"4400 service",
			"4400 record; undo 5 service",
			"4407 show manager 10/10",
			"9400 show manager 5/10",
			"14400 show question",
		)},
		{"the second too late to count, the first is taken back", func(r *rig) {
			a, b := r.settle(1012, 0, 1000), r.settle(5012, 3, 5000)
			r.hold(8000, a, b)
		}, append(vote(1000, 0),
			"3057 show question",
			"5050 record; tap 3 repeat",
			"5057 reply 2: tap in 4 repeat",
			"5057 show thanks",
			"7057 show question",
			"8000 service",
			"8000 record; undo 3 service",
			"8007 show manager 10/10",
			"13000 show manager 5/10",
			"18000 show question",
		)},
		{"both counted, both are", func(r *rig) {
			a, b := r.settle(1012, 0, 1000), r.settle(7012, 3, 7000)
			r.hold(10_000, a, b)
		}, append(vote(1000, 0),
			"3057 show question",
			"7050 record; tap 3 counted",
			"7057 reply 2: tap in 4 counted",
			"7057 show thanks",
			"9057 show question",
			"10000 service",
			"10000 record; undo 3 service; undo 4 service",
			"10007 show manager 10/10",
			"15000 show manager 5/10",
			"20000 show question",
		)},
		{"an earlier press of the same button stays", func(r *rig) {
			r.touch(1000, 3, "")
			a, b := r.settle(3012, 0, 2990), r.settle(3012, 3, 3000)
			r.hold(6000, a, b)
		}, append(vote(1000, 3),
			"3040 record; tap 0 chord; tap 3 chord repeat",
			"3047 reply 2: tap in 4 chord",
			"3047 reply 3: tap in 5 chord repeat",
			"5047 show question",
			"6000 service",
			"6000 show manager 10/10",
			"11000 show manager 5/10",
			"16000 show question",
		)},
		{"the next press is another customer's", func(r *rig) {
			a, b := r.settle(1012, 0, 1000), r.settle(1412, 3, 1400)
			r.hold(4400, a, b)
			r.touch(15_000, 3, "")
		}, append(vote(1000, 0),
			"1450 record; undo 3 changed; tap 3 counted",
			"1457 reply 2: tap in 5 counted",
			"3457 show question",
			"4400 service",
			"4400 record; undo 5 service",
			"4407 show manager 10/10",
			"9400 show manager 5/10",
			"14400 show question",
			"15050 record; tap 3 counted",
			"15057 reply 3: tap in 7 counted",
			"15057 show thanks",
			"17057 show question",
		)},
		{"what cannot be taken back now is later", func(r *rig) {
			a, b := r.settle(1012, 0, 1000), r.settle(1412, 3, 1400)
			r.runTo(4000)
			r.fails = func(up int64) bool { return up < 9000 }
			r.hold(4400, a, b)
		}, append(vote(1000, 0),
			"1450 record; undo 3 changed; tap 3 counted",
			"1457 reply 2: tap in 5 counted",
			"3457 show question",
			"4400 service",
			"4400 cannot record; undo 5 service",
			"4407 show manager 10/10", // also while it is out of order
			"9400 show manager 5/10",
			"9407 record; undo 5 service; fault disk",
			"9414 record; clear disk",
			"14400 show question",
		)},
		{"presses that a commit kept waiting are decided first", func(r *rig) {
			r.late = 9000
			a, b := r.settle(1012, 0, 1000), r.settle(1412, 3, 1400)
			r.hold(4400, a, b)
			r.late = 0
		}, []string{
			"1412 record; tap 0 counted",
			"1419 reply 1: tap in 3 counted",
			"1419 show thanks",
			"4400 record; undo 3 changed; tap 3 counted",
			"4407 reply 2: tap in 5 counted",
			"4407 service",
			"4407 record; undo 5 service",
			"4414 show manager 10/10",
			"9400 show manager 5/10",
			"14400 show question",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig()
			r.start(faces())
			c.do(r)
			r.runTo(r.up + 20_000)
			same(t, r.trace, append(started[:len(started):len(started)], c.want...))
		})
	}
}
