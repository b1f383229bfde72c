package journal

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Spare is how many bytes of events the journal has room for: within its file,
// where others were dropped, and on its card.
func (j *Journal) Spare() (int64, error) {
	var pages int64
	if err := j.db.QueryRow("PRAGMA freelist_count").Scan(&pages); err != nil {
		return 0, fmt.Errorf("look for room in the journal: %w", err)
	}
	var card unix.Statfs_t
	if err := unix.Statfs(j.folder.dir, &card); err != nil {
		return 0, fmt.Errorf("look for room on the card: %w", err)
	}
	return pages*pageSize + int64(card.Bavail)*card.Bsize, nil
}
