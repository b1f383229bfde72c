package journal_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

const block = 4096 // what a power cut may spoil as a whole

// transaction is what one commit wrote to the WAL.
type transaction struct {
	from  int64           // its first byte
	end   int64           // after the frame that commits it
	pages map[uint32]bool // of the database
	size  uint32          // of the database after it, in pages
}

// latest reads the transaction that made the log now of the log before. See
// https://www.sqlite.org/fileformat2.html#the_write_ahead_log
func latest(t *testing.T, before, now []byte) (tx transaction, pageSize int64) {
	t.Helper()
	pageSize = int64(binary.BigEndian.Uint32(now[8:]))
	frame := 24 + pageSize
	at := int64(0)
	for bytes.Equal(before[at:at+block], now[at:at+block]) {
		at += block
	}
	for before[at] == now[at] {
		at++
	}
	tx = transaction{from: at, pages: map[uint32]bool{}}
	for tx.end = 32 + (at-32)/frame*frame; tx.size == 0; tx.end += frame {
		if tx.end+frame > int64(len(now)) {
			t.Fatal("the log ends in a transaction")
		}
		header := now[tx.end:]
		tx.pages[binary.BigEndian.Uint32(header)] = true
		tx.size = binary.BigEndian.Uint32(header[4:])
	}
	return tx, pageSize
}

// No commit touches a block of the log that holds an earlier one, and what it
// wants changed in the database it gives as whole blocks: a checkpoint that is
// cut short cannot spoil a page that is not in the log.
func TestEveryCommitKeepsToItsBlocks(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	f, err := os.Open(filepath.Join(dir, "journal.db-wal"))
	must(t, err)
	defer func() { _ = f.Close() }()
	read := func() []byte {
		raw := make([]byte, 256*block) // more than is written here
		_, err := f.ReadAt(raw, 0)
		must(t, err)
		return raw
	}
	add(t, j, 1)
	before := read()
	var free int64 // where the first block begins that holds nothing yet
	shared := 0
	for i := range 100 {
		add(t, j, 1)
		now := read()
		tx, pageSize := latest(t, before, now)
		before = now
		if tx.from < free {
			t.Fatalf("press %d was written from byte %d on; up to %d there are earlier ones", i, tx.from, free)
		}
		free = (tx.end + block - 1) / block * block
		perBlock := uint32(block / pageSize)
		for page := range tx.pages {
			first := (page-1)/perBlock*perBlock + 1
			for other := first; other < first+perBlock && other <= tx.size; other++ {
				if !tx.pages[other] {
					t.Fatalf("press %d: page %d is in the log, and page %d of the same block is not", i, page, other)
				}
				if other != page {
					shared++
				}
			}
		}
	}
	if shared == 0 {
		t.Error("no block of the database has two pages: this proves nothing")
	}
}
