package button

import (
	"fmt"
	"testing"
)

func TestSilent(t *testing.T) {
	u := NewUse(4)
	press := func(day, n int) {
		for i := range n {
			u.Press(i%3, fmt.Sprintf("2026-11-%02d", day)) // 3 never is
		}
	}
	for _, c := range []struct {
		day, n int
		want   Mask
	}{
		{1, 499, 0},
		{1, 2000, 0},   // one busy Saturday says nothing
		{2, 1, 0},      // nor do two days
		{3, 1, 1 << 3}, // the others are pressed again and again, and not so often in between
	} {
		press(c.day, c.n)
		if got := u.Silent(); got != c.want {
			t.Errorf("after %d more on day %d: %04b, want %04b", c.n, c.day, got, c.want)
		}
	}
	u.Press(3, "2026-11-04")
	if got := u.Silent(); got != 0 {
		t.Errorf("pressed again, and still %04b", got)
	}

	few := NewUse(4)
	for day := range 60 { // two months in a quiet shop
		for b := range 3 {
			few.Press(b, fmt.Sprint(day))
		}
	}
	if got := few.Silent(); got != 0 {
		t.Errorf("of 180 presses: %04b", got)
	}
	few.Press(-1, "x")
	few.Press(4, "x")
}
