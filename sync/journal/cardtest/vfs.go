package cardtest

/*
#cgo CFLAGS: -std=gnu99
#include <stdlib.h>
#include "vfs.h"
*/
import "C"

import (
	"bytes"
	"errors"
	"path"
	"runtime/cgo"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"unsafe"

	_ "github.com/mattn/go-sqlite3" // SQLite
)

// vfs is a card as SQLite sees it.
type vfs struct {
	name string
	c    *C.sqlite3_vfs
	card cgo.Handle
}

var registered atomic.Uint64

func register(c *Card) vfs {
	v := vfs{name: "card-" + strconv.FormatUint(registered.Add(1), 10), card: cgo.NewHandle(c)}
	v.c = C.cardRegister(C.uintptr_t(v.card), C.CString(v.name))
	return v
}

func (v vfs) unregister() {
	C.cardUnregister(v.c)
	v.card.Delete()
}

// handle is a file that SQLite has opened.
type handle struct {
	card    *Card
	number  int
	path    string
	psow    bool
	frozen  bool // opened for reading only
	persist bool // the write-ahead log stays
	dirSync bool // the first sync makes the name durable, too
	*locks
	level  C.int // of the lock held
	reads  uint  // bits of the locks on shared memory
	writes uint
}

func of(h C.uintptr_t) *handle { return cgo.Handle(h).Value().(*handle) }

//export cardOpen
func cardOpen(card C.uintptr_t, name *C.char, flags *C.int, psow C.int, out *C.uintptr_t) C.int {
	c := cgo.Handle(card).Value().(*Card)
	h := &handle{card: c, psow: psow != 0 || c.nature.Psow}
	if name == nil { // a temporary file
		h.number = c.anonymous()
		*out = C.uintptr_t(cgo.NewHandle(h))
		return C.SQLITE_OK
	}
	h.path = path.Clean(C.GoString(name))
	info, err := c.stat(Stat, h.path)
	if h.number = info.number; errors.Is(err, syscall.ENOENT) && *flags&C.SQLITE_OPEN_CREATE != 0 {
		h.number, err = c.create(h.path)
	} else if err == nil && *flags&C.SQLITE_OPEN_READWRITE != 0 && c.Writable(h.path) != nil {
		*flags = *flags&^(C.SQLITE_OPEN_READWRITE|C.SQLITE_OPEN_CREATE) | C.SQLITE_OPEN_READONLY
	}
	if err != nil {
		return C.SQLITE_CANTOPEN
	}
	h.frozen = *flags&C.SQLITE_OPEN_READONLY != 0
	const logs = C.SQLITE_OPEN_MAIN_JOURNAL | C.SQLITE_OPEN_SUPER_JOURNAL | C.SQLITE_OPEN_WAL
	h.dirSync = *flags&C.SQLITE_OPEN_CREATE != 0 && *flags&logs != 0
	h.locks = c.locksOf(h.number)
	*out = C.uintptr_t(cgo.NewHandle(h))
	return C.SQLITE_OK
}

// anonymous is a file without a name, of which nothing outlasts a power cut.
func (c *Card) anonymous() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.files++
	c.now.files[c.files] = &file{}
	return c.files
}

//export cardClose
func cardClose(h C.uintptr_t) C.int {
	f := of(h)
	if f.path == "" {
		f.card.mu.Lock()
		delete(f.card.now.files, f.number)
		f.card.mu.Unlock()
	} else {
		f.unmap()
		f.lock(0)
	}
	cgo.Handle(h).Delete()
	return C.SQLITE_OK
}

//export cardRead
func cardRead(h C.uintptr_t, p unsafe.Pointer, n C.int, off C.longlong) C.int {
	f, to := of(h), unsafe.Slice((*byte)(p), n)
	got, err := f.card.read(f.number, f.path, to, int64(off))
	switch {
	case err != nil:
		return C.SQLITE_IOERR_READ
	case got < len(to):
		clear(to[got:])
		return C.SQLITE_IOERR_SHORT_READ
	}
	return C.SQLITE_OK
}

//export cardWrite
func cardWrite(h C.uintptr_t, p unsafe.Pointer, n C.int, off C.longlong) C.int {
	f, data := of(h), unsafe.Slice((*byte)(p), n)
	if f.frozen {
		return C.SQLITE_IOERR_WRITE
	}
	if f.path == "" {
		f.card.mu.Lock()
		defer f.card.mu.Unlock()
		f.card.now.files[f.number].write(data, int64(off))
		return C.SQLITE_OK
	}
	return code(f.card.do(Op{Kind: Write, Path: f.path, Off: int64(off), Data: bytes.Clone(data), file: f.number}), C.SQLITE_IOERR_WRITE)
}

//export cardTruncate
func cardTruncate(h C.uintptr_t, size C.longlong) C.int {
	f := of(h)
	if f.path == "" {
		return C.SQLITE_OK
	}
	return code(f.card.do(Op{Kind: Truncate, Path: f.path, Off: int64(size), file: f.number}), C.SQLITE_IOERR_TRUNCATE)
}

//export cardSync
func cardSync(h C.uintptr_t) C.int {
	f := of(h)
	if f.path == "" {
		return C.SQLITE_OK
	}
	err := f.card.do(Op{Kind: Sync, Path: f.path, file: f.number})
	if err == nil && f.dirSync { // SQLite takes no notice of what comes of this
		_ = f.card.do(Op{Kind: SyncDir, Path: path.Dir(f.path)})
		f.dirSync = false
	}
	return code(err, C.SQLITE_IOERR_FSYNC)
}

// code is what SQLite is told of an error.
func code(err error, usual C.int) C.int {
	switch {
	case err == nil:
		return C.SQLITE_OK
	case errors.Is(err, syscall.ENOSPC):
		return C.SQLITE_FULL
	}
	return usual
}

//export cardFileSize
func cardFileSize(h C.uintptr_t, size *C.longlong) C.int {
	f := of(h)
	f.card.mu.Lock()
	defer f.card.mu.Unlock()
	*size = C.longlong(f.card.now.files[f.number].size)
	return C.SQLITE_OK
}

//export cardCharacteristics
func cardCharacteristics(h C.uintptr_t) C.int {
	if of(h).psow {
		return C.SQLITE_IOCAP_SUBPAGE_READ | C.SQLITE_IOCAP_POWERSAFE_OVERWRITE
	}
	return C.SQLITE_IOCAP_SUBPAGE_READ
}

//export cardFlag
func cardFlag(h C.uintptr_t, op C.int, arg unsafe.Pointer) C.int {
	f, value := of(h), (*C.int)(arg)
	flag := &f.persist
	if op == C.SQLITE_FCNTL_POWERSAFE_OVERWRITE {
		flag = &f.psow
	}
	switch {
	case *value >= 0:
		*flag = *value != 0
	case *flag:
		*value = 1
	default:
		*value = 0
	}
	return C.SQLITE_OK
}

//export cardHasMoved
func cardHasMoved(h C.uintptr_t) C.int {
	f := of(h)
	f.card.mu.Lock()
	defer f.card.mu.Unlock()
	if n, ok := f.card.now.names[f.path]; ok && n == f.number {
		return 0
	}
	return 1
}

//export cardPragma
func cardPragma(h C.uintptr_t, name *C.char) *C.char {
	if answer, ok := of(h).card.nature.Deaf[strings.ToLower(C.GoString(name))]; ok {
		return C.CString(answer)
	}
	return nil
}

//export cardDelete
func cardDelete(card C.uintptr_t, name *C.char, syncDir C.int) C.int {
	c, file := cgo.Handle(card).Value().(*Card), path.Clean(C.GoString(name))
	err := c.Remove(file)
	switch {
	case errors.Is(err, syscall.ENOENT):
		return C.SQLITE_IOERR_DELETE_NOENT
	case err == nil && syncDir != 0:
		err = c.do(Op{Kind: SyncDir, Path: path.Dir(file)})
	}
	return code(err, C.SQLITE_IOERR_DELETE)
}

//export cardAccess
func cardAccess(card C.uintptr_t, name *C.char, flags C.int, out *C.int) C.int {
	c, file := cgo.Handle(card).Value().(*Card), C.GoString(name)
	kind := Touch
	if flags == C.SQLITE_ACCESS_EXISTS {
		kind = Stat
	}
	*out = 0
	if info, err := c.stat(kind, file); err == nil && (kind == Touch || info.size > 0) {
		*out = 1
	}
	return C.SQLITE_OK
}
