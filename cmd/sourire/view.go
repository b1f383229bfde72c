package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"sourire/cmd/internal/datadir"
	"sourire/device/config"
	"sourire/device/manager"
	"sourire/device/pin"
	"sourire/device/tally"
	"sourire/device/tap"
)

// Rows that a page of the manager's view has room for.
const (
	rowsOnTouch   = 8
	rowsOnDisplay = 3
)

const sysfs = "/sys"

// setupOf is what the manager's view has to know of a box.
func setupOf(c config.Config) manager.Setup {
	s := manager.Setup{
		Buttons: c.Survey.Scale.Choices(), Touch: true, Rows: rowsOnTouch,
		Lang: c.Terminal.Languages[0], PIN: c.Manager.PIN != "",
	}
	if c.Board.Kind == config.BoardGPIO {
		s.Buttons, s.Touch, s.Rows = len(c.ButtonLines()), false, rowsOnDisplay
	}
	return s
}

// view answers what the manager's view on the box asks for.
type view struct {
	*box
	lock *pin.Lock // nil: there is no PIN
	sys  string    // where sysfs is
}

// CheckPIN reports whether a PIN is right; if not, how long it takes until the
// next one is looked at.
func (v *view) CheckPIN(digits string) (right bool, wait time.Duration) {
	if v.lock == nil {
		return false, 0
	}
	right, wait, err := v.lock.Check(digits)
	if err != nil {
		v.log.Error("the manager's pin could not be checked", "error", err)
	}
	if !right {
		v.log.Warn("wrong PIN on the box", "wait", wait)
	}
	return right, wait
}

// Pages are the manager's pages as they are now.
func (v *view) Pages() []manager.Page {
	v.results.settle(v.boot, v.clock.Anchor())
	now := v.clock.Now()
	setup := setupOf(v.config)
	survey := v.config.Event("")
	f := manager.Facts{
		Lang: setup.Lang, Rows: setup.Rows, Staff: v.config.Survey.Audience == "staff",
		Scale: survey.Scale, FollowUp: survey.FollowUp, Now: now.Wall, Clock: now.Quality, Health: v.health(v.sys),
	}
	if survey.Targets != nil {
		f.Targets = *survey.Targets
	}
	v.results.facts(&f)
	f.Alerts = v.alerts.open()
	return f.Pages()
}

// attend has a box's view answered for. It comes before the box runs.
func (b *box) attend(lock *pin.Lock) { b.loop.Desk = &view{b, lock, sysfs} }

// facts fills in what customers said.
func (r *results) facts(f *manager.Facts) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := f.Now
	if f.Staff {
		f.Block, _ = r.newestBlock(now)
		return
	}
	yesterday := now.AddDate(0, 0, -1)
	if f.Clock == tap.Unknown {
		f.Undated = r.clerk.Untimed()
		return
	}
	f.Today, f.Yesterday = r.clerk.Cell(now, now, now), r.clerk.Cell(yesterday, yesterday, now)
	f.Weekday, f.WeekdayBefore = r.clerk.Compare(now, now), r.clerk.Compare(yesterday, now)
	f.Month = r.clerk.Last(tally.FourWeeks, now)
	heat := r.clerk.Heat(4, now)
	for p := range f.Parts {
		f.Parts[p] = heat[0][p]
		for _, day := range heat[1:] {
			f.Parts[p] = f.Parts[p].Plus(day[p])
		}
	}
}

// health is how the box is; sys is where sysfs is.
func (b *box) health(sys string) manager.Health {
	counts := b.feed.Counts()
	last, _ := b.journal.Last()
	confirmed, _ := b.journal.Watermark()
	h := manager.Health{
		Stored: b.loop.Healthy() == nil, Waiting: last - min(last, confirmed),
		Connected: counts.Connected, Heard: counts.Contact, Software: version,
	}
	for _, f := range b.parts.failures() {
		h.Faults = append(h.Faults, manager.Fault{Part: f.part, How: string(f.what)})
	}
	if !h.Stored {
		h.Faults = append(h.Faults, manager.Fault{Part: "disk"})
	}
	if free, err := datadir.Free(b.config.Terminal.Data); err == nil {
		h.Free = free
	}
	h.Celsius, h.Measured = celsius(sys)
	return h
}

// celsius is the temperature of the processor, where the kernel measures it.
func celsius(sys string) (degrees int, ok bool) {
	text, err := os.ReadFile(filepath.Join(sys, "class/thermal/thermal_zone0/temp"))
	if err != nil {
		return 0, false
	}
	milli, err := strconv.Atoi(strings.TrimSpace(string(text)))
	return (milli + 500) / 1000, err == nil
}
