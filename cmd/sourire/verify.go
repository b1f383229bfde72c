package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"sourire/cmd/internal/exported"
	"sourire/device/config"
	"sourire/sync/journal"
)

type verifyCommand struct {
	configFlag `embed:""`
	Files      []string `arg:"" optional:"" placeholder:"FILE" help:"Exported files to check instead of the journal."`
	JSON       bool     `name:"json" help:"Print JSON."`
}

// Run checks every event of the journal, or of files.
func (c verifyCommand) Run() error {
	if len(c.Files) > 0 {
		return exported.Verify(os.Stdout, c.Files, c.JSON)
	}
	r, err := c.openJournal()
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	base, err := r.Base()
	if err != nil {
		return err
	}
	n, err := r.Verify()
	var wrong *journal.WrongError
	if err != nil && !errors.As(err, &wrong) {
		return err
	}
	if c.JSON {
		out := map[string]any{"terminal": r.Identity().String(), "epoch": r.Epoch(), "events": n, "whole": wrong == nil}
		if base.Seq > 0 {
			out["dropped"] = base.Seq
		}
		if wrong != nil {
			out["first_wrong"] = firstWrong{wrong.Seq, wrong.Why}
		}
		if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
			return err
		}
	}
	if wrong != nil {
		return fmt.Errorf("%s, epoch %s: %w; the %d events before it are as they were written", r.Identity(), r.Epoch(), wrong, wrong.Seq-1)
	}
	switch {
	case c.JSON:
	case base.Seq == 0:
		fmt.Printf("%s, epoch %s: %d events, none missing, the chain is unbroken\n", r.Identity(), r.Epoch(), n)
	default:
		fmt.Printf("%s, epoch %s: events %d to %d, none missing, the chain is unbroken; those before were dropped when head office had them, and what was kept of them is as it was written\n",
			r.Identity(), r.Epoch(), base.Seq+1, n)
	}
	return nil
}

// openJournal opens the journal that the configuration names, for reading.
func (f configFlag) openJournal() (*journal.Reader, error) {
	conf, err := f.load()
	if err != nil {
		return nil, err
	}
	return openJournal(conf, f.Config)
}

// openJournal opens the journal of the terminal that the configuration in file
// is for.
func openJournal(conf config.Config, file string) (*journal.Reader, error) {
	dir := conf.Terminal.Data
	r, err := journal.OpenReader(dir)
	switch {
	case errors.Is(err, journal.ErrNone):
		return nil, fmt.Errorf("%w: the terminal has not run with this data folder yet", err)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("%w: ask as root, or as the user that it belongs to", err)
	case err != nil:
		return nil, err
	case r.Identity() != conf.Identity():
		err := fmt.Errorf("%s holds the journal of %s, but %s is the configuration of %s: give the configuration of %[2]s, or name another folder in terminal.data",
			dir, r.Identity(), file, conf.Identity())
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}
