package office

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"sourire/device/tap"
)

// ExportJSONL writes every event of a store, one JSON object a line:
//
//	{"chain":…,"store":…,"terminal":…,"epoch":…,"event":{…}}
//	{"chain":…,"store":…,"terminal":…,"epoch":…,"fork":…,"event":{…}}
//
// The event is as it was received. Epochs come in the order of their arrival,
// their events by seq, and then what contradicts them, branch by branch: fork
// names the branch. Where an event is missing or cannot be read, what comes
// before it is written and the error names it.
func ExportJSONL(ctx context.Context, store Store, w io.Writer) error {
	b := bufio.NewWriter(w)
	var line []byte
	err := each(ctx, store, func(e Epoch) error {
		return eachEvent(ctx, store, e, func(x exported) error {
			line = appendEvent(append(line[:0], '{'), &e.EpochID, x)
			_, err := b.Write(append(line, '\n'))
			return err
		})
	})
	if err := errors.Join(err, b.Flush()); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// appendEvent appends the members of an exported event and the closing brace.
// Nothing is marshalled again: that would rewrite <, > and & within an event.
func appendEvent(b []byte, id *EpochID, x exported) []byte {
	for _, m := range [][2]string{{"chain", id.Chain}, {"store", id.Store}, {"terminal", id.Terminal}, {"epoch", id.Epoch}, {"fork", x.branch}} {
		if m[1] == "" {
			continue
		}
		b = append(b, '"')
		b = append(b, m[0]...)
		b = append(b, `":"`...)
		b = append(b, m[1]...)
		b = append(b, `",`...)
	}
	b = append(append(b, `"event":`...), x.raw...)
	return append(b, '}')
}

// columns of the CSV export.
var columns = []string{
	"chain", "store", "terminal", "epoch", "seq", "kind", "at", "clock", "boot", "up",
	"config", "choice", "of", "counted", "flags", "rule", "lang", "tap", "reason", "why",
	"time", "worth", "fork",
}

// ExportCSV writes the taps, reasons and undos of a store as CSV with a header
// line. Flags are separated by spaces. Cells that do not apply are empty.
//
// at is what the terminal knew when it wrote the event; time is when it
// happened, as far as is known now: the clock events of the same boot correct
// it. worth is what that is worth, as clock is of at. fork names the branch of
// events that contradict the chain.
func ExportCSV(ctx context.Context, store Store, w io.Writer) error {
	c := csv.NewWriter(w)
	if err := c.Write(columns); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	err := each(ctx, store, func(e Epoch) error {
		past, err := readPast(ctx, store, e)
		if err != nil {
			return err
		}
		return eachEvent(ctx, store, e, func(x exported) error {
			event, err := tap.Parse(x.raw)
			if err != nil {
				return fmt.Errorf("%s, epoch %s, event %d: %w", e.Identity, e.Epoch, x.seq, err)
			}
			cells := row(event)
			if cells == nil {
				return nil
			}
			h := event.Head()
			first := []string{
				e.Chain, e.Store, e.Terminal, e.EpochID.Epoch, text(x.seq), string(h.Kind),
				plain(h.At), plain(string(h.Clock)), text(h.Boot), strconv.FormatInt(h.Up, 10),
			}
			return c.Write(append(append(append(first, cells...), past.date(h, x.branch)...), x.branch))
		})
	})
	c.Flush()
	if err := errors.Join(err, c.Error()); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// row is the cells from config to why; nil for an event that is not exported.
func row(e tap.Event) []string {
	switch e := e.(type) {
	case *tap.TapEvent:
		flags := make([]string, len(e.Flags))
		for i, f := range e.Flags {
			flags[i] = string(f)
		}
		return []string{
			text(e.Config), strconv.Itoa(e.Choice), strconv.Itoa(e.Of), strconv.FormatBool(e.Counted),
			plain(strings.Join(flags, " ")), strconv.Itoa(e.Rule), plain(e.Lang), "", "", "",
		}
	case *tap.ReasonEvent:
		return []string{"", "", "", "", "", "", "", text(e.Tap), plain(e.Reason), ""}
	case *tap.UndoEvent:
		return []string{"", "", "", "", "", "", "", text(e.Tap), "", plain(e.Why)}
	}
	return nil
}

func text(n uint64) string { return strconv.FormatUint(n, 10) }

// plain keeps a spreadsheet from taking a cell for a formula: a terminal
// decides what stands in it.
func plain(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// each calls f with every epoch of a store, in the order of their arrival.
func each(ctx context.Context, store Store, f func(Epoch) error) error {
	s, err := store.Load(ctx)
	if err != nil {
		return err
	}
	for _, e := range s.Epochs {
		if err := f(e); err != nil {
			return err
		}
	}
	for id, err := range s.Damaged {
		return fmt.Errorf("%s: %w", id, err)
	}
	return nil
}

// exported is an event to be written.
type exported struct {
	seq    uint64
	raw    []byte
	branch string // its name, of an event beside the chain
}

// eachEvent calls f with every event of an epoch, but those in known holes, and
// then with those beside its chain. It ends with an error at the first one that
// is missing or cannot be read.
func eachEvent(ctx context.Context, store Store, e Epoch, f func(exported) error) error {
	if err := eachLink(ctx, store, e, f); err != nil {
		return err
	}
	forks, err := store.Forks(ctx, e.EpochID)
	if err != nil {
		return fmt.Errorf("forks of %s, epoch %s: %w", e.Identity, e.Epoch, err)
	}
	for _, b := range Branches(forks) {
		for _, event := range b.Events {
			if err := f(exported{event.Seq, event.Event, b.Name}); err != nil {
				return err
			}
		}
	}
	return nil
}

// eachLink calls f with the events of an epoch's chain.
func eachLink(ctx context.Context, store Store, e Epoch, f func(exported) error) error {
	holes := e.Holes
	for next := e.Base + 1; next <= e.Last; {
		if len(holes) > 0 && holes[0].After+1 == next {
			next, holes = holes[0].Upto+1, holes[1:]
			continue
		}
		links, err := store.Links(ctx, e.EpochID, next, min(next+page-1, e.Last))
		if err == nil && (len(links) == 0 || links[0].Seq != next) {
			err = ErrDamaged
		}
		for i := 0; i < len(links) && err == nil && links[i].Seq == next; i++ {
			err = f(exported{seq: next, raw: links[i].Event})
			next++
		}
		if errors.Is(err, ErrDamaged) {
			return fmt.Errorf("event %d of %s, epoch %s: %w", next, e.Identity, e.Epoch, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
