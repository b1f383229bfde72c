package terminal

import (
	"testing"

	"sourire/device/clock"
	"sourire/device/press"
)

func TestToWrite(t *testing.T) {
	const thanked = "1057 show thanks"
	survey := func(asked, staff bool) Survey {
		s := faces()
		if asked {
			s = asking()
		}
		s.Write, s.Staff = "https://x.example/{ref}?again={ref}", staff
		return s
	}
	for _, c := range []struct {
		name string
		of   Survey
		do   func(*rig)
		want []string
	}{
		{"after the thanks", survey(false, false), func(*rig) {}, []string{
			"1050 record; tap 3 counted",
			"1057 reply 1: tap in 3 counted",
			thanked,
			"3057 show write 20/20 https://x.example/ref1?again=ref1",
			"23057 show question",
		}},
		{"after the time of the follow-up", survey(true, false), func(*rig) {}, []string{
			"1050 record; tap 3 counted",
			"1057 reply 1: tap in 3 counted",
			thanked,
			"2057 show followup 8/8",
			"10057 show write 20/20 https://x.example/ref1?again=ref1",
			"30057 show question",
		}},
		{"after its answer, with a reference of its own", survey(true, false), func(r *rig) { r.touch(4000, 1, "") }, []string{
			"1050 record; tap 3 counted",
			"1057 reply 1: tap in 3 counted",
			thanked,
			"2057 show followup 8/8",
			"4050 record; reason welcome for 3",
			"4057 reply 2: reason in 4",
			"4057 show thanks welcome",
			"6057 show write 20/20 https://x.example/ref2?again=ref2",
			"26057 show question",
		}},
		{"the next customer does not wait for it", survey(false, false), func(r *rig) { r.touch(8000, 0, "") }, []string{
			"1050 record; tap 3 counted",
			"1057 reply 1: tap in 3 counted",
			thanked,
			"3057 show write 20/20 https://x.example/ref1?again=ref1",
			"8050 record; tap 0 counted",
			"8057 reply 2: tap in 4 counted",
			"8057 show thanks",
			"10057 show write 20/20 https://x.example/ref2?again=ref2",
			"30057 show question",
		}},
		{"who has done with it ends it, who has not goes on", survey(false, false), func(r *rig) {
			r.gesture(1500, press.End) // it is not asked yet
			r.gesture(20_000, press.More)
			r.gesture(39_000, press.End)
		}, []string{
			"1050 record; tap 3 counted",
			"1057 reply 1: tap in 3 counted",
			thanked,
			"3057 show write 20/20 https://x.example/ref1?again=ref1",
			"20000 show write 20/20 https://x.example/ref1?again=ref1",
			"39000 show question",
		}},
		{"staff are not asked to", survey(false, true), func(*rig) {}, []string{
			"1050 record; tap 3 counted",
			"1057 reply 1: tap in 3 counted",
			thanked,
			"3057 show question",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig()
			r.start(c.of)
			r.touch(1000, 3, "")
			c.do(r)
			r.runTo(r.up + 60_000)
			same(t, journey(r), c.want)
		})
	}
}

// Where nobody gives a reference, nothing is shown of it.
func TestNoReference(t *testing.T) {
	s := faces()
	s.Write = "https://x.example/{ref}"
	r := newRig()
	r.start(s)
	unasked := func(at clock.Reading) Input { return Invited{at, "unasked"} }
	r.tell(500, unasked)
	r.mute = true
	r.touch(1000, 3, "")
	r.tell(4000, unasked)
	r.runTo(60_000)
	same(t, r.trace[len(r.trace)-2:], []string{"1057 show thanks", "3057 show question"})
}
