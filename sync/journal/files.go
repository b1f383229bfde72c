package journal

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

const (
	fileName  = "journal.db"
	keyName   = "terminal.key"
	epochName = "epoch.json"
	asideName = "aside"

	asideMost = 3 // journals, but for those not delivered yet

	unknownEpoch = "unknown"
)

// marker is what the folder remembers of its journal outside of it: which
// epoch it is and, once that has ended, how. It tells a damaged journal of ours
// from a file that is none, and a new genesis what came before.
type marker struct {
	Epoch string  `json:"epoch"`
	Seq   *uint64 `json:"seq,omitempty"`
	Head  *string `json:"head,omitempty"`
	Ended string  `json:"ended,omitempty"`
	Log   bool    `json:"log,omitempty"` // the write-ahead log has been given its lasting size
}

func (f folder) readMarker() (*marker, error) {
	raw, err := f.ReadFile(filepath.Join(f.dir, epochName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the epoch's marker: %w", err)
	}
	var m marker
	if err := json.Unmarshal(raw, &m); err != nil || m.Epoch == "" {
		// It is written by rename; a torn one means a failing card, and the
		// journal itself knows its epoch.
		return nil, nil
	}
	return &m, nil
}

func (f folder) writeMarker(m marker) error {
	raw, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := f.WriteFile(filepath.Join(f.dir, epochName), append(raw, '\n'), 0o644); err != nil {
		return fmt.Errorf("write the epoch's marker: %w", err)
	}
	return nil
}

// keepAside moves the journal's files to a folder of their own, named by their
// epoch. The database goes last: a folder without one is a move that was cut
// short, and is gone on with.
func (f folder) keepAside(epoch string) (string, error) {
	if _, err := f.Stat(f.database()); errors.Is(err, fs.ErrNotExist) {
		if _, err := f.Stat(f.database() + "-wal"); errors.Is(err, fs.ErrNotExist) {
			return "", nil
		}
	}
	to, err := f.asideFolder(epoch)
	if err != nil {
		return "", fmt.Errorf("keep the journal aside: %w", err)
	}
	for _, suffix := range []string{"-wal", "-shm", ""} {
		from, kept := f.database()+suffix, filepath.Join(to, fileName+suffix)
		move := func() error { return f.Rename(from, kept) }
		if _, err := f.Stat(kept); err == nil { // moved before power went; SQLite has made an empty one since
			move = func() error { return f.Remove(from) }
		}
		if err := move(); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("keep the journal aside: %w", err)
		}
	}
	for _, changed := range []string{to, filepath.Dir(to), f.dir} {
		if err := f.Sync(changed); err != nil {
			return "", fmt.Errorf("keep the journal aside: %w", err)
		}
	}
	return to, nil
}

// Aside lists the folders of the journals kept aside in a data folder, for
// [OpenReader]. The name of each is the id of its epoch, a hyphen and a number.
func Aside(dir string) ([]string, error) { return machineFolder(dir).aside() }

func (f folder) aside() ([]string, error) {
	aside := filepath.Join(f.dir, asideName)
	entries, err := f.ReadDir(aside)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the journals kept aside: %w", err)
	}
	var folders []string
	for _, e := range entries {
		if e.IsDir() {
			folders = append(folders, filepath.Join(aside, e.Name()))
		}
	}
	return folders, nil
}

// TrimAside removes all but the newest three of the journals kept aside, and but
// those that spare names: what has not been delivered yet stays, however many
// they are.
func TrimAside(dir string, spare func(folder string) bool) error {
	folders, err := Aside(dir)
	if err != nil {
		return err
	}
	age := map[string]int64{}
	for _, folder := range folders {
		info, err := os.Stat(folder)
		if err != nil {
			return fmt.Errorf("look at a journal kept aside: %w", err)
		}
		age[folder] = info.ModTime().UnixNano()
	}
	slices.SortFunc(folders, func(a, b string) int { return cmp.Compare(age[b], age[a]) })
	for _, folder := range folders[min(asideMost, len(folders)):] {
		if !spare(folder) {
			err = errors.Join(err, os.RemoveAll(folder))
		}
	}
	return err
}

func (f folder) asideFolder(epoch string) (string, error) {
	for n := 1; ; n++ {
		to := filepath.Join(f.dir, asideName, fmt.Sprintf("%s-%d", epoch, n))
		if _, err := f.Stat(filepath.Join(to, fileName)); err == nil {
			continue // the same card came back a second time
		}
		return to, f.MkdirAll(to, 0o755)
	}
}

// keepKeyAside moves the key's file to where journals are kept.
func (f folder) keepKeyAside() (string, error) {
	aside := filepath.Join(f.dir, asideName)
	if err := f.MkdirAll(aside, 0o755); err != nil {
		return "", fmt.Errorf("keep the key aside: %w", err)
	}
	to := ""
	for n := 1; ; n++ {
		to = filepath.Join(aside, fmt.Sprintf("%s-%d", keyName, n))
		if _, err := f.Stat(to); errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	err := f.Rename(filepath.Join(f.dir, keyName), to)
	if err = errors.Join(err, f.Sync(aside), f.Sync(f.dir)); err != nil {
		return "", fmt.Errorf("keep the key aside: %w", err)
	}
	return to, nil
}

// writable returns an error where this process may not write what is in the
// folder, however much room there is.
func (f folder) writable() error {
	for _, name := range []string{"", fileName, fileName + "-wal", fileName + "-shm"} {
		path := filepath.Join(f.dir, name)
		err := f.Writable(path)
		if err == nil || name != "" && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		return fmt.Errorf("%s cannot be written: %w: see to the card, and let this user write there", path, err)
	}
	return nil
}

// clearLog keeps a write-ahead log aside whose database is gone. SQLite would
// replay it into the next database of that name.
func clearLog(c Config, mark *marker) error {
	f := c.folder()
	_, err := f.Stat(f.database() + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	epoch := unknownEpoch
	if mark != nil {
		epoch = mark.Epoch
	}
	to, err := f.keepAside(epoch)
	if err == nil {
		c.Log.Warn("the journal's file is gone, its log is not", "kept", to)
	}
	return err
}
