package journal

import (
	"path/filepath"

	"sourire/sync/durable"
)

// Card is what a journal is kept on, where that is not the machine's file
// system: see package cardtest.
type Card interface {
	durable.FS
	VFS() string // by which SQLite reaches it: https://www.sqlite.org/vfs.html
}

// folder is where a journal lives.
type folder struct {
	durable.Disk
	vfs string // "" for SQLite's own
	dir string
	log int // pages of the write-ahead log
}

func machineFolder(dir string) folder { return folder{durable.Machine, "", dir, logPages} }

func (c Config) folder() folder {
	f := machineFolder(c.Dir)
	if c.Card != nil {
		f.Disk, f.vfs = durable.Disk{FS: c.Card}, c.Card.VFS()
	}
	if c.logPages > 0 {
		f.log = c.logPages
	}
	return f
}

func (f folder) database() string { return filepath.Join(f.dir, fileName) }

func (f folder) logBytes() int64 { return int64(f.log) * pageSize }
