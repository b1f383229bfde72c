package cardtest

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"sourire/sync/durable"
)

// Open opens a file for reading, or a folder.
func (c *Card) Open(name string) (durable.File, error) {
	info, err := c.stat(Stat, name)
	if err != nil {
		return nil, err
	}
	return &opened{card: c, info: info, path: path.Clean(name)}, nil
}

// CreateTemp makes a file whose name no other has.
func (c *Card) CreateTemp(dir, pattern string) (durable.File, error) {
	if _, err := c.stat(Stat, dir); err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.temps++
	name := path.Join(dir, strings.Replace(pattern, "*", strconv.Itoa(c.temps), 1))
	c.mu.Unlock()
	n, err := c.create(name)
	if err != nil {
		return nil, err
	}
	return &opened{card: c, info: info{name: path.Base(name), number: n}, path: name}, nil
}

// create makes an empty file, and returns its number.
func (c *Card) create(name string) (int, error) {
	c.mu.Lock()
	c.files++
	n := c.files
	c.mu.Unlock()
	return n, c.do(Op{Kind: Create, Path: name, file: n})
}

// Stat describes a file.
func (c *Card) Stat(name string) (fs.FileInfo, error) { return c.stat(Stat, name) }

// Writable is an error where a file may not be written.
func (c *Card) Writable(name string) error {
	_, err := c.stat(Touch, name)
	return err
}

func (c *Card) stat(k Kind, name string) (info, error) {
	name = path.Clean(name)
	if err := c.ask(Op{Kind: k, Path: name}); err != nil {
		return info{}, failed(Op{Kind: k, Path: name}, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n, ok := c.now.names[name]
	if !ok {
		return info{}, failed(Op{Kind: k, Path: name}, syscall.ENOENT)
	}
	i := info{name: path.Base(name), number: n}
	if n != folder {
		i.size = c.now.files[n].size
	}
	return i, nil
}

// ReadDir lists a folder.
func (c *Card) ReadDir(name string) ([]fs.DirEntry, error) {
	if _, err := c.stat(Stat, name); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var entries []fs.DirEntry
	for full, n := range c.now.names {
		if path.Dir(full) == path.Clean(name) && full != path.Clean(name) {
			i := info{name: path.Base(full), number: n}
			if n != folder {
				i.size = c.now.files[n].size
			}
			entries = append(entries, fs.FileInfoToDirEntry(i))
		}
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// MkdirAll makes a folder, and those above it.
func (c *Card) MkdirAll(name string, mode fs.FileMode) error {
	_, err := c.stat(Stat, name)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := c.MkdirAll(path.Dir(path.Clean(name)), mode); err != nil {
		return err
	}
	return c.do(Op{Kind: Create, Path: path.Clean(name), file: folder})
}

// Rename moves a file, onto another one if there is one.
func (c *Card) Rename(from, to string) error {
	for _, name := range []string{from, path.Dir(to)} {
		if _, err := c.stat(Stat, name); err != nil {
			return err
		}
	}
	return c.do(Op{Kind: Rename, Path: path.Clean(from), To: path.Clean(to)})
}

// Remove removes the name of a file.
func (c *Card) Remove(name string) error {
	if _, err := c.stat(Stat, name); err != nil {
		return err
	}
	return c.do(Op{Kind: Remove, Path: path.Clean(name)})
}

func failed(o Op, err error) error {
	return &fs.PathError{Op: o.Kind.String(), Path: o.Path, Err: err}
}

// opened is an open file, or a folder.
type opened struct {
	card *Card
	info
	path string
	at   int64
}

func (f *opened) Name() string            { return f.path }
func (f *opened) Chmod(fs.FileMode) error { return nil }
func (f *opened) Close() error            { return nil }

func (f *opened) Read(p []byte) (int, error) {
	n, err := f.card.read(f.number, f.path, p, f.at)
	f.at += int64(n)
	if err == nil && n == 0 && len(p) > 0 {
		err = io.EOF
	}
	return n, err
}

func (c *Card) read(number int, name string, p []byte, off int64) (int, error) {
	o := Op{Kind: Read, Path: name, Off: off}
	if err := c.ask(o); err != nil {
		return 0, failed(o, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now.files[number].read(p, off), nil
}

func (f *opened) Write(p []byte) (int, error) {
	if err := f.card.do(Op{Kind: Write, Path: f.path, Off: f.at, Data: slices.Clone(p), file: f.number}); err != nil {
		return 0, err
	}
	f.at += int64(len(p))
	return len(p), nil
}

func (f *opened) Sync() error {
	if f.number == folder {
		return f.card.do(Op{Kind: SyncDir, Path: f.path})
	}
	return f.card.do(Op{Kind: Sync, Path: f.path, file: f.number})
}

type info struct {
	name   string
	size   int64
	number int
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return i.number == folder }
func (i info) Sys() any           { return nil }
func (i info) Mode() fs.FileMode {
	if i.IsDir() {
		return fs.ModeDir | 0o755
	}
	return 0o644
}
