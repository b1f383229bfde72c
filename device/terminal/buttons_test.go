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
			"1000 show outoforder buttons",
			"2050 record; tap 2 counted",
			"2057 reply 1: tap in 3 counted",
			"2057 show thanks",
			"4057 show outoforder buttons",
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
