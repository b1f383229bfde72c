// Package sqlite keeps an office's store in one SQLite file.
//
//	store, err := sqlite.Open("/var/lib/sourire-office/office.db")
//
// It runs in WAL mode with synchronous=FULL: what Commit returned from has
// survived every power cut that was tried.
package sqlite

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/mattn/go-sqlite3"

	"sourire/sync/office"
)

//go:embed schema.sql
var schema string

const (
	applicationID = 0x536f4f66 // "SoOf"
	userVersion   = 3
	minVersion    = 3051003 // 3.51.3
	readers       = 4
	magic         = "SQLite format 3\x00"
)

// ErrForeign is returned for a file that is not an office's store. It is left as
// it is.
var ErrForeign = errors.New("not a store of sourire-office")

// ErrOlder is returned by [OpenReader] for a store that [Open] would bring up to
// date.
var ErrOlder = errors.New("an older sourire-office wrote it; let this one serve it first")

// Store is an office's store in a file.
type Store struct {
	write *sql.DB // one connection
	read  *sql.DB
	ids   ids
}

var _ office.Store = (*Store)(nil)

// Open opens the store at path, and makes it where there is none.
func Open(path string) (*Store, error) {
	s, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, explain(err))
	}
	return s, nil
}

func open(path string) (_ *Store, err error) {
	if err := ours(path); err != nil {
		return nil, err
	}
	s := &Store{ids: newIDs()}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if s.write, err = sql.Open("sqlite3", dsn(path, url.Values{"mode": {"rwc"}, "_txlock": {"immediate"}})); err != nil {
		return nil, err
	}
	s.write.SetMaxOpenConns(1)
	if err := s.create(); err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	return s, s.openReaders(path)
}

// OpenReader opens the store at path for reading only, beside a running office
// or without one. Commit fails.
func OpenReader(path string) (*Store, error) {
	s := &Store{ids: newIDs()}
	err := ours(path)
	if _, missing := os.Stat(path); missing != nil {
		err = missing
	}
	if err == nil {
		err = s.openReaders(path)
	}
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, explain(err))
	}
	return s, nil
}

func (s *Store) openReaders(path string) (err error) {
	s.read, err = sql.Open("sqlite3", dsn(path, url.Values{"mode": {"ro"}, "_query_only": {"true"}}))
	if err != nil {
		return err
	}
	s.read.SetMaxOpenConns(readers)
	var id, version int
	if err := s.read.QueryRow("SELECT application_id, user_version FROM pragma_application_id, pragma_user_version").Scan(&id, &version); err != nil {
		return err
	}
	switch {
	case id != applicationID:
		return ErrForeign
	case version != userVersion:
		return wrongVersion(version)
	}
	return nil
}

// dsn is a connection string; pragmas are per connection and must be in it.
func dsn(path string, more url.Values) string {
	q := url.Values{
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		"_foreign_keys": {"true"},
		"_busy_timeout": {"10000"},
		"psow":          {"0"},
	}
	for k, v := range more {
		q[k] = v
	}
	if more.Get("mode") == "ro" {
		q.Del("_journal_mode")
	}
	u := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: q.Encode()}
	return u.String()
}

// ours looks into the file at path, without touching it, for whether it may be
// a store.
func ours(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, len(magic))
	switch n, err := io.ReadFull(f, head); {
	case n == 0 && err == io.EOF:
		return nil
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return err
	case string(head[:n]) != magic:
		return ErrForeign
	}
	db, err := sql.Open("sqlite3", dsn(path, url.Values{"mode": {"ro"}}))
	if err != nil {
		return err
	}
	defer db.Close()
	var id, tables int
	if err := db.QueryRow("SELECT application_id FROM pragma_application_id").Scan(&id); err != nil {
		return err
	}
	if err := db.QueryRow("SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return err
	}
	// A store whose making was cut short is empty and has no id.
	if id != applicationID && (id != 0 || tables != 0) {
		return ErrForeign
	}
	return nil
}

// create makes the tables of a new store, and those that an older one lacks.
func (s *Store) create() error {
	tx, err := s.write.Begin()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	var id, version int
	if err := tx.QueryRow("SELECT application_id, user_version FROM pragma_application_id, pragma_user_version").Scan(&id, &version); err != nil {
		return err
	}
	text := schema
	switch {
	case id == applicationID && version == userVersion:
		return nil
	case id == applicationID && version == 1:
		text = addHoles + addCommands
	case id == applicationID && version == 2:
		text = addCommands
	case id == applicationID:
		return wrongVersion(version)
	}
	pragmas := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d;", applicationID, userVersion)
	if _, err := tx.Exec(pragmas + text); err != nil {
		return err
	}
	return tx.Commit()
}

// addCommands makes version 3 of version 2.
var addCommands = schema[strings.Index(schema, "CREATE TABLE command"):]

// addHoles makes version 2 of version 1.
var addHoles = schema[strings.Index(schema, "CREATE TABLE hole"):strings.Index(schema, "CREATE TABLE event")]

func wrongVersion(version int) error {
	if version < userVersion {
		return fmt.Errorf("version %d, want %d: %w", version, userVersion, ErrOlder)
	}
	return fmt.Errorf("version %d, want %d: a newer sourire-office wrote it; use that one", version, userVersion)
}

// check asserts what durability rests on.
func (s *Store) check() error {
	var journal string
	var synchronous int
	if err := s.write.QueryRow("SELECT journal_mode, synchronous FROM pragma_journal_mode, pragma_synchronous").Scan(&journal, &synchronous); err != nil {
		return err
	}
	name, version, _ := sqlite3.Version()
	if journal != "wal" || synchronous != 2 || version < minVersion {
		return fmt.Errorf("SQLite %s with journal %s and synchronous %d, want 3.51.3 or later with wal and 2", name, journal, synchronous)
	}
	return nil
}

// explain gives SQLite's errors the names that callers know. Damaged are rows
// that cannot be read, and rows in the way of new ones.
func explain(err error) error {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case sqlite3.ErrCorrupt, sqlite3.ErrConstraint:
		return fmt.Errorf("%w (%w)", office.ErrDamaged, err)
	case sqlite3.ErrNotADB:
		return fmt.Errorf("%w (%w)", ErrForeign, err)
	case sqlite3.ErrIoErr:
		switch e.ExtendedCode {
		case sqlite3.ErrIoErrRead, sqlite3.ErrIoErrShortRead, ioErrCorruptFS, ioErrData:
			return fmt.Errorf("%w (%w)", office.ErrDamaged, err)
		}
	}
	return err
}

// Result codes that go-sqlite3 has no names for: the filesystem found a page
// damaged, and a page's checksum is wrong.
var (
	ioErrData      = sqlite3.ErrIoErr.Extend(32)
	ioErrCorruptFS = sqlite3.ErrIoErr.Extend(33)
)

// Close closes the store's file.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

var errReadOnly = errors.New("store is open for reading only")

func (s *Store) begin(ctx context.Context) (*sql.Tx, error) {
	if s.write == nil {
		return nil, errReadOnly
	}
	return s.write.BeginTx(ctx, nil)
}
