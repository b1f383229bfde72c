package notify

import "context"

// Pulse makes a [Ping] of a part that cannot answer but can say when it has
// come round, such as a reader that waits for hardware with a time-out.
type Pulse chan struct{}

// NewPulse is a pulse that has not beaten yet.
func NewPulse() Pulse { return make(Pulse, 1) }

// Beat says that the part has come round. It never blocks.
func (p Pulse) Beat() {
	select {
	case p <- struct{}{}:
	default: // nobody has asked since the one before
	}
}

// Ping returns when the part has come round since the Ping before.
func (p Pulse) Ping(ctx context.Context) error {
	select {
	case <-p:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
