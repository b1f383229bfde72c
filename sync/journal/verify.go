package journal

import (
	"context"
	"encoding/json"
	"fmt"

	"sourire/device/tap"
	"sourire/sync/seal"
)

// WrongError names the first event of a journal that is not as it was written.
type WrongError struct {
	Seq uint64
	Why string
}

func (e *WrongError) Error() string { return fmt.Sprintf("event %d: %s", e.Seq, e.Why) }

// Verify walks the whole journal: no seq is missing, every event is canonical
// and names its own seq, and every head follows from the one before. It
// returns the number of events, and a [*WrongError] for the first wrong one.
func (r *Reader) Verify() (uint64, error) {
	return r.verify(0, seal.Head{})
}

// VerifyUntil is Verify, given up when ctx ends.
func (r *Reader) VerifyUntil(ctx context.Context) error {
	_, err := r.walk(0, seal.Head{}, ctx.Err)
	return err
}

func (r *Reader) verify(seq uint64, head seal.Head) (uint64, error) {
	return r.walk(seq, head, func() error { return nil })
}

// walk checks the events after seq, until stop returns an error.
func (r *Reader) walk(seq uint64, head seal.Head, stop func() error) (uint64, error) {
	err := r.Forward(seq, func(l seal.Link) error {
		if err := stop(); err != nil {
			return err
		}
		if l.Seq != seq+1 {
			return &WrongError{seq + 1, "it is missing"}
		}
		if err := checkLink(head, l); err != nil {
			return err
		}
		seq, head = l.Seq, l.Head
		return nil
	})
	return seq, err
}

func checkLink(before seal.Head, l seal.Link) error {
	if before.Next(l.Event) != l.Head {
		return &WrongError{l.Seq, "the chain is broken: its bytes or its head were altered"}
	}
	if err := seal.CheckCanonical(l.Event); err != nil {
		return &WrongError{l.Seq, err.Error()}
	}
	var h tap.Header
	if err := json.Unmarshal(l.Event, &h); err != nil {
		return &WrongError{l.Seq, err.Error()}
	}
	if h.Seq != l.Seq {
		return &WrongError{l.Seq, fmt.Sprintf("it says that it is event %d", h.Seq)}
	}
	return nil
}

// verifyTail checks the newest n events against each other.
func (r *Reader) verifyTail(n uint64) error {
	tail, err := r.Tail()
	if err != nil {
		return err
	}
	var from uint64
	var head seal.Head
	if tail.Seq > n {
		l, err := r.At(tail.Seq - n)
		if err != nil {
			return err
		}
		from, head = l.Seq, l.Head
	}
	_, err = r.verify(from, head)
	return err
}
