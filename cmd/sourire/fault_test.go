package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sourire/cmd/internal/lab"
)

// withCard runs body in a process of its own, in which a folder is a card of
// 48 MB. It does nothing where the system does not let us mount one.
func withCard(t *testing.T, body func(c *lab.Chain)) {
	t.Helper()
	const env = "SOURIRE_APART"
	if os.Getenv(env) == t.Name() {
		c := lab.NewChain(t, "")
		if err := errors.Join(os.MkdirAll(c.TerminalData, 0o755), syscall.Mount("tmpfs", c.TerminalData, "tmpfs", 0, "size=48m")); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = syscall.Unmount(c.TerminalData, syscall.MNT_DETACH) })
		body(c)
		return
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-test.v", "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), env+"="+t.Name())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	switch {
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EINVAL):
		t.Logf("this system does not let us mount a filesystem: %v", err)
	case err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())):
		t.Fatalf("%v\n%s", err, out)
	default:
		t.Logf("%s", out)
	}
}

func remount(t *testing.T, c *lab.Chain, flags uintptr) {
	t.Helper()
	if err := syscall.Mount("", c.TerminalData, "", syscall.MS_REMOUNT|flags, ""); err != nil {
		t.Fatal(err)
	}
}

// TestFilesTakenAwayUnderPresses has two people press while the journal's files
// are deleted and cut. The box is in service again by itself within 10 s, and head
// office has what was acknowledged, once.
func TestFilesTakenAwayUnderPresses(t *testing.T) {
	c := lab.NewChain(t, "")
	c.StartBroker()
	c.StartTerminal()
	c.StartOffice()
	p := startCrowd(c, 2, lab.Seed(t))
	epoch := func() string {
		s, _ := c.AtOffice()
		return s.Epoch
	}
	lab.Eventually(t, "the office knows the terminal", 20*time.Second, func() bool { return epoch() != "" })
	remove := func(name string) error { return os.Remove(filepath.Join(c.TerminalData, name)) }
	for what, harm := range map[string]func() error{
		"the database was deleted": func() error { return remove("journal.db") },
		"the log was deleted":      func() error { return remove("journal.db-wal") },
		"both were deleted":        func() error { return errors.Join(remove("journal.db"), remove("journal.db-wal")) },
	} {
		before := epoch()
		if err := harm(); err != nil {
			t.Fatal(err)
		}
		gone := time.Now()
		lab.Eventually(t, "a new epoch has begun after "+what, 30*time.Second, func() bool { return epoch() != before })
		n := p.count()
		lab.Eventually(t, "presses are taken after "+what, 10*time.Second, func() bool { return p.count() > n+5 })
		t.Logf("%s: presses are taken after %s", what, time.Since(gone).Round(time.Millisecond))
	}
	acknowledged := p.stop()
	lab.Eventually(t, "the office has all", 60*time.Second, func() bool { return settled(t, c) })
	c.Terminal.Stop()
	c.Head.Stop()
	wantEachOnce(t, c, acknowledged)
}

// TestACardThatIsReadOnlyAtTheStart: the box shows that it is out of order, waits
// for the card, and is in service by itself.
func TestACardThatIsReadOnlyAtTheStart(t *testing.T) {
	withCard(t, func(c *lab.Chain) {
		remount(t, c, syscall.MS_RDONLY)
		c.Terminal = lab.Start(t, lab.Program(t, "sourire"), "run", "--config", c.TerminalFile)
		lab.Eventually(t, "it refuses presses", 20*time.Second, func() bool {
			_, status, err := lab.Press(t.Context(), c.Panel, 1)
			return err != nil && status == 503
		})
		remount(t, c, 0)
		c.AwaitTerminal()
		if _, _, err := lab.Press(t.Context(), c.Panel, 1); err != nil {
			t.Error(err)
		}
		if _, stderr, code := lab.Run(t, "sourire", "run", "--config", c.TerminalFile); code != 1 {
			t.Errorf("a second process: exit code %d, %s", code, stderr)
		}
	})
}
