// What a file system of SQLite is made of: https://www.sqlite.org/vfs.html.
// The names and the layout are those of sqlite3.h, which never change.

#pragma once

#include <stdint.h>

typedef long long sqlite3_int64;
typedef struct sqlite3_vfs sqlite3_vfs;
typedef struct sqlite3_file sqlite3_file;
typedef struct sqlite3_io_methods sqlite3_io_methods;

struct sqlite3_file {
	const sqlite3_io_methods *pMethods;
};

struct sqlite3_io_methods {
	int iVersion;
	int (*xClose)(sqlite3_file *);
	int (*xRead)(sqlite3_file *, void *, int n, sqlite3_int64 off);
	int (*xWrite)(sqlite3_file *, const void *, int n, sqlite3_int64 off);
	int (*xTruncate)(sqlite3_file *, sqlite3_int64 size);
	int (*xSync)(sqlite3_file *, int flags);
	int (*xFileSize)(sqlite3_file *, sqlite3_int64 *size);
	int (*xLock)(sqlite3_file *, int);
	int (*xUnlock)(sqlite3_file *, int);
	int (*xCheckReservedLock)(sqlite3_file *, int *out);
	int (*xFileControl)(sqlite3_file *, int op, void *arg);
	int (*xSectorSize)(sqlite3_file *);
	int (*xDeviceCharacteristics)(sqlite3_file *);
	int (*xShmMap)(sqlite3_file *, int page, int size, int extend, void volatile **);
	int (*xShmLock)(sqlite3_file *, int offset, int n, int flags);
	void (*xShmBarrier)(sqlite3_file *);
	int (*xShmUnmap)(sqlite3_file *, int deleteFlag);
};

struct sqlite3_vfs {
	int iVersion;
	int szOsFile;
	int mxPathname;
	sqlite3_vfs *pNext;
	const char *zName;
	void *pAppData;
	int (*xOpen)(sqlite3_vfs *, const char *name, sqlite3_file *, int flags, int *outFlags);
	int (*xDelete)(sqlite3_vfs *, const char *name, int syncDir);
	int (*xAccess)(sqlite3_vfs *, const char *name, int flags, int *out);
	int (*xFullPathname)(sqlite3_vfs *, const char *name, int n, char *out);
	void *(*xDlOpen)(sqlite3_vfs *, const char *);
	void (*xDlError)(sqlite3_vfs *, int, char *);
	void (*(*xDlSym)(sqlite3_vfs *, void *, const char *))(void);
	void (*xDlClose)(sqlite3_vfs *, void *);
	int (*xRandomness)(sqlite3_vfs *, int n, char *out);
	int (*xSleep)(sqlite3_vfs *, int microseconds);
	int (*xCurrentTime)(sqlite3_vfs *, double *);
	int (*xGetLastError)(sqlite3_vfs *, int, char *);
	int (*xCurrentTimeInt64)(sqlite3_vfs *, sqlite3_int64 *);
};

enum {
	SQLITE_OK = 0,
	SQLITE_BUSY = 5,
	SQLITE_READONLY = 8,
	SQLITE_IOERR = 10,
	SQLITE_NOTFOUND = 12,
	SQLITE_FULL = 13,
	SQLITE_CANTOPEN = 14,

	SQLITE_IOERR_READ = SQLITE_IOERR | 1 << 8,
	SQLITE_IOERR_SHORT_READ = SQLITE_IOERR | 2 << 8,
	SQLITE_IOERR_WRITE = SQLITE_IOERR | 3 << 8,
	SQLITE_IOERR_FSYNC = SQLITE_IOERR | 4 << 8,
	SQLITE_IOERR_TRUNCATE = SQLITE_IOERR | 6 << 8,
	SQLITE_IOERR_DELETE = SQLITE_IOERR | 10 << 8,
	SQLITE_IOERR_ACCESS = SQLITE_IOERR | 13 << 8,
	SQLITE_IOERR_LOCK = SQLITE_IOERR | 15 << 8,
	SQLITE_IOERR_DELETE_NOENT = SQLITE_IOERR | 23 << 8,

	SQLITE_OPEN_READONLY = 0x1,
	SQLITE_OPEN_READWRITE = 0x2,
	SQLITE_OPEN_CREATE = 0x4,
	SQLITE_OPEN_URI = 0x40,
	SQLITE_OPEN_MAIN_JOURNAL = 0x800,
	SQLITE_OPEN_SUPER_JOURNAL = 0x4000,
	SQLITE_OPEN_WAL = 0x80000,

	SQLITE_ACCESS_EXISTS = 0,

	SQLITE_FCNTL_PERSIST_WAL = 10,
	SQLITE_FCNTL_POWERSAFE_OVERWRITE = 13,
	SQLITE_FCNTL_PRAGMA = 14,
	SQLITE_FCNTL_HAS_MOVED = 20,

	SQLITE_IOCAP_POWERSAFE_OVERWRITE = 0x1000,
	SQLITE_IOCAP_SUBPAGE_READ = 0x8000,

	SQLITE_SHM_UNLOCK = 1,
	SQLITE_SHM_SHARED = 4,
};

sqlite3_vfs *sqlite3_vfs_find(const char *);
int sqlite3_vfs_register(sqlite3_vfs *, int makeDefault);
int sqlite3_vfs_unregister(sqlite3_vfs *);
int sqlite3_uri_boolean(const char *name, const char *param, int def);
char *sqlite3_mprintf(const char *, ...);

// cardFile is an open file on a card.
typedef struct {
	sqlite3_file base;
	uintptr_t handle; // of the Go side
} cardFile;

sqlite3_vfs *cardRegister(uintptr_t card, const char *name);
void cardUnregister(sqlite3_vfs *);
