package terminal

import (
	"reflect"
	"strings"
	"testing"

	"sourire/device/screen"
	"sourire/device/tap"
)

// The trace of a start: boot is 1, config is 2, and the first tap is 3.
var started = []string{"100 record; boot; config", "107 show question"}

func TestPresses(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(*rig)
		late int64
		want []string
	}{
		{"a press is thanked for after its commit", func(r *rig) {
			r.touch(1000, 2, "")
		}, 0, []string{
			"1050 record; tap 2 counted",
			"1057 reply 1: tap in 3 counted",
			"1057 show thanks",
			"3057 show question",
		}},
		{"a bounce is ignored", func(r *rig) {
			r.touch(1000, 2, "")
			r.touch(1020, 2, "")
			r.touch(1050, 2, "")
		}, 0, []string{
			"1050 record; tap 2 counted",
			"1057 reply 1: tap in 3 counted",
			"1057 reply 2: ignored",
			"1057 reply 3: ignored",
			"1057 show thanks",
			"3057 show question",
		}},
		{"a chord of two, the second on the last ms", func(r *rig) {
			r.touch(1000, 3, "")
			r.touch(1050, 0, "")
		}, 0, []string{
			"1050 record; tap 0 chord; tap 3 chord",
			"1057 reply 2: tap in 3 chord",
			"1057 reply 1: tap in 4 chord",
			"1057 show thanks",
			"3057 show question",
		}},
		{"a chord of three, with a bounce", func(r *rig) {
			r.touch(1000, 3, "")
			r.touch(1010, 1, "")
			r.touch(1020, 3, "")
			r.touch(1030, 2, "")
		}, 0, []string{
			"1050 record; tap 1 chord; tap 2 chord; tap 3 chord",
			"1057 reply 2: tap in 3 chord",
			"1057 reply 4: tap in 4 chord",
			"1057 reply 1: tap in 5 chord",
			"1057 reply 3: ignored",
			"1057 show thanks",
			"3057 show question",
		}},
		{"a chord of three, two of them on the last ms", func(r *rig) {
			r.touch(1000, 3, "")
			r.touch(1050, 0, "")
			r.touch(1050, 1, "")
		}, 0, []string{
			"1050 record; tap 0 chord; tap 1 chord; tap 3 chord",
			"1057 reply 2: tap in 3 chord",
			"1057 reply 3: tap in 4 chord",
			"1057 reply 1: tap in 5 chord",
			"1057 show thanks",
			"3057 show question",
		}},
		{"51 ms apart are two presses", func(r *rig) {
			r.touch(1000, 3, "")
			r.touch(1051, 0, "")
		}, 0, []string{
			"1050 record; tap 3 counted",
			"1057 reply 1: tap in 3 counted",
			"1057 show thanks",
			"1101 record; undo 3 changed; tap 0 counted",
			"1108 reply 2: tap in 5 counted",
			"3108 show question",
		}},
		{"a change of mind is an undo and a tap in one commit", func(r *rig) {
			r.touch(1000, 0, "")
			r.touch(4000, 3, "")
		}, 0, []string{
			"1050 record; tap 0 counted",
			"1057 reply 1: tap in 3 counted",
			"1057 show thanks",
			"3057 show question",
			"4050 record; undo 3 changed; tap 3 counted",
			"4057 reply 2: tap in 5 counted",
			"4057 show thanks",
			"6057 show question",
		}},
		{"a repeat is thanked for, and not counted", func(r *rig) {
			r.touch(1000, 0, "")
			r.touch(6000, 0, "")
			r.touch(6051, 0, "")
		}, 0, []string{
			"1050 record; tap 0 counted",
			"1057 reply 1: tap in 3 counted",
			"1057 show thanks",
			"3057 show question",
			"6050 record; tap 0 repeat",
			"6057 reply 2: tap in 4 repeat",
			"6057 show thanks",
			"6101 record; tap 0 counted",
			"6108 reply 3: tap in 5 counted",
			"8108 show question",
		}},
		{"a touch after the window decides the press before, however late the tick", func(r *rig) {
			r.touch(1000, 0, "")
			r.touch(1200, 1, "")
		}, 500, []string{
			"1200 record; tap 0 counted",
			"1207 reply 1: tap in 3 counted",
			"1207 show thanks",
			"1750 record; undo 3 changed; tap 1 counted",
			"1757 reply 2: tap in 5 counted",
			"4257 show question",
		}},
		{"no such button", func(r *rig) {
			r.touch(1000, 4, "")
			r.touch(1000, -1, "")
		}, 0, []string{
			"1000 reply 1: no such button",
			"1000 reply 2: no such button",
		}},
		{"a note while nobody presses", func(r *rig) {
			r.note(1000, "display")
		}, 0, []string{
			"1000 record; fault display",
		}},
		{"a touch that was felt before a note, and handled after it", func(r *rig) {
			r.note(1000, "display")
			r.touch(990, 0, "")
		}, 0, []string{
			"1000 record; fault display",
			"1040 record; tap 0 counted",
			"1047 reply 1: tap in 4 counted",
			"1047 show thanks",
			"3047 show question",
		}},
		{"notes wait for the press that was before them", func(r *rig) {
			r.touch(1000, 0, "")
			r.note(1010, "display")
			r.note(1020, "clock")
		}, 0, []string{
			"1050 record; tap 0 counted; fault display; fault clock",
			"1057 reply 1: tap in 3 counted",
			"1057 show thanks",
			"3057 show question",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig()
			r.late = c.late
			r.start(faces())
			c.do(r)
			r.runTo(60_000)
			same(t, r.trace, append(started[:2:2], c.want...))
			for i := 1; i < len(r.store); i++ {
				if a, b := r.store[i-1].Head(), r.store[i].Head(); a.Up > b.Up {
					t.Errorf("up goes from %d in event %d to %d in event %d", a.Up, a.Seq, b.Up, b.Seq)
				}
			}
		})
	}
}

func TestWhatATapSays(t *testing.T) {
	r := newRig()
	r.start(faces())
	r.touch(10_000, 1, "en")
	r.touch(20_000, 1, "")
	r.touch(30_000, 1, "de") // a language that the store does not have
	r.runTo(60_000)
	for i, lang := range []string{"en", "fr", "fr"} {
		up := int64(10_000 * (i + 1))
		want := &tap.TapEvent{
			Header: tap.Header{
				Seq: uint64(3 + i), Kind: tap.KindTap, At: tap.FormatTime(r.at(up + 50).Wall), Clock: tap.Synced, Boot: 7, Up: up,
			},
			Config: 2, Choice: 1, Of: 4, Counted: true, Flags: []tap.Flag{}, Rule: 1, Lang: lang,
		}
		if got := r.store[2+i]; !reflect.DeepEqual(got, tap.Event(want)) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
}

// What is shown, and for how long, says nothing of what was pressed.
func TestEveryChoiceLooksTheSame(t *testing.T) {
	look := func(buttons ...int) (trace []string, scenes []screen.Scene) {
		r := newRig()
		r.start(faces())
		r.touch(1000, 0, "") // so that a 0 after it is a repeat, and another a change of mind
		r.runTo(4000)
		r.saw = func(e Effect) {
			if s, ok := e.(Show); ok {
				scenes = append(scenes, s.Scene)
			}
		}
		from := len(r.trace)
		for _, b := range buttons {
			r.touch(4000, b, "")
		}
		r.runTo(60_000)
		for _, line := range r.trace[from:] {
			if strings.Contains(line, "show") {
				trace = append(trace, line)
			}
		}
		return trace, scenes
	}
	want, scenes := look(1)
	same(t, want, []string{"4057 show thanks", "6057 show question"})
	for _, buttons := range [][]int{{0}, {2}, {3}, {0, 3}, {1, 2, 3}} {
		got, other := look(buttons...)
		same(t, got, want)
		for i, s := range other {
			if !s.Equal(scenes[i]) {
				t.Errorf("%v shows %+v, want %+v", buttons, s, scenes[i])
			}
		}
	}
}

func TestAPressDuringThanksProlongsIt(t *testing.T) {
	r := newRig()
	r.start(faces())
	r.touch(1000, 0, "")
	r.touch(3040, 0, "") // its window goes on after the first thanks would end
	r.runTo(60_000)
	same(t, r.trace, append(started[:2:2],
		"1050 record; tap 0 counted",
		"1057 reply 1: tap in 3 counted",
		"1057 show thanks",
		"3090 record; tap 0 repeat",
		"3097 reply 2: tap in 4 repeat",
		"5097 show question",
	))
}

// A tick that nobody asked for, or that comes too early, is harmless.
func TestAnEarlyTickChangesNothing(t *testing.T) {
	r := newRig()
	r.start(faces())
	r.touch(1000, 0, "")
	for _, up := range []int64{1001, 1049} {
		effects := r.core.Handle(Tick{r.at(up)})
		if len(effects) != 1 || effects[0] != (Wake{1050}) {
			t.Errorf("at %d: %+v, want to be woken at 1050", up, effects)
		}
	}
	r.runTo(1100)
	if effects := r.core.Handle(Tick{r.at(2000)}); len(effects) != 1 || effects[0] != (Wake{3057}) {
		t.Errorf("during thanks: %+v, want to be woken at its end", effects)
	}
	r.fails = between(0, 60_000)
	r.touch(4000, 0, "")
	r.runTo(4100)
	if effects := r.core.Handle(Tick{r.at(9056)}); len(effects) != 1 || effects[0] != (Wake{9057}) {
		t.Errorf("while out of order: %+v, want to be woken for the next attempt", effects)
	}
}
