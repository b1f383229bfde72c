//go:build deb

package deb

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// root is a copy of this Debian system in which packages are installed: what is
// changed in it is in memory, and gone at the end of the test. systemd does not
// run in it.
type root struct {
	t   *testing.T
	pid int
}

// holder keeps the copy until its standard input ends.
const holder = `mount -t tmpfs tmpfs "$0"
cd "$0"
mkdir up work root
mount -t overlay overlay -o lowerdir=/,upperdir=up,workdir=work root
mount -t proc proc root/proc
mount --bind /dev root/dev
mount -t tmpfs tmpfs root/tmp
mount -t tmpfs tmpfs root/run
echo $$
read -r end || true`

func newRoot(t *testing.T) *root {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("packages are installed into a copy of this system, which takes root: sudo go test -tags deb ./deploy/deb")
	}
	c := exec.CommandContext(t.Context(), "unshare", "--mount", "sh", "-ec", holder, t.TempDir())
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = c.Wait()
	})
	r := &root{t: t}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("make a copy of this system: %v", err)
	} else if _, err := fmt.Sscan(line, &r.pid); err != nil {
		t.Fatal(err)
	}
	r.must("sh", "-c", `dpkg --no-triggers --purge sourire sourire-office; rm -rf /etc/sourire /var/lib/sourire*
		for user in sourire sourire-office; do userdel $user; groupdel $user; done; true`)
	return r
}

// run runs a command in the copy, and returns what it printed and its exit code.
func (r *root) run(command ...string) (string, int) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "nsenter", append([]string{
		fmt.Sprintf("--target=%d", r.pid), "--mount", "--wdns=/",
		"chroot", fmt.Sprintf("/proc/%d/cwd/root", r.pid), "env", "-i", "PATH=" + path, "DEBIAN_FRONTEND=noninteractive",
	}, command...)...)
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		r.t.Fatalf("%v: %v", command, err)
	}
	return string(out), c.ProcessState.ExitCode()
}

const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// must runs a command that is to succeed.
func (r *root) must(command ...string) string {
	r.t.Helper()
	out, code := r.run(command...)
	if code != 0 {
		r.t.Fatalf("%v: exit code %d:\n%s", command, code, out)
	}
	return strings.TrimSpace(out)
}

// put copies a file of ours into the copy.
func (r *root) put(file string) (inside string) {
	r.t.Helper()
	inside = "/tmp/" + filepath.Base(file)
	raw, err := os.ReadFile(file)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/cwd/root%s", r.pid, inside), raw, 0o644); err != nil {
		r.t.Fatal(err)
	}
	return inside
}

// install installs a package that has to go in.
func (r *root) install(file string) string {
	r.t.Helper()
	return r.must("dpkg", "--no-triggers", "--install", r.put(file))
}

// takeOut removes or purges a package.
func (r *root) takeOut(how, name string) string {
	r.t.Helper()
	return r.must("dpkg", "--no-triggers", how, name)
}

// stat is mode, owner, group and type of a file; empty where there is none.
func (r *root) stat(file string) string {
	r.t.Helper()
	out, code := r.run("stat", "-c", "%a %U:%G %F", file)
	if code != 0 {
		return ""
	}
	return strings.TrimSpace(out)
}
