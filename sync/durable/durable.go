// Package durable writes small files that survive a power cut: after it
// returns they have their new content, and before it their old one.
package durable

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"sourire/sync/seal"
)

// WriteFile replaces the file at path, on the machine's disk.
func WriteFile(path string, content []byte, mode fs.FileMode) error {
	return Machine.WriteFile(path, content, mode)
}

// Key is [Disk.Key] on the machine's disk.
func Key(path string) (seal.Key, error) { return Machine.Key(path) }

// Disk is a file system on which files are made durable.
type Disk struct{ FS }

// ReadFile is the content of the file at path.
func (d Disk) ReadFile(path string) ([]byte, error) {
	f, err := d.Open(path)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(f)
	return content, errors.Join(err, f.Close())
}

// WriteFile replaces the file at path.
func (d Disk) WriteFile(path string, content []byte, mode fs.FileMode) error {
	f, err := d.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = d.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, d.Remove(f.Name()))
	}
	return d.Sync(filepath.Dir(path))
}

// Sync makes durable what stands in a file, or the names in a folder.
func (d Disk) Sync(path string) error {
	f, err := d.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// ErrNotKey is returned for a file that holds something else than a key, or
// only a part of one.
var ErrNotKey = errors.New("not a key")

// Key is [Disk.ReadKey], but makes a key pair where there is no file.
func (d Disk) Key(path string) (seal.Key, error) {
	key, err := d.ReadKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		return d.newKey(path)
	}
	return key, err
}

// ReadKey reads the key pair whose seed stands in the file at path, in base64.
// A spoilt file is [ErrNotKey] and stays.
func (d Disk) ReadKey(path string) (seal.Key, error) {
	text, err := d.ReadFile(path)
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

func (d Disk) newKey(path string) (seal.Key, error) {
	seed := make([]byte, 32)
	_, _ = rand.Read(seed) // crypto/rand never fails
	text := base64.StdEncoding.EncodeToString(seed) + "\n"
	if err := d.WriteFile(path, []byte(text), 0o600); err != nil {
		return seal.Key{}, fmt.Errorf("write a new key: %w", err)
	}
	return seal.NewKey(seed)
}
