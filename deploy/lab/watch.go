package lab

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Moment is a place in the history of the output lines.
type Moment int

// Moment is now.
func (m *Machine) Moment() Moment {
	m.qtest.state.Lock()
	defer m.qtest.state.Unlock()
	return Moment(len(m.qtest.history))
}

// AwaitOutputs waits until the output lines that are high, by name, are as the
// caller wants them, or were so at any time from since on.
func (m *Machine) AwaitOutputs(ctx context.Context, since Moment, most time.Duration, ok func(high map[string]bool) bool) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for {
		history, changed := m.outputs()
		high := map[string]bool{}
		if since == 0 && ok(high) {
			return nil
		}
		for i, o := range history {
			if name := m.name(o.Line); o.Level {
				high[name] = true
			} else {
				delete(high, name)
			}
			if i+1 >= int(since) && ok(high) {
				return nil
			}
		}
		select {
		case <-changed:
		case <-m.exited:
			return errEnded
		case <-ctx.Done():
			return fmt.Errorf("after %s these outputs are high: %q", most, slices.Sorted(maps.Keys(high)))
		}
	}
}

// outputs are all changes so far. The channel is closed at the next.
func (m *Machine) outputs() ([]Output, <-chan struct{}) {
	m.qtest.state.Lock()
	defer m.qtest.state.Unlock()
	return slices.Clone(m.qtest.history), m.qtest.changed
}

func (m *Machine) name(line int) string {
	for name, l := range m.lines {
		if l == line {
			return name
		}
	}
	return fmt.Sprint(line)
}
