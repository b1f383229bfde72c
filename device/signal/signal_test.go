package signal

import (
	"slices"
	"testing"
)

// change is a moment at which the lines change.
type change struct {
	up int64
	Output
}

// changes plays on from up until nothing happens by itself any more.
func changes(p *Player, up int64) []change {
	var all []change
	for {
		out, next := p.At(up)
		if n := len(all); n == 0 || all[n-1].Output != out {
			all = append(all, change{up, out})
		}
		if next == 0 {
			return all
		}
		up = next
	}
}

func ready(buttons int) *Player {
	p := NewPlayer(buttons)
	p.Play(Ready, 0, false, 0)
	return p
}

func TestABoxThatTakesNoPressIsDark(t *testing.T) {
	p := NewPlayer(4)
	p.Play(Felt, 2, false, 100)
	if got, want := changes(p, 100), []change{{100, Output{}}}; !slices.Equal(got, want) {
		t.Errorf("out: got %v, want %v", got, want)
	}
	p.Play(Ready, 0, false, 200)
	if got, want := changes(p, 200), []change{{200, Output{Lights: 0b1111}}}; !slices.Equal(got, want) {
		t.Errorf("ready: got %v, want %v", got, want)
	}
}

// A store that is closed is dark, and a press wakes it: it is felt and thanked
// for like any other.
func TestABoxThatSleepsIsDarkUntilAPress(t *testing.T) {
	p := ready(4)
	p.Play(Asleep, 0, false, 0)
	if out, next := p.At(0); out != (Output{}) || next != 0 {
		t.Errorf("asleep: got %+v until %d, want it dark for good", out, next)
	}
	p.Play(Felt, 2, false, 100)
	if out, _ := p.At(100); out != (Output{Lights: 0b0100}) {
		t.Errorf("felt: got %+v, want the pressed light alone", out)
	}
	p.Play(Thanks, 0, false, 160)
	told := changes(p, 160)
	if last := told[len(told)-1]; !told[0].Sound || last.Output != (Output{}) {
		t.Errorf("thanks: got %v, want the sound first, and dark at the end", told)
	}
}

func TestThePressedLightStandsAloneAtOnce(t *testing.T) {
	p := ready(4)
	p.Play(Felt, 2, false, 1000)
	if out, _ := p.At(1000); out != (Output{Lights: 0b0100}) {
		t.Errorf("felt: got %+v, want the pressed light alone, and silence before the commit", out)
	}
	p.Play(Felt, 0, false, 1030)
	if out, _ := p.At(1030); out != (Output{Lights: 0b0101}) {
		t.Errorf("chord: got %+v, want both lights", out)
	}
	if got, want := changes(p, 1030), (change{2530, Output{Lights: 0b1111}}); got[len(got)-1] != want {
		t.Errorf("a press that is never answered: got %v, want it to end at %v", got, want)
	}
}

func TestThanksAndRefusalAreTheSameForEveryButton(t *testing.T) {
	for _, c := range []Cue{Thanks, Refused} {
		var first []change
		for button := range 5 {
			p := ready(5)
			p.Play(Felt, button, false, 900)
			p.Play(c, button, false, 1000)
			got := changes(p, 1000)
			if button == 0 {
				first = got
			}
			if !slices.Equal(got, first) {
				t.Errorf("cue %d: button %d gets %v, button 0 %v", c, button, got, first)
			}
		}
	}
}

func TestTheSoundsTellThanksFromRefusal(t *testing.T) {
	sounds := func(c Cue, night bool) (pulses []int64) {
		p := ready(4)
		p.Play(c, 0, night, 0)
		all := changes(p, 0)
		for i, ch := range all {
			if ch.Sound {
				pulses = append(pulses, all[i+1].up-ch.up)
			}
		}
		return pulses
	}
	for _, test := range []struct {
		cue   Cue
		night bool
		want  []int64
	}{
		{Felt, false, nil},
		{Thanks, false, []int64{90}},
		{Thanks, true, []int64{20}},
		{Refused, false, []int64{60, 60, 60}},
		{Refused, true, []int64{20, 20, 20}},
	} {
		if got := sounds(test.cue, test.night); !slices.Equal(got, test.want) {
			t.Errorf("cue %d, night %v: sounds of %v ms, want %v", test.cue, test.night, got, test.want)
		}
	}
}

func TestAfterARefusalABoxOutOfOrderStaysDark(t *testing.T) {
	p := ready(4)
	p.Play(Refused, 1, false, 0)
	p.Play(Out, 0, false, 0)
	for _, ch := range changes(p, 0) {
		if ch.Lights != 0 {
			t.Errorf("at %d ms: lights %b, want none", ch.up, ch.Lights)
		}
	}
}

// A pattern asked for at any moment gives the same as asked for at its steps.
func TestEveryMillisecondAgreesWithTheSteps(t *testing.T) {
	for cue := range patterns {
		for _, night := range []bool{false, true} {
			p, q := ready(4), ready(4)
			p.Play(cue, 1, night, 7)
			q.Play(cue, 1, night, 7)
			steps := changes(p, 7)
			for up := int64(7); up < 3000; up++ {
				for len(steps) > 1 && steps[1].up <= up {
					steps = steps[1:]
				}
				if out, next := q.At(up); out != steps[0].Output || next != 0 && next <= up {
					t.Fatalf("cue %d at %d ms: got %+v, next %d, want %+v", cue, up, out, next, steps[0].Output)
				}
			}
		}
	}
}

// A box that stands still for longer than a whole pattern, after each of its
// steps, shows every one of them all the same.
func TestABoxThatStoodStillLeavesNothingOut(t *testing.T) {
	for cue := range patterns {
		p, q := ready(4), ready(4)
		p.Play(cue, 1, false, 0)
		q.Play(cue, 1, false, 0)
		var late []Output
		for up := int64(0); ; up += 5000 {
			out, next := q.At(up)
			if late = append(late, out); next == 0 {
				break
			}
		}
		var want []Output
		for _, ch := range changes(p, 0) {
			want = append(want, ch.Output)
		}
		if late = slices.Compact(late); !slices.Equal(late, want) {
			t.Errorf("cue %d: got %v, want %v", cue, late, want)
		}
	}
}

func TestAGlitchBesideAPressTakesItsOwnLightOnly(t *testing.T) {
	p := ready(4)
	p.Play(Felt, 2, false, 0)
	p.Play(Felt, 1, false, 5)
	p.Play(Dropped, 1, false, 17)
	if out, next := p.At(17); out.Lights != 0b0100 || next == 0 {
		t.Errorf("lights %b until %d, want that of the button that is pressed", out.Lights, next)
	}
	p.Play(Dropped, 2, false, 20)
	if out, _ := p.At(20); out.Lights != 0b1111 {
		t.Errorf("lights %b, want all", out.Lights)
	}
}

// A key of the manager's view blinks, without a sound, and the box is as dark as
// before.
func TestAKeyBlinks(t *testing.T) {
	p := ready(4)
	p.Play(Asleep, 0, false, 0)
	p.Play(Felt, 2, false, 100)
	p.Play(Key, 2, false, 130)
	if got, want := changes(p, 130), []change{{130, Output{Lights: 0b0100}}, {280, Output{}}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
