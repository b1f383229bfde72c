// Package manager is the manager's view on the box: a PIN that is entered with
// the box's own buttons, then pages to turn, and a minute of cleaning.
//
// A [View] takes presses and answers with the time at which they came, in ms of
// CLOCK_BOOTTIME, and returns effects. It has no clock and does no I/O: whoever
// opens it checks the PIN and makes the pages.
package manager

import (
	"time"

	"sourire/assets"
	"sourire/device/screen"
)

const (
	// IdleFor is how long, in ms, a view stays without a press.
	IdleFor    = 30_000
	closingFor = 1_000  // ms for which a view that was left takes what is pressed twice
	newKeys    = 500    // ms in which a press is still of the keys that were there before
	shutFor    = 10_000 // ms for which a box without a PIN says so
	freshFor   = 10_000 // ms between pages that are asked for
	countdown  = 5_000  // ms; what is left is shown in such steps: slow displays follow
	toSeconds  = 1_000  // ms
)

// MostDigits is how many a PIN has, to be entered on a box.
const MostDigits = 12

// Setup is what a view has to know of its box.
type Setup struct {
	Buttons int    // how many there are
	Touch   bool   // keys are drawn where they are touched: there may be as many as it takes
	Rows    int    // how many of them a page has room for
	Lang    string // the manager's
	PIN     bool   // there is one; without it nobody gets in
}

// Page is something to look at.
type Page struct {
	Title    string
	Rows     []screen.Row
	Cleaning bool // its key begins a minute of cleaning
}

// Effect is something to do for a view.
type Effect interface{ effect() }

// CheckPIN asks for [View.Checked].
type CheckPIN struct{ Digits string }

// Refresh asks for [View.Fill].
type Refresh struct{}

// Cleaning begins a minute of it. A [Leave] follows.
type Cleaning struct{}

// Leave says that the view has closed: by itself, or a moment after a press,
// which may come twice.
type Leave struct{ ByItself bool }

func (CheckPIN) effect() {}
func (Refresh) effect()  {}
func (Cleaning) effect() {}
func (Leave) effect()    {}

type stage int

const (
	entering stage = iota
	checking
	waiting // for the first pages
	reading
	shut    // there is no PIN
	closing // a press has ended it
	closed
)

// View is the manager's view from the gesture that opens it to its end. Make
// one with [Open].
type View struct {
	setup  Setup
	opened int64
	until  int64 // it leaves by itself
	asked  int64 // when pages were asked for, or came, the last time
	keyed  int64 // when presses are of the keys that show: those may have changed by themselves
	stage  stage
	entry  entry
	notice screen.Row // beside the entry: that the PIN was wrong
	pages  []Page
	at     int // index of the page that shows
}

// Open is a view that was asked for at a time.
func Open(up int64, s Setup) *View {
	v := &View{setup: s, opened: up, until: up + IdleFor, entry: entry{setup: s}}
	if !s.PIN {
		v.stage, v.until = shut, up+shutFor
	}
	return v
}

// Opened is when it was: what is asked for one view must not answer another.
func (v *View) Opened() int64 { return v.opened }

// Closed reports whether the view has left.
func (v *View) Closed() bool { return v.stage == closed }

// Until is when it leaves by itself, if nobody presses.
func (v *View) Until() int64 { return v.until }

// Press is a key that went down, 0 the one on the left. One that does nothing
// keeps the view open all the same.
func (v *View) Press(up int64, key int) []Effect {
	if key < 0 || key >= len(v.keys()) || v.stage >= closing {
		return nil
	}
	if v.stage == shut {
		return v.close(up)
	}
	v.until = max(v.until, up+IdleFor)
	switch {
	case up < v.keyed:
	case v.stage == entering:
		return v.enter(up, key)
	case v.stage == reading:
		return v.turn(up, key)
	}
	return nil
}

// End closes the view, whatever it shows.
func (v *View) End(up int64) []Effect {
	if v.stage >= closing {
		return nil
	}
	return v.close(up)
}

// Checked says whether the PIN was right; if it was not, how long it takes
// until the next one is looked at.
func (v *View) Checked(up int64, right bool, wait time.Duration) []Effect {
	if v.stage != checking {
		return nil
	}
	if right {
		v.stage, v.asked = waiting, up
		return []Effect{Refresh{}}
	}
	v.stage, v.keyed = entering, up+newKeys
	v.notice = screen.Row{Name: v.text("box.wrong")}
	if wait > 0 {
		v.notice = screen.Row{Name: v.text("box.wait"), Value: v.duration(wait)}
	}
	return nil
}

// Fill puts in the pages as they are now: at least one.
func (v *View) Fill(up int64, pages []Page) {
	switch {
	case len(pages) == 0:
		return
	case v.stage == waiting:
		v.stage, v.keyed = reading, up+newKeys
	case v.stage != reading:
		return
	}
	v.asked, v.pages = up, split(pages, v.setup.Rows)
	v.at = min(v.at, len(v.pages)-1)
}

// Tick is the moment that [View.Wake] asked for.
func (v *View) Tick(up int64) []Effect {
	switch {
	case v.stage == closed:
		return nil
	case up >= v.until:
		return v.leave(v.stage != closing)
	case v.stage == reading && up >= v.asked+freshFor:
		v.asked = up
		return []Effect{Refresh{}}
	}
	return nil
}

// Wake is the next moment at which something happens by itself.
func (v *View) Wake(up int64) int64 {
	next := v.until
	if step := v.until - (v.leftAt(up)-countdown/toSeconds)*toSeconds; step > up {
		next = min(next, step)
	}
	if v.stage == reading {
		next = min(next, v.asked+freshFor)
	}
	return next
}

// Scene is what shows at a time.
func (v *View) Scene(up int64) screen.Scene {
	s := screen.Scene{Kind: screen.Manager, Languages: []string{v.setup.Lang}, Left: int(v.leftAt(up)), Of: IdleFor / toSeconds}
	p := &screen.PageShown{Lang: v.setup.Lang, Number: 1, Of: 1, Keys: v.keys()}
	s.Pages = p
	switch v.stage {
	case entering, checking:
		s.Kind = screen.PIN
		p.Title = v.text("box.pin")
		p.Rows = v.entry.rows()
		if v.stage == checking {
			p.Rows = []screen.Row{{Name: v.text("starting")}}
		} else if v.notice.Name != "" {
			p.Rows = append(p.Rows, v.notice)
		}
	case waiting:
		p.Title = v.text("starting")
	case shut:
		s.Of = shutFor / toSeconds
		p.Title = v.text("box.title")
		p.Rows = []screen.Row{{Name: v.text("box.shut")}, {Name: "manager.pin"}}
	case closing:
		s.Left, s.Of = 0, 0
		p.Title = v.text("box.closing")
	case reading:
		p.Title, p.Rows = v.pages[v.at].Title, v.pages[v.at].Rows
		p.Number, p.Of = v.at+1, len(v.pages)
	}
	return s
}

// leftAt is how many seconds are left, in steps.
func (v *View) leftAt(up int64) int64 {
	steps := (v.until - up + countdown - 1) / countdown
	return max(0, steps*countdown/toSeconds)
}

func (v *View) enter(up int64, key int) []Effect {
	v.notice = screen.Row{}
	switch v.entry.press(key) {
	case submitted:
		digits := v.entry.digits()
		v.entry.clear()
		v.stage = checking
		return []Effect{CheckPIN{digits}}
	case abandoned:
		return v.close(up)
	}
	return nil
}

// close ends the view in a moment: what is pressed until then is nothing.
func (v *View) close(up int64) []Effect {
	v.stage, v.until = closing, up+closingFor
	return nil
}

func (v *View) leave(byItself bool) []Effect {
	v.stage, v.entry, v.pages = closed, entry{}, nil
	return []Effect{Leave{byItself}}
}

func (v *View) keys() []string {
	switch v.stage {
	case entering:
		return v.entry.keys()
	case reading:
		return v.labels()
	case closed:
		return nil
	}
	keys := make([]string, v.setup.keys())
	if v.stage == shut {
		keys[len(keys)-1] = v.setup.label(leaveKey)
	}
	return keys
}

func (v *View) text(key string) string { return assets.Text(v.setup.Lang, key) }

// duration is a time to wait, in words.
func (v *View) duration(d time.Duration) string {
	if s := int((d + time.Second - 1) / time.Second); s < 60 {
		return assets.Textf(v.setup.Lang, "box.seconds", s)
	}
	return assets.Textf(v.setup.Lang, "box.minutes", int((d+time.Minute-1)/time.Minute))
}
