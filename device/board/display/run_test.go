package display_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sourire/device/board/display"
	"sourire/device/board/display/displaytest"
	"sourire/device/screen"
)

var (
	question = screen.Scene{Kind: screen.Question, Languages: []string{"fr", "en"}}
	thanks   = screen.Scene{Kind: screen.Thanks, Languages: []string{"fr", "en"}}
)

// rig is a runner with a fake panel, in a bubble with its own time.
type rig struct {
	t      *testing.T
	panel  *displaytest.Panel
	scenes chan screen.Scene
	stop   func()
	ended  chan struct{}

	mu      sync.Mutex
	reports []error
}

func start(t *testing.T, panel *displaytest.Panel) *rig {
	ctx, cancel := context.WithCancel(context.Background())
	r := &rig{t: t, panel: panel, scenes: make(chan screen.Scene), stop: cancel, ended: make(chan struct{})}
	open := func() (display.Panel, error) { return panel, panel.Open() }
	go func() {
		defer close(r.ended)
		display.Run(ctx, open, r.scenes, func(why error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.reports = append(r.reports, why)
		})
	}()
	return r
}

func (r *rig) show(s screen.Scene) {
	r.scenes <- s
	synctest.Wait()
}

func (r *rig) end() {
	r.stop()
	<-r.ended
}

// after lets time pass.
func after(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func (r *rig) shows(want screen.Scene) {
	r.t.Helper()
	if got, _ := r.panel.Shown(); !got.Equal(want) {
		r.t.Errorf("the panel shows %q, want %q", got.Kind, want.Kind)
	}
}

// within lets time pass until the panel shows the scene.
func (r *rig) within(limit time.Duration, want screen.Scene) {
	r.t.Helper()
	for range limit / time.Millisecond {
		if got, _ := r.panel.Shown(); got.Equal(want) {
			return
		}
		after(time.Millisecond)
	}
	r.shows(want)
}

func (r *rig) takeReports() []error {
	r.mu.Lock()
	defer r.mu.Unlock()
	got := r.reports
	r.reports = nil
	return got
}

// reported compares the reports since the last call with the errors wanted.
func (r *rig) reported(want ...error) {
	r.t.Helper()
	got := r.takeReports()
	if len(got) != len(want) {
		r.t.Errorf("reported %v, want %v", got, want)
		return
	}
	for i := range want {
		if !errors.Is(got[i], want[i]) {
			r.t.Errorf("report %d is %v, want %v", i, got[i], want[i])
		}
	}
}

func TestRunShowsScenes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, &displaytest.Panel{})
		synctest.Wait()
		if opened, _, _ := r.panel.Counts(); opened != 0 {
			t.Errorf("opened %d times before there was a scene", opened)
		}
		r.show(question)
		r.shows(question)
		r.show(thanks)
		r.shows(thanks)
		r.show(thanks)
		if opened, _, shows := r.panel.Counts(); opened != 1 || shows != 2 {
			t.Errorf("opened %d times, drawn %d times, want 1 and 2", opened, shows)
		}
		r.end()
		r.shows(screen.Scene{Kind: screen.Starting, Languages: question.Languages})
		if _, open, _ := r.panel.Counts(); open != 0 {
			t.Errorf("%d panels left open", open)
		}
		r.reported()
	})
}

func TestRunEndsWithItsScenes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, &displaytest.Panel{})
		r.show(question)
		close(r.scenes)
		<-r.ended
		r.shows(screen.Scene{Kind: screen.Starting, Languages: question.Languages})
		r.stop()
	})
}

// Without a scene there is nothing to say goodbye to.
func TestRunNeverUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, &displaytest.Panel{})
		r.end()
		if opened, _, _ := r.panel.Counts(); opened != 0 {
			t.Errorf("opened %d times", opened)
		}
	})
}

// While a slow panel draws, scenes are taken at once; only the latest is drawn.
func TestRunLatestWins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, &displaytest.Panel{})
		release := r.panel.Hang()
		r.show(question)
		for range 100 {
			r.show(thanks)
			r.show(question)
		}
		r.show(thanks)
		release()
		synctest.Wait()
		r.shows(thanks)
		if _, _, shows := r.panel.Counts(); shows != 2 {
			t.Errorf("drawn %d times, want 2: the first and the latest", shows)
		}
		r.end()
		r.reported()
	})
}

// A cable that comes loose is one fault, and one end of it.
func TestRunUnplugged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, &displaytest.Panel{})
		r.show(question)
		r.panel.Unplug()
		r.show(thanks)
		r.reported(displaytest.ErrUnplugged)
		after(time.Hour)
		r.reported()
		opened, open, _ := r.panel.Counts()
		if opened < 240 || opened > 500 {
			t.Errorf("opened %d times in an hour, want every 7.5 to 15 s", opened)
		}
		if open != 0 {
			t.Errorf("%d panels left open", open)
		}
		r.panel.Plug()
		r.within(15*time.Second, thanks)
		r.reported()
		after(10 * time.Second)
		r.reported(nil)
		r.end()
	})
}

// The frame that failed is sent again, by a new driver.
func TestRunFailedFrameIsSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, &displaytest.Panel{})
		r.show(question)
		r.panel.Unplug()
		r.show(thanks)
		r.panel.Plug()
		after(time.Second)
		r.shows(thanks)
		if opened, open, _ := r.panel.Counts(); opened != 2 || open != 1 {
			t.Errorf("opened %d times, %d left open, want 2 and 1", opened, open)
		}
		r.end()
	})
}

// A loose contact does not fill the journal: its faults come ever more rarely.
func TestRunLooseContact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, &displaytest.Panel{})
		r.show(question)
		const hours = 24
		for i := range hours * 60 * 60 / 25 {
			r.panel.Unplug()
			if i%2 == 0 {
				r.show(thanks)
			} else {
				r.show(question)
			}
			r.panel.Plug()
			after(25 * time.Second)
		}
		if n := len(r.takeReports()); n > 2*hours || n == 0 {
			t.Errorf("%d reports in %d hours of a fault every 25 s", n, hours)
		}
		r.end()
	})
}

// A driver that hangs is a fault after 30 s, once; scenes are still taken, and
// no second goroutine hangs beside it. When it returns, all is as before.
func TestRunHungDriver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, &displaytest.Panel{})
		r.show(question)
		release := r.panel.Hang()
		r.show(thanks)
		before := runtime.NumGoroutine()
		after(30*time.Second - time.Millisecond)
		r.reported()
		after(time.Millisecond)
		if got := r.takeReports(); len(got) != 1 || !strings.Contains(got[0].Error(), "hangs") {
			t.Errorf("reported %v, want that the driver hangs", got)
		}
		for range 100 {
			r.show(question)
			r.show(thanks)
			after(time.Minute)
		}
		if now := runtime.NumGoroutine(); now > before {
			t.Errorf("%d goroutines, %d before", now, before)
		}
		r.reported()
		release()
		after(30 * time.Second) // to try again, and to be calm
		if opened, open, _ := r.panel.Counts(); opened != 2 || open != 1 {
			t.Errorf("opened %d times, %d left open: want a new driver", opened, open)
		}
		r.shows(thanks)
		r.reported(nil)
		r.end()
	})
}

// A box stops in time, whatever the driver does.
func TestRunStopsBesideAHungDriver(t *testing.T) {
	for _, since := range []time.Duration{0, time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			r := start(t, &displaytest.Panel{})
			release := r.panel.Hang()
			r.show(question)
			after(since)
			begun := time.Now()
			r.end()
			if took := time.Since(begun); took > 5*time.Second {
				t.Errorf("hanging for %v: stopped after %v", since, took)
			}
			release()
			synctest.Wait()
			if _, open, _ := r.panel.Counts(); open != 0 {
				t.Errorf("hanging for %v: %d panels left open", since, open)
			}
		})
	}
}

func TestRunDriverPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, &displaytest.Panel{})
		r.show(question)
		r.panel.Panic()
		r.show(thanks)
		if got := r.takeReports(); len(got) != 1 || !strings.Contains(got[0].Error(), "index out of range") {
			t.Errorf("reported %v, want the panic", got)
		}
		after(time.Second)
		r.shows(thanks)
		if _, open, _ := r.panel.Counts(); open != 1 {
			t.Errorf("%d panels open, want 1", open)
		}
		r.end()
	})
}

// A panel that lost its power alone says nothing; it comes back all the same.
func TestRunRenews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, &displaytest.Panel{RenewAfter: 5 * time.Minute})
		r.show(question)
		r.panel.Blank()
		after(5*time.Minute - time.Second)
		r.shows(screen.Scene{})
		after(time.Second)
		r.shows(question)
		if opened, open, _ := r.panel.Counts(); opened != 2 || open != 1 {
			t.Errorf("opened %d times, %d left open, want 2 and 1", opened, open)
		}
		r.end()
		r.reported()
	})
}

// Pages are turned while a scene stays; a new scene begins on its first.
func TestRunTurnsPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, &displaytest.Panel{PagesOf: func(s screen.Scene) int {
			if s.Kind == screen.Question {
				return 3
			}
			return 1
		}})
		r.show(question)
		for _, want := range []int{0, 1, 2, 0, 1} {
			if _, page := r.panel.Shown(); page != want {
				t.Errorf("page %d, want %d", page, want)
			}
			after(4 * time.Second)
		}
		r.show(thanks)
		_, _, before := r.panel.Counts()
		after(time.Minute)
		if _, _, shows := r.panel.Counts(); shows != before {
			t.Errorf("a single page was drawn %d times more", shows-before)
		}
		r.show(question)
		if _, page := r.panel.Shown(); page != 0 {
			t.Errorf("a new scene begins on page %d", page)
		}
		r.end()
	})
}

// A countdown is drawn, and keeps the languages from taking turns no more than a
// panel that is too slow for it does.
func TestRunTurnsPagesThroughACountdown(t *testing.T) {
	for _, takes := range []time.Duration{0, 1500 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			r := start(t, &displaytest.Panel{PagesOf: func(screen.Scene) int { return 2 }, Takes: takes})
			asked := screen.Scene{Kind: screen.FollowUp, Languages: question.Languages, Of: 20}
			drawn := map[int]int{}
			for asked.Left = 20; asked.Left > 0; asked.Left-- {
				r.show(asked)
				after(time.Second)
				_, page := r.panel.Shown()
				drawn[page]++
			}
			if drawn[0] < 6 || drawn[1] < 6 {
				t.Errorf("where a page takes %s, the two showed for %d and %d s of 20", takes, drawn[0], drawn[1])
			}
			r.within(2*time.Second, screen.Scene{Kind: screen.FollowUp, Languages: question.Languages, Of: 20, Left: 1})
			r.end()
		})
	}
}
