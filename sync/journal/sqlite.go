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
	"io/fs"
	"net/url"

	"github.com/mattn/go-sqlite3"
)

const (
	applicationID = 0x536f7572 // "Sour"
	schemaVersion = 1
	minSQLite     = 3_051_003

	// With psow=0 SQLite takes a card's block, of 4096 bytes, for what a power cut
	// may spoil as a whole. A commit fills its blocks in the WAL, so that the next
	// one begins another; and of a block of the database it writes every page, so
	// that a checkpoint cut short finds all of them in the WAL. With psow=1, the
	// default, pages of 1024 bytes are cheap, and power cuts with spoilt blocks take
	// presses that were acknowledged. What deploy/pagesizes says, of a card's bytes
	// for each of 5,000 taps, checkpoints included and the filesystem not, and of
	// TestPowerCuts:
	//
	//	page    psow=0                           psow=1
	//	1024    7,562  0 of 38,770 points lost   5,832  2,944 of 14,366
	//	2048    7,163  0 of 24,002               6,862  2,103 of 11,944
	//	4096    8,953  0 of 16,820               8,890  1,586 of 11,202
	//
	// Two pages a block are the cheapest that is safe. The figures are of
	// SOURIRE_SEED=1 SOURIRE_ROUNDS=4; BenchmarkWear has the whole at a block device.
	pageSize = 2048

	// The WAL is written once at this size and reused from its beginning: a
	// growing one costs four times the bytes for each tap. At 10 of 11 parts of it
	// its pages are moved to the database.
	logPages = 2200
)

const eventTable = `CREATE TABLE event (
	seq   INTEGER PRIMARY KEY,
	head  BLOB NOT NULL,
	bytes BLOB NOT NULL
) STRICT`

const schema = eventTable + `;
CREATE TABLE cursor (
	id    INTEGER PRIMARY KEY CHECK (id = 1),
	seq   INTEGER NOT NULL,
	head  BLOB NOT NULL,
	clean INTEGER NOT NULL
) STRICT;`

const fdatasyncBuilt = C.fdatasync_built == 1

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
func (f folder) dsn(path, params string) string {
	if f.vfs != "" {
		params += "&vfs=" + f.vfs
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?psow=0&_busy_timeout=5000&" + params
}

func assertDurable(c *sql.Conn) error {
	ctx := context.Background()
	var mode string
	var sync int
	if err := c.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
		return err
	}
	if err := c.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&sync); err != nil {
		return err
	}
	version, number, _ := sqlite3.Version()
	if mode != "wal" || sync != 2 || number < minSQLite {
		return fmt.Errorf("sqlite %s runs with journal_mode=%s synchronous=%d: want wal, 2 and a version of at least 3.51.3", version, mode, sync)
	}
	return nil
}

// connectReaders opens connections that cannot write, beside a running writer
// or without one.
func (f folder) connectReaders() (*sql.DB, error) {
	db, err := sql.Open("sourire-journal", f.dsn(f.database(), "mode=ro&_query_only=1"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(4)
	return db, nil
}

// lastInDatabase is the newest event that the database has without its log; 0
// where that cannot be told, as of one amid a checkpoint.
func (f folder) lastInDatabase() (seq uint64) {
	db, err := sql.Open("sqlite3", f.dsn(f.database(), "mode=ro&immutable=1"))
	if err != nil {
		return 0
	}
	defer func() { _ = db.Close() }()
	if err := db.QueryRow("SELECT max(seq) FROM event").Scan(&seq); err != nil {
		return 0
	}
	return seq
}

// preallocate gives the WAL its lasting size, once.
func preallocate(c *sql.Conn, f folder) error {
	log := f.database() + "-wal"
	if info, err := f.Stat(log); err != nil || info.Size() < f.logBytes() {
		if err := spill(c, f.log); err != nil {
			return fmt.Errorf("preallocate the write-ahead log: %w", err)
		}
	}
	if err := f.Sync(log); err != nil { // so that the next press does not wait for it
		return fmt.Errorf("preallocate the write-ahead log: %w", err)
	}
	return nil
}

// spill rolls a transaction back that needs over n pages, with a cache too small
// for it, so that n of them reach the WAL all the same.
func spill(c *sql.Conn, n int) (err error) {
	ctx := context.Background()
	defer func() {
		_, _ = c.ExecContext(ctx, "ROLLBACK") // a failure may have done it already
		_, wrong := c.ExecContext(ctx, "PRAGMA cache_size=-2000")
		err = errors.Join(err, wrong)
	}()
	_, err = c.ExecContext(ctx, fmt.Sprintf(`PRAGMA cache_size=10;
		BEGIN IMMEDIATE;
		CREATE TABLE fill (bytes BLOB) STRICT;
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < %d)
			INSERT INTO fill SELECT zeroblob(%d) FROM n`, n+20, pageSize-100))
	return err
}

// restart has the WAL begun again from its front.
func restart(c *sql.Conn) error {
	var busy, frames, moved int
	if err := c.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint(RESTART)").Scan(&busy, &frames, &moved); err != nil {
		return fmt.Errorf("restart the write-ahead log: %w", err)
	}
	return nil
}

// create makes a new database whose first row is the genesis. It appears under
// its name only when it is whole; after an error there is nothing of it.
func (f folder) create(genesis row) (err error) {
	tmp := f.database() + ".new"
	if err := f.removeDatabase(tmp); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.removeDatabase(tmp))
		}
	}()
	if err := f.fill(tmp, genesis); err != nil {
		return err
	}
	if err := f.Rename(tmp, f.database()); err != nil {
		return err
	}
	return f.Sync(f.dir)
}

// fill makes a database at path with one event, whole when it returns nil. It
// is in WAL mode before it is used, so that opening it needs no write.
func (f folder) fill(path string, genesis row) (err error) {
	db, err := sql.Open("sqlite3", f.dsn(path, "mode=rwc&_synchronous=EXTRA"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	_, err = db.Exec(fmt.Sprintf("PRAGMA page_size=%d; BEGIN; PRAGMA application_id=%d; PRAGMA user_version=%d; %s",
		pageSize, applicationID, schemaVersion, schema))
	if err != nil {
		return err
	}
	if _, err := db.Exec("INSERT INTO event VALUES (?, ?, ?)", genesis.seq, genesis.head[:], genesis.bytes); err != nil {
		return err
	}
	_, err = db.Exec("INSERT INTO cursor VALUES (1, 0, zeroblob(32), 1); COMMIT; PRAGMA journal_mode=WAL")
	return err
}

func (f folder) removeDatabase(path string) error {
	for _, suffix := range []string{"", "-journal", "-wal", "-shm"} {
		if err := f.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
