package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"sourire/cmd/internal/stick"
	"sourire/device/tap"
	"sourire/sync/export"
	"sourire/sync/journal"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

type exportCommand struct {
	configFlag `embed:""`
	To         string `arg:"" optional:"" help:"A folder, as of a USB stick, or a new file: gets all events, those of ended epochs too, signed, for sourire-office import. Without it the raw events of this epoch are printed, one a line."`
	Since      moment `placeholder:"DAY" help:"Leave out what was certainly written before that day (2026-11-23) or time."`
	Until      moment `placeholder:"DAY" help:"Leave out what came after that day, or from that time on."`
	JSON       bool   `name:"json" help:"Print what was exported as JSON."`
}

// Run writes out the events, beside a running terminal or without one.
func (c exportCommand) Run(ctx context.Context) (err error) {
	conf, err := c.load()
	if err != nil {
		return err
	}
	r, err := openJournal(conf, c.Config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	period := period{c.Since.start(conf.Location()), c.Until.end(conf.Location())}
	if c.To == "" {
		return printEvents(os.Stdout, r, period)
	}
	key, err := journal.ReadKey(conf.Terminal.Data)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	found, err := collect(conf.Terminal.Data, r, period)
	defer func() { err = errors.Join(err, found.close()) }()
	if err != nil {
		return err
	}
	if len(found.parts) == 0 {
		return errors.New("export: no event was written then")
	}
	path, err := c.path(conf.Identity(), found.parts)
	if err != nil {
		return err
	}
	cover := wire.Export{Identity: conf.Identity(), At: tap.FormatTime(time.Now().In(conf.Location())), Software: version, Left: found.left}
	err = stick.Write(path, func(w io.Writer) (err error) {
		cover, err = export.Write(w, cover, found.parts, key)
		return err
	}, func(r io.Reader) error {
		_, err := export.Read(r, nil)
		return err
	})
	if err != nil {
		return err
	}
	noted := noteExport(ctx, conf.Terminal.Data, cover)
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(struct {
			File   string `json:"file"`
			Events uint64 `json:"events"`
			Noted  bool   `json:"noted"` // in the journal
			wire.Export
		}{path, cover.Events(), noted == nil, cover})
	}
	printExport(path, cover)
	if noted != nil {
		fmt.Printf("  the journal does not say that it was taken: %v\n", noted)
	}
	return nil
}

// path is the file to be written. Its name is one that FAT takes.
func (c exportCommand) path(id tap.Identity, parts []export.Part) (string, error) {
	info, err := os.Stat(c.To)
	switch {
	case err == nil && info.IsDir():
		newest := parts[len(parts)-1]
		name := fmt.Sprintf("%s.%s.%s.%.8s.%d-%d.jsonl", id.Chain, id.Store, id.Terminal, newest.Epoch, newest.First, newest.Last)
		return filepath.Join(c.To, name), nil
	case err == nil:
		return "", fmt.Errorf("%s exists: name a new file, or a folder", c.To)
	case errors.Is(err, os.ErrNotExist):
		return c.To, nil
	}
	return "", fmt.Errorf("export: %w", err)
}

func printExport(path string, e wire.Export) {
	fmt.Printf("%s: %d events of %s, read back and whole\n", path, e.Events(), e.Identity)
	for _, p := range e.Parts {
		fmt.Printf("  epoch %s, events %d to %d\n", p.Epoch, p.First, p.Last)
	}
	for _, l := range e.Left {
		fmt.Printf("  not in it: epoch %s: %s\n", l.Epoch, l.Why)
	}
}

// printEvents prints the raw events of a journal: the bytes that are hashed and
// sent.
func printEvents(to io.Writer, r *journal.Reader, p period) error {
	first, last, err := p.of(r)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(to)
	done := errors.New("done")
	err = r.Forward(first-1, func(l seal.Link) error {
		if l.Seq > last {
			return done
		}
		_, err := w.Write(append(l.Event, '\n'))
		return err
	})
	if errors.Is(err, done) {
		err = nil
	}
	return errors.Join(err, w.Flush())
}
