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
}

func machineFolder(dir string) folder { return folder{durable.Machine, "", dir} }

func (c Config) folder() folder {
	if c.Card == nil {
		return machineFolder(c.Dir)
	}
	return folder{durable.Disk{FS: c.Card}, c.Card.VFS(), c.Dir}
}

func (f folder) database() string { return filepath.Join(f.dir, fileName) }
