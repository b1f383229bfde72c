package terminal

import (
	"context"
	"time"

	"sourire/device/clock"
	"sourire/device/press"
	"sourire/device/screen"
	"sourire/device/tap"
)

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
func (l *Loop) Test(on bool, by string) { l.Do(Test{Reading: l.clock.Now(), On: on, By: by}) }

// Command begins or ends test mode as head office has commanded. An event that
// names the command is written in any case.
func (l *Loop) Command(on bool, id string) {
	l.Do(Test{Reading: l.clock.Now(), On: on, By: byOffice, Command: id})
}
