package stick

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

var content = strings.Repeat("0123456789abcdef", 1000)

func writeAll(w io.Writer) error {
	for rest := content; rest != ""; rest = rest[160:] {
		if _, err := w.Write([]byte(rest[:160])); err != nil {
			return err
		}
	}
	return nil
}

func checkAll(r io.Reader) error {
	got, err := io.ReadAll(r)
	if err == nil && string(got) != content {
		err = fmt.Errorf("%d bytes that are not what was written", len(got))
	}
	return err
}

func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.jsonl")
	if err := os.WriteFile(path+partial, bytes.Repeat([]byte("left"), 10_000), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, writeAll, checkAll); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != content {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if err := Write(path, writeAll, checkAll); !errors.Is(err, os.ErrExist) {
		t.Errorf("a second time: %v", err)
	}
	if err := appear(path, path); !errors.Is(err, os.ErrExist) {
		t.Errorf("a file in the way: %v", err)
	}
}

// bad is a stick that has a fault from some call on.
type bad struct {
	osFile
	room  int   // bytes that it takes
	write error // after that
	sync  error
	lies  bool // takes what does not fit, and forgets it
	read  error
}

func (b *bad) Write(p []byte) (int, error) {
	n := min(len(p), b.room)
	b.room -= n
	if _, err := b.osFile.Write(p[:n]); err != nil {
		return 0, err
	}
	if n < len(p) && !b.lies {
		return n, b.write
	}
	return len(p), nil
}

func (b *bad) Read(p []byte) (int, error) {
	if b.read != nil {
		return 0, b.read
	}
	return b.osFile.Read(p)
}

func (b *bad) Sync() error { return b.sync }

// Whatever happens, there is no file under the name, and the error says what to
// do.
func TestNothingHalf(t *testing.T) {
	for name, c := range map[string]struct {
		stick bad
		want  string
	}{
		"full":                 {bad{room: 5000, write: syscall.ENOSPC}, "take another stick"},
		"full from start":      {bad{write: syscall.ENOSPC}, "take another stick"},
		"beyond 4 GB":          {bad{room: 15_999, write: syscall.EFBIG}, "--since"},
		"pulled out":           {bad{room: 5000, write: syscall.EIO}, "pulled out"},
		"gone":                 {bad{room: 5000, write: syscall.ENODEV}, "pulled out"},
		"full at the sync":     {bad{room: 1 << 20, sync: syscall.ENOSPC}, "take another stick"},
		"out at the sync":      {bad{room: 1 << 20, sync: syscall.EIO}, "pulled out"},
		"smaller than it says": {bad{room: 5000, lies: true}, "not what was written"},
		"cannot be read":       {bad{room: 1 << 20, read: syscall.EIO}, "pulled out"},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "a.jsonl")
		err := writeTo(func(path string) (file, error) {
			f, err := create(path)
			c.stick.osFile = f.(osFile)
			return &c.stick, err
		}, path, writeAll, checkAll)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
			t.Errorf("%s: left %v, %v", name, left, err)
		}
	}
}

// The stick goes while its folder is still there to be asked: as read-only, or
// with another stick in it.
func TestTheFolderIsGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "usb")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "a.jsonl")
	err := Write(path, func(w io.Writer) error {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
		return writeAll(w)
	}, checkAll)
	if err == nil || !strings.Contains(err.Error(), "pulled out") {
		t.Errorf("%v", err)
	}
}
