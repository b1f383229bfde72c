// A card that hangs, while the file named by HANG is there, that is full, while
// the one named by FULL is, that is read-only, while that of FROZEN is, and whose
// flushes fail, while that of WORN is: for what goes through the C library, which
// is SQLite alone.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

static int there(const char *variable)
{
	const char *file = getenv(variable);

	return file && access(file, F_OK) == 0;
}

int fdatasync(int fd)
{
	int (*flush)(int) = dlsym(RTLD_NEXT, "fdatasync");

	while (there("HANG"))
		usleep(1000);
	if (there("WORN")) {
		errno = EIO;
		return -1;
	}
	return flush(fd);
}

ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at)
{
	ssize_t (*write)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");

	if (there("FULL") || there("FROZEN")) {
		errno = there("FULL") ? ENOSPC : EROFS;
		return -1;
	}
	return write(fd, data, n, at);
}
