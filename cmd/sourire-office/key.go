package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sourire/sync/seal"
)

// loadKey reads the office's key from data/office.key, and makes one at the
// first start. A key that cannot be read is an error and never replaced:
// terminals trust no other.
func loadKey(data string) (seal.Key, error) {
	path := filepath.Join(data, "office.key")
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return makeKey(path)
	}
	if err != nil {
		return seal.Key{}, fmt.Errorf("read the office's key: %w", err)
	}
	seed, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		return seal.Key{}, fmt.Errorf("read the office's key %s: %w: put back a copy of it", path, err)
	}
	key, err := seal.NewKey(seed)
	if err != nil {
		return seal.Key{}, fmt.Errorf("read the office's key %s: %w: put back a copy of it", path, err)
	}
	return key, nil
}

// makeKey writes a new key, whole or not at all.
func makeKey(path string) (_ seal.Key, err error) {
	seed := make([]byte, 32)
	rand.Read(seed) // never fails
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return seal.Key{}, fmt.Errorf("make the office's key: %w", err)
	}
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(seed) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(path+".new", path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		return seal.Key{}, fmt.Errorf("make the office's key: %w", err)
	}
	return seal.NewKey(seed)
}

// syncDir makes a rename in dir durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
