package lab

import (
	"context"
	"fmt"
	"slices"
	"strings"
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

// Moves is how often input lines were moved.
func (m *Machine) Moves() int {
	m.qtest.state.Lock()
	defer m.qtest.state.Unlock()
	n := 0
	for _, c := range m.qtest.history {
		if c.input {
			n++
		}
	}
	return n
}

// AwaitOutputs waits until the output lines that are high, by name, are as the
// caller wants them, or were so at any time from since on. Lines that a program
// sets together change one after another, in their order.
func (m *Machine) AwaitOutputs(ctx context.Context, since Moment, most time.Duration, ok func(high map[string]bool) bool) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for {
		history, changed := m.history()
		high := map[string]bool{}
		for i, c := range history {
			if i >= int(since) && ok(high) {
				return nil
			}
			if !c.input {
				high[m.name(c.line)] = c.level
			}
		}
		if ok(high) {
			return nil
		}
		select {
		case <-changed:
		case <-m.exited:
			return errEnded
		case <-ctx.Done():
			return fmt.Errorf("not within %s; the lines were\n%s", most, m.drawing(history, since))
		}
	}
}

// AwaitRest waits until the output lines that are high are as the caller wants
// them and have not changed for a while.
func (m *Machine) AwaitRest(ctx context.Context, most, rest time.Duration, ok func(high map[string]bool) bool) error {
	end := time.Now().Add(most)
	for {
		if err := m.AwaitOutputs(ctx, m.Moment(), time.Until(end), ok); err != nil {
			return err
		}
		history, changed := m.history()
		left := rest
		for _, c := range history {
			if !c.input {
				left = time.Until(c.at.Add(rest))
			}
		}
		if left <= 0 {
			return nil
		}
		select {
		case <-changed:
		case <-time.After(left):
		}
	}
}

// history is all changes so far. The channel is closed at the next.
func (m *Machine) history() ([]change, <-chan struct{}) {
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

// drawing is what the lines did, from a little before since.
func (m *Machine) drawing(history []change, since Moment) string {
	const before = 40
	var b strings.Builder
	for i, c := range history {
		if i < int(since)-before {
			continue
		}
		mark, level := "", "low"
		if i == int(since) {
			mark = " <- from here"
		}
		if c.level {
			level = "high"
		}
		fmt.Fprintf(&b, "%8.3f s %s %s%s\n", c.at.Sub(m.started).Seconds(), m.name(c.line), level, mark)
	}
	return b.String()
}
