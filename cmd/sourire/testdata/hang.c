// A card that hangs: every fdatasync waits while the file named by HANG is there.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

int fdatasync(int fd)
{
	int (*flush)(int) = dlsym(RTLD_NEXT, "fdatasync");
	const char *gate = getenv("HANG");

	while (gate && access(gate, F_OK) == 0)
		usleep(1000);
	return flush(fd);
}
