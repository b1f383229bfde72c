package cardtest

/*
#include <stdlib.h>
#include "vfs.h"
*/
import "C"

import (
	"sync"
	"unsafe"
)

// locks are those that connections hold on a file, and the memory that they
// share for its write-ahead log: https://www.sqlite.org/lockingv3.html and
// https://www.sqlite.org/walformat.html#the_wal_index_file_format.
type locks struct {
	mu      sync.Mutex
	holders map[*handle]bool // of any lock on the file
	mappers map[*handle]bool
	regions []unsafe.Pointer
}

const (
	sharedLock   = 1
	reservedLock = 2
	pendingLock  = 3
)

func (c *Card) locksOf(number int) *locks {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.locks[number]
	if l == nil {
		l = &locks{holders: map[*handle]bool{}, mappers: map[*handle]bool{}}
		c.locks[number] = l
	}
	return l
}

// lock moves the lock held to a level, up or down. False where another one
// holds what forbids it.
func (f *handle) lock(level C.int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if level > f.level {
		for other := range f.holders {
			if other != f && (other.level >= pendingLock || level >= reservedLock && other.level >= reservedLock) {
				return false
			}
		}
		for other := range f.holders {
			if other != f && level > pendingLock {
				f.level = pendingLock // no new reader is let in
				return false
			}
		}
	}
	if f.level = level; level == 0 {
		delete(f.holders, f)
	} else {
		f.holders[f] = true
	}
	return true
}

//export cardLock
func cardLock(h C.uintptr_t, level C.int) C.int {
	f := of(h)
	switch {
	case f.path == "" || level <= f.level:
	case f.frozen && level > sharedLock:
		return C.SQLITE_IOERR_LOCK
	case !f.lock(level):
		return C.SQLITE_BUSY
	}
	return C.SQLITE_OK
}

//export cardUnlock
func cardUnlock(h C.uintptr_t, level C.int) C.int {
	if f := of(h); f.path != "" && level < f.level {
		f.lock(level)
	}
	return C.SQLITE_OK
}

//export cardReserved
func cardReserved(h C.uintptr_t) C.int {
	f := of(h)
	f.mu.Lock()
	defer f.mu.Unlock()
	for other := range f.holders {
		if other.level >= reservedLock {
			return 1
		}
	}
	return 0
}

//export cardShmMap
func cardShmMap(h C.uintptr_t, page, size, extend C.int) unsafe.Pointer {
	f := of(h)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mappers[f] = true
	for extend != 0 && len(f.regions) <= int(page) {
		f.regions = append(f.regions, C.calloc(1, C.size_t(size)))
	}
	if int(page) < len(f.regions) {
		return f.regions[page]
	}
	return nil
}

//export cardShmLock
func cardShmLock(h C.uintptr_t, offset, n, flags C.int) C.int {
	f := of(h)
	mask := uint(1)<<(offset+n) - uint(1)<<offset
	f.mu.Lock()
	defer f.mu.Unlock()
	if flags&C.SQLITE_SHM_UNLOCK != 0 {
		f.reads &^= mask
		f.writes &^= mask
		return C.SQLITE_OK
	}
	for other := range f.mappers {
		if other != f && (other.writes&mask != 0 || flags&C.SQLITE_SHM_SHARED == 0 && other.reads&mask != 0) {
			return C.SQLITE_BUSY
		}
	}
	if flags&C.SQLITE_SHM_SHARED != 0 {
		f.reads |= mask
	} else {
		f.writes |= mask
	}
	return C.SQLITE_OK
}

//export cardShmUnmap
func cardShmUnmap(h C.uintptr_t) C.int {
	of(h).unmap()
	return C.SQLITE_OK
}

// unmap gives the shared memory up. With the last connection it is gone, as
// SQLite would not believe it any more.
func (f *handle) unmap() {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.mappers, f)
	f.reads, f.writes = 0, 0
	if len(f.mappers) == 0 {
		for _, r := range f.regions {
			C.free(r)
		}
		f.regions = nil
	}
}
