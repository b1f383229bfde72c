package terminal

import (
	"context"

	"sourire/device/screen"
)

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

func (l *Loop) show(s screen.Scene) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.scene = s
	close(l.changed)
	l.changed = make(chan struct{})
}
