package button

import (
	"testing"
	"time"
)

func TestWhatHappens(t *testing.T) {
	for name, c := range map[string]struct {
		down Mask // at start
		do   func(r *rig)
		want string
	}{
		"a press is felt at its first edge and believed after the quiet time": {
			do:   func(r *rig) { r.set(100*ms, 2, true); r.set(180*ms, 2, false); r.runTo(time.Second) },
			want: "100 felt 2, 100 pressed 2, 180 released 2",
		},
		"not before the quiet time": {
			do:   func(r *rig) { r.set(100*ms, 2, true); r.runTo(112*ms - 1) },
			want: "100 felt 2",
		},
		"a glitch is no press": {
			do:   func(r *rig) { r.set(100*ms, 1, true); r.set(102*ms, 1, false); r.runTo(time.Second) },
			want: "100 felt 1, 114 dropped 1",
		},
		"a glitch that is over before anyone looks is none either": {
			do:   func(r *rig) { r.see(Sample{At: 100 * ms, Edges: 2}); r.runTo(time.Second) },
			want: "100 felt 1, 112 dropped 1",
		},
		"nor does a glitch release what is down": {
			do: func(r *rig) {
				r.set(100*ms, 1, true)
				r.set(200*ms, 1, false)
				r.set(202*ms, 1, true)
				r.runTo(time.Second)
			},
			want: "100 felt 1, 100 pressed 1",
		},
		"31 bounces, 0.5 ms apart, are one press": {
			do: func(r *rig) {
				r.bounce(100*ms, 0, 31, ms/2, true)
				r.bounce(300*ms, 0, 31, ms/2, false)
				r.runTo(time.Second)
			},
			want: "100 felt 0, 100 pressed 0, 300 released 0",
		},
		"a storm of 400 edges is one": {
			do:   func(r *rig) { r.bounce(100*ms, 0, 400, ms, true); r.runTo(time.Second) },
			want: "100 felt 0, 100 pressed 0",
		},
		"or none, where it ends as it began": {
			do:   func(r *rig) { r.bounce(100*ms, 0, 400, ms, false); r.runTo(time.Second) },
			want: "100 felt 0, 511 dropped 0",
		},
		"a bounce within the quiet time puts the decision off": {
			do: func(r *rig) {
				r.set(100*ms, 0, true)
				r.set(111*ms, 0, false)
				r.set(112*ms, 0, true)
				r.runTo(124*ms - 1)
			},
			want: "100 felt 0",
		},
		"two together are two presses": {
			do: func(r *rig) {
				r.set(100*ms, 0, true)
				r.set(145*ms, 3, true)
				r.set(250*ms, 3, false)
				r.set(260*ms, 0, false)
				r.runTo(time.Second)
			},
			want: "100 felt 0, 100 pressed 0, 145 felt 3, 145 pressed 3, 250 released 3, 260 released 0",
		},
		"an edge that was lost is made up for by the next look": {
			do: func(r *rig) {
				r.slip(1, true)
				r.look(700 * ms)
				r.runTo(900 * ms)
				r.slip(1, false)
				r.look(1700 * ms)
				r.runTo(2 * time.Second)
			},
			want: "700 felt 1, 700 pressed 1, 1700 released 1",
		},
		"a look that comes late believes what rested until the next edge": {
			do: func(r *rig) {
				r.late = 300 * ms
				r.set(100*ms, 1, true)
				r.set(180*ms, 1, false)
				r.runTo(time.Second)
			},
			want: "100 felt 1, 100 pressed 1, 180 released 1",
		},
		"but not where an edge between them was missed": {
			do: func(r *rig) {
				r.late = 300 * ms
				r.set(100*ms, 1, true)
				r.slip(1, false)
				r.look(200 * ms)
				r.runTo(time.Second)
			},
			want: "100 felt 1, 212 dropped 1",
		},
		"down at start is a fault and no press": {
			down: 4,
			do:   func(r *rig) { r.runTo(time.Minute); r.set(60_100*ms, 2, false); r.runTo(61 * time.Second) },
			want: "0 failed 2 start, 60100 cleared 2 start",
		},
		"and the press after it is one": {
			down: 4,
			do:   func(r *rig) { r.set(100*ms, 2, false); r.set(200*ms, 2, true); r.runTo(time.Second) },
			want: "0 failed 2 start, 100 cleared 2 start, 200 felt 2, 200 pressed 2",
		},
		"down for 30 s is no fault": {
			do:   func(r *rig) { r.set(100*ms, 2, true); r.look(30_100 * ms) },
			want: "100 felt 2, 100 pressed 2",
		},
		"down for over 30 s is a fault, until it comes up": {
			do:   func(r *rig) { r.set(0, 2, true); r.set(40*time.Second, 2, false); r.runTo(time.Minute) },
			want: "0 felt 2, 0 pressed 2, 30000.000001 failed 2 stuck, 40000 released 2, 40000 cleared 2 stuck",
		},
		"chatter without end is a fault, and no silence": {
			do: func(r *rig) {
				r.bounce(100*ms, 1, 300, 5*ms, false)
				r.set(3*time.Second, 0, true)
				r.runTo(7 * time.Second)
				r.set(8*time.Second, 1, true)
				r.runTo(9 * time.Second)
			},
			want: "100 felt 1, 1100 dropped 1, 1100 failed 1 noisy, 3000 felt 0, 3000 pressed 0, 6595 cleared 1 noisy, 8000 felt 1, 8000 pressed 1",
		},
		"chatter of a button that is down ends its press": {
			do: func(r *rig) {
				r.set(0, 1, true)
				r.bounce(100*ms, 1, 300, 5*ms, false)
				r.runTo(7 * time.Second)
			},
			want: "0 felt 1, 0 pressed 1, 1100 released 1, 1100 failed 1 noisy, 6595 cleared 1 noisy",
		},
		"what is down when the chatter ends is no press": {
			do: func(r *rig) {
				r.bounce(0, 1, 301, 5*ms, true)
				r.runTo(8 * time.Second)
				r.set(9*time.Second, 1, false)
				r.set(10*time.Second, 1, true)
				r.runTo(11 * time.Second)
			},
			want: "0 felt 1, 1000 dropped 1, 1000 failed 1 noisy, 6500 cleared 1 noisy, 10000 felt 1, 10000 pressed 1",
		},
		"whether a contact is noisy is its own affair: others may move while it comes to rest": {
			do: func(r *rig) {
				r.bounce(0, 1, 200, 5*ms, true) // until 995 ms
				r.set(1001*ms, 0, true)
				r.set(1200*ms, 0, false)
				r.set(1300*ms, 1, false)
				r.runTo(2 * time.Second)
			},
			want: "0 felt 1, 1001 felt 0, 0 pressed 1, 1001 pressed 0, 1200 released 0, 1300 released 1",
		},
		"the outer buttons held for 3 s are the service gesture, once": {
			do: func(r *rig) {
				r.set(0, 0, true)
				r.set(400*ms, 3, true)
				r.runTo(3_400*ms - 1)
				r.events = append(r.events, Event{Kind: "now", At: r.now})
				r.runTo(10 * time.Second)
			},
			want: "0 felt 0, 0 pressed 0, 400 felt 3, 400 pressed 3, 3399.999999 now 0, 0 held 0, 400 held 3",
		},
		"let go and held again, it is made again": {
			do: func(r *rig) {
				r.set(0, 0, true)
				r.set(0, 3, true)
				r.set(4*time.Second, 0, false)
				r.set(5*time.Second, 0, true)
				r.runTo(10 * time.Second)
			},
			want: "0 felt 0, 0 felt 3, 0 pressed 0, 0 pressed 3, 0 held 0, 0 held 3, 4000 released 0, 5000 felt 0, 5000 pressed 0, 5000 held 0, 0 held 3",
		},
		"with another one down it is an arm on the box": {
			do: func(r *rig) {
				r.set(0, 0, true)
				r.set(0, 3, true)
				r.set(0, 1, true)
				r.runTo(10 * time.Second)
			},
			want: "0 felt 0, 0 felt 3, 0 felt 1, 0 pressed 0, 0 pressed 1, 0 pressed 3",
		},
		"which does not make it again, once made": {
			do: func(r *rig) {
				r.set(0, 0, true)
				r.set(0, 3, true)
				r.set(4*time.Second, 1, true)
				r.set(5*time.Second, 1, false)
				r.runTo(10 * time.Second)
			},
			want: "0 felt 0, 0 felt 3, 0 pressed 0, 0 pressed 3, 0 held 0, 0 held 3, 4000 felt 1, 4000 pressed 1, 5000 released 1",
		},
		"a stuck button holds nothing": {
			do: func(r *rig) {
				r.set(0, 0, true)
				r.runTo(31 * time.Second)
				r.set(32*time.Second, 3, true)
				r.runTo(40 * time.Second)
			},
			want: "0 felt 0, 0 pressed 0, 30000.000001 failed 0 stuck, 32000 felt 3, 32000 pressed 3",
		},
		"and keeps nobody from it": {
			down: 2,
			do: func(r *rig) {
				r.set(0, 0, true)
				r.set(0, 3, true)
				r.runTo(4 * time.Second)
			},
			want: "0 failed 1 start, 0 felt 0, 0 felt 3, 0 pressed 0, 0 pressed 3, 0 held 0, 0 held 3",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(four, c.down)
			c.do(r)
			if got := r.trace(); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestResume(t *testing.T) {
	r := start(four, 0)
	r.bounce(0, 0, 300, 5*ms, false)      // noisy
	r.set(2000*ms, 1, true)               // down, and up when we are back
	r.set(2000*ms, 2, true)               // down, and still when we are back
	r.set(2100*ms, 3, true)               // not believed yet
	r.events = r.events[len(r.events)-1:] // the felt of 3
	r.events = append(r.events, r.b.Resume(Sample{At: 2105 * ms, Down: 1<<2 | 1<<3})...)
	r.level = 1<<2 | 1<<3
	r.runTo(3 * time.Second)
	r.set(4*time.Second, 3, false)
	r.runTo(5 * time.Second)
	want := "2100 felt 3, 2105 cleared 0 noisy, 2105 released 1, 2105 dropped 3, 2105 failed 3 start, 4000 cleared 3 start"
	if got := r.trace(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := r.b.Down(); got != 1<<2 {
		t.Errorf("down is %04b", got)
	}
}

// The quiet time is what the configuration says.
func TestQuiet(t *testing.T) {
	for _, quiet := range []time.Duration{5 * ms, 50 * ms} {
		c := four
		c.Quiet = quiet
		r := start(c, 0)
		r.set(100*ms, 0, true)
		if got := r.b.Next(); got != 100*ms+quiet {
			t.Errorf("with %v the next look is at %v", quiet, got)
		}
	}
}
