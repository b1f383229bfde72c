package wire

import (
	"encoding/json"
	"errors"
	"fmt"

	"sourire/device/tap"
	"sourire/sync/seal"
)

const (
	schemaState  = "sourire.state/1"
	schemaAck    = "sourire.ack/1"
	schemaOffice = "sourire.office/1"
)

// KeyInfo names a public key.
type KeyInfo struct {
	ID      string `json:"id"`
	Ed25519 string `json:"ed25519"`
}

// Health is what a terminal says of itself, all optional.
type Health struct {
	At       string   `json:"at,omitempty"`       // wall time when the state was made
	Up       int64    `json:"up,omitempty"`       // ms since boot
	Faults   []string `json:"faults,omitempty"`   // parts out of order
	Rejected uint64   `json:"rejected,omitempty"` // messages from head office that were refused
	Stale    uint64   `json:"stale,omitempty"`    // watermarks that were old news
	Rewinds  uint64   `json:"rewinds,omitempty"`  // times that events were sent again
}

// State is a terminal's birth and health. The will and the clean stop carry
// Online false and only the fields up to Epoch.
type State struct {
	Schema   string      `json:"schema"`
	Online   bool        `json:"online"`
	Boot     uint64      `json:"boot"`
	Session  uint64      `json:"session"` // counts connections within a boot
	Epoch    string      `json:"epoch"`
	Last     *uint64     `json:"last,omitempty"`    // seq of the newest event
	Pending  *uint64     `json:"pending,omitempty"` // events beyond the watermark
	Config   *uint64     `json:"config,omitempty"`  // seq of the config in force
	Clock    tap.Quality `json:"clock,omitempty"`
	Health   *Health     `json:"health,omitempty"`
	Software string      `json:"software,omitempty"`
	Key      *KeyInfo    `json:"key,omitempty"`
}

// Encode is the canonical payload; it fills in the schema.
func (s State) Encode() ([]byte, error) {
	s.Schema = schemaState
	return seal.Canonical(s)
}

// DecodeState reads a state.
func DecodeState(payload []byte) (State, error) {
	var s State
	if err := json.Unmarshal(payload, &s); err != nil {
		return s, fmt.Errorf("read state: %w", err)
	}
	if s.Schema != schemaState {
		return s, fmt.Errorf("read state: schema %.40q, want %q", s.Schema, schemaState)
	}
	if !ValidEpoch(s.Epoch) {
		return s, fmt.Errorf("read state: epoch %.40q is not a UUID", s.Epoch)
	}
	return s, nil
}

// Ack is the office's watermark: it has every event of the epoch up to Seq.
type Ack struct {
	Schema string `json:"schema"`
	tap.Identity
	Epoch string `json:"epoch"`
	Seq   uint64 `json:"seq"`
	Head  string `json:"head"` // hex
	// Resend asks for what follows Seq although it was acknowledged before: the
	// office has lost it.
	Resend *Resend `json:"resend,omitempty"`
}

// Resend names the connection that is asked, so that what was once said to
// another cannot be said again.
type Resend struct {
	Boot    uint64 `json:"boot"`
	Session uint64 `json:"session"`
}

// Encode seals the ack with the office's key.
func (a Ack) Encode(key seal.Key) ([]byte, error) {
	a.Schema = schemaAck
	return sealed(struct {
		Ack
		seal.Sealed
	}{Ack: a}, key)
}

// DecodeAck reads an ack and verifies that pub signed it. A wrong key or
// signature is [seal.ErrBadSignature].
func DecodeAck(payload []byte, pub seal.Public) (Ack, error) {
	var a struct {
		Ack
		seal.Sealed
	}
	if err := openSealed(payload, &a, func() seal.Sealed { return a.Sealed }, pub); err != nil {
		return a.Ack, fmt.Errorf("read ack: %w", err)
	}
	if a.Schema != schemaAck {
		return a.Ack, fmt.Errorf("read ack: schema %.40q, want %q", a.Schema, schemaAck)
	}
	return a.Ack, nil
}

// Office is the office's public key, signed by itself.
type Office struct {
	Schema  string `json:"schema"`
	Chain   string `json:"chain"`
	Ed25519 string `json:"ed25519"`
}

// EncodeOffice is the payload that introduces the office of a chain.
func EncodeOffice(chain string, key seal.Key) ([]byte, error) {
	return sealed(struct {
		Office
		seal.Sealed
	}{Office: Office{schemaOffice, chain, key.Public().String()}}, key)
}

// DecodeOffice reads the office's key and verifies that it signed itself for
// this chain.
func DecodeOffice(payload []byte, chain string) (seal.Public, error) {
	var o struct {
		Office
		seal.Sealed
	}
	if err := json.Unmarshal(payload, &o); err != nil {
		return seal.Public{}, fmt.Errorf("read office key: %w", err)
	}
	if o.Schema != schemaOffice || o.Chain != chain {
		return seal.Public{}, fmt.Errorf("read office key: schema %.40q of chain %.40q, want %q of %q", o.Schema, o.Chain, schemaOffice, chain)
	}
	pub, err := seal.ParsePublic(o.Ed25519)
	if err != nil {
		return seal.Public{}, fmt.Errorf("read office key: %w", err)
	}
	if err := openSealed(payload, &o, func() seal.Sealed { return o.Sealed }, pub); err != nil {
		return seal.Public{}, fmt.Errorf("read office key: %w", err)
	}
	return pub, nil
}

// sealed adds key and sig to a message whose Sealed part is empty.
func sealed(msg any, key seal.Key) ([]byte, error) {
	raw, err := json.Marshal(msg)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	m["key"] = key.Public().ID()
	delete(m, "sig")
	cover, err := seal.Canonical(m)
	if err != nil {
		return nil, err
	}
	m["sig"] = key.Sign(cover)
	return seal.Canonical(m)
}

var errKey = errors.New("sealed with another key")

// openSealed reads payload into msg and verifies its signature.
func openSealed(payload []byte, msg any, part func() seal.Sealed, pub seal.Public) error {
	if err := json.Unmarshal(payload, msg); err != nil {
		return err
	}
	s := part()
	if s.Key != pub.ID() {
		return fmt.Errorf("%w: %w", errKey, seal.ErrBadSignature)
	}
	cover, err := seal.Cover(payload)
	if err != nil {
		return err
	}
	return pub.Check(cover, s.Sig)
}
