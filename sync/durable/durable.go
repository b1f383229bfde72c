// Package durable writes small files that survive a power cut: after it
// returns they have their new content, and before it their old one.
package durable

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

// WriteFile replaces the file at path.
func WriteFile(path string, content []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return SyncDir(filepath.Dir(path))
}

// SyncDir makes the names in a folder durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// ErrNotKey is returned for a file that holds something else than a key, or
// only a part of one.
var ErrNotKey = errors.New("not a key")

// Key reads the key pair whose seed stands in the file at path, in base64. It
// makes one where there is no file. A spoilt file is [ErrNotKey] and stays.
func Key(path string) (seal.Key, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return newKey(path)
	}
	if err != nil {
		return seal.Key{}, fmt.Errorf("read the key: %w", err)
	}
	seed, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err == nil {
		var key seal.Key
		if key, err = seal.NewKey(seed); err == nil {
			return key, nil
		}
	}
	return seal.Key{}, fmt.Errorf("%s: %w: %w: put back a copy of it", path, ErrNotKey, err)
}

func newKey(path string) (seal.Key, error) {
	seed := make([]byte, 32)
	_, _ = rand.Read(seed) // crypto/rand never fails
	text := base64.StdEncoding.EncodeToString(seed) + "\n"
	if err := WriteFile(path, []byte(text), 0o600); err != nil {
		return seal.Key{}, fmt.Errorf("write a new key: %w", err)
	}
	return seal.NewKey(seed)
}
