// The C side of a card: it hands on to the Go side.

#include <stdlib.h>
#include <string.h>

#include "vfs.h"
#include "_cgo_export.h"

static uintptr_t of(sqlite3_file *f) { return ((cardFile *)f)->handle; }

static int cClose(sqlite3_file *f) { return cardClose(of(f)); }
static int cRead(sqlite3_file *f, void *p, int n, sqlite3_int64 off) { return cardRead(of(f), p, n, off); }
static int cWrite(sqlite3_file *f, const void *p, int n, sqlite3_int64 off) { return cardWrite(of(f), (void *)p, n, off); }
static int cTruncate(sqlite3_file *f, sqlite3_int64 size) { return cardTruncate(of(f), size); }
static int cSync(sqlite3_file *f, int flags) { return cardSync(of(f)); }
static int cFileSize(sqlite3_file *f, sqlite3_int64 *size) { return cardFileSize(of(f), size); }
static int cLock(sqlite3_file *f, int level) { return cardLock(of(f), level); }
static int cUnlock(sqlite3_file *f, int level) { return cardUnlock(of(f), level); }
static int cCheckReserved(sqlite3_file *f, int *out) { *out = cardReserved(of(f)); return SQLITE_OK; }
static int cSectorSize(sqlite3_file *f) { return 4096; } // as on Linux
static int cCharacteristics(sqlite3_file *f) { return cardCharacteristics(of(f)); }
static int cShmMap(sqlite3_file *f, int page, int size, int extend, void volatile **out) {
	*out = cardShmMap(of(f), page, size, extend);
	return SQLITE_OK;
}
static int cShmLock(sqlite3_file *f, int offset, int n, int flags) { return cardShmLock(of(f), offset, n, flags); }
static void cShmBarrier(sqlite3_file *f) { __sync_synchronize(); }
static int cShmUnmap(sqlite3_file *f, int deleteFlag) { return cardShmUnmap(of(f)); }

static int cFileControl(sqlite3_file *f, int op, void *arg) {
	switch (op) {
	case SQLITE_FCNTL_PERSIST_WAL:
	case SQLITE_FCNTL_POWERSAFE_OVERWRITE:
		return cardFlag(of(f), op, arg);
	case SQLITE_FCNTL_HAS_MOVED:
		*(int *)arg = cardHasMoved(of(f));
		return SQLITE_OK;
	case SQLITE_FCNTL_PRAGMA: {
		char **args = arg, *answer = cardPragma(of(f), args[1]);
		if (!answer) return SQLITE_NOTFOUND;
		args[0] = sqlite3_mprintf("%s", answer);
		free(answer);
		return SQLITE_OK;
	}
	}
	return SQLITE_NOTFOUND;
}

static const sqlite3_io_methods methods = {
	2, cClose, cRead, cWrite, cTruncate, cSync, cFileSize, cLock, cUnlock, cCheckReserved, cFileControl,
	cSectorSize, cCharacteristics, cShmMap, cShmLock, cShmBarrier, cShmUnmap,
};

static uintptr_t on(sqlite3_vfs *v) { return (uintptr_t)v->pAppData; }

static int cOpen(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *outFlags) {
	f->pMethods = 0;
	int psow = sqlite3_uri_boolean(flags & SQLITE_OPEN_URI ? name : 0, "psow", 1);
	int rc = cardOpen(on(v), (char *)name, &flags, psow, &((cardFile *)f)->handle);
	if (rc == SQLITE_OK) f->pMethods = &methods;
	if (outFlags) *outFlags = flags;
	return rc;
}

static int cDelete(sqlite3_vfs *v, const char *name, int syncDir) { return cardDelete(on(v), (char *)name, syncDir); }
static int cAccess(sqlite3_vfs *v, const char *name, int flags, int *out) { return cardAccess(on(v), (char *)name, flags, out); }
static int cFullPathname(sqlite3_vfs *v, const char *name, int n, char *out) {
	if (strlen(name) >= n) return SQLITE_CANTOPEN;
	strcpy(out, name);
	return SQLITE_OK;
}

sqlite3_vfs *cardRegister(uintptr_t card, const char *name) {
	sqlite3_vfs *v = malloc(sizeof *v), *usual = sqlite3_vfs_find(0);
	*v = *usual; // chance, sleep and clock are the machine's
	v->iVersion = 2;
	v->szOsFile = sizeof(cardFile);
	v->zName = name;
	v->pAppData = (void *)card;
	v->xOpen = cOpen;
	v->xDelete = cDelete;
	v->xAccess = cAccess;
	v->xFullPathname = cFullPathname;
	v->xGetLastError = 0;
	sqlite3_vfs_register(v, 0);
	return v;
}

void cardUnregister(sqlite3_vfs *v) {
	sqlite3_vfs_unregister(v);
	free((void *)v->zName);
	free(v);
}
