package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"sourire/sync/office"
)

type exportCommand struct {
	configFlag `embed:""`
	Format     string `enum:"csv,jsonl" default:"jsonl" help:"csv: taps, reasons and undos; jsonl: every event as it was received."`
	Out        string `short:"o" default:"-" placeholder:"FILE" help:"Where to write; - is standard output."`
}

// Run writes out the events. An office may run meanwhile.
func (c exportCommand) Run(ctx context.Context) (err error) {
	store, err := c.openStore()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	write := func(w io.Writer) error {
		if c.Format == "csv" {
			return office.ExportCSV(ctx, store, w)
		}
		return office.ExportJSONL(ctx, store, w)
	}
	if c.Out == "-" {
		return write(os.Stdout)
	}
	f, err := os.OpenFile(c.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s exists: name a new file", c.Out)
	}
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("%w; %s ends with what came before", err, c.Out)
	}
	return nil
}
