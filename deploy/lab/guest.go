package lab

import (
	"context"
	"errors"
	"fmt"

	"sourire/deploy/lab/agent"
)

// call asks the agent something and waits for the answer.
func call[A, R any](ctx context.Context, m *Machine, method string, argument A) (R, error) {
	var result, none R
	c := m.agent.Go(method, argument, &result, nil)
	select {
	case <-c.Done:
		if c.Error != nil {
			return none, fmt.Errorf("%s: %w", method, c.Error)
		}
		return result, nil
	case <-m.exited:
		return none, fmt.Errorf("%s: %w", method, errEnded)
	case <-ctx.Done():
		return none, fmt.Errorf("%s: %w", method, ctx.Err())
	}
}

var errEnded = errors.New("the machine has ended")

// Exec runs a program in the guest to its end, as the terminal's user.
func (m *Machine) Exec(ctx context.Context, args ...string) (agent.Result, error) {
	return call[agent.Command, agent.Result](ctx, m, agent.Exec, agent.Command{Args: args})
}

// ExecRoot runs a program in the guest to its end, as root.
func (m *Machine) ExecRoot(ctx context.Context, args ...string) (agent.Result, error) {
	return call[agent.Command, agent.Result](ctx, m, agent.Exec, agent.Command{Args: args, Root: true})
}

// StartTerminal starts a program that goes on: the terminal, as its own user.
func (m *Machine) StartTerminal(ctx context.Context, args ...string) (pid int, err error) {
	return call[agent.Command, int](ctx, m, agent.Start, agent.Command{Args: args})
}

// Signal sends the terminal a signal.
func (m *Machine) Signal(ctx context.Context, signal int) error {
	_, err := call[int, agent.Nothing](ctx, m, agent.Signal, signal)
	return err
}

// WaitTerminal waits until the terminal has ended.
func (m *Machine) WaitTerminal(ctx context.Context) (agent.Result, error) {
	return call[agent.Nothing, agent.Result](ctx, m, agent.Wait, agent.Nothing{})
}

// Log is what the terminal has printed, in all its lives since the boot.
func (m *Machine) Log(ctx context.Context) (string, error) {
	return call[agent.Nothing, string](ctx, m, agent.Log, agent.Nothing{})
}

// ReadFile reads a file of the guest.
func (m *Machine) ReadFile(ctx context.Context, name string) ([]byte, error) {
	return call[string, []byte](ctx, m, agent.Read, name)
}

// WriteFile writes a file of the guest, for the terminal's user.
func (m *Machine) WriteFile(ctx context.Context, name string, data []byte) error {
	_, err := call[agent.File, agent.Nothing](ctx, m, agent.Write, agent.File{Name: name, Data: data, Mode: 0o600})
	return err
}

// OLED is what a customer sees on the display.
func (m *Machine) OLED(ctx context.Context) (agent.Display, error) {
	return call[agent.Nothing, agent.Display](ctx, m, agent.OLED, agent.Nothing{})
}

// Plug pulls the display's cable, or puts it in.
func (m *Machine) Plug(ctx context.Context, c agent.Cable) error {
	_, err := call[agent.Cable, agent.Nothing](ctx, m, agent.Plug, c)
	return err
}

// Edges are the interrupts of GPIO lines that the kernel delivered since the
// last call.
func (m *Machine) Edges(ctx context.Context) ([]agent.Edge, error) {
	return call[agent.Nothing, []agent.Edge](ctx, m, agent.Edges, agent.Nothing{})
}
