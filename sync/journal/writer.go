package journal

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
)

// writer is the one connection that writes.
type writer struct {
	*sql.Conn
	db     *sql.DB
	insert driver.Stmt // on that connection
}

// openWriter opens it, and asserts what durability rests on.
func openWriter(f folder) (*writer, error) {
	if !fdatasyncBuilt {
		return nil, ErrBuild
	}
	w, err := connect(f.dsn(f.database(), "mode=rw&_journal_mode=WAL&_synchronous=FULL&_txlock=immediate"))
	if err != nil {
		return nil, err
	}
	if _, err := w.ExecContext(context.Background(), fmt.Sprintf("PRAGMA wal_autocheckpoint=%d", f.log*10/11)); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

func connect(name string) (_ *writer, err error) {
	w := &writer{}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.Close())
		}
	}()
	if w.db, err = sql.Open("sourire-journal", name); err != nil {
		return nil, err
	}
	w.db.SetMaxOpenConns(1)
	if w.Conn, err = w.db.Conn(context.Background()); err != nil {
		return nil, err
	}
	return w, assertDurable(w.Conn)
}

// prepare makes ready for rows; the journal's tables are there.
func (w *writer) prepare() error {
	return w.Raw(func(c any) (err error) {
		w.insert, err = c.(driver.Conn).Prepare("INSERT INTO event VALUES (?, ?, ?)")
		return err
	})
}

// add inserts rows, in the transaction under way, or each in one of its own. It
// speaks to the driver: what database/sql does for each statement is felt by a
// press.
func (w *writer) add(rows ...row) error {
	return w.Raw(func(any) error {
		for _, r := range rows {
			args := []driver.NamedValue{
				{Ordinal: 1, Value: int64(r.seq)}, {Ordinal: 2, Value: r.head[:]}, {Ordinal: 3, Value: r.bytes},
			}
			if _, err := w.insert.(driver.StmtExecContext).ExecContext(context.Background(), args); err != nil {
				return fmt.Errorf("append event %d: %w", r.seq, err)
			}
		}
		return nil
	})
}

// together adds rows in one transaction.
func (w *writer) together(rows []row) error {
	tx, err := w.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	if err := w.add(rows...); err != nil {
		return err
	}
	return tx.Commit()
}

// Close releases the files. A statement that were left open would keep them.
func (w *writer) Close() (err error) {
	if w.insert != nil {
		err = w.Raw(func(any) error { return w.insert.Close() })
	}
	if w.Conn != nil {
		err = errors.Join(err, w.Conn.Close())
	}
	if w.db != nil {
		err = errors.Join(err, w.db.Close())
	}
	return err
}
