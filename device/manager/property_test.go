package manager

import (
	"math/rand/v2"
	"testing"
	"time"

	"sourire/device/screen"
	"sourire/device/tap/seedtest"
)

// Whatever is pressed and answered, and when: nobody gets in without a PIN that
// was said to be right, what shows says what its keys do, and 30 s after the
// last press the view is closed.
func TestAnySequence(t *testing.T) {
	r := seedtest.Rand(t)
	for range seedtest.Times(t, 2000) {
		s := Setup{Buttons: []int{2, 4, 5, 11}[r.IntN(4)], Rows: r.IntN(4), Lang: "fr", PIN: r.IntN(8) > 0}
		s.Touch = s.Buttons == 11 || r.IntN(4) == 0
		sequence(t, r, s)
	}
}

func sequence(t *testing.T, r *rand.Rand, s Setup) {
	t.Helper()
	up := r.Int64N(1 << 40)
	v, last := Open(up, s), up
	asked, right := false, false
	for range 60 {
		up += r.Int64N(4000)
		late := up >= v.Until()
		effects := v.Tick(up)
		if late != v.Closed() {
			t.Fatalf("%+v: %d ms after the last press: closed %t", s, up-last, v.Closed())
		}
		if late {
			return
		}
		switch r.IntN(5) {
		case 0:
			answer := r.IntN(2) == 0
			right = right || answer && asked
			effects, asked = append(effects, v.Checked(up, answer, time.Duration(r.IntN(2))*time.Minute)...), false
		case 1:
			v.Fill(up, some[:r.IntN(len(some)+1)])
		default:
			effects = append(effects, v.Press(up, r.IntN(14)-1)...)
			last = up
		}
		for _, e := range effects {
			switch e := e.(type) {
			case CheckPIN:
				asked = true
				if e.Digits == "" || len(e.Digits) > MostDigits {
					t.Fatalf("PIN %q", e.Digits)
				}
			case Refresh, Cleaning:
				if !right {
					t.Fatalf("%#v without a PIN", e)
				}
			}
		}
		if v.Closed() {
			return
		}
		scene := v.Scene(up)
		if scene.Kind == screen.Manager && scene.Pages.Of > 1 && !right {
			t.Fatal("pages without a PIN")
		}
		if n := len(scene.Pages.Keys); n < 2 || n > 12 {
			t.Fatalf("%d keys", n)
		}
		if w := v.Wake(up); w <= up || w > v.Until() {
			t.Fatalf("wakes at %d, which is %d; until %d", w, up, v.Until())
		}
	}
}
