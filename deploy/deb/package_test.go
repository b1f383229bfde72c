//go:build deb

package deb

import (
	"bytes"
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// built is the package that `make deb` has built.
func built(t *testing.T, name, arch string) string {
	t.Helper()
	found, err := filepath.Glob(fmt.Sprintf("../../bin/%s_*_%s.deb", name, arch))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s for %s: %v, %v: want one; build it with make deb", name, arch, found, err)
	}
	return found[0]
}

func dpkgDeb(t *testing.T, args ...string) string {
	t.Helper()
	c := exec.Command("dpkg-deb", args...)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("dpkg-deb %v: %v: %s", args, err, stderr.Bytes())
	}
	return string(out)
}

// remade is the terminal's package as another version, with something changed
// in its unpacked tree.
func remade(t *testing.T, version string, change func(tree string)) string {
	t.Helper()
	return remadeFor(t, runtime.GOARCH, version, change)
}

func remadeFor(t *testing.T, arch, version string, change func(tree string)) string {
	t.Helper()
	return remadeOf(t, "sourire", arch, version, change)
}

func remadeOf(t *testing.T, name, arch, version string, change func(tree string)) string {
	t.Helper()
	dir := t.TempDir()
	tree, file := filepath.Join(dir, "tree"), filepath.Join(dir, name+"_"+version+".deb")
	dpkgDeb(t, "--raw-extract", built(t, name, arch), tree)
	control := read(t, filepath.Join(tree, "DEBIAN/control"))
	control = regexp.MustCompile(`(?m)^Version: .*$`).ReplaceAllString(control, "Version: "+version)
	write(t, filepath.Join(tree, "DEBIAN/control"), control, 0o644)
	if err := os.Remove(filepath.Join(tree, "DEBIAN/conffiles")); err != nil { // nfpm writes an empty one
		t.Fatal(err)
	}
	if change != nil {
		change(tree)
	}
	dpkgDeb(t, "--root-owner-group", "-Zgzip", "-z1", "--build", tree, file)
	return file
}

func read(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func write(t *testing.T, file, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, mode); err != nil {
		t.Fatal(err)
	}
}

var (
	terminalFiles = []string{
		"drwxr-xr-x ./etc/sourire/",
		"-rwxr-xr-x ./usr/bin/sourire",
		"-rw-r--r-- ./usr/lib/modules-load.d/sourire.conf",
		"-rw-r--r-- ./usr/lib/systemd/system/sourire.service",
		"-rw-r--r-- ./usr/lib/sysusers.d/sourire.conf",
		"-rw-r--r-- ./usr/lib/udev/rules.d/70-sourire.rules",
		"-rw-r--r-- ./usr/share/doc/sourire/changelog.gz",
		"-rw-r--r-- ./usr/share/doc/sourire/copyright",
		"-rw-r--r-- ./usr/share/doc/sourire/third-party.gz",
		"-rw-r--r-- ./usr/share/lintian/overrides/sourire",
		"-rw-r--r-- ./usr/share/man/man1/sourire.1.gz",
		"-rw-r--r-- ./usr/share/sourire/terminal.toml",
	}
	officeFiles = []string{
		"drwxr-xr-x ./etc/sourire/",
		"-rwxr-xr-x ./usr/bin/sourire-office",
		"-rw-r--r-- ./usr/lib/systemd/system/sourire-office.service",
		"-rw-r--r-- ./usr/lib/sysusers.d/sourire-office.conf",
		"-rw-r--r-- ./usr/share/doc/sourire-office/changelog.gz",
		"-rw-r--r-- ./usr/share/doc/sourire-office/copyright",
		"-rw-r--r-- ./usr/share/doc/sourire-office/examples/sourire.acl",
		"-rw-r--r-- ./usr/share/doc/sourire-office/examples/sourire.conf",
		"-rw-r--r-- ./usr/share/doc/sourire-office/third-party.gz",
		"-rw-r--r-- ./usr/share/lintian/overrides/sourire-office",
		"-rw-r--r-- ./usr/share/man/man1/sourire-office.1.gz",
		"-rw-r--r-- ./usr/share/sourire-office/office.toml",
	}
)

// Each package holds these files and no others, all of root, and a program that
// runs there without any library.
func TestContents(t *testing.T) {
	for _, p := range []struct {
		name, arch string
		machine    elf.Machine
		files      []string
	}{
		{"sourire", "amd64", elf.EM_X86_64, terminalFiles},
		{"sourire", "arm64", elf.EM_AARCH64, terminalFiles},
		{"sourire", "armhf", elf.EM_ARM, terminalFiles},
		{"sourire-office", "amd64", elf.EM_X86_64, officeFiles},
		{"sourire-office", "arm64", elf.EM_AARCH64, officeFiles},
	} {
		file := built(t, p.name, p.arch)
		if arch := strings.TrimSpace(dpkgDeb(t, "--field", file, "Architecture")); arch != p.arch {
			t.Errorf("%s is for %s", file, arch)
		}
		var got []string
		for line := range strings.Lines(dpkgDeb(t, "--contents", file)) {
			f := strings.Fields(line)
			if f[1] != "root/root" {
				t.Errorf("%s: of %s: %s", file, f[1], f[5])
			}
			if !strings.HasPrefix(f[0], "d") || f[5] == "./etc/sourire/" {
				got = append(got, f[0]+" "+f[5])
			}
		}
		slices.SortFunc(got, func(a, b string) int { return strings.Compare(a[11:], b[11:]) })
		if !slices.Equal(got, p.files) {
			t.Errorf("%s holds\n%s\nwant\n%s", file, strings.Join(got, "\n"), strings.Join(p.files, "\n"))
		}
		tree := t.TempDir()
		dpkgDeb(t, "--extract", file, tree)
		program, err := elf.Open(filepath.Join(tree, "usr/bin", p.name))
		if err != nil {
			t.Fatal(err)
		}
		if program.Machine != p.machine || program.Section(".interp") != nil {
			t.Errorf("%s: a program for %s, which may want libraries", file, program.Machine)
		}
		_ = program.Close()
	}
}

func TestLintianIsContent(t *testing.T) {
	for _, name := range []string{"sourire", "sourire-office"} {
		c := exec.Command("lintian", "--allow-root", "--no-cfg", "--fail-on", "error,warning", built(t, name, runtime.GOARCH))
		if out, err := c.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%v: %s", err, out)
		}
	}
}
