package display

import (
	"errors"
	"time"

	"sourire/device/screen"
)

const (
	patience   = 30 * time.Second // with a driver's call; then it hangs
	pageEvery  = 4 * time.Second
	firstRetry = time.Second // doubling to
	lastRetry  = 15 * time.Second
	firstCalm  = 10 * time.Second // without an error until a fault is over; doubling with each fault to
	lastCalm   = 10 * time.Minute
	forgotten  = time.Hour // after a fault, it doubles no more
)

var errHung = errors.New("the driver hangs: switch the box off and on; if that does not help, check the display's wires")

// job is a call of the driver: show a page, on a fresh panel if asked.
type job struct {
	scene screen.Scene
	page  int
	fresh bool // close the panel, if there is one, and open it anew
}

// outcome is what became of a job.
type outcome struct {
	err   error
	pages int           // of the scene that was shown
	renew time.Duration // of the panel
}

// keeper decides what is done with a panel, and when. It is given the time and
// what happened; it has no clock and does nothing itself.
type keeper struct {
	random func() float64 // 0 up to 1, for the jitter of the retries

	scene screen.Scene // the latest; older ones that were not shown are lost
	known bool         // there was one
	shown bool         // the panel shows it
	page  int          // of it, to show or shown
	pages int
	turn  time.Time // when the page is turned; zero until it is shown

	open   bool // the panel is in order
	renew  time.Time
	busy   bool // a job is under way
	job    job
	began  time.Time
	hung   bool // it should have ended
	failed int  // jobs since the panel was in order for good
	retry  time.Time

	fault  error // reported and not over
	calm   time.Time
	faults int // that came one soon after the other
	over   time.Time
	news   []error // to report: a fault, or nil for the end of one
}

// want is that the panel should show a scene from now on.
func (k *keeper) want(s screen.Scene) {
	if k.known && k.scene.Equal(s) {
		return
	}
	if !k.known || !counted(k.scene, s) {
		k.page, k.turn = 0, time.Time{}
	}
	k.scene, k.known, k.shown = s, true, false
}

// counted reports whether b is the same scene as a, some seconds later: then the
// languages go on taking turns.
func counted(a, b screen.Scene) bool {
	a.Left = b.Left
	return a.Equal(b)
}

// next returns the job to begin now, if there is one. If not, it returns when
// to ask again, at the latest; the zero time is never.
func (k *keeper) next(now time.Time) (j job, begin bool, wake time.Time) {
	if k.busy {
		hangs := k.began.Add(patience)
		if k.hung {
			return job{}, false, time.Time{}
		}
		if now.Before(hangs) {
			return job{}, false, hangs
		}
		k.hung = true
		k.fail(now, errHung)
		return job{}, false, time.Time{}
	}
	if !k.known {
		return job{}, false, time.Time{}
	}
	if !k.open {
		return k.start(now, k.retry, true)
	}
	if k.fault != nil && !now.Before(k.calm) {
		k.fault, k.failed, k.over = nil, 0, now
		k.news = append(k.news, nil)
	}
	if k.pages > 1 && !k.turn.IsZero() && !now.Before(k.turn) {
		k.page, k.turn, k.shown = (k.page+1)%k.pages, time.Time{}, false
	}
	if !k.shown {
		return k.start(now, now, false)
	}
	if !now.Before(k.renew) {
		return k.start(now, now, true)
	}
	wake = k.renew
	if k.fault != nil && k.calm.Before(wake) {
		wake = k.calm
	}
	if k.pages > 1 && k.turn.Before(wake) {
		wake = k.turn
	}
	return job{}, false, wake
}

// start begins a job when it is time.
func (k *keeper) start(now, at time.Time, fresh bool) (job, bool, time.Time) {
	if now.Before(at) {
		return job{}, false, at
	}
	k.busy, k.began = true, now
	k.job = job{k.scene, k.page, fresh}
	return k.job, true, time.Time{}
}

// done is that the job under way has ended.
func (k *keeper) done(now time.Time, o outcome) {
	late := k.hung
	k.busy, k.hung = false, false
	if o.err == nil && late {
		o.err = errHung // and whoever hung once is not trusted further
	}
	if o.err != nil {
		k.open = false
		k.fail(now, o.err)
		return
	}
	if !k.open {
		k.open, k.calm = true, now.Add(doubled(firstCalm, k.faults-1, lastCalm))
	}
	if k.job.fresh {
		k.renew = now.Add(o.renew)
	}
	if !counted(k.job.scene, k.scene) {
		return
	}
	k.shown, k.pages = k.job.scene.Equal(k.scene) && k.job.page == k.page, o.pages
	if k.turn.IsZero() {
		k.turn = now.Add(pageEvery)
	}
}

func (k *keeper) fail(now time.Time, why error) {
	k.retry = now.Add(time.Duration((1 + k.random()) / 2 * float64(doubled(firstRetry, k.failed, lastRetry))))
	k.failed++
	if k.fault != nil {
		return
	}
	if now.Sub(k.over) > forgotten {
		k.faults = 0
	}
	k.faults++
	k.fault = why
	k.news = append(k.news, why)
}

// takeNews returns what is to be reported, once.
func (k *keeper) takeNews() []error {
	news := k.news
	k.news = nil
	return news
}

// doubled is d doubled n times, at most limit.
func doubled(d time.Duration, n int, limit time.Duration) time.Duration {
	for range n {
		if d *= 2; d >= limit {
			return limit
		}
	}
	return d
}
