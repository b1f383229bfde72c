package office_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"sourire/sync/office"
)

// Whoever asks is answered while messages can be stored, and not while a commit
// hangs.
func TestPing(t *testing.T) {
	p := newPair(t)
	if err := p.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	p.gate.armed.Store(true)
	hangs := p.Submit(t.Context(), p.well.topic("ev"), p.well.batch(11, 11))
	<-p.gate.inside
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := p.Ping(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while a commit hangs: %v", err)
	}
	p.gate.leave <- struct{}{}
	if err := hangs.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	if err := p.Ping(t.Context()); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	p.Office.Close()
	if err := p.Ping(t.Context()); !errors.Is(err, office.ErrClosed) {
		t.Errorf("after the end: %v", err)
	}
}
