package journal

/*
#ifdef HAVE_FDATASYNC
enum { fdatasync_built = 1 };
#else
enum { fdatasync_built = 0 };
#endif
*/
import "C"

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/mattn/go-sqlite3"

	"sourire/sync/durable"
)

const (
	applicationID = 0x536f7572 // "Sour"
	schemaVersion = 1
	minSQLite     = 3_051_003

	// The WAL is written once at this size and reused from its beginning: a
	// growing one costs four times the bytes for each tap.
	walRows  = 1100
	walBytes = walRows * 4096
)

const schema = `
CREATE TABLE event (
	seq   INTEGER PRIMARY KEY,
	head  BLOB NOT NULL,
	bytes BLOB NOT NULL
) STRICT;
CREATE TABLE cursor (
	id    INTEGER PRIMARY KEY CHECK (id = 1),
	seq   INTEGER NOT NULL,
	head  BLOB NOT NULL,
	clean INTEGER NOT NULL
) STRICT;`

// ErrBuild is returned by a binary that was built without fdatasync.
var ErrBuild = errors.New(`built without fdatasync: build with CGO_CFLAGS="-O2 -g -DHAVE_FDATASYNC=1", as make does`)

func init() {
	sql.Register("sourire-journal", &sqlite3.SQLiteDriver{
		ConnectHook: func(c *sqlite3.SQLiteConn) error {
			return c.SetFileControlInt("main", sqlite3.SQLITE_FCNTL_PERSIST_WAL, 1)
		},
	})
}

// The pragmas stand in the name: they hold for one connection, and database/sql
// may open another at any time. psow=0 never rewrites a block that holds an
// acknowledged row.
func dsn(path string, params string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?psow=0&_busy_timeout=5000&" + params
}

// openWriter opens the one connection that writes, and asserts what durability
// rests on.
func openWriter(path string) (*sql.DB, error) {
	if C.fdatasync_built == 0 {
		return nil, ErrBuild
	}
	db, err := sql.Open("sourire-journal", dsn(path, "mode=rw&_journal_mode=WAL&_synchronous=FULL&_txlock=immediate"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if err := assertDurable(db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func assertDurable(db *sql.DB) error {
	var mode string
	var sync int
	if err := db.QueryRow("PRAGMA journal_mode").Scan(&mode); err != nil {
		return err
	}
	if err := db.QueryRow("PRAGMA synchronous").Scan(&sync); err != nil {
		return err
	}
	version, number, _ := sqlite3.Version()
	if mode != "wal" || sync != 2 || number < minSQLite {
		return fmt.Errorf("sqlite %s runs with journal_mode=%s synchronous=%d: want wal, 2 and a version of at least 3.51.3", version, mode, sync)
	}
	return nil
}

// openReader opens connections that cannot write, beside a running writer or
// without one.
func openReader(path string) (*sql.DB, error) {
	db, err := sql.Open("sourire-journal", dsn(path, "mode=ro&_query_only=1"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(4)
	return db, nil
}

// preallocate gives the WAL its lasting size, once.
func preallocate(db *sql.DB, path string) error {
	if info, err := os.Stat(path + "-wal"); err != nil || info.Size() < walBytes {
		fill := fmt.Sprintf(`BEGIN IMMEDIATE;
			CREATE TABLE fill (bytes BLOB) STRICT;
			WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < %d)
				INSERT INTO fill SELECT zeroblob(4000) FROM n;
			ROLLBACK;`, walRows)
		if err := spill(db, fill); err != nil {
			return fmt.Errorf("preallocate the write-ahead log: %w", err)
		}
	}
	var busy, frames, moved int
	if err := db.QueryRow("PRAGMA wal_checkpoint(RESTART)").Scan(&busy, &frames, &moved); err != nil {
		return fmt.Errorf("restart the write-ahead log: %w", err)
	}
	return nil
}

// spill runs a transaction with a cache too small for it, so that its pages
// reach the WAL although it is rolled back.
func spill(db *sql.DB, script string) error {
	conn, err := db.Conn(context.Background())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	_, err = conn.ExecContext(context.Background(), "PRAGMA cache_size=10;"+script+"PRAGMA cache_size=-2000;")
	return err
}

// create makes a new database whose first row is the genesis. It appears under
// its name only when it is whole.
func create(path string, genesis row) error {
	tmp := path + ".new"
	for _, p := range []string{tmp, tmp + "-journal"} {
		if err := os.Remove(p); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	db, err := sql.Open("sqlite3", dsn(tmp, "mode=rwc&_synchronous=EXTRA"))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	_, err = db.Exec(fmt.Sprintf("PRAGMA application_id=%d; PRAGMA user_version=%d; BEGIN; %s", applicationID, schemaVersion, schema))
	if err != nil {
		return err
	}
	if _, err := db.Exec("INSERT INTO event VALUES (?, ?, ?)", genesis.seq, genesis.head[:], genesis.bytes); err != nil {
		return err
	}
	if _, err := db.Exec("INSERT INTO cursor VALUES (1, 0, zeroblob(32), 1); COMMIT"); err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(path))
}

// Damaged reports whether err means that the journal's contents are not what
// was written, rather than that they could not be read this time.
func Damaged(err error) bool {
	var e sqlite3.Error
	var wrong *WrongError
	switch {
	case err == nil:
		return false
	case errors.As(err, &e) && (e.Code == sqlite3.ErrCorrupt || e.Code == sqlite3.ErrNotADB):
		return true
	}
	return errors.As(err, &wrong) || errors.Is(err, errBroken)
}
