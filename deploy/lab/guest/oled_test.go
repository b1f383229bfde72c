package main

import (
	"testing"

	lab "sourire/deploy/lab/agent"
)

// lightUp is what the data sheet's application note asks for, then one point
// at the top left of the glass.
var lightUp = [][]byte{
	{0x00, 0xae, 0x20, 0x00, 0xa1, 0xc8, 0xa6, 0x8d, 0x14, 0xaf},
	{0x00, 0x21, 0, 127, 0x22, 0, 7},
	{0x40, 0x01},
}

func write(t *testing.T, o *oled, transfers ...[]byte) {
	t.Helper()
	for _, p := range transfers {
		if !o.Write(p) {
			t.Fatalf("% x was not acknowledged", p)
		}
	}
}

// blank fills the memory with nothing but one byte.
func blank(t *testing.T, o *oled, first byte) {
	t.Helper()
	frame := make([]byte, 1+1024)
	frame[0], frame[1] = 0x40, first
	write(t, o, frame)
}

func lit(o *oled) (points [][2]int) {
	d := o.look()
	for y := range d.Pixels {
		for x, on := range d.Pixels[y] {
			if on {
				points = append(points, [2]int{x, y})
			}
		}
	}
	return points
}

func TestOLED(t *testing.T) {
	for _, c := range []struct {
		name  string
		extra []byte
		at    [2]int // where the point is then; on a dark panel nowhere
		dark  bool
	}{
		{name: "upright", at: [2]int{0, 0}},
		{name: "mirrored", extra: []byte{0xa0}, at: [2]int{127, 0}},
		{name: "upside down", extra: []byte{0xa0, 0xc0}, at: [2]int{127, 63}},
		{name: "scrolled by start line", extra: []byte{0x41}, at: [2]int{0, 63}},
		{name: "moved by offset", extra: []byte{0xd3, 5}, at: [2]int{0, 5}},
		{name: "switched off", extra: []byte{0xae}, dark: true},
		{name: "no charge pump", extra: []byte{0x8d, 0x10}, dark: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOLED()
			write(t, o, lightUp[:2]...)
			blank(t, o, 0x01)
			write(t, o, append([]byte{0x00}, c.extra...))
			got := lit(o)
			if c.dark {
				if len(got) != 0 || o.look().On {
					t.Errorf("%d points are lit", len(got))
				}
				return
			}
			if len(got) != 1 || got[0] != c.at {
				t.Errorf("lit: %v, want %v", got, c.at)
			}
		})
	}
}

func TestOLEDAddressing(t *testing.T) {
	o := newOLED()
	write(t, o, lightUp[:2]...)
	blank(t, o, 0)
	for mode, want := range map[byte][2]int{0: {10, 8}, 1: {11, 0}, 2: {12, 0}} {
		// A window of columns 10 and 11, and two pages; the third byte wraps.
		write(t, o, []byte{0x00, 0x20, mode, 0x21, 10, 11, 0x22, 0, 1}, []byte{0x40, 0, 0})
		if mode == 2 {
			write(t, o, []byte{0x00, 0xb0, 0x0a, 0x10}, []byte{0x40, 0, 0})
		}
		write(t, o, []byte{0x40, 0x01})
		if got := lit(o); len(got) != 1 || got[0] != want {
			t.Errorf("mode %d: lit %v, want %v", mode, got, want)
		}
		write(t, o, []byte{0x00, 0x20, 0, 0x21, 0, 127, 0x22, 0, 7})
		blank(t, o, 0)
	}
}

func TestOLEDCable(t *testing.T) {
	o := newOLED()
	write(t, o, lightUp[:2]...)
	blank(t, o, 0x01)
	o.plug(lab.Cable{})
	if o.Write([]byte{0x00, 0xaf}) || o.Read(make([]byte, 1)) {
		t.Error("an unplugged display acknowledges")
	}
	if d := o.look(); d.On || d.Refused != 2 {
		t.Errorf("unplugged: on %t, refused %d", d.On, d.Refused)
	}
	o.plug(lab.Cable{In: true})
	if got := lit(o); len(got) != 1 {
		t.Errorf("the memory of a display that kept its power has %d points, want 1", len(got))
	}
	o.plug(lab.Cable{In: true, PowerCut: true})
	if o.look().On {
		t.Error("a display that lost its power is on")
	}
	write(t, o, lightUp[:2]...)
	if got := lit(o); len(got) < 100 {
		t.Errorf("the memory of a display that lost its power has %d points: want noise", len(got))
	}
	write(t, o, []byte{0x00, 0x99})
	if d := o.look(); len(d.Protocol) != 1 {
		t.Errorf("an unknown command is not reported: %q", d.Protocol)
	}
}
