package manager

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sourire/device/screen"
)

func box(buttons int) Setup { return Setup{Buttons: buttons, Rows: 3, Lang: "en", PIN: true} }

var touch = Setup{Buttons: 11, Touch: true, Rows: 6, Lang: "en", PIN: true}

var some = []Page{
	{Title: "Today", Rows: []screen.Row{{Name: "Answers", Value: "41"}}},
	{Title: "Health", Rows: []screen.Row{{Name: "a"}, {Name: "b"}, {Name: "c"}, {Name: "d"}}},
	{Title: "Cleaning", Cleaning: true},
}

// user presses the key that says so.
type user struct {
	t  *testing.T
	v  *View
	up int64
}

func open(t *testing.T, s Setup) *user { return &user{t, Open(0, s), 0} }

func (u *user) press(label string) []Effect {
	u.t.Helper()
	u.up += 600
	keys := u.v.Scene(u.up).Pages.Keys
	at := slices.Index(keys, label)
	if at < 0 {
		u.t.Fatalf("no key says %q: %q", label, keys)
	}
	return u.v.Press(u.up, at)
}

func (u *user) pressAll(labels ...string) (all []Effect) {
	u.t.Helper()
	for _, l := range labels {
		all = append(all, u.press(l)...)
	}
	return all
}

func (u *user) shows(value string) {
	u.t.Helper()
	if got := u.v.Scene(u.up).Pages.Rows[0].Value; got != value {
		u.t.Fatalf("shows %q, want %q", got, value)
	}
}

func (u *user) does(got []Effect, want ...Effect) {
	u.t.Helper()
	if !reflect.DeepEqual(got, want) && len(got)+len(want) > 0 {
		u.t.Fatalf("effects %#v, want %#v", got, want)
	}
}

// leaves says that the view ends in a moment, and that nothing pressed until then
// is of any use.
func (u *user) leaves(got []Effect) {
	u.t.Helper()
	u.does(got)
	for i := range u.v.keys() {
		u.does(u.v.Press(u.up+200, i))
	}
	u.does(u.v.Tick(u.up + closingFor - 1))
	u.does(u.v.Tick(u.up+closingFor), Leave{})
	if !u.v.Closed() {
		u.t.Error("open after leaving")
	}
}

// inside is a user who looks at the pages.
func inside(t *testing.T, s Setup) *user {
	t.Helper()
	u := open(t, s)
	u.v.stage = checking
	u.does(u.v.Checked(u.up, true, 0), Refresh{})
	u.v.Fill(u.up, some)
	return u
}

func TestPINWithFourButtons(t *testing.T) {
	u := open(t, box(4))
	u.shows("_")
	u.pressAll("+", "+", "+", "+")
	u.shows("4")
	u.pressAll(">")
	u.shows("•_")
	u.pressAll("−", "−", "−", ">") // 7, from the other end
	u.pressAll("+", ">", "<")      // back to see it, and on again
	u.shows("••1")
	u.pressAll(">", "+")
	u.shows("•••1")
	u.does(u.press("OK"), CheckPIN{"4711"})
}

// It makes no difference whether the last digit was fixed before OK.
func TestOKTakesTheDigitThatShows(t *testing.T) {
	for _, end := range [][]string{{"OK"}, {">", "OK"}} {
		u := open(t, box(5))
		u.does(u.pressAll(append([]string{"+", ">", "+", "−"}, end...)...), CheckPIN{"10"})
	}
}

func TestPINWithTwoButtons(t *testing.T) {
	u := open(t, box(2))
	u.does(u.pressAll("+", ">", "+", "+", ">", "OK"), CheckPIN{"12"})
}

func TestPINOnTouch(t *testing.T) {
	u := open(t, touch)
	u.does(u.pressAll("4", "7", "0", "Erase", "1", "1", "OK"), CheckPIN{"4711"})
}

func TestNothingEnteredLeaves(t *testing.T) {
	for _, s := range []Setup{box(2), box(4), box(5)} {
		u := open(t, s)
		u.leaves(u.press("×"))
	}
	u := open(t, touch)
	u.leaves(u.press("Leave"))
}

func TestWrongPIN(t *testing.T) {
	u := open(t, box(4))
	u.pressAll("+", "OK")
	u.does(u.v.Checked(u.up, false, 0))
	rows := u.v.Scene(u.up).Pages.Rows
	if rows[0].Value != "_" || rows[1].Name != "Wrong PIN" {
		t.Errorf("rows %v", rows)
	}
	u.pressAll("+", "OK")
	u.does(u.v.Checked(u.up, false, 61*time.Second))
	if rows = u.v.Scene(u.up).Pages.Rows; rows[1].Name != "Wait" || rows[1].Value != "2\u00a0min" {
		t.Errorf("rows %v", rows)
	}
	if u.press("+"); len(u.v.Scene(u.up).Pages.Rows) != 1 {
		t.Error("the notice stays")
	}
}

// Whoever presses OK twice does not press what stands there after the answer.
func TestAPressMeansTheKeyThatWasSeen(t *testing.T) {
	u := open(t, box(4))
	u.pressAll("+", "OK")
	u.does(u.v.Press(u.up+50, 3))
	u.v.Checked(u.up+100, false, 0)
	u.does(u.v.Press(u.up+200, 3))
	u.up += 700
	u.leaves(u.v.Press(u.up, 3))

	u = open(t, box(4))
	u.pressAll("+", "OK")
	u.v.Checked(u.up+100, true, 0)
	u.v.Fill(u.up+100, some)
	u.does(u.v.Press(u.up+300, 3))
	u.up += 700
	u.leaves(u.v.Press(u.up, 3))
}

func TestPagesTurn(t *testing.T) {
	for _, s := range []Setup{box(2), box(4), box(5), touch} {
		u := inside(t, s)
		next, leave := ">", "×"
		if s.Touch {
			next, leave = "Next", "Leave"
		}
		var seen []string
		of := u.v.Scene(u.up).Pages.Of
		for range of {
			p := u.v.Scene(u.up).Pages
			if s.Rows > 0 && len(p.Rows) > s.Rows {
				t.Errorf("%d rows on a page", len(p.Rows))
			}
			seen = append(seen, p.Title)
			u.press(next)
		}
		want := "Today Health Health Cleaning"
		if s.Touch {
			want = "Today Health Cleaning"
		}
		if got := strings.Join(seen, " "); got != want || u.v.Scene(u.up).Pages.Number != 1 {
			t.Errorf("%+v: pages %q, want %q and round again", s, got, want)
		}
		u.leaves(u.press(leave))
	}
}

func TestCleaning(t *testing.T) {
	for _, s := range []Setup{box(2), box(4), box(5), touch} {
		u := inside(t, s)
		next, start := ">", "OK"
		if s.Touch {
			next, start = "Next", "Start"
		}
		for range u.v.Scene(u.up).Pages.Of - 1 {
			u.press(next)
		}
		u.does(u.press(start), Cleaning{}, Leave{})
	}
}

func TestLeavesByItself(t *testing.T) {
	u := inside(t, box(4))
	u.press(">")
	end := u.up + IdleFor
	u.does(u.v.Tick(end-1), Refresh{})
	u.does(u.v.Tick(end), Leave{ByItself: true})
	u.does(u.v.Press(end+1, 0))
	u.does(u.v.Tick(end + 1))
}

// What is left is counted down in steps of 5 s, and Wake names each of them.
func TestCountdown(t *testing.T) {
	v := Open(1000, box(4))
	var left []int
	for up := int64(1000); up < 60_000; up = v.Wake(up) {
		if len(v.Tick(up)) > 0 {
			if up != 31_000 {
				t.Errorf("left at %d", up)
			}
			break
		}
		left = append(left, v.Scene(up).Left)
	}
	if !slices.Equal(left, []int{30, 25, 20, 15, 10, 5}) {
		t.Errorf("left %v", left)
	}
}

func TestWithoutPIN(t *testing.T) {
	s := box(4)
	s.PIN = false
	u := open(t, s)
	if p := u.v.Scene(0).Pages; p.Rows[0].Name != "No PIN is set" {
		t.Errorf("shows %v", p)
	}
	u.does(u.v.Tick(shutFor), Leave{ByItself: true})
	u = open(t, s)
	u.leaves(u.press("×"))
}

// An answer that comes when nobody waits for it opens nothing.
func TestLateAnswers(t *testing.T) {
	u := open(t, box(4))
	u.does(u.v.Checked(0, true, 0))
	u.v.Fill(0, some)
	if u.v.Scene(0).Kind != screen.PIN {
		t.Error("open without a PIN")
	}
	u.leaves(u.press("×"))
	u.does(u.v.Checked(u.up, true, 0))
	u.v.Fill(u.up, some)
	if !u.v.Closed() {
		t.Error("open again")
	}
}

// Pages that change under the manager keep the one that shows.
func TestRefreshKeepsThePage(t *testing.T) {
	u := inside(t, box(4))
	u.press(">")
	u.v.Fill(u.up, some)
	if p := u.v.Scene(u.up).Pages; p.Number != 2 {
		t.Errorf("on page %d", p.Number)
	}
	u.v.Fill(u.up, some[:1])
	if p := u.v.Scene(u.up).Pages; p.Number != 1 || p.Of != 1 {
		t.Errorf("on page %d of %d", p.Number, p.Of)
	}
}

func TestEnterable(t *testing.T) {
	for pin, want := range map[string]bool{"4711": true, "0": true, "": false, "47a1": false, "1234567890123": false, "٤٧": false} {
		if Enterable(pin) != want {
			t.Errorf("%q: %t", pin, !want)
		}
	}
}
