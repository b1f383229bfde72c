package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"sourire/cmd/internal/datadir"
	"sourire/cmd/internal/local"
	"sourire/device/tap"
	"sourire/sync/wire"
)

// exportedPath is the path by which the running terminal hears of a copy.
const exportedPath = "/exported"

// maxExported bounds what is read there, and with it the event.
const maxExported = 8 << 10 // bytes

// errNotRunning is why nothing was written into the journal.
var errNotRunning = errors.New("the terminal does not run")

// noteExport has the running terminal note that a copy was taken.
func noteExport(ctx context.Context, dir string, e wire.Export) error {
	running, err := datadir.Taken(dir)
	if err != nil {
		return err
	}
	if !running {
		return errNotRunning
	}
	body, err := json.Marshal(copied(e))
	if err != nil {
		return err
	}
	res, err := local.Post(ctx, dir, exportedPath, bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusNoContent {
		answer, _ := io.ReadAll(io.LimitReader(res.Body, 1<<10)) // the status says enough
		return fmt.Errorf("the terminal refused: %s", bytes.TrimSpace(answer))
	}
	return nil
}

// copied are the parts of the journal that a file has.
func copied(e wire.Export) []tap.ExportedPart {
	parts := make([]tap.ExportedPart, len(e.Parts))
	for i, p := range e.Parts {
		parts[i] = tap.ExportedPart{Epoch: p.Epoch, First: p.First, Last: p.Last}
	}
	return parts
}

// exported notes that a copy was taken.
func (b *box) exported(parts []tap.ExportedPart) {
	b.loop.Note(&tap.ExportEvent{Header: tap.Header{Kind: tap.KindExport}, Parts: parts})
}

// requests answers the commands of who may write the data folder.
func (b *box) requests() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+exportedPath, func(w http.ResponseWriter, r *http.Request) {
		parts, err := readParts(http.MaxBytesReader(w, r.Body, maxExported))
		if err == nil {
			err = b.has(parts)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		b.exported(parts)
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

func readParts(r io.Reader) (parts []tap.ExportedPart, err error) {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&parts); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more after the parts")
	}
	if len(parts) == 0 {
		return nil, errors.New("no part was copied")
	}
	for _, p := range parts {
		if !wire.ValidEpoch(p.Epoch) || p.First == 0 || p.Last < p.First || p.Last > wire.MaxInt {
			return nil, fmt.Errorf("epoch %.40q, events %d to %d make no run", p.Epoch, p.First, p.Last)
		}
	}
	return parts, nil
}

// has reports where this epoch has not got what is said to have been copied.
func (b *box) has(parts []tap.ExportedPart) error {
	last, _ := b.journal.Last()
	for _, p := range parts {
		if p.Epoch == b.journal.Epoch() && p.Last > last {
			return fmt.Errorf("event %d of epoch %s was not written yet", p.Last, p.Epoch)
		}
	}
	return nil
}
