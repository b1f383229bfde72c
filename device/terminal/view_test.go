package terminal

import (
	"testing"

	"sourire/device/manager"
	"sourire/device/press"
	"sourire/device/screen"
)

// guarded is a survey whose manager's view wants a PIN.
func guarded() Survey {
	s := faces()
	s.Manager = manager.Setup{Buttons: 4, Rows: 3, Lang: "en", PIN: true}
	return s
}

// calls is a rig whose manager's view was called at 4000: its PIN is 1.
func calls(s Survey) *rig {
	r := newRig()
	r.pin = "1"
	r.start(s)
	r.hold(4000)
	r.trace = nil
	return r
}

// A screen's gesture that ends what shows ends the view, at its PIN and on its
// pages, and the press after it is a customer's.
func TestTheViewIsEnded(t *testing.T) {
	for _, keys := range [][]int{nil, {1, 3}} {
		r := calls(guarded())
		for i, key := range keys {
			r.touch(5000+500*int64(i), key, "")
		}
		r.gesture(7000, press.End)
		r.runTo(8500)
		if got := r.core.Scene().Kind; got != screen.Question {
			t.Errorf("after %v it shows %s", keys, got)
		}
		r.trace = nil
		r.touch(9000, 0, "")
		r.runTo(9060)
		same(t, r.trace[:1], []string{"9050 record; tap 0 counted"})
	}
}

// Of the manager's presses none is a tap, and the press after them is a
// customer's.
func TestManagersView(t *testing.T) {
	r := calls(guarded())
	r.touch(5000, 1, "") // +
	r.touch(6000, 3, "") // OK
	r.touch(7000, 1, "") // >
	r.touch(8000, 3, "") // ×
	r.touch(8200, 3, "") // pressed twice
	r.touch(9400, 0, "")
	r.runTo(12_000)
	same(t, r.trace, []string{
		"5000 reply 1: ignored",
		"5000 show pin 30/30",
		"6000 reply 2: ignored",
		"6000 check 1",
		"6000 show pin 30/30",
		"6000 refresh",
		"6000 show manager 30/30",
		"6000 show manager 30/30",
		"7000 reply 3: ignored",
		"7000 show manager 30/30",
		"8000 reply 4: ignored",
		"8000 show manager",
		"8200 reply 5: ignored",
		"9000 show question",
		"9450 record; tap 0 counted",
		"9457 reply 6: tap in 3 counted",
		"9457 show thanks",
		"11457 show question",
	})
}

// Who goes away leaves the question to the next customer after 30 s. What is
// pressed a moment after that was aimed at what had been there.
func TestTheQuestionComesBack(t *testing.T) {
	r := calls(guarded())
	r.runTo(33_999)
	if r.shown.Kind != screen.PIN {
		t.Errorf("after 29.999 s: %s", r.shown.Kind)
	}
	r.runTo(34_000)
	if r.shown.Kind != screen.Question {
		t.Errorf("after 30 s: %s", r.shown.Kind)
	}
	r.touch(34_000+lateAnswer-1, 0, "")
	r.touch(34_000+lateAnswer, 1, "")
	r.runTo(40_000)
	if a, b := r.said[1][0].Answer, r.said[2][0].Answer; a.Kind != press.Ignored || b.Kind != press.Tap || !b.Counted {
		t.Errorf("answers %+v, %+v", a, b)
	}
}

// A press that was felt in the view and is told of after its end is none.
func TestALatePressOfTheView(t *testing.T) {
	r := calls(guarded())
	r.feel(33_990, 2)
	r.runTo(34_100)
	r.settle(34_100, 2, 33_990)
	if a := r.said[1][0].Answer; a.Kind != press.Ignored {
		t.Errorf("answer %+v", a)
	}
}

// A customer's press that was felt before the view opened is the customer's.
func TestAPressBeforeTheView(t *testing.T) {
	r := newRig()
	r.start(guarded())
	r.feel(3990, 1)
	r.hold(4000)
	r.settle(4002, 1, 3990)
	r.runTo(5000)
	if a := r.said[1][0].Answer; a.Kind != press.Tap || !a.Counted {
		t.Errorf("answer %+v", a)
	}
	if r.shown.Kind != screen.PIN {
		t.Errorf("shows %s", r.shown.Kind)
	}
}

func TestCleaningFromTheView(t *testing.T) {
	r := calls(guarded())
	for i, key := range []int{1, 3, 1, 2} { // +, OK, >, OK
		r.touch(int64(5000+1000*i), key, "")
	}
	r.touch(9000, 0, "")
	r.runTo(10_000)
	if a := r.said[5][0].Answer; r.shown.Kind != screen.Cleaning || a.Kind != press.Tap || a.Counted {
		t.Errorf("shows %s; a press: %+v", r.shown.Kind, a)
	}
	r.runTo(70_000)
	if r.shown.Kind != screen.Question {
		t.Errorf("after a minute: %s", r.shown.Kind)
	}
}

// The view opens also where presses cannot be stored: its page of health says
// why.
func TestTheViewWhileOutOfOrder(t *testing.T) {
	r := newRig()
	r.pin = "1"
	r.start(guarded())
	r.fails = func(int64) bool { return true }
	r.touch(1000, 0, "")
	r.runTo(3000)
	if r.shown.Kind != screen.OutOfOrder {
		t.Fatalf("shows %s", r.shown.Kind)
	}
	r.hold(4000)
	r.touch(5000, 1, "")
	r.touch(6000, 3, "")
	r.runTo(7000)
	if p := r.shown.Pages; p == nil || p.Title != "Today" {
		t.Fatalf("shows %+v", r.shown)
	}
	r.touch(8000, 3, "")
	r.runTo(10_000)
	if r.shown.Kind != screen.OutOfOrder {
		t.Errorf("after it: %s", r.shown.Kind)
	}
}

// A panel's touch says what it touched: the key of a view that has gone is not
// a face, and that of a PIN not that of a page.
func TestTouchesOfThePanel(t *testing.T) {
	s := guarded()
	s.Manager.Touch = true
	r := newRig()
	r.pin = "1"
	r.start(s)
	r.gesture(4000, press.Service)
	r.touchOn(5000, 0, screen.Manager) // "1"? no: it touched a page
	r.touchOn(5500, 12, screen.PIN)    // there is no such key
	r.touchOn(6000, 0, screen.PIN)     // "1"
	r.touchOn(7000, 11, screen.PIN)    // OK
	r.runTo(7500)
	if p := r.shown.Pages; p == nil || p.Title != "Today" {
		t.Fatalf("shows %+v", r.shown)
	}
	r.touchOn(8000, 3, screen.Manager)
	r.runTo(9500)
	r.touchOn(10_000, 0, screen.Manager)
	r.touchOn(11_000, 0, screen.Question)
	r.runTo(12_000)
	for ticket, want := range map[uint64]string{1: press.Ignored, 3: press.Ignored, 4: press.Ignored, 5: press.Ignored, 6: press.Ignored, 7: press.Tap} {
		if a := r.said[ticket][0].Answer; a.Kind != want {
			t.Errorf("touch %d: %+v, want %s", ticket, a, want)
		}
	}
	if err := r.said[2][0].Err; err == nil {
		t.Error("a key that is not there")
	}
}

// An answer of the desk to one view does not open another.
func TestAnAnswerToAViewThatHasGone(t *testing.T) {
	r := calls(guarded())
	r.touch(5000, 1, "")
	r.touch(6000, 3, "")
	late := r.answers
	r.answers = nil
	r.runTo(36_000)
	r.hold(40_000)
	r.touch(41_000, 1, "")
	r.touch(42_000, 1, "")
	r.touch(43_000, 3, "") // 2, which is wrong
	r.answers = late       // that 1 is right
	r.runTo(44_000)
	if r.shown.Kind != screen.PIN {
		t.Errorf("shows %s", r.shown.Kind)
	}
}
