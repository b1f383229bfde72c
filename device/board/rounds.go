package board

import (
	"context"
	"errors"
	"sync"
)

// ErrEnded is returned to a Ping after the end.
var ErrEnded = errors.New("the buttons are not watched any more")

// rounds tells whoever asks that a goroutine goes round.
type rounds struct {
	mu    sync.Mutex
	round chan struct{} // closed at the next; nil when nobody asks
	ended bool
}

// Ping returns when the goroutine has come round, which it does every second
// whether the lines can be read or not. It may be called from any goroutine.
func (r *rounds) Ping(ctx context.Context) error {
	r.mu.Lock()
	if r.ended {
		r.mu.Unlock()
		return ErrEnded
	}
	if r.round == nil {
		r.round = make(chan struct{})
	}
	round := r.round
	r.mu.Unlock()
	select {
	case <-round:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// turn answers those who asked.
func (r *rounds) turn() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.round != nil {
		close(r.round)
		r.round = nil
	}
}

func (r *rounds) end() {
	r.turn()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
}
