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

func (l *Loop) show(s screen.Scene) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.scene = s
	close(l.changed)
	l.changed = make(chan struct{})
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

// Press is a button going down on a panel, 0 the worst or the first answer,
// while it showed a scene (empty: whatever is shown now). It returns when the
// press was decided and committed, or refused: [press.ErrNoButton],
// [press.ErrNotStored], [ErrStopped]. A press that was felt is recorded even
// where ctx ends before.
func (l *Loop) Press(ctx context.Context, button int, lang string, on screen.Kind) (press.Answer, error) {
	to := make(chan Reply, 1)
	l.mu.Lock()
	l.tickets++
	ticket := l.tickets
	l.waiting[ticket] = to
	l.mu.Unlock()
	select {
	case l.inputs <- Touch{Reading: l.clock.Now(), Button: button, Lang: lang, Ticket: ticket, On: on}:
	case <-ctx.Done():
		l.forget(ticket)
		return press.Answer{}, ctx.Err()
	case <-l.stopped:
		l.forget(ticket)
		return press.Answer{}, ErrStopped
	}
	select {
	case r := <-to:
		return r.Answer, r.Err
	case <-ctx.Done():
		l.forget(ticket)
		return press.Answer{}, ctx.Err()
	case <-l.stopped:
		select {
		case r := <-to:
			return r.Answer, r.Err
		default:
			l.forget(ticket)
			return press.Answer{}, ErrStopped
		}
	}
}

// Gesture is a touch of a panel that answers nothing. What comes of it is
// shown.
func (l *Loop) Gesture(ctx context.Context, g press.Gesture) error {
	select {
	case l.inputs <- Gesture{l.clock.Now(), g}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-l.stopped:
		return ErrStopped
	}
}

func (l *Loop) forget(ticket uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.waiting, ticket)
}

// Do hands in what the hardware of the box has to tell. It does not wait for
// what becomes of it.
func (l *Loop) Do(in Input) {
	select {
	case l.inputs <- in:
	case <-l.stopped:
	}
}

// At is the reading of the clocks at a moment of late, up in CLOCK_BOOTTIME.
func (l *Loop) At(up int64) clock.Reading {
	r := l.clock.Now()
	r.Wall = r.Wall.Add(time.Duration(up-r.Up) * time.Millisecond)
	r.Up = up
	return r
}

// Note has events written that are not presses. It does not wait for them.
func (l *Loop) Note(events ...tap.Event) { l.Do(Note{l.clock.Now(), events}) }

// Test begins or ends test mode, or cleaning, by manager, office or cleaning. It
// ends by itself.
func (l *Loop) Test(on bool, by string) { l.Do(Test{l.clock.Now(), on, by}) }

// Healthy is nil while presses commit, and why they do not otherwise.
func (l *Loop) Healthy() error {
	select {
	case <-l.stopped:
		return ErrStopped
	default:
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.broken
}

// Ping returns when the loop has come round: not before it runs, and not while
// a commit hangs. It returns [ErrStopped] when the loop has ended.
func (l *Loop) Ping(ctx context.Context) error {
	select {
	case l.pings <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-l.stopped:
		return ErrStopped
	}
}

// Config is the seq of the configuration in force; 0 before it is stored.
func (l *Loop) Config() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.config
}

// Scene is what the display shows now.
func (l *Loop) Scene() screen.Scene {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.scene
}

// Watch sends the scene now and each that follows; one that nobody took is
// replaced by the next. The channel is closed when ctx or the loop ends.
func (l *Loop) Watch(ctx context.Context) <-chan screen.Scene {
	out := make(chan screen.Scene)
	go func() {
		defer close(out)
		for {
			l.mu.Lock()
			scene, changed := l.scene, l.changed
			l.mu.Unlock()
			select {
			case out <- scene:
				select {
				case <-changed:
				case <-ctx.Done():
					return
				case <-l.stopped:
					return
				}
			case <-changed: // the latest wins
			case <-ctx.Done():
				return
			case <-l.stopped:
				return
			}
		}
	}()
	return out
}
