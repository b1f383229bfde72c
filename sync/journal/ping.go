package journal

import "context"

// Ping returns when a commit could begin: not while one hangs. It writes
// nothing. It returns [ErrClosed] when nothing is appended any more.
func (j *Journal) Ping(ctx context.Context) error {
	j.mu.Lock()
	closed := j.closed
	j.mu.Unlock()
	if closed {
		return ErrClosed
	}
	select {
	case j.turn <- struct{}{}:
		<-j.turn
		return nil
	case <-j.stopped:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}
