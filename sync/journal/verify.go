package journal

import (
	"context"
	"encoding/json"
	"errors"
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

// Verify walks the whole journal: every event is canonical and names its own
// seq, every head follows from the one before, and none is missing but those
// that were dropped; of these, all that are kept are as a drop event says. It
// returns the seq of the newest event, and a [*WrongError] for the first wrong
// one.
func (r *Reader) Verify() (uint64, error) {
	return r.verify(func() error { return nil })
}

// VerifyUntil is Verify, given up when ctx ends, and then a look at how the pages
// hang together: an event that is found from its neighbour may not be found by
// its number.
func (r *Reader) VerifyUntil(ctx context.Context) error {
	if _, err := r.verify(ctx.Err); err != nil {
		return err
	}
	var found string
	if err := r.db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found); err != nil {
		return fmt.Errorf("check the journal's pages: %w", err)
	}
	if found != "ok" {
		return fmt.Errorf("%w: %s", errBroken, found)
	}
	return nil
}

// verify checks everything, until stop returns an error.
func (r *Reader) verify(stop func() error) (uint64, error) {
	base, err := r.Base()
	if err != nil {
		return 0, err
	}
	var said []seal.Link
	hear := func(l seal.Link, h tap.Header) error {
		if h.Kind == tap.KindDrop {
			said = append(said, l)
		}
		return stop()
	}
	last, err := r.walk(seal.Link{}, hear)
	if err != nil {
		return last, err
	}
	err = r.verifyKept(base.Seq, said, stop)
	if wrong := (*WrongError)(nil); !errors.As(err, &wrong) {
		return last, err
	}
	// Perhaps some of what was kept has gone meanwhile, and an event says so that
	// was not there before.
	at, err := r.At(last)
	if err != nil {
		return last, err
	}
	if last, err = r.walk(at, hear); err != nil {
		return last, err
	}
	return last, r.verifyKept(base.Seq, said, stop)
}

// errAgain has a walk read again from where it is.
var errAgain = errors.New("read again")

// walk checks the events after one, past those that were dropped, until visit
// returns an error.
func (r *Reader) walk(at seal.Link, visit func(seal.Link, tap.Header) error) (uint64, error) {
	for {
		err := r.Forward(at.Seq, func(l seal.Link) error {
			if l.Seq != at.Seq+1 {
				// What was dropped, perhaps in this moment.
				base, err := r.Base()
				if err != nil {
					return err
				}
				if base.Seq <= at.Seq {
					return &WrongError{at.Seq + 1, "it is missing"}
				}
				at = base
				return errAgain
			}
			h, err := checkLink(at.Head, l)
			if err != nil {
				return err
			}
			at = l
			return visit(l, h)
		})
		if !errors.Is(err, errAgain) {
			return at.Seq, err
		}
	}
}

func checkLink(before seal.Head, l seal.Link) (tap.Header, error) {
	if err := checkChain(before, l); err != nil {
		return tap.Header{}, err
	}
	return checkEvent(l)
}

func checkChain(before seal.Head, l seal.Link) error {
	if before.Next(l.Event) != l.Head {
		return &WrongError{l.Seq, "the chain is broken: its bytes or its head were altered"}
	}
	return nil
}

// checkEvent checks an event by itself.
func checkEvent(l seal.Link) (h tap.Header, err error) {
	if err := seal.CheckCanonical(l.Event); err != nil {
		return h, &WrongError{l.Seq, err.Error()}
	}
	if err := json.Unmarshal(l.Event, &h); err != nil {
		return h, &WrongError{l.Seq, err.Error()}
	}
	if h.Seq != l.Seq {
		return h, &WrongError{l.Seq, fmt.Sprintf("it says that it is event %d", h.Seq)}
	}
	return h, nil
}

// verifyTail checks the newest n events against each other: that they are what
// was written. A start waits for it; whether that was right, verify looks.
func (r *Reader) verifyTail(n uint64) error {
	tail, err := r.Tail()
	if err != nil {
		return err
	}
	from, err := r.Base()
	if err != nil {
		return err
	}
	if tail.Seq > from.Seq+n {
		if from, err = r.At(tail.Seq - n); err != nil {
			return err
		}
	}
	links, err := r.After(from.Seq, int(n))
	if err != nil {
		return err
	}
	for _, l := range links {
		if l.Seq != from.Seq+1 {
			return &WrongError{from.Seq + 1, "it is missing"}
		}
		if err := checkChain(from.Head, l); err != nil {
			return err
		}
		from = l
	}
	return nil
}
