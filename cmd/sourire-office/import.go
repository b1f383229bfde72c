package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"

	"sourire/cmd/internal/datadir"
	"sourire/cmd/internal/exported"
	"sourire/cmd/internal/local"
	"sourire/sync/durable"
	"sourire/sync/office"
	"sourire/sync/office/sqlite"
)

type importCommand struct {
	configFlag `embed:""`
	Files      []string `arg:"" placeholder:"FILE" help:"What sourire export wrote onto a stick."`
	JSON       bool     `name:"json" help:"Print what became of each file as JSON, one a line."`
}

// importPath is where a running office takes files in.
const importPath = "/import"

// arrived is what became of a file.
type arrived struct {
	File string `json:"file,omitempty"`
	office.Imported
	Error string `json:"error,omitempty"`
}

// Run takes exported files in, as if they had come over MQTT; where the office
// runs, it does so. A file that is not whole is not begun with, and keeps no
// other from being taken in.
func (c importCommand) Run(ctx context.Context, log *slog.Logger) (err error) {
	conf, err := c.load()
	if err != nil {
		return err
	}
	take, end, err := importer(ctx, conf, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	var errs []error
	for _, file := range c.Files {
		done, err := importFile(file, take)
		done.File = file
		if err != nil {
			done.Error = err.Error()
		}
		if c.JSON {
			err = errors.Join(err, json.NewEncoder(os.Stdout).Encode(done))
		} else {
			printArrived(done)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// importFile checks a file as a whole and then has it taken in.
func importFile(file string, take taker) (arrived, error) {
	if _, err := exported.Check(file, nil); err != nil {
		return arrived{}, fmt.Errorf("%w: nothing of it was taken in", err)
	}
	f, err := os.Open(file)
	if err != nil {
		return arrived{}, err
	}
	done, err := take(f)
	if err != nil {
		err = fmt.Errorf("%s: %w", file, err)
	}
	return arrived{Imported: done}, errors.Join(err, f.Close())
}

// taker takes the content of a file in.
type taker func(io.Reader) (office.Imported, error)

// importer is how files are taken in: by the office that runs or, where none
// does, by one that this process is until end is called.
func importer(ctx context.Context, conf config, log *slog.Logger) (take taker, end func() error, err error) {
	running, err := datadir.Taken(conf.Office.Data)
	if err != nil {
		return nil, nil, err
	}
	if running {
		take = func(file io.Reader) (office.Imported, error) { return handOver(ctx, conf.Office.Data, file) }
		return take, func() error { return nil }, nil
	}
	unlock, err := datadir.Lock(conf.Office.Data)
	if err != nil {
		return nil, nil, err
	}
	o, closeStore, err := openOffice(conf, log)
	if err != nil {
		unlock()
		return nil, nil, err
	}
	take = func(file io.Reader) (office.Imported, error) { return o.Import(ctx, file) }
	return take, func() error {
		defer unlock()
		o.Close()
		return closeStore()
	}, nil
}

// openOffice opens an office that speaks to nobody: watermarks are announced
// when it serves.
func openOffice(conf config, log *slog.Logger) (*office.Office, func() error, error) {
	store, err := sqlite.Open(conf.storePath())
	if err != nil {
		return nil, nil, err
	}
	key, err := durable.Key(filepath.Join(conf.Office.Data, "office.key"))
	if err != nil {
		return nil, nil, errors.Join(err, store.Close())
	}
	o, err := office.New(office.Config{
		Chain: conf.Office.Chain, Store: store, Key: key, Log: log, Publish: func(office.Publication) {},
	})
	if err != nil {
		return nil, nil, errors.Join(err, store.Close())
	}
	return o, store.Close, nil
}

// handOver has the running office take a file in.
func handOver(ctx context.Context, dir string, file io.Reader) (office.Imported, error) {
	var done arrived
	res, err := local.Post(ctx, dir, importPath, io.NopCloser(file)) // the caller closes it
	if err != nil {
		return done.Imported, fmt.Errorf("the office runs and does not take it: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	if err := json.NewDecoder(res.Body).Decode(&done); err != nil {
		return done.Imported, fmt.Errorf("the office runs and answers with status %d: is it another version? %w", res.StatusCode, err)
	}
	if done.Error != "" {
		return done.Imported, errors.New(done.Error)
	}
	return done.Imported, nil
}

// requests answers the commands of who may write the data folder.
func requests(o *office.Office) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+importPath, func(w http.ResponseWriter, r *http.Request) {
		done, err := o.Import(r.Context(), r.Body)
		a := arrived{Imported: done}
		if err != nil {
			a.Error = err.Error()
			_, _ = io.Copy(io.Discard, r.Body) // who still writes does not read the answer
			w.WriteHeader(http.StatusUnprocessableEntity)
		}
		_ = json.NewEncoder(w).Encode(a) // an error means that the asker is gone
	})
	mux.HandleFunc("POST "+commandPath, o.PostCommand)
	mux.HandleFunc("POST "+outcomePath, tellOutcome(o))
	return mux
}

func printArrived(a arrived) {
	if a.Terminal == "" {
		return // the error says why
	}
	fmt.Printf("%s: %s\n", a.File, a.Terminal)
	for _, p := range a.Parts {
		fmt.Printf("  epoch %s, events %d to %d: %d new, %d were here\n", p.Epoch, p.First, p.Last, p.Stored, p.Known)
		if p.Beside > 0 {
			fmt.Println("    the terminal signed two histories; both are kept: sourire-office verify names them")
		}
		if p.Early > 0 {
			fmt.Printf("    events %d to %d were not taken in: some before them are not here; export without --since, or import an older file first\n", p.Early, p.Last)
		}
		if p.Wrong != "" {
			fmt.Printf("    not taken in: %s\n", p.Wrong)
		}
	}
}
