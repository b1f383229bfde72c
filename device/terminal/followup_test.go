package terminal

import (
	"slices"
	"strings"
	"testing"

	"sourire/device/press"
	"sourire/device/rules"
	"sourire/device/screen"
	"sourire/device/tap"
)

// journey is what became of a terminal, without the seconds of its countdowns
// but the first.
func journey(r *rig) []string {
	return slices.DeleteFunc(slices.Clone(r.trace[len(started):]), func(line string) bool {
		_, count, ok := strings.Cut(line, "show followup ")
		_, write, too := strings.Cut(line, "show write ")
		return ok && !strings.HasPrefix(count, "8/8") || too && !strings.HasPrefix(write, "20/20")
	})
}

func TestFollowUp(t *testing.T) {
	first := vote(1000, 3)
	asked := append(slices.Clone(first), "2057 show followup 8/8")
	for _, c := range []struct {
		name string
		do   func(*rig)
		want []string
	}{
		{"an answer is thanked for by what was understood", func(r *rig) {
			r.touch(5000, 0, "")
		}, append(slices.Clone(asked),
			"5050 record; reason waiting for 3",
			"5057 reply 2: reason in 4",
			"5057 show thanks waiting",
			"7057 show question",
		)},
		{"while thanks shows another button is a change of mind, and is asked about", func(r *rig) {
			r.touch(1500, 0, "")
			r.touch(5000, 1, "")
		}, append(slices.Clone(first),
			"1550 record; undo 3 changed; tap 0 counted",
			"1557 reply 2: tap in 5 counted",
			"2557 show followup 8/8",
			"5050 record; reason welcome for 5",
			"5057 reply 3: reason in 6",
			"5057 show thanks welcome",
			"7057 show question",
		)},
		{"the same button is a repeat, and looks no different", func(r *rig) {
			r.touch(1500, 3, "")
			r.touch(5000, 1, "")
		}, append(slices.Clone(first),
			"1550 record; tap 3 repeat",
			"1557 reply 2: tap in 4 repeat",
			"2557 show followup 8/8",
			"5050 record; reason welcome for 3",
			"5057 reply 3: reason in 5",
			"5057 show thanks welcome",
			"7057 show question",
		)},
		{"a button without an answer is nothing", func(r *rig) {
			r.touch(5000, 3, "")
			r.touch(6000, 2, "")
		}, append(slices.Clone(asked),
			"5050 reply 2: ignored",
			"6050 record; reason price for 3",
			"6057 reply 3: reason in 4",
			"6057 show thanks price",
			"8057 show question",
		)},
		{"several at once are no answer, and are asked again", func(r *rig) {
			r.touch(5000, 0, "")
			r.touch(5010, 1, "")
		}, append(slices.Clone(asked),
			"5050 record; tap 0 chord repeat; tap 1 chord repeat",
			"5057 reply 2: tap in 4 chord repeat",
			"5057 reply 3: tap in 5 chord repeat",
			"5057 show thanks",
			"6057 show followup 8/8",
			"14057 show question",
		)},
		{"a second tap on an answer is no vote", func(r *rig) {
			r.touch(7000, 0, "")
			r.touch(7300, 0, "")
		}, append(slices.Clone(asked),
			"7050 record; reason waiting for 3",
			"7057 reply 2: reason in 4",
			"7057 show thanks waiting",
			"7350 record; tap 0 repeat",
			"7357 reply 3: tap in 5 repeat",
			"7357 show thanks",
			"9357 show question",
		)},
		{"a moment after its time an answer is still one", func(r *rig) {
			r.touch(10_300, 0, "")
		}, append(slices.Clone(asked),
			"10057 show question",
			"10350 record; reason waiting for 3",
			"10357 reply 2: reason in 4",
			"10357 show thanks waiting",
			"12357 show question",
		)},
		{"then a press is the next customer's", func(r *rig) {
			r.touch(10_357, 0, "")
			r.gesture(11_700, press.End)
		}, append(slices.Clone(asked),
			"10057 show question",
			"10407 record; tap 0 counted",
			"10414 reply 2: tap in 4 counted",
			"10414 show thanks",
			"11414 show followup 8/8",
			"11700 show question",
		)},
		{"a touch of a label is no vote once the label has gone", func(r *rig) {
			r.touchOn(10_357, 0, screen.FollowUp)
		}, append(slices.Clone(asked),
			"10057 show question",
			"10357 reply 2: ignored",
		)},
		{"a touch of the question is no answer, though it is asked by now", func(r *rig) {
			r.touchOn(2060, 0, screen.Question)
		}, append(slices.Clone(asked),
			"2110 record; undo 3 changed; tap 0 counted",
			"2117 reply 2: tap in 5 counted",
			"2117 show thanks",
			"3117 show followup 8/8",
			"11117 show question",
		)},
		{"who needs more time has it", func(r *rig) {
			for up := int64(9000); up < 40_000; up += 7900 {
				r.gesture(up, press.More)
			}
		}, append(slices.Clone(asked),
			"9000 show followup 8/8",
			"16900 show followup 8/8",
			"24800 show followup 8/8",
			"32700 show followup 8/8",
			"40700 show question",
		)},
		{"an answer and the touch that ends it are an answer", func(r *rig) {
			r.touch(5000, 0, "")
			r.gesture(5010, press.End)
		}, append(slices.Clone(asked),
			"5050 record; reason waiting for 3",
			"5057 reply 2: reason in 4",
			"5057 show thanks waiting",
			"7057 show question",
		)},
		{"an answer that cannot be stored is refused; the vote was", func(r *rig) {
			r.runTo(4000)
			r.fails = between(4000, 6000)
			r.touch(5000, 0, "")
		}, append(slices.Clone(asked),
			"5050 cannot record; reason waiting for 3",
			"5057 reply 2: press could not be stored",
			"5057 show outoforder disk",
			"10057 record; fault disk",
			"10064 show question",
			"10064 record; clear disk",
		)},
		{"a failure of something else does not make a vote of it", func(r *rig) {
			r.runTo(4000)
			r.fails = between(4000, 5005)
			r.note(5000, "display")
			r.settle(5020, 0, 5003)
		}, append(slices.Clone(asked),
			"5000 cannot record; fault display",
			"5007 show outoforder disk",
			"5053 record; fault display; fault disk; reason waiting for 3",
			"5060 reply 2: reason in 6",
			"5060 show thanks waiting",
			"5060 record; clear disk",
			"7060 show question",
		)},
		{"who holds the outer buttons is not asked", func(r *rig) {
			r.hold(4000, Touch{Reading: r.at(1000), Button: 3})
		}, append(slices.Clone(asked),
			"4000 service",
			"4000 record; undo 3 service",
			"4007 show manager 10/10",
			"9000 show manager 5/10",
			"14000 show question",
		)},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig()
			r.start(asking())
			r.touch(1000, 3, "")
			c.do(r)
			r.runTo(r.up + 60_000)
			same(t, journey(r), c.want)
		})
	}
}

func TestTheCountdown(t *testing.T) {
	r := newRig()
	r.start(asking())
	r.touch(1000, 3, "")
	r.runTo(60_000)
	want := []string{"1057 show thanks", "2057 show followup 8/8", "3057 show followup 7/8", "4057 show followup 6/8", "5057 show followup 5/8",
		"6057 show followup 4/8", "7057 show followup 3/8", "8057 show followup 2/8", "9057 show followup 1/8", "10057 show question"}
	same(t, r.trace[4:], want)
}

// A touch screen may have more answers than there are faces.
func TestAnswersBeyondTheFaces(t *testing.T) {
	s := asking()
	for _, id := range []string{"choice", "clean", "stock"} {
		s.Config.FollowUp.Answers = append(s.Config.FollowUp.Answers, tap.Reason{ID: id})
	}
	r := newRig()
	r.start(s)
	r.touch(500, 5, "")
	r.touch(1000, 3, "")
	r.touch(3000, 5, "") // two keys at once, one of them beyond the faces
	r.touch(3010, 1, "")
	r.touch(4000, 5, "")
	r.touch(4080, 4, "") // a moment after the answer
	r.runTo(60_000)
	same(t, journey(r), []string{
		"500 reply 1: no such button",
		"1050 record; tap 3 counted",
		"1057 reply 2: tap in 3 counted",
		"1057 show thanks",
		"2057 show followup 8/8",
		"3050 reply 3: ignored",
		"3050 reply 4: ignored",
		"4050 record; reason stock for 3",
		"4057 reply 5: reason in 4",
		"4057 show thanks stock",
		"4080 reply 6: no such button",
		"6057 show question",
	})
}

// Whatever the rules make of it, an answer beyond the faces is no choice.
func TestAnAnswerIsNoChoice(t *testing.T) {
	s := asking()
	s.Config.FollowUp.Answers = make([]tap.Reason, 6)
	r := newRig()
	r.start(s)
	r.touch(1000, 3, "")
	r.runTo(4000)
	r.core.rules = rules.State{}
	r.touch(4000, 5, "")
	r.runTo(4100)
	if told := answer(r.said[2][0]); told != "ignored" || r.seq != 3 {
		t.Errorf("it was told %q, and there are %d events", told, r.seq)
	}
}

// The stages end, however often they are given more time.
func TestMoreTimeIsNotForEver(t *testing.T) {
	r := newRig()
	r.start(asking())
	r.touch(1000, 3, "")
	for up := int64(3000); up < 300_000; up += 1000 {
		r.gesture(up, press.More)
	}
	last := r.trace[len(r.trace)-1]
	same(t, []string{last}, []string{"30000 show question"})
}

func TestNobodyIsAskedTwiceAboutOneTap(t *testing.T) {
	r := newRig()
	r.start(asking())
	r.touch(1000, 3, "")
	r.touch(20_000, 0, "")
	r.touch(20_000, 3, "")
	r.runTo(60_000)
	same(t, journey(r)[4:], []string{
		"10057 show question",
		"20050 record; tap 0 chord; tap 3 chord",
		"20057 reply 2: tap in 4 chord",
		"20057 reply 3: tap in 5 chord",
		"20057 show thanks",
		"22057 show question",
	})
}
