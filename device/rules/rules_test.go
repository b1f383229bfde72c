package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sourire/device/rules"
	"sourire/device/tap"
)

// step is one press and what must become of it, in short:
//
//	"2"            tap on button 2, counted
//	"2 burst"      counted, with a note
//	"!2 repeat"    not counted
//	"undo1 2"      tap 1 undone, a counted one in its place
//	"!0 chord !2 chord"
//	"reason2 for1" an answer
//
// Taps are numbered from 1 as they are stored.
type step struct {
	at    int64
	press string // buttons, then marks: "2", "0,3", "1 closed", "1 test", "1 asked"
	want  string
}

func (s step) parse(t *testing.T) rules.Press {
	t.Helper()
	p := rules.Press{Up: s.at}
	words := strings.Fields(s.press)
	for b := range strings.SplitSeq(words[0], ",") {
		var n int
		if _, err := fmt.Sscan(b, &n); err != nil {
			t.Fatal(err)
		}
		p.Buttons = append(p.Buttons, n)
	}
	for _, w := range words[1:] {
		switch w {
		case "closed":
			p.Closed = true
		case "test":
			p.Test = true
		case "asked":
			p.FollowUp = true
		default:
			t.Fatalf("mark %q", w)
		}
	}
	return p
}

// show writes a verdict as a step does.
func show(v rules.Verdict) string {
	var w []string
	if v.Undo != 0 {
		w = append(w, fmt.Sprintf("undo%d", v.Undo))
	}
	for _, c := range v.Taps {
		mark := "!"
		if c.Counted {
			mark = ""
		}
		w = append(w, fmt.Sprintf("%s%d", mark, c.Button))
		for _, f := range c.Flags {
			w = append(w, string(f))
		}
	}
	if v.Reason >= 0 {
		w = append(w, fmt.Sprintf("reason%d for%d", v.Reason, v.ReasonFor))
	}
	return strings.Join(w, " ")
}

// presses is n times the same step.
func presses(n int, s step, then ...step) []step {
	return append(slices.Repeat([]step{s}, n), then...)
}

func TestJudge(t *testing.T) {
	cases := []struct {
		name  string
		steps []step
	}{
		// Rule 1.
		{"one button is a press", []step{{0, "3", "3"}}},
		{"two buttons are a chord, each written, none counted", []step{{0, "0,3", "!0 chord !3 chord"}}},
		{"and so are more", []step{{0, "0,1,3", "!0 chord !1 chord !3 chord"}}},
		{"a chord starts no response interval", []step{{0, "0,3", "!0 chord !3 chord"}, {100, "3", "3"}}},
		{"a chord changes no mind", []step{{0, "1", "1"}, {1000, "2,3", "!2 chord !3 chord"}, {2000, "2", "undo1 2"}}},

		// Rule 2: the response interval.
		{"the same button at once", []step{{0, "1", "1"}, {51, "1", "!1 repeat"}}},
		{"the same button at 5 s", []step{{0, "1", "1"}, {5000, "1", "!1 repeat"}}},
		{"the same button after 5 s", []step{{0, "1", "1"}, {5001, "1", "1"}}},
		{"the interval counts from the counted tap, not from the repeat", []step{
			{0, "1", "1"}, {4000, "1", "!1 repeat"}, {5001, "1", "1"}}},
		{"another button at 3 s is a change of mind", []step{{0, "1", "1"}, {3000, "2", "undo1 2"}}},
		{"another button after 3 s is a repeat", []step{{0, "1", "1"}, {3001, "2", "!2 repeat"}}},
		{"another button at 5 s is a repeat", []step{{0, "1", "1"}, {5000, "2", "!2 repeat"}}},
		{"another button after 5 s is another customer", []step{{0, "1", "1"}, {5001, "2", "2"}}},
		{"the second tap of a change of mind is the last counted one", []step{
			{0, "1", "1"}, {3000, "2", "undo1 2"}, {6000, "1", "undo2 1"}, {11_000, "1", "!1 repeat"}, {11_001, "1", "1"}}},
		{"a repeat between does not keep from changing one's mind", []step{
			{0, "1", "1"}, {500, "1", "!1 repeat"}, {1000, "0", "undo1 0"}}},
		{"a chord on the tap's own button within 5 s is a repeat, too", []step{
			{0, "1", "1"}, {5000, "1,2", "!1 chord repeat !2 chord repeat"}, {5001, "1,2", "!1 chord !2 chord"}}},
		{"a chord on it while minds may change", []step{{0, "1", "1"}, {3000, "1,2", "!1 chord repeat !2 chord"}}},

		// Rule 2: the follow-up.
		{"asked, another button at 1 s is a change of mind", []step{{0, "1", "1"}, {1000, "2 asked", "undo1 2"}}},
		{"asked, another button after 1 s is a reason", []step{{0, "1", "1"}, {1001, "2 asked", "reason2 for1"}}},
		{"asked, the same button at 1 s is a repeat", []step{{0, "1", "1"}, {1000, "1 asked", "!1 repeat"}}},
		{"asked, the same button after 1 s is a reason", []step{{0, "1", "1"}, {1001, "1 asked", "reason1 for1"}}},
		{"asked, a chord is a chord", []step{{0, "1", "1"}, {1001, "0,3 asked", "!0 chord repeat !3 chord repeat"}}},
		{"asked, a chord is a chord after the response interval, too", []step{{0, "1", "1"}, {5001, "0,3 asked", "!0 chord !3 chord"}}},
		{"asked, the follow-up may show for longer than the interval", []step{{0, "1", "1"}, {9000, "0 asked", "reason0 for1"}}},
		{"answered, another button is a repeat until 5 s", []step{
			{0, "1", "1"}, {1500, "2 asked", "reason2 for1"}, {2000, "2", "!2 repeat"}, {5000, "3", "!3 repeat"}, {5001, "3", "3"}}},
		{"a second tap on an answer is no other customer's vote for 1 s", []step{
			{0, "1", "1"}, {6000, "2 asked", "reason2 for1"}, {7000, "2", "!2 repeat"}, {7001, "2", "2"}}},
		{"nor is one on another answer", []step{
			{0, "1", "1"}, {6000, "2 asked", "reason2 for1"}, {6500, "0", "!0 repeat"}, {7001, "0", "0"}}},
		{"asked about the second tap of a change of mind", []step{
			{0, "1", "1"}, {900, "2 asked", "undo1 2"}, {1900, "3 asked", "undo2 3"}, {2901, "0 asked", "reason0 for3"}}},
		{"the next customer may change his mind for 3 s again", []step{
			{0, "1", "1"}, {1500, "2 asked", "reason2 for1"}, {6000, "0", "0"}, {9000, "3", "undo2 3"}}},
		{"asked without a counted tap is not asked", []step{{2000, "1 asked", "1"}}},

		// Rule 5.
		{"twelve presses in 60 s are none", presses(11, step{0, "2 test", "!2 test"}, step{1, "1", "1"})},
		{"the thirteenth at 60 s is a burst, and counts", presses(1, step{0, "2 test", "!2 test"},
			presses(11, step{1, "2 test", "!2 test"}, step{60_000, "1", "1 burst"}, step{66_000, "1", "1"})...)},
		{"the thirteenth after 60 s is none", presses(1, step{0, "2 test", "!2 test"},
			presses(11, step{1, "2 test", "!2 test"}, step{60_001, "1", "1"})...)},
		{"a press that does not count makes a burst, too", presses(12, step{0, "2 test", "!2 test"},
			step{100, "1", "1 burst"}, step{200, "1", "!1 burst repeat"})},
		{"a chord is one press", presses(12, step{0, "0,1", "!0 chord !1 chord"},
			step{100, "0,1", "!0 burst chord !1 burst chord"})},
		{"eleven chords and one press are no burst", presses(11, step{0, "0,1", "!0 chord !1 chord"},
			step{100, "2", "2"}, step{200, "3", "undo23 3 burst"})},
		{"an answer is a press", presses(10, step{0, "2 test", "!2 test"},
			step{100, "1", "1"}, step{2000, "1 asked", "reason1 for11"}, step{2100, "1", "!1 burst repeat"})},

		// Rule 6.
		{"closed does not count", []step{{0, "1 closed", "!1 closed"}}},
		{"test does not count", []step{{0, "1 test", "!1 test"}}},
		{"both are listed", []step{{0, "1 closed test", "!1 closed test"}}},
		{"neither starts a response interval", []step{{0, "1 closed", "!1 closed"}, {1, "2 test", "!2 test"}, {2, "1", "1"}}},
		{"closed changes no mind", []step{{0, "1", "1"}, {1000, "2 closed", "!2 closed"}, {2000, "3", "undo1 3"}}},
		{"test changes no mind", []step{{0, "1", "1"}, {1000, "2 test", "!2 test"}, {2000, "3", "undo1 3"}}},
		{"all flags that apply, sorted", presses(11, step{0, "2 test", "!2 test"},
			step{0, "1", "1"},
			step{4000, "0,1 closed test", "!0 burst chord closed repeat test !1 burst chord closed repeat test"})},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var s rules.State
			var seq uint64
			for _, st := range c.steps {
				v, next := s.Judge(st.parse(t))
				if got := show(v); got != st.want {
					t.Fatalf("at %d ms, %q: got %q, want %q", st.at, st.press, got, st.want)
				}
				s = next
				for _, tp := range v.Taps {
					seq++
					if tp.Counted {
						s = s.Stored(seq)
					}
					if tp.Flags == nil {
						t.Error("flags are nil")
					}
				}
			}
		})
	}
}

func TestAFailedCommitKeepsTheState(t *testing.T) {
	_, s := rules.State{}.Judge(rules.Press{Buttons: []int{1}})
	s = s.Stored(1)
	before := s
	for range 20 {
		s.Judge(rules.Press{Buttons: []int{2}, Up: 100})
	}
	if s != before {
		t.Error("to judge a press changed the state it was judged by")
	}
	if v, _ := s.Judge(rules.Press{Buttons: []int{2}, Up: 200}); show(v) != "undo1 2" {
		t.Errorf("then %q", show(v))
	}
}

func TestStoredIgnoresWhatIsNotCounted(t *testing.T) {
	_, s := rules.State{}.Judge(rules.Press{Buttons: []int{1}})
	s = s.Stored(7).Stored(8)
	if v, _ := s.Judge(rules.Press{Buttons: []int{2}, Up: 100}); v.Undo != 7 {
		t.Errorf("undo %d, want 7", v.Undo)
	}
	if (rules.State{}).Stored(7) != (rules.State{}) {
		t.Error("a seq without a counted tap changed the state")
	}
}

// Rule 3: the presses that began a hold are undone, and the next press is not
// judged by them.
func TestUndone(t *testing.T) {
	_, s := rules.State{}.Judge(rules.Press{Buttons: []int{0}})
	s = s.Stored(1)
	if v, _ := s.Undone(2).Judge(rules.Press{Buttons: []int{0}, Up: 4000}); show(v) != "!0 repeat" {
		t.Errorf("after the undo of another tap: %q", show(v))
	}
	if v, _ := s.Undone(1).Judge(rules.Press{Buttons: []int{0}, Up: 4000}); show(v) != "0" {
		t.Errorf("after its undo: %q", show(v))
	}
}

// The contract lists flags sorted.
func TestFlagsSort(t *testing.T) {
	if !slices.IsSorted([]tap.Flag{tap.Burst, tap.Chord, tap.Closed, tap.Repeat, tap.Test}) {
		t.Error("the order in which the flags are appended is not the sorted one")
	}
}
