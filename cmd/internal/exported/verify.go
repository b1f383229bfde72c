// Package exported checks exported files for the commands of both programs.
package exported

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"sourire/sync/export"
	"sourire/sync/wire"
)

// Verify checks files and says what they hold, as JSON a line each. It goes on
// after one that is wrong, and returns what was wrong with each.
func Verify(to io.Writer, files []string, asJSON bool) error {
	var errs []error
	for _, file := range files {
		e, err := Check(file, nil)
		if asJSON {
			err = errors.Join(err, json.NewEncoder(to).Encode(newFinding(file, e, err)))
		} else if err == nil {
			fmt.Fprintf(to, "%s: %d events of %s, none missing, the chain is unbroken, all signed with key %s of its own first line\n",
				file, e.Events(), e.Identity, e.Ed25519)
			for _, p := range e.Parts {
				fmt.Fprintf(to, "  epoch %s, events %d to %d\n", p.Epoch, p.First, p.Last)
			}
			for _, l := range e.Left {
				fmt.Fprintf(to, "  not in it: epoch %s: %s\n", l.Epoch, l.Why)
			}
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Check checks a file, and calls visit, unless it is nil, as [export.Read] does.
// Its error names the file.
func Check(file string, visit func([]byte) error) (wire.Export, error) {
	f, err := os.Open(file)
	if err != nil {
		return wire.Export{}, err
	}
	e, err := export.Read(f, visit)
	if err != nil {
		err = fmt.Errorf("%s: %w", file, err)
	}
	return e, errors.Join(err, f.Close())
}

// finding is what is said of a file.
type finding struct {
	File   string `json:"file"`
	Whole  bool   `json:"whole"`
	Events uint64 `json:"events"`
	Wrong  string `json:"wrong,omitempty"`
	wire.Export
}

func newFinding(file string, e wire.Export, wrong error) finding {
	f := finding{File: file, Whole: wrong == nil, Events: e.Events(), Export: e}
	if wrong != nil {
		f.Wrong = wrong.Error()
	}
	return f
}
