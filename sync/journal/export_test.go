package journal

// For tests outside the package.

// WithLog has the write-ahead log begin again after fewer pages.
func (c Config) WithLog(pages int) Config {
	c.logPages = pages
	return c
}

// Integrity is what SQLite finds wrong with the database: "ok" for nothing.
func (r *Reader) Integrity() (found string, err error) {
	err = r.db.QueryRow("PRAGMA integrity_check").Scan(&found)
	return found, err
}

// OpenReaderOn is [OpenReader] on a card.
func OpenReaderOn(c Card, dir string) (*Reader, error) {
	return Config{Card: c, Dir: dir}.folder().openReader()
}

// AsideOn is [Aside] on a card.
func AsideOn(c Card, dir string) ([]string, error) {
	return Config{Card: c, Dir: dir}.folder().aside()
}
