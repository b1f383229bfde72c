package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"sourire/sync/journal"
	"sourire/sync/seal"
)

type exportCommand struct {
	configFlag `embed:""`
	Out        string `short:"o" default:"-" placeholder:"FILE" help:"Where to write; - is standard output."`
}

// Run writes out the raw events, one a line: the bytes that are hashed and
// sent.
func (c exportCommand) Run() (err error) {
	r, err := c.openJournal()
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	if c.Out == "-" {
		return exportEvents(os.Stdout, r)
	}
	f, err := os.OpenFile(c.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s exists: name a new file", c.Out)
	}
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return errors.Join(exportEvents(f, r), f.Sync(), f.Close())
}

func exportEvents(to io.Writer, r *journal.Reader) error {
	w := bufio.NewWriter(to)
	err := r.Forward(0, func(l seal.Link) error {
		_, err := w.Write(append(l.Event, '\n'))
		return err
	})
	return errors.Join(err, w.Flush())
}
