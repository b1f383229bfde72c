package lab

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// Kernel is the folder of Debian's arm64 kernel. It is fetched when it is not
// there yet.
func Kernel(ctx context.Context) (string, error) {
	dir, err := here()
	if err != nil {
		return "", err
	}
	c := exec.CommandContext(ctx, filepath.Join(dir, "kernel"))
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("deploy/lab/kernel: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// guest builds the machine's first process.
var guest = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "sourire-guest-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	to := filepath.Join(dir, "init")
	c := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", to, "sourire/deploy/lab/guest")
	c.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the guest: %w: %s", err, out)
	}
	return os.ReadFile(to)
})

// here is this folder, wherever in the module the tests run.
var here = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}", "sourire/deploy/lab").Output()
	if err != nil {
		return "", fmt.Errorf("find deploy/lab: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
})

// Program is the path of a program of ours, sourire or sourire-office, built
// static for arm64 or armv7: once in the life of a process.
func Program(arch, name string) (string, error) {
	building.Lock()
	defer building.Unlock()
	if built[arch] == "" {
		dir, err := here()
		if err != nil {
			return "", err
		}
		root := filepath.Join(dir, "../..")
		if out, err := exec.Command(filepath.Join(root, "deploy/cross"), arch).CombinedOutput(); err != nil {
			return "", fmt.Errorf("deploy/cross %s: %w: %s", arch, err, out)
		}
		built[arch] = filepath.Join(root, "bin", arch)
	}
	return filepath.Join(built[arch], name), nil
}

var (
	building sync.Mutex
	built    = map[string]string{} // by processor: the folder
)
