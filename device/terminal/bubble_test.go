package terminal_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing/synctest"
	"time"

	"sourire/device/clock"
	"sourire/device/manager"
	"sourire/device/press"
	"sourire/device/tap"
	"sourire/device/terminal"
)

var errFull = errors.New("no space left on device")

// bubbleClock reads the time of a synctest bubble.
type bubbleClock struct{ start time.Time }

func (c bubbleClock) Now() clock.Reading {
	now := time.Now()
	return clock.Reading{Up: 1000 + now.Sub(c.start).Milliseconds(), Wall: now, Quality: tap.Synced}
}

// journal is a Recorder in memory that takes its time and may fail.
type journal struct {
	mu     sync.Mutex
	takes  time.Duration
	err    error
	begun  int // appends that were asked for
	events []tap.Event
}

func (j *journal) set(takes time.Duration, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.takes, j.err = takes, err
}

func (j *journal) Append(events ...tap.Event) error {
	j.mu.Lock()
	takes := j.takes
	j.begun++
	j.mu.Unlock()
	if takes > 0 {
		<-time.After(takes)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err != nil {
		return j.err
	}
	for _, e := range events {
		e.Head().Seq = uint64(len(j.events) + 1)
		j.events = append(j.events, e)
	}
	return nil
}

func (j *journal) begins() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.begun
}

func (j *journal) taps() []*tap.TapEvent {
	j.mu.Lock()
	defer j.mu.Unlock()
	var taps []*tap.TapEvent
	for _, e := range j.events {
		if e, ok := e.(*tap.TapEvent); ok {
			taps = append(taps, e)
		}
	}
	return taps
}

// box is a loop that runs in a bubble.
type box struct {
	*terminal.Loop
	journal *journal
	clock   bubbleClock
	stop    func() // asks the loop to end
	ended   chan struct{}
}

// begin runs a loop whose start has been recorded, unless the journal fails.
func begin(j *journal) *box { return beginWith(j, func(*terminal.Survey) {}) }

// beginWith is the same with another survey.
func beginWith(j *journal, change func(*terminal.Survey)) *box {
	survey := terminal.Survey{
		Config:    tap.ConfigEvent{Question: "exit", Scale: tap.Faces4},
		Languages: []string{"fr"},
		Manager:   manager.Setup{Buttons: 4, Lang: "fr", PIN: true},
	}
	change(&survey)
	c := bubbleClock{time.Now()}
	l := terminal.NewLoop(survey, terminal.Resumed{Boot: 1}, tap.BootEvent{}, j, c, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	b := &box{l, j, c, cancel, make(chan struct{})}
	go func() {
		defer close(b.ended)
		l.Run(ctx)
	}()
	synctest.Wait()
	return b
}

func (b *box) end() {
	b.stop()
	<-b.ended
}

// answer is what a press came to.
type answer struct {
	press.Answer
	err error
	at  time.Time
}

// press presses a button in the background. What comes of it arrives on the
// channel.
func (b *box) press(ctx context.Context, button int) <-chan answer {
	to := make(chan answer, 1)
	go func() {
		a, err := b.Press(ctx, button, "fr", "")
		to <- answer{a, err, time.Now()}
	}()
	synctest.Wait()
	return to
}

// pass lets d go by.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// now is CLOCK_BOOTTIME in ms.
func (b *box) now() int64 { return b.clock.Now().Up }

// undone is how many taps were taken back for a reason.
func (b *box) undone(why string) (n int) {
	b.journal.mu.Lock()
	defer b.journal.mu.Unlock()
	for _, e := range b.journal.events {
		if e, ok := e.(*tap.UndoEvent); ok && e.Why == why {
			n++
		}
	}
	return n
}
