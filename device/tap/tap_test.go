package tap_test

import (
	"regexp"
	"strings"
	"testing"

	"sourire/device/tap"
)

func TestScales(t *testing.T) {
	want := map[tap.Scale]int{tap.Faces4: 4, tap.Faces5: 5, tap.YesNo: 2, tap.NPS: 11}
	if len(tap.Scales) != len(want) || tap.Scales[0] != tap.Faces4 {
		t.Errorf("scales %v", tap.Scales)
	}
	for _, s := range tap.Scales {
		if s.Choices() != want[s] {
			t.Errorf("%s has %d choices, want %d", s, s.Choices(), want[s])
		}
	}
	for _, s := range []tap.Scale{"", "Faces4", "faces6"} {
		if s.Choices() != 0 {
			t.Errorf("%q has %d choices", s, s.Choices())
		}
	}
}

func TestValidID(t *testing.T) {
	valid := []string{"a", "0", "exit-1", "lyon-part-dieu", "a_b", "a-", strings.Repeat("a", 20)}
	for _, s := range valid {
		if !tap.ValidID(s) {
			t.Errorf("%q is refused", s)
		}
	}
	invalid := []string{"", "-a", "_a", "A", "a b", "a/b", "a+b", "#", "é", "a\n", "a\x00", "a.b", strings.Repeat("a", 21)}
	for _, s := range invalid {
		if tap.ValidID(s) {
			t.Errorf("%q is accepted", s)
		}
		for i := range 3 {
			part := [3]string{"demo", "lyon", "exit-1"}
			part[i] = s
			if id := (tap.Identity{Chain: part[0], Store: part[1], Terminal: part[2]}); id.Valid() {
				t.Errorf("%q is accepted as an identity", id)
			}
		}
	}
}

func TestIdentity(t *testing.T) {
	id := tap.Identity{Chain: "demo", Store: "lyon-part-dieu", Terminal: "exit-1"}
	if !id.Valid() || id.String() != "demo/lyon-part-dieu/exit-1" {
		t.Errorf("%q, valid %v", id, id.Valid())
	}
	longest := strings.Repeat("z", 20)
	if n := len(tap.Identity{Chain: longest, Store: longest, Terminal: longest}.String()); n != 62 {
		t.Errorf("the longest identity is %d bytes, want 62", n)
	}
}

func FuzzValidID(f *testing.F) {
	contract := regexp.MustCompile(`\A[a-z0-9][a-z0-9_-]{0,19}\z`)
	for _, s := range []string{"", "exit-1", "-", "a\n", "É", strings.Repeat("a", 21)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := tap.ValidID(s), contract.MatchString(s); got != want {
			t.Errorf("%q: %v, the contract says %v", s, got, want)
		}
	})
}
