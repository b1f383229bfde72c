package seal

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// ErrBadSignature is returned where a signature does not fit.
var ErrBadSignature = errors.New("signature does not fit")

// Public is an Ed25519 public key.
type Public struct{ key ed25519.PublicKey }

// ParsePublic reads a public key from padded standard base64.
func ParsePublic(s string) (Public, error) {
	b, err := decode64(s)
	if err != nil {
		return Public{}, fmt.Errorf("ed25519 key: %w", err)
	}
	if len(b) != ed25519.PublicKeySize {
		return Public{}, fmt.Errorf("ed25519 key: %d bytes, want %d", len(b), ed25519.PublicKeySize)
	}
	return Public{b}, nil
}

// String is the key in padded standard base64; empty for the zero Public.
func (p Public) String() string { return base64.StdEncoding.EncodeToString(p.key) }

// Zero reports whether there is no key.
func (p Public) Zero() bool { return len(p.key) == 0 }

// ID is the hex of the first 8 bytes of SHA-256(public key).
func (p Public) ID() string {
	h := sha256.Sum256(p.key)
	return hex.EncodeToString(h[:8])
}

// Check verifies a detached signature, in base64, over msg.
func (p Public) Check(msg []byte, sig string) error {
	b, err := decode64(sig)
	if err != nil || len(p.key) != ed25519.PublicKeySize || !ed25519.Verify(p.key, msg, b) {
		return ErrBadSignature
	}
	return nil
}

// decode64 reads padded standard base64. Bytes have one such form: line breaks
// and loose bits at the end, which other readers let pass, are errors.
func decode64(s string) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err == nil && base64.StdEncoding.EncodeToString(b) != s {
		err = errors.New("base64 with line breaks or loose bits")
	}
	return b, err
}

// Key is an Ed25519 key pair.
type Key struct{ priv ed25519.PrivateKey }

// NewKey makes the key pair of a 32-byte seed.
func NewKey(seed []byte) (Key, error) {
	if len(seed) != ed25519.SeedSize {
		return Key{}, fmt.Errorf("key seed is %d bytes, want %d", len(seed), ed25519.SeedSize)
	}
	return Key{ed25519.NewKeyFromSeed(seed)}, nil
}

// Public is the public half.
func (k Key) Public() Public { return Public{k.priv.Public().(ed25519.PublicKey)} }

// Sign is the signature of msg in base64.
func (k Key) Sign(msg []byte) string {
	return base64.StdEncoding.EncodeToString(ed25519.Sign(k.priv, msg))
}

// Sealed is a message that carries the id of the key that signed it, and a
// signature over its canonical form without events and sig.
type Sealed struct {
	Key string `json:"key"`
	Sig string `json:"sig"`
}

// Cover is what the signature of a sealed JSON message covers: its canonical
// form without the members events and sig.
func Cover(msg []byte) ([]byte, error) {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(msg, &m); err != nil {
		return nil, fmt.Errorf("read sealed message: %w", err)
	}
	if m == nil {
		return nil, errors.New("read sealed message: it is null")
	}
	delete(m, "events")
	delete(m, "sig")
	raw, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("read sealed message: %w", err)
	}
	return canonicalise(raw)
}
