package wire

import (
	"encoding/json"
	"errors"
	"fmt"

	"sourire/device/tap"
	"sourire/sync/seal"
)

const schemaExport = "sourire.export/1"

// Export is the first line of an exported file: what follows it, signed by the
// terminal. Package sync/export knows the rest.
type Export struct {
	Schema string `json:"schema"`
	tap.Identity
	At       string       `json:"at"`       // the exporting machine's wall time
	Software string       `json:"software"` // its version
	Ed25519  string       `json:"ed25519"`  // the terminal's public key
	Parts    []ExportPart `json:"parts"`    // in the order of the file
	Left     []ExportLeft `json:"left"`     // never null
}

// ExportPart is a run of events of one epoch.
type ExportPart struct {
	Epoch string `json:"epoch"`
	First uint64 `json:"first"`
	Last  uint64 `json:"last"`
	Prev  string `json:"prev"` // the head before First, hex
	Head  string `json:"head"` // the head after Last
}

// ExportLeft is a journal of the terminal that is not in the file, or not all
// of it.
type ExportLeft struct {
	Epoch string `json:"epoch"` // empty where that cannot be read
	Why   string `json:"why"`
}

// Events is how many events follow.
func (e Export) Events() (n uint64) {
	for _, p := range e.Parts {
		n += p.Last - p.First + 1
	}
	return n
}

// Encode seals the line with the terminal's key.
func (e Export) Encode(key seal.Key) ([]byte, error) {
	e.Schema, e.Ed25519 = schemaExport, key.Public().String()
	return sealed(struct {
		Export
		seal.Sealed
	}{Export: e}, key)
}

// DecodeExport reads the line and verifies that the key that it names signed
// it. Whose key that is, it cannot know.
func DecodeExport(payload []byte) (Export, seal.Public, error) {
	e, pub, err := decodeExport(payload)
	if err != nil {
		return Export{}, pub, fmt.Errorf("read the export's first line: %w", err)
	}
	return e, pub, nil
}

func decodeExport(payload []byte) (Export, seal.Public, error) {
	var line struct {
		Export
		seal.Sealed
	}
	if err := json.Unmarshal(payload, &line); err != nil {
		return Export{}, seal.Public{}, err
	}
	e := line.Export
	if e.Schema != schemaExport {
		return e, seal.Public{}, fmt.Errorf("schema %.40q, want %q", e.Schema, schemaExport)
	}
	pub, err := seal.ParsePublic(e.Ed25519)
	if err != nil {
		return e, pub, err
	}
	if err := openSealed(payload, &line, func() seal.Sealed { return line.Sealed }, pub); err != nil {
		return e, pub, err
	}
	if !e.Valid() {
		return e, pub, errors.New("chain, store or terminal is not a legal id")
	}
	for _, p := range e.Parts {
		if err := p.check(); err != nil {
			return e, pub, err
		}
	}
	return e, pub, nil
}

func (p ExportPart) check() error {
	if !ValidEpoch(p.Epoch) {
		return fmt.Errorf("epoch %.40q is not a UUID", p.Epoch)
	}
	if p.First == 0 || p.Last < p.First || p.Last > MaxInt {
		return fmt.Errorf("epoch %s: events %d to %d make no run", p.Epoch, p.First, p.Last)
	}
	for _, h := range []string{p.Prev, p.Head} {
		if _, err := seal.ParseHead(h); err != nil {
			return fmt.Errorf("epoch %s: %w", p.Epoch, err)
		}
	}
	return nil
}
