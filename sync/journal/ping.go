package journal

import "context"

// Ping returns when the writer has come round: not while a commit hangs. It
// writes nothing. It returns [ErrClosed] when the writer is to end.
func (j *Journal) Ping(ctx context.Context) error {
	round := make(chan struct{})
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return ErrClosed
	}
	j.pings = append(j.pings, round)
	j.mu.Unlock()
	j.signal()
	select {
	case <-round:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
