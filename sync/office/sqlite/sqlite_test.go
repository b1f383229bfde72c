package sqlite_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"sourire/sync/office"
	"sourire/sync/office/sqlite"
	"sourire/sync/office/storetest"
)

func TestStore(t *testing.T) {
	storetest.Test(t, func(t *testing.T, path string) storetest.Store {
		s, err := sqlite.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func TestForeignFiles(t *testing.T) {
	for name, make := range map[string]func(path string) error{
		"text":       func(path string) error { return os.WriteFile(path, []byte("dear diary"), 0o600) },
		"short text": func(path string) error { return os.WriteFile(path, []byte("SQLite"), 0o600) },
		"zeros":      func(path string) error { return os.WriteFile(path, bytes.Repeat([]byte{0}, 8192), 0o600) },
		"another program's database": func(path string) error {
			db, err := sql.Open("sqlite3", path)
			if err != nil {
				return err
			}
			defer db.Close()
			_, err = db.Exec("CREATE TABLE diary (dear TEXT); PRAGMA application_id = 77")
			return err
		},
		"a database of nobody": func(path string) error {
			db, err := sql.Open("sqlite3", path)
			if err != nil {
				return err
			}
			defer db.Close()
			_, err = db.Exec("CREATE TABLE diary (dear TEXT)")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "office.db")
			if err := make(path); err != nil {
				t.Fatal(err)
			}
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := sqlite.Open(path); !errors.Is(err, sqlite.ErrForeign) {
				t.Errorf("Open: %v", err)
			}
			if _, err := sqlite.OpenReader(path); !errors.Is(err, sqlite.ErrForeign) {
				t.Errorf("OpenReader: %v", err)
			}
			after, err := os.ReadFile(path)
			if err != nil || !bytes.Equal(before, after) {
				t.Errorf("the file was changed, %v", err)
			}
			if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
				t.Errorf("files were left beside it: %v, %v", files, err)
			}
		})
	}
}

func TestDamagedStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "office.db")
	s, err := sqlite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copy(raw[100:], bytes.Repeat([]byte{0xff}, len(raw)-100))
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(path); !errors.Is(err, office.ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
}

func TestVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "office.db")
	s, err := sqlite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(path); err == nil {
		t.Error("a store of another version was opened")
	}
}

// A store of a version before is brought up to date by the office that serves
// it, and by nobody else.
func TestOlderVersion(t *testing.T) {
	for version, less := range map[int]string{1: "DROP TABLE hole; DROP TABLE command", 2: "DROP TABLE command"} {
		path := filepath.Join(t.TempDir(), "office.db")
		s, err := sqlite.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open("sqlite3", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(fmt.Sprintf("%s; PRAGMA user_version = %d", less, version)); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := sqlite.OpenReader(path); err == nil {
			t.Errorf("a reader opened version %d", version)
		}
		for range 2 {
			if s, err = sqlite.Open(path); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Load(t.Context()); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestReader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "office.db")
	if _, err := sqlite.OpenReader(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	s, err := sqlite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // beside a writer, and without
		r, err := sqlite.OpenReader(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Load(t.Context()); err != nil {
			t.Error(err)
		}
		if err := r.Commit(t.Context(), &office.Group{}); err == nil {
			t.Error("a reader committed")
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
