package journal_test

import (
	"database/sql"
	"path/filepath"
	"testing"
)

// alter changes a journal behind its back.
func alter(t testing.TB, dir, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(dir, "journal.db"))
	must(t, err)
	_, err = db.Exec(statement)
	must(t, err)
	must(t, db.Close())
}
