package durable_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sourire/sync/durable"
)

func TestWriteFileReplaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	for _, want := range []string{"one", "two"} {
		if err := durable.WriteFile(path, []byte(want), 0o640); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if left, err := filepath.Glob(path + ".*"); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if err := durable.WriteFile(filepath.Join(path, "below a file"), nil, 0o600); err == nil {
		t.Error("no error below a file")
	}
}

func TestKeyIsMadeOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	a, err := durable.Key(path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := durable.Key(path)
	if err != nil || a.Public().String() != b.Public().String() {
		t.Errorf("another key the second time: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	for _, spoilt := range []string{"", "not base64!", "c2hvcnQ="} {
		if err := os.WriteFile(path, []byte(spoilt), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := durable.Key(path); !errors.Is(err, durable.ErrNotKey) || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v", spoilt, err)
		}
		if now, err := os.ReadFile(path); err != nil || string(now) != spoilt {
			t.Errorf("%q became %q, %v", spoilt, now, err)
		}
	}
}
