package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"sourire/cmd/internal/exported"
	"sourire/sync/office"
	"sourire/sync/office/sqlite"
)

type verifyCommand struct {
	configFlag `embed:""`
	Files      []string `arg:"" optional:"" placeholder:"FILE" help:"Exported files of terminals to check instead of the store."`
	JSON       bool     `name:"json" help:"Print JSON."`
}

// Run checks the whole store, or files. An office may run meanwhile.
func (c verifyCommand) Run(ctx context.Context) (err error) {
	if len(c.Files) > 0 {
		return exported.Verify(os.Stdout, c.Files, c.JSON)
	}
	store, err := c.openStore()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	v, err := office.Verify(ctx, store)
	if err != nil {
		return err
	}
	if c.JSON {
		if err := json.NewEncoder(os.Stdout).Encode(v); err != nil {
			return err
		}
	} else {
		printFindings(v)
	}
	if v.Wrong != nil {
		return fmt.Errorf("verify: %w", v.Wrong)
	}
	return nil
}

func printFindings(v office.Verification) {
	for _, i := range v.Incidents {
		fmt.Printf("incident: %s, epoch %s, event %d: %s\n", i.Terminal, i.Epoch, i.Seq, i.What)
	}
	for _, f := range v.Forks {
		fmt.Printf("fork: %s, epoch %s: from event %d on the terminal signed two histories; both are kept, the one beside the chain as fork %s\n", f.Terminal, f.Epoch, f.Seq, f.Branch)
	}
	for _, h := range v.Holes {
		fmt.Printf("hole: %s, epoch %s: events %d to %d are not here\n", h.Terminal, h.Epoch, h.First, h.Last)
	}
	if v.Wrong == nil {
		fmt.Printf("%s, %s, %s, %s: all as they were signed\n",
			count(v.Terminals, "terminal"), count(v.Epochs, "epoch"), count(v.Events, "event"), count(v.Batches, "signature"))
	}
}

// count is a number of things.
func count[N int | uint64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// openStore opens the store that the configuration names, for reading.
func (f configFlag) openStore() (*sqlite.Store, error) {
	conf, err := f.load()
	if err != nil {
		return nil, err
	}
	store, err := sqlite.OpenReader(conf.storePath())
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: the office has not run with this data folder yet", err)
	}
	return store, err
}
