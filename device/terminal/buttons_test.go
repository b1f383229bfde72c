package terminal

import (
	"testing"

	"sourire/device/screen"
)

func TestButtons(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(*rig)
		late int64
		want []string
	}{
		{"a press is decided 50 ms after its first edge, whenever it was told", func(r *rig) {
			r.feel(1000, 2)
			r.settle(1012, 2, 1000)
		}, 0, []string{
			"1050 record; tap 2 counted",
			"1057 reply 1: tap in 3 counted",
			"1057 show thanks",
			"3057 show question",
		}},
		{"one that bounced for longer as soon as it rests", func(r *rig) {
			r.feel(1000, 2)
			r.settle(1080, 2, 1000)
		}, 0, []string{
			"1080 record; tap 2 counted",
			"1087 reply 1: tap in 3 counted",
			"1087 show thanks",
			"3087 show question",
		}},
		{"a decision waits for a second button that was felt by then", func(r *rig) {
			r.feel(1000, 2)
			r.settle(1012, 2, 1000)
			r.feel(1050, 0)
			r.settle(1062, 0, 1050)
		}, 0, []string{
			"1062 record; tap 0 chord; tap 2 chord",
			"1069 reply 2: tap in 3 chord",
			"1069 reply 1: tap in 4 chord",
			"1069 show thanks",
			"3069 show question",
		}},
		{"but not for a glitch", func(r *rig) {
			r.feel(1000, 2)
			r.settle(1012, 2, 1000)
			r.feel(1045, 0)
			r.drop(1059, 0)
		}, 0, []string{
			"1059 record; tap 2 counted",
			"1066 reply 1: tap in 3 counted",
			"1066 show thanks",
			"3066 show question",
		}},
		{"nor for ever", func(r *rig) {
			r.feel(1000, 2)
			r.settle(1012, 2, 1000)
			r.feel(1045, 0)
			r.settle(1400, 0, 1045)
		}, 0, []string{
			"1145 record; tap 2 counted",
			"1152 reply 1: tap in 3 counted",
			"1152 show thanks",
			"1400 record; undo 3 changed; tap 0 counted",
			"1407 reply 2: tap in 5 counted",
			"3407 show question",
		}},
		{"nor for one that was felt after the window", func(r *rig) {
			r.feel(1000, 2)
			r.settle(1012, 2, 1000)
			r.late = 30
			r.feel(1051, 0)
			r.settle(1063, 0, 1051)
		}, 0, []string{
			"1051 record; tap 2 counted",
			"1058 reply 1: tap in 3 counted",
			"1058 show thanks",
			"1131 record; undo 3 changed; tap 0 counted",
			"1138 reply 2: tap in 5 counted",
			"3168 show question",
		}},
		{"the one that was felt first begins the window, though it rests last", func(r *rig) {
			r.feel(1000, 2)
			r.feel(1030, 0)
			r.settle(1042, 0, 1030)
			r.settle(1047, 2, 1000)
		}, 0, []string{
			"1050 record; tap 0 chord; tap 2 chord",
			"1057 reply 1: tap in 3 chord",
			"1057 reply 2: tap in 4 chord",
			"1057 show thanks",
			"3057 show question",
		}},
		{"a button of the box and one of the panel are a chord", func(r *rig) {
			r.feel(1000, 2)
			r.touch(1005, 1, "en")
			r.settle(1012, 2, 1000)
		}, 0, []string{
			"1050 record; tap 1 chord; tap 2 chord",
			"1057 reply 1: tap in 3 chord",
			"1057 reply 2: tap in 4 chord",
			"1057 show thanks",
			"3057 show question",
		}},
		{"the same on both is one press", func(r *rig) {
			r.feel(1000, 2)
			r.touch(1005, 2, "en")
			r.settle(1012, 2, 1000)
		}, 0, []string{
			"1050 record; tap 2 counted",
			"1057 reply 2: tap in 3 counted",
			"1057 reply 1: ignored",
			"1057 show thanks",
			"3057 show question",
		}},
		{"two presses told at once, after a commit that hung, are two", func(r *rig) {
			r.feel(1000, 2)
			r.feel(1300, 1)
			r.settle(1000, 2, 1000)
			r.settle(1312, 1, 1300)
		}, 400, []string{
			"1312 record; tap 2 counted",
			"1319 reply 1: tap in 3 counted",
			"1319 show thanks",
			"1750 record; undo 3 changed; tap 1 counted",
			"1757 reply 2: tap in 5 counted",
			"4157 show question",
		}},
		{"what is noted while a press is felt is written after it", func(r *rig) {
			r.feel(1000, 2)
			r.note(1005, "display")
			r.settle(1012, 2, 1000)
		}, 0, []string{
			"1050 record; tap 2 counted; fault display",
			"1057 reply 1: tap in 3 counted",
			"1057 show thanks",
			"3057 show question",
		}},
		{"or when it came to nothing", func(r *rig) {
			r.feel(1000, 2)
			r.note(1005, "display")
			r.drop(1014, 2)
		}, 0, []string{
			"1014 record; fault display",
		}},
		{"or is waited for no more", func(r *rig) {
			r.feel(1000, 2)
			r.note(1005, "display")
			r.settle(1300, 2, 1000)
		}, 0, []string{
			"1100 record; fault display",
			"1300 record; tap 2 counted",
			"1307 reply 1: tap in 4 counted",
			"1307 show thanks",
			"3307 show question",
		}},
		{"buttons that cannot be read are out of order; the panel still works", func(r *rig) {
			r.work(1000, false)
			r.touch(2000, 2, "")
			r.runTo(5000)
			r.work(6000, true)
		}, 0, []string{
			"1000 show outoforder",
			"2050 record; tap 2 counted",
			"2057 reply 1: tap in 3 counted",
			"2057 show thanks",
			"4057 show outoforder",
			"6000 show question",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig()
			r.start(faces())
			r.late = c.late
			c.do(r)
			r.runTo(r.up + 20_000)
			same(t, r.trace, append(started[:len(started):len(started)], c.want...))
			if r.shown.Kind != screen.Question {
				t.Errorf("it shows %s", r.shown.Kind)
			}
		})
	}
}

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
		}, []string{
			"1050 record; tap 0 counted",
			"1057 reply 1: tap in 3 counted",
			"1057 show thanks",
			"1450 record; undo 3 changed; tap 3 counted",
			"1457 reply 2: tap in 5 counted",
			"3457 show question",
			"4400 service",
			"4400 record; undo 5 service",
			"4407 show manager 10/10",
			"9400 show manager 5/10",
			"14400 show question",
		}},
		{"the second too late to count, the first is taken back", func(r *rig) {
			a, b := r.settle(1012, 0, 1000), r.settle(5012, 3, 5000)
			r.hold(8000, a, b)
		}, []string{
			"1050 record; tap 0 counted",
			"1057 reply 1: tap in 3 counted",
			"1057 show thanks",
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
		}},
		{"both counted, both are", func(r *rig) {
			a, b := r.settle(1012, 0, 1000), r.settle(7012, 3, 7000)
			r.hold(10_000, a, b)
		}, []string{
			"1050 record; tap 0 counted",
			"1057 reply 1: tap in 3 counted",
			"1057 show thanks",
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
		}},
		{"an earlier press of the same button stays", func(r *rig) {
			r.touch(1000, 3, "")
			a, b := r.settle(3012, 0, 2990), r.settle(3012, 3, 3000)
			r.hold(6000, a, b)
		}, []string{
			"1050 record; tap 3 counted",
			"1057 reply 1: tap in 3 counted",
			"1057 show thanks",
			"3040 record; tap 0 chord; tap 3 chord repeat",
			"3047 reply 2: tap in 4 chord",
			"3047 reply 3: tap in 5 chord repeat",
			"5047 show question",
			"6000 service",
			"6000 show manager 10/10",
			"11000 show manager 5/10",
			"16000 show question",
		}},
		{"the next press is another customer's", func(r *rig) {
			a, b := r.settle(1012, 0, 1000), r.settle(1412, 3, 1400)
			r.hold(4400, a, b)
			r.touch(15_000, 3, "")
		}, []string{
			"1050 record; tap 0 counted",
			"1057 reply 1: tap in 3 counted",
			"1057 show thanks",
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
		}},
		{"what cannot be taken back now is later", func(r *rig) {
			a, b := r.settle(1012, 0, 1000), r.settle(1412, 3, 1400)
			r.runTo(4000)
			r.fails = func(up int64) bool { return up < 9000 }
			r.hold(4400, a, b)
		}, []string{
			"1050 record; tap 0 counted",
			"1057 reply 1: tap in 3 counted",
			"1057 show thanks",
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
		}},
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
