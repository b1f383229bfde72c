package i2c

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// machine is a host with these buses, by number; the devices are plain files.
func machine(t *testing.T, names map[string]string) Host {
	t.Helper()
	root := t.TempDir()
	h := Host{Dev: filepath.Join(root, "dev"), Sys: filepath.Join(root, "sys")}
	for number, name := range names {
		for path, text := range map[string]string{h.path(number): "", filepath.Join(h.Sys, "i2c-"+number, "name"): name + "\n"} {
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return h
}

func TestAdapters(t *testing.T) {
	h := machine(t, map[string]string{"1": "bcm2835 (i2c@7e804000)", "20": "fef04500.i2c", "2": "bcm2835 (i2c@7e805000)"})
	got, err := h.Adapters()
	if err != nil {
		t.Fatal(err)
	}
	want := []Adapter{
		{1, h.path("1"), "bcm2835 (i2c@7e804000)"},
		{2, h.path("2"), "bcm2835 (i2c@7e805000)"},
		{20, h.path("20"), "fef04500.i2c"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("adapters %v, want %v", got, want)
	}
	if none, err := machine(t, nil).Adapters(); err != nil || len(none) != 0 {
		t.Errorf("a machine without buses: %v, %v", none, err)
	}
}

// A bus is found by number, by path and by name; one that is there is opened,
// and found to be a plain file here.
func TestOpen(t *testing.T) {
	h := machine(t, map[string]string{"1": "bcm2835 (i2c@7e804000)", "2": "bcm2835 (i2c@7e805000)"})
	for name, path := range map[string]string{
		"": h.path("1"), "1": h.path("1"), h.path("2"): h.path("2"), "bcm2835 (i2c@7e805000)": h.path("2"),
	} {
		if _, err := h.Open(name); err == nil || !strings.Contains(err.Error(), path+" is not an I2C bus") {
			t.Errorf("open %q: %v, want that %s is not an I2C bus", name, err, path)
		}
	}
	if _, err := h.Open("bcm2835"); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "1 (bcm2835 (i2c@7e804000))") {
		t.Errorf("open by a wrong name: %v, want the names there are", err)
	}
	for _, name := range []string{"7", "anything"} {
		if _, err := machine(t, nil).Open(name); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "dtparam=i2c_arm=on") {
			t.Errorf("open %q where there is none: %v, want how to switch it on", name, err)
		}
	}
}

func TestNoPermission(t *testing.T) {
	err := cannotOpen("/dev/i2c-1", &fs.PathError{Op: "open", Path: "/dev/i2c-1", Err: fs.ErrPermission})
	if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "group i2c") {
		t.Errorf("%v, want the group to join", err)
	}
}
