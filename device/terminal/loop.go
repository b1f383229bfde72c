package terminal

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"time"

	"sourire/device/clock"
	"sourire/device/manager"
	"sourire/device/press"
	"sourire/device/screen"
	"sourire/device/tap"
)

// Recorder makes events durable and sets their Seq; when it returns an error
// none of them is stored.
type Recorder interface {
	Append(events ...tap.Event) error
}

// Clock is where a loop reads the time.
type Clock interface {
	Now() clock.Reading
}

// Desk is who knows the manager's PIN and what the manager's pages say. It is
// asked from any goroutine, and may take its time.
type Desk interface {
	CheckPIN(digits string) (right bool, wait time.Duration)
	Pages() []manager.Page
}

// ErrStopped is returned to a press that comes after the loop has ended.
var ErrStopped = errors.New("terminal has stopped")

// queueLength is enough for all that some hundred presses tell, while a commit
// hangs.
const queueLength = 1024

// Loop runs a [Terminal]: one goroutine that feeds it inputs and carries out
// its effects. Its other methods may be called from any goroutine.
type Loop struct {
	// Answered is told what became of each press: nil, or why it was refused.
	// It is called by Run, must not block, and is set before.
	Answered func(error)
	// Reference is where the QR codes get theirs: random, and never the same
	// twice. It is crypto/rand's text of 128 bits where nothing else is set before
	// Run.
	Reference func() string
	// Desk answers for the manager's view. It is set before Run; without one no
	// PIN is right.
	Desk Desk

	core     *Terminal
	first    []Effect
	recorder Recorder
	clock    Clock
	log      *slog.Logger

	inputs  chan Input
	pings   chan struct{}
	stopped chan struct{}
	timer   *time.Timer
	asked   sync.WaitGroup // the desk

	mu      sync.Mutex
	tickets uint64
	waiting map[uint64]chan Reply
	scene   screen.Scene
	changed chan struct{} // closed when the scene changes
	config  uint64
	broken  error
}

// NewLoop makes the loop of a terminal that starts now.
func NewLoop(s Survey, r Resumed, boot tap.BootEvent, rec Recorder, c Clock, log *slog.Logger, faults ...tap.Event) *Loop {
	core, first := New(c.Now(), s, r, boot, faults...)
	return &Loop{
		Reference: rand.Text,
		core:      core, first: first, recorder: rec, clock: c, log: log,
		inputs: make(chan Input, queueLength), pings: make(chan struct{}), stopped: make(chan struct{}),
		waiting: map[uint64]chan Reply{}, scene: core.Scene(), changed: make(chan struct{}),
	}
}

// Run handles inputs until ctx ends. What was felt and noted by then is still
// decided, recorded and answered, within a second and a commit.
func (l *Loop) Run(ctx context.Context) {
	defer l.asked.Wait()
	defer close(l.stopped)
	l.timer = time.NewTimer(time.Hour)
	defer l.timer.Stop()
	l.carryOut(l.first)
	for ctx.Err() == nil {
		select {
		case in := <-l.inputs:
			l.carryOut(l.core.Handle(in))
		case <-l.timer.C:
			l.tick()
		case <-l.pings:
		case <-ctx.Done():
		}
	}
	l.finish()
}

// tick handles the moment that was asked for; before it, what was felt before
// it: however long a commit took, the buttons of a chord are decided together.
func (l *Loop) tick() {
	select {
	case in := <-l.inputs:
		l.carryOut(l.core.Handle(in))
		l.timer.Reset(0)
	default:
		l.carryOut(l.core.Handle(Tick{l.clock.Now()}))
	}
}

// finish handles what is queued and waits for the press under way, but not
// long: a journal that hangs must not keep the box from stopping.
func (l *Loop) finish() {
	grace, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	for grace.Err() == nil && (l.core.unfinished() || len(l.inputs) > 0 || l.anyoneWaits()) {
		select {
		case in := <-l.inputs:
			l.carryOut(l.core.Handle(in))
		case <-l.timer.C:
			l.tick()
		case <-grace.Done():
		}
	}
}

func (l *Loop) anyoneWaits() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting) > 0
}

func (l *Loop) carryOut(effects []Effect) {
	for _, e := range effects {
		switch e := e.(type) {
		case Record:
			l.record(e)
		case Again:
			l.carryOut(l.core.Handle(e.Input))
		case Wake:
			l.timer.Reset(time.Duration(max(0, e.Up-l.clock.Now().Up)) * time.Millisecond)
		case Show:
			l.show(e.Scene)
		case Reply:
			l.reply(e)
			l.answered(e)
		case Invite:
			l.carryOut(l.core.Handle(Invited{l.clock.Now(), l.Reference()}))
		case Service:
			l.log.Info("the manager's view was asked for")
		case CheckPIN:
			l.ask(func() {
				right, wait := l.Desk.CheckPIN(e.Digits)
				l.Do(Checked{l.clock.Now(), e.View, right, wait})
			})
		case Refresh:
			l.ask(func() { l.Do(Filled{l.clock.Now(), e.View, l.Desk.Pages()}) })
		}
	}
}

// ask asks the desk, which may take its time.
func (l *Loop) ask(question func()) {
	if l.Desk != nil {
		l.asked.Go(question)
	}
}

func (l *Loop) record(r Record) {
	err := l.recorder.Append(r.Events...)
	var effects []Effect
	if err != nil {
		effects = l.core.Handle(Failed{l.clock.Now(), err})
	} else {
		effects = l.core.Handle(Stored{l.clock.Now()})
	}
	l.mu.Lock()
	changed := (l.broken == nil) != (err == nil)
	l.broken, l.config = err, l.core.Config()
	l.mu.Unlock()
	if changed && err != nil {
		l.log.Error("out of order: presses cannot be stored", "error", err)
	} else if changed {
		l.log.Info("in order again: presses are stored")
	}
	l.carryOut(effects)
}

func (l *Loop) reply(r Reply) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if to := l.waiting[r.Ticket]; to != nil {
		delete(l.waiting, r.Ticket)
		to <- r
	}
}

// answered tells of a press that was decided. One that was ignored, the bounce
// of another, is no press.
func (l *Loop) answered(r Reply) {
	if l.Answered != nil && (r.Err != nil || r.Answer.Kind != press.Ignored) {
		l.Answered(r.Err)
	}
}
