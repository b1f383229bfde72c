// Package seal makes the journal provable: RFC 8785 canonical bytes, a SHA-256
// hash chain over events, and Ed25519 signatures over messages. It is pure.
//
//	h(n) = SHA-256(h(n-1) || event bytes), h(0) = 32 zero bytes
package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"

	"github.com/go-json-experiment/json/jsontext"
)

// Head is the value of the hash chain after an event. The zero Head stands
// before the first.
type Head [sha256.Size]byte

// String is the head in lower-case hex, as messages carry it.
func (h Head) String() string { return hex.EncodeToString(h[:]) }

// ParseHead reads what [Head.String] writes.
func ParseHead(s string) (Head, error) {
	var h Head
	if len(s) != 2*len(h) {
		return h, fmt.Errorf("head is %d characters, want %d", len(s), 2*len(h))
	}
	if _, err := hex.Decode(h[:], []byte(s)); err != nil {
		return Head{}, fmt.Errorf("head: %w", err)
	}
	if h.String() != s {
		return Head{}, fmt.Errorf("head %q is not in lower case", s)
	}
	return h, nil
}

// Next is the head after an event with these bytes.
func (h Head) Next(event []byte) Head {
	d := sha256.New()
	d.Write(h[:])
	d.Write(event)
	var n Head
	d.Sum(n[:0])
	return n
}

// Link is one event of a chain: its number, its canonical bytes, and the head
// after it.
type Link struct {
	Seq   uint64
	Head  Head
	Event []byte
}

// ErrNotCanonical is returned for JSON that is not in RFC 8785 form.
var ErrNotCanonical = errors.New("not in RFC 8785 canonical form")

// Canonical is v in RFC 8785 (JCS) form.
func Canonical(v any) ([]byte, error) {
	return appendCanonical(make([]byte, 0, 256), reflect.ValueOf(v))
}

// CheckCanonical returns [ErrNotCanonical] where raw is JSON in another form,
// and another error where it is not JSON.
func CheckCanonical(raw []byte) error {
	c, err := canonicalise(bytes.Clone(raw))
	if err != nil {
		return err
	}
	if !bytes.Equal(c, raw) {
		return ErrNotCanonical
	}
	return nil
}

// canonicalise brings raw, which it may overwrite, into RFC 8785 form.
func canonicalise(raw jsontext.Value) ([]byte, error) {
	if err := raw.Canonicalize(); err != nil {
		return nil, fmt.Errorf("canonicalise: %w", err)
	}
	return raw, nil
}
