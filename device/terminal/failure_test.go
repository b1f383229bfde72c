package terminal

import (
	"fmt"
	"testing"

	"sourire/device/rules"
	"sourire/device/screen"
	"sourire/device/tap"
)

// between fails the commits that begin in [from, to) of up.
func between(from, to int64) func(int64) bool {
	return func(up int64) bool { return from <= up && up < to }
}

func TestFailures(t *testing.T) {
	for _, c := range []struct {
		name  string
		do    func(*rig)
		fails func(int64) bool
		want  []string
	}{
		{"a press that is not stored is refused, and the fault is owed until it is", func(r *rig) {
			r.touch(1000, 0, "")
		}, between(1000, 12_000), []string{
			"100 record; boot; config",
			"107 show question",
			"1050 cannot record; tap 0 counted",
			"1057 reply 1: press could not be stored",
			"1057 show outoforder disk",
			"6057 cannot record; fault disk",
			"11064 cannot record; fault disk",
			"16071 record; fault disk",
			"16078 show question",
			"16078 record; clear disk",
		}},
		{"a press tries again by itself, and brings what is owed", func(r *rig) {
			r.touch(1000, 0, "")
			r.touch(2000, 1, "")
			r.note(2500, "display")
			r.touch(3000, 2, "")
		}, between(1000, 3000), []string{
			"100 record; boot; config",
			"107 show question",
			"1050 cannot record; tap 0 counted",
			"1057 reply 1: press could not be stored",
			"1057 show outoforder disk",
			"2050 cannot record; fault disk; tap 1 counted",
			"2057 reply 2: press could not be stored",
			"2500 cannot record; fault disk; fault display",
			"3050 record; fault disk; fault display; tap 2 counted",
			"3057 reply 3: tap in 5 counted",
			"3057 show thanks",
			"3057 record; clear disk",
			"5057 show question",
		}},
		{"thanks ends at a failure, and does not come back", func(r *rig) {
			r.touch(1000, 0, "")
			r.note(1100, "display")
		}, between(1100, 1200), []string{
			"100 record; boot; config",
			"107 show question",
			"1050 record; tap 0 counted",
			"1057 reply 1: tap in 3 counted",
			"1057 show thanks",
			"1100 cannot record; fault display",
			"1107 show outoforder disk",
			"6107 record; fault display; fault disk",
			"6114 show question",
			"6114 record; clear disk",
		}},
		{"a failed press is as if it had not been: no repeat, no change of mind", func(r *rig) {
			r.touch(1000, 0, "")
			r.touch(3000, 1, "")
			r.touch(5000, 1, "")
		}, between(1000, 2000), []string{
			"100 record; boot; config",
			"107 show question",
			"1050 cannot record; tap 0 counted",
			"1057 reply 1: press could not be stored",
			"1057 show outoforder disk",
			"3050 record; fault disk; tap 1 counted",
			"3057 reply 2: tap in 4 counted",
			"3057 show thanks",
			"3057 record; clear disk",
			"5050 record; tap 1 repeat",
			"5057 reply 3: tap in 6 repeat",
			"7057 show question",
		}},
		{"a chord is refused as a whole", func(r *rig) {
			r.touch(1000, 3, "")
			r.touch(1001, 0, "")
		}, between(1000, 2000), []string{
			"100 record; boot; config",
			"107 show question",
			"1050 cannot record; tap 0 chord; tap 3 chord",
			"1057 reply 2: press could not be stored",
			"1057 reply 1: press could not be stored",
			"1057 show outoforder disk",
			"6057 record; fault disk",
			"6064 show question",
			"6064 record; clear disk",
		}},
		{"the clear fails, too", func(r *rig) {
			r.touch(1000, 0, "")
		}, func(up int64) bool { return up == 1050 || up == 6064 }, []string{
			"100 record; boot; config",
			"107 show question",
			"1050 cannot record; tap 0 counted",
			"1057 reply 1: press could not be stored",
			"1057 show outoforder disk",
			"6057 record; fault disk",
			"6064 show question",
			"6064 cannot record; clear disk",
			"6071 show outoforder disk",
			"11071 record; clear disk; fault disk",
			"11078 show question",
			"11078 record; clear disk",
		}},
		{"not even the start can be written", func(r *rig) {
			r.touch(1000, 0, "")
			r.note(1010, "display")
			r.touch(2000, 1, "")
			r.touch(6000, 2, "")
		}, between(0, 5000), []string{
			"100 cannot record; boot; config",
			"107 show outoforder disk",
			"1050 reply 1: press could not be stored",
			"2050 reply 2: press could not be stored",
			"5107 record; boot; config; fault disk; fault display",
			"5114 show question",
			"5114 record; clear disk",
			"6050 record; tap 2 counted",
			"6057 reply 3: tap in 6 counted",
			"6057 show thanks",
			"8057 show question",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig()
			r.fails = c.fails
			r.start(faces())
			c.do(r)
			r.runTo(60_000)
			same(t, r.trace, c.want)
			if live, again := r.core.rules, rules.Rebuild(r.store, 7); live != again {
				t.Errorf("the rules remember\n%+v\nthe journal says\n%+v", live, again)
			}
			if r.core.Config() != 2 || r.core.Scene().Kind != screen.Question {
				t.Errorf("config %d, scene %s", r.core.Config(), r.core.Scene().Kind)
			}
			last := int64(0)
			for _, e := range r.store {
				if up := e.Head().Up; up < last {
					t.Errorf("event %d: up %d after %d", e.Head().Seq, up, last)
				} else {
					last = up
				}
			}
		})
	}
}

func TestNoConfigurationIsInForceBeforeItIsStored(t *testing.T) {
	r := newRig()
	r.fails = between(0, 1000)
	r.start(faces())
	r.runTo(1000)
	if got := r.core.Config(); got != 0 {
		t.Errorf("config %d", got)
	}
}

// The fault tells why, and when the write began that failed, and clear when the
// one that did not: a touch that was felt meanwhile keeps its own time.
func TestTouchesDuringAFailingCommitKeepTheirTime(t *testing.T) {
	r := newRig()
	r.start(faces())
	r.fails = between(1000, 1100)
	r.touch(1000, 0, "")
	r.runTo(1050)
	r.touch(1052, 1, "") // the commit of the first goes on until 1057
	r.touch(1105, 2, "") // and the commit of the second from 1102 to 1109
	r.runTo(20_000)
	if why := r.store[2].(*tap.FaultEvent).Why; why != errFull.Error() {
		t.Errorf("the fault says %q", why)
	}
	var got []string
	for _, e := range r.store[2:] {
		got = append(got, fmt.Sprintf("%d %s", e.Head().Up, describe(e)))
	}
	same(t, got, []string{"1050 fault disk", "1052 tap 1 counted", "1102 clear disk", "1105 undo 4 changed", "1105 tap 2 counted"})
}

// A new configuration that arrives while nothing can be written comes into
// force when it is stored.
func TestConfigurationComesIntoForceWhenStored(t *testing.T) {
	r := newRig()
	r.start(faces())
	r.fails = between(1000, 3000)
	r.touch(1000, 0, "")
	r.runTo(2000)
	r.carryOut(r.core.Handle(Note{r.at(2000), []tap.Event{&tap.ConfigEvent{Header: tap.Header{Kind: tap.KindConfig}}}}))
	if got := r.core.Config(); got != 2 {
		t.Errorf("config %d while the new one is not stored", got)
	}
	r.touch(10_000, 0, "")
	r.runTo(20_000)
	if got := r.core.Config(); got != 4 {
		t.Errorf("config %d, want 4", got)
	}
	if got := r.store[len(r.store)-1].(*tap.TapEvent).Config; got != 4 {
		t.Errorf("the tap names config %d, want 4", got)
	}
}
