// Package stick writes files to media that are full, fail, or are pulled out:
// a USB stick, often with FAT.
package stick

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"sourire/sync/durable"
)

// partial is added to the name of a file that is not finished.
const partial = ".part"

// file is what Write needs of a file.
type file interface {
	io.ReadWriteSeeker
	Sync() error
	Close() error
	Forget() error // from memory: what is read next comes from the medium
}

// Write makes a file at path, which must not be there yet. It appears under its
// name when the medium has all of it and check, which reads it back from there,
// is satisfied; otherwise not at all.
func Write(path string, write func(io.Writer) error, check func(io.Reader) error) error {
	return writeTo(create, path, write, check)
}

func writeTo(create func(string) (file, error), path string, write func(io.Writer) error, check func(io.Reader) error) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s: %w: name another file, or delete that one", path, os.ErrExist)
	}
	err := fill(create, path+partial, write, check)
	if err == nil {
		err = appear(path+partial, path)
	}
	if err != nil {
		_ = os.Remove(path + partial) // where the stick is gone, so is the file
		return fmt.Errorf("write %s: %w", path, explain(err))
	}
	// Its content is on the medium by now: it is whole, or not there.
	if err := durable.Machine.Sync(filepath.Dir(path)); err != nil && !errors.Is(err, unix.EINVAL) {
		return fmt.Errorf("write %s: %w", path, explain(err))
	}
	return nil
}

func fill(create func(string) (file, error), path string, write func(io.Writer) error, check func(io.Reader) error) error {
	f, err := create(path)
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = errors.Join(f.Sync(), f.Forget())
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err == nil {
		if err = check(f); err != nil {
			err = fmt.Errorf("read it back: %w", err)
		}
	}
	return errors.Join(err, f.Close())
}

// appear gives a file its name, and never the place of another. FAT cannot
// replace one in a single step, and some media know of no other way to rename.
func appear(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOSYS) {
		return err
	}
	if _, err := os.Lstat(to); err == nil {
		return os.ErrExist
	}
	return os.Rename(from, to)
}

// explain says what to do about an error.
func explain(err error) error {
	switch {
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		return fmt.Errorf("%w: there is no room for it: nothing was left there; take another stick", err)
	case errors.Is(err, unix.EFBIG):
		return fmt.Errorf("%w: FAT takes no file beyond 4 GB: nothing was left there; take a stick with exFAT, or export less with --since and --until", err)
	case errors.Is(err, unix.EROFS):
		return fmt.Errorf("%w: the stick is locked, or was not closed properly elsewhere: take another, or let a PC repair it", err)
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return fmt.Errorf("%w: ask as root, or have the stick mounted for this user", err)
	case errors.Is(err, unix.EIO), errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO), errors.Is(err, unix.ESTALE), errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%w: was the stick pulled out, or does it fail? A file that ends with %s is none; write it again", err, partial)
	}
	return err
}

type osFile struct{ *os.File }

// create overwrites what was left of an earlier attempt.
func create(path string) (file, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o644)
	return osFile{f}, err
}

func (f osFile) Forget() error {
	err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) {
		return nil // then it is read from memory
	}
	return err
}
