package terminal

import (
	"testing"

	"sourire/device/tap"
)

func TestTestMode(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(*rig)
		want []string
	}{
		{"presses are thanked for, not asked about, and do not count", func(r *rig) {
			r.test(1000, true, "manager")
			r.touch(2000, 3, "")
			r.runTo(5000)
			r.test(9000, false, "manager")
			r.touch(10_000, 3, "")
			r.runTo(10_500)
		}, []string{
			"1000 record; test on manager",
			"1007 show test 900/900",
			"2050 record; tap 3 test",
			"2057 reply 1: tap in 4 test",
			"2057 show thanks",
			"4057 show test 900/900",
			"9000 record; test off manager",
			"9007 show question",
			"10050 record; tap 3 counted",
			"10057 reply 2: tap in 6 counted",
			"10057 show thanks",
		}},
		{"a follow-up that shows is over", func(r *rig) {
			r.touch(1000, 3, "")
			r.runTo(2500)
			r.test(2500, true, "office")
			r.touch(4000, 1, "")
			r.runTo(5000)
		}, append(vote(1000, 3),
			"2057 show followup 8/8",
			"2500 record; test on office",
			"2507 show test 900/900",
			"4050 record; tap 1 test",
			"4057 reply 2: tap in 5 test",
			"4057 show thanks",
		)},
		{"a press that was before it counts, one that was before its end does not", func(r *rig) {
			r.touch(1000, 3, "")
			r.test(1020, true, "manager")
			r.touch(9000, 3, "")
			r.test(9020, false, "manager")
			r.runTo(9100)
		}, []string{
			"1050 record; tap 3 counted; test on manager",
			"1057 reply 1: tap in 3 counted",
			"1057 show thanks",
			"3057 show test 900/900",
			"9050 record; tap 3 test; test off manager",
			"9057 reply 2: tap in 5 test",
			"9057 show thanks",
		}},
		{"a press right after it began answers no follow-up of before", func(r *rig) {
			r.touch(1000, 3, "")
			r.runTo(2500)
			r.test(2500, true, "manager")
			r.touch(2600, 0, "")
			r.runTo(2700)
		}, append(vote(1000, 3),
			"2057 show followup 8/8",
			"2500 record; test on manager",
			"2507 show test 900/900",
			"2650 record; tap 0 test",
			"2657 reply 2: tap in 5 test",
			"2657 show thanks",
		)},
		{"a press is judged by when it was felt, whatever began and ended since", func(r *rig) {
			r.test(1000, true, "manager")
			r.touch(2000, 3, "")
			r.test(2010, false, "manager")
			r.test(2020, true, "manager")
			r.runTo(2100)
			r.test(5000, true, "cleaning")
			r.settle(5020, 1, 4990)
			r.runTo(5100)
		}, []string{
			"1000 record; test on manager",
			"1007 show test 900/900",
			"2050 record; tap 3 test; test off manager; test on manager",
			"2057 reply 1: tap in 4 test",
			"2057 show thanks",
			"4057 show test 900/900",
			"5000 record; test on cleaning",
			"5007 show cleaning 60/60",
			"5040 record; tap 1 test",
			"5047 reply 2: tap in 8 test",
		}},
		{"what ends nothing is nothing, and nobody else begins it", func(r *rig) {
			r.test(1000, false, "manager")
			r.test(2000, true, "a child")
			r.runTo(3000)
		}, nil},
		{"a command leaves its event, also where it ends what the manager began, or nothing", func(r *rig) {
			r.command(1000, true, "a-1")
			r.runTo(2000)
			r.test(2000, true, "manager")
			r.command(3000, false, "a-2")
			r.runTo(4000)
			r.command(4000, false, "a-3")
			r.runTo(5000)
			r.touch(6000, 3, "")
			r.runTo(6100)
		}, []string{
			"1000 record; test on office for a-1",
			"1007 show test 900/900",
			"2000 record; test on manager",
			"3000 record; test off office for a-2",
			"3007 show question",
			"4000 record; test off office for a-3",
			"6050 record; tap 3 counted",
			"6057 reply 1: tap in 7 counted",
			"6057 show thanks",
		}},
		{"the latest one holds", func(r *rig) {
			r.test(1000, true, "manager")
			r.test(2000, true, "cleaning")
			r.test(3000, false, "manager")
			r.runTo(4000)
		}, []string{
			"1000 record; test on manager",
			"1007 show test 900/900",
			"2000 record; test on cleaning",
			"2007 show cleaning 60/60",
			"3000 record; test off cleaning",
			"3007 show question",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig()
			r.start(asking())
			c.do(r)
			same(t, r.trace[len(started):], c.want)
		})
	}
}

// A cloth is not thanked, and cleaning ends by itself.
func TestCleaning(t *testing.T) {
	r := newRig()
	r.start(asking())
	r.test(1000, true, "cleaning")
	r.touch(30_000, 0, "")
	r.touch(30_000, 1, "")
	r.runTo(70_000)
	same(t, r.trace[len(started):], []string{
		"1000 record; test on cleaning",
		"1007 show cleaning 60/60",
		"6000 show cleaning 55/60",
		"11000 show cleaning 50/60",
		"16000 show cleaning 45/60",
		"21000 show cleaning 40/60",
		"26000 show cleaning 35/60",
		"30050 record; tap 0 chord test; tap 1 chord test",
		"30057 reply 1: tap in 4 chord test",
		"30057 reply 2: tap in 5 chord test",
		"31000 show cleaning 30/60",
		"36000 show cleaning 25/60",
		"41000 show cleaning 20/60",
		"46000 show cleaning 15/60",
		"51000 show cleaning 10/60",
		"56000 show cleaning 5/60",
		"61000 record; test off cleaning",
		"61007 show question",
	})
}

func TestTestModeEndsByItself(t *testing.T) {
	r := newRig()
	r.start(faces())
	r.command(1000, true, "a-1")
	r.runTo(1_000_000)
	if n := len(r.trace); r.trace[n-2] != "901000 record; test off office" || r.trace[n-1] != "901007 show question" {
		t.Errorf("it ends with %q", r.trace[n-2:])
	}
	if shown := len(r.trace) - len(started) - 4; shown != 29 { // each half minute
		t.Errorf("%d scenes of 15 min", shown)
	}
}

// A start ends test mode, also one that it can only tell from the presses.
func TestTestModeEndsWithTheProcess(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(*rig)
		from int // of the events that the next start reads
		want string
	}{
		{"on", func(r *rig) { r.test(1000, true, "cleaning") }, 0, "record; boot; config; test off cleaning"},
		{"off again", func(r *rig) { r.test(1000, true, "cleaning"); r.test(2000, false, "cleaning") }, 0, "record; boot; config"},
		{"never", func(r *rig) { r.touch(1000, 1, "") }, 0, "record; boot; config"},
		{"its beginning is too far back", func(r *rig) {
			r.test(1000, true, "office")
			r.touch(2000, 1, "")
		}, 3, "record; boot; config; test off manager"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig()
			r.start(faces())
			c.do(r)
			r.runTo(3000)
			next := newRig()
			next.resume(faces(), Resume(append([]tap.Event{r.store[0]}, r.store[c.from:]...), "b"))
			next.touch(10_000, 0, "")
			next.runTo(10_100)
			same(t, next.trace[:3], []string{"100 " + c.want, "107 show question", "10050 record; tap 0 counted"})
		})
	}
}
