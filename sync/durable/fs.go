package durable

import (
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// FS is what durable files need of a file system. Its methods do what those of
// package os do.
type FS interface {
	Open(name string) (File, error) // also a folder, for Sync
	CreateTemp(dir, pattern string) (File, error)
	Stat(name string) (fs.FileInfo, error)
	ReadDir(name string) ([]fs.DirEntry, error)
	MkdirAll(name string, mode fs.FileMode) error
	Rename(from, to string) error
	Remove(name string) error
	Writable(name string) error // an error where this process may not write it
}

// File is an open file.
type File interface {
	io.ReadWriteCloser
	Name() string
	Chmod(mode fs.FileMode) error
	Sync() error
}

// Machine is the disk that this process sees.
var Machine = Disk{machine{}}

type machine struct{}

func (machine) Open(name string) (File, error)               { return os.Open(name) }
func (machine) CreateTemp(dir, pattern string) (File, error) { return os.CreateTemp(dir, pattern) }
func (machine) Stat(name string) (fs.FileInfo, error)        { return os.Stat(name) }
func (machine) ReadDir(name string) ([]fs.DirEntry, error)   { return os.ReadDir(name) }
func (machine) MkdirAll(name string, mode fs.FileMode) error { return os.MkdirAll(name, mode) }
func (machine) Rename(from, to string) error                 { return os.Rename(from, to) }
func (machine) Remove(name string) error                     { return os.Remove(name) }
func (machine) Writable(name string) error                   { return unix.Access(name, unix.W_OK) }
