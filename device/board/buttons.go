// Package board is the hardware of a box. What each part does on its own
// stands in the packages below; here they are kept at work.
package board

import (
	"context"
	"time"

	"sourire/device/board/gpio"
	"sourire/device/button"
)

// Lines are inputs that are read together, such as *gpio.Inputs. Edges returns
// all that there are, or waits; Close ends the wait. Waiting does not wait.
type Lines interface {
	Levels() (uint64, error)
	Edges(timeout time.Duration) ([]gpio.Edge, error)
	Waiting() ([]gpio.Edge, error)
	Close() error
}

// Buttons watches the buttons of a box in one goroutine. Lines that cannot be
// read are opened anew, after 1 s and then ever longer, up to a minute.
type Buttons struct {
	Config  button.Config
	Open    func() (Lines, error)
	Up      func() time.Duration // CLOCK_BOOTTIME
	Tell    func(button.Event)   // what happened
	Trouble func(error)          // the buttons cannot be read; or nil: they can again

	core   *button.Buttons
	lines  Lines
	levels button.Mask   // as they are known
	looked time.Duration // when they were last read
	pause  time.Duration // before the next try to open

	rounds
}

const (
	reread   = time.Second          // the levels are read so often, whatever edges say
	rest     = 2 * time.Millisecond // between two looks for edges: a contact that chatters must not take the processor
	firstTry = time.Second
	lastTry  = time.Minute
)

// Start takes the lines and reads their levels for the first time, or has
// Trouble told of it. What is pressed from here on is kept for [Buttons.Run],
// which must be called.
func (b *Buttons) Start() {
	b.pause = firstTry
	if err := b.open(); err != nil {
		b.Trouble(err)
	}
}

// Run watches until ctx ends, and gives the lines back.
func (b *Buttons) Run(ctx context.Context) {
	defer b.end()
	for ctx.Err() == nil {
		if b.lines == nil {
			b.retry(ctx)
			continue
		}
		opened := b.Up()
		err := b.watch(ctx)
		b.close()
		if ctx.Err() != nil {
			return
		}
		if b.Up()-opened > lastTry {
			b.pause = firstTry
		}
		b.Trouble(err)
	}
	b.close()
}

// retry waits, and tries to open the lines once more.
func (b *Buttons) retry(ctx context.Context) {
	for left := b.pause; left > 0; left -= reread {
		b.turn()
		if !wait(ctx, min(left, reread)) {
			return
		}
	}
	b.pause = min(2*b.pause, lastTry)
	if b.open() == nil {
		b.Trouble(nil)
	}
}

func (b *Buttons) open() error {
	lines, err := b.Open()
	if err != nil {
		return err
	}
	at := b.Up() // before: what begins after the levels were read keeps its time
	levels, err := lines.Levels()
	if err != nil {
		_ = lines.Close()
		return err
	}
	b.lines, b.levels, b.looked = lines, button.Mask(levels), at
	first := button.Sample{At: b.looked, Down: b.levels}
	if b.core == nil {
		var events []button.Event
		b.core, events = button.New(b.Config, first)
		b.tell(events)
	} else {
		b.tell(b.core.Resume(first))
	}
	return nil
}

func (b *Buttons) close() {
	if b.lines != nil {
		_ = b.lines.Close()
		b.lines = nil
	}
}

// watch reads edges and levels until they cannot be read.
func (b *Buttons) watch(ctx context.Context) error {
	lines := b.lines
	defer context.AfterFunc(ctx, func() { _ = lines.Close() })()
	for {
		b.turn()
		due := min(b.core.Next(), b.looked+reread)
		edges, err := lines.Edges(max(due-b.Up(), time.Millisecond))
		if err != nil {
			return err
		}
		b.edges(edges)
		if b.Up() >= due {
			if err := b.look(); err != nil {
				return err
			}
		}
		if len(edges) > 0 {
			wait(ctx, rest)
		}
	}
}

// edges hands edges to the core, each with the levels as they were then, and
// returns the lines that had some.
func (b *Buttons) edges(edges []gpio.Edge) (moved button.Mask) {
	all := button.Mask(1)<<b.Config.Buttons - 1
	for _, e := range edges {
		if e.Missed {
			b.see(button.Sample{At: e.At, Down: b.levels, Edges: all})
		}
		line := button.Mask(1) << e.Line
		moved |= line
		b.levels &^= line
		if e.Active {
			b.levels |= line
		}
		b.see(button.Sample{At: e.At, Down: b.levels, Edges: line})
	}
	return moved
}

// look decides what has come to rest, and reads the levels.
//
// This process may be held up anywhere, for longer than a contact has to rest.
// So the edges that wait are taken after a look at the clock, and what has
// rested until then is told by their times. A level that has moved since has its
// edge, which knows better when, and is waited for as long as the kernel takes
// to hand it over; if there is none it was lost, and the level decides: of a
// contact that bounces, how that ended.
func (b *Buttons) look() error {
	at := b.Up()
	edges, err := b.lines.Waiting()
	if err != nil {
		return err
	}
	b.edges(edges)
	raw, err := b.lines.Levels()
	if err != nil {
		return err
	}
	if levels := button.Mask(raw); levels != b.levels {
		at = b.Up()
		if edges, err = b.lines.Edges(time.Millisecond); err != nil {
			return err
		}
		moved := b.edges(edges)
		b.levels = b.levels&moved | levels&^moved
	}
	b.looked = at
	b.see(button.Sample{At: at, Down: b.levels})
	return nil
}

func (b *Buttons) see(s button.Sample) { b.tell(b.core.See(s)) }

func (b *Buttons) tell(events []button.Event) {
	for _, e := range events {
		b.Tell(e)
	}
}

// wait reports whether d has passed before ctx ended.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
