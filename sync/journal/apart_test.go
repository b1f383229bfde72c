package journal_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// apart runs body in a process of its own, whose limits, mounts and user are
// nobody else's. It does nothing where the system does not grant attr.
func apart(t *testing.T, attr *syscall.SysProcAttr, body func()) {
	t.Helper()
	const env = "SOURIRE_APART"
	if os.Getenv(env) == t.Name() {
		body()
		return
	}
	program, err := os.Executable()
	must(t, err)
	cmd := exec.Command(program, "-test.v", "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), env+"="+t.Name())
	cmd.SysProcAttr = attr
	out, err := cmd.CombinedOutput()
	switch {
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EINVAL):
		t.Logf("this system does not let us mount a filesystem: %v", err)
	case err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())):
		t.Fatalf("%v\n%s", err, out)
	}
}

// withDisk runs body apart, in the root of a new filesystem of 16 MB.
func withDisk(t *testing.T, body func(dir string)) {
	t.Helper()
	apart(t, &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}, func() {
		dir := t.TempDir()
		must(t, syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=16m"))
		defer func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) }()
		body(dir)
	})
}

const ballast = "ballast"

// fill leaves room bytes on the disk that dir is on.
func fill(t *testing.T, dir string, room int64) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, ballast), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	must(t, err)
	page := make([]byte, 4096)
	for err == nil {
		_, err = f.Write(page)
	}
	if !errors.Is(err, unix.ENOSPC) {
		t.Fatal(err)
	}
	info, err := f.Stat()
	must(t, err)
	must(t, f.Truncate(max(0, info.Size()-room)))
	must(t, f.Close())
}

func makeRoom(t *testing.T, dir string) {
	t.Helper()
	must(t, os.Remove(filepath.Join(dir, ballast)))
}

// names are the files in dir, without the ballast.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	var all []string
	for _, e := range entries {
		if e.Name() != ballast {
			all = append(all, e.Name())
		}
	}
	return strings.Join(all, " ")
}

// crash is the folder as a process leaves it that is killed now: a copy, which
// has not got what lives in shared memory.
func crash(t testing.TB, dir string) string {
	t.Helper()
	to := t.TempDir()
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		if e.IsDir() || strings.HasSuffix(e.Name(), "-shm") {
			continue
		}
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(to, e.Name()), content, 0o600))
	}
	return to
}
