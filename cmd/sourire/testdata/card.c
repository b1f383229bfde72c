// A card that hangs, while the file named by HANG is there, and that is full,
// while the one named by FULL is: for what goes through the C library, which is
// SQLite alone.
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
	return flush(fd);
}

ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at)
{
	ssize_t (*write)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");

	if (there("FULL")) {
		errno = ENOSPC;
		return -1;
	}
	return write(fd, data, n, at);
}
