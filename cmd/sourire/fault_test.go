package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sourire/cmd/internal/lab"
	"sourire/device/tap"
	"sourire/sync/journal"
)

// withCard runs body in a process of its own, in which a folder is a card of so
// many MB. It does nothing where the system does not let us mount one.
func withCard(t *testing.T, size int, body func(c *lab.Chain)) {
	t.Helper()
	const env = "SOURIRE_APART"
	if os.Getenv(env) == t.Name() {
		c := lab.NewChain(t, "")
		if err := errors.Join(os.MkdirAll(c.TerminalData, 0o755), syscall.Mount("tmpfs", c.TerminalData, "tmpfs", 0, fmt.Sprintf("size=%dm", size))); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = syscall.Unmount(c.TerminalData, syscall.MNT_DETACH) })
		body(c)
		return
	}
	t.Parallel() // it waits, most of the time
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-test.v", "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), env+"="+t.Name(), lab.Share(t))
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
	t.Parallel()
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

// saysOfDisk reports whether the newest state at the broker says that the disk is
// out of order, or that nothing is.
func saysOfDisk(t *testing.T, l *listener, out bool) bool {
	t.Helper()
	s, raw := l.lastState(t)
	if s.Health == nil {
		return false
	}
	valid(t, "state", []byte(raw))
	return s.Online && slices.Contains(s.Health.Faults, "disk") == out
}

// refuses reports whether the terminal thanks nobody, and says so to those who ask.
func refuses(t *testing.T, c *lab.Chain) bool {
	t.Helper()
	_, status, err := lab.Press(t.Context(), c.Panel, 1)
	return err != nil && status == http.StatusServiceUnavailable && lab.Get("http://"+c.Panel+"/healthz") == ""
}

// TestACardThatFailsUnderPresses has the cards of running terminals take nothing
// any more, each in its way: nobody is thanked, and head office hears of it, though
// it cannot be written down. When the card is well again, so is the terminal, and
// that is heard, too.
func TestACardThatFailsUnderPresses(t *testing.T) {
	type victim struct {
		name, fault string
		chain       *lab.Chain
		heard       *listener
		thanked     []uint64
	}
	var victims []*victim
	for name, fault := range map[string]func(card) string{
		"full":      func(c card) string { return c.full },
		"read-only": func(c card) string { return c.frozen },
		"worn":      func(c card) string { return c.worn },
	} {
		v := &victim{name: name, fault: fault(newCard(t)), chain: lab.NewChain(t, "confirm = \"puback\"\n")}
		v.chain.StartBroker()
		v.heard = listenIn(t, v.chain)
		v.chain.StartTerminal()
		victims = append(victims, v)
	}
	for _, v := range victims {
		for button := range 3 {
			seq, _, err := lab.Press(t.Context(), v.chain.Panel, button)
			if err != nil {
				t.Fatalf("%s: %v", v.name, err)
			}
			v.thanked = append(v.thanked, seq)
		}
		begin(t, v.fault)
		lab.Eventually(t, v.name+": it refuses presses", 30*time.Second, func() bool { return refuses(t, v.chain) })
	}
	for _, v := range victims {
		lab.Eventually(t, v.name+": head office hears of it", 60*time.Second, func() bool { return saysOfDisk(t, v.heard, true) })
		if !refuses(t, v.chain) {
			t.Errorf("%s: a press was thanked for", v.name)
		}
		end(t, v.fault)
	}
	for _, v := range victims {
		v.chain.AwaitTerminal()
		seq, _, err := lab.Press(t.Context(), v.chain.Panel, 3)
		if err != nil {
			t.Errorf("%s: the card is well again: %v", v.name, err)
		}
		v.thanked = append(v.thanked, seq)
		lab.Eventually(t, v.name+": head office hears that it is well", 60*time.Second, func() bool { return saysOfDisk(t, v.heard, false) })
		v.chain.Terminal.Stop()
		out, stderr, code := lab.Run(t, "sourire", "verify", "--config", v.chain.TerminalFile)
		if code != 0 {
			t.Errorf("%s: verify: %s%s", v.name, out, stderr)
		}
		wantStored(t, v.chain, v.thanked)
	}
}

// wantStored checks that each press that was thanked for is in the journal of a
// terminal that has stopped.
func wantStored(t *testing.T, c *lab.Chain, thanked []uint64) {
	t.Helper()
	r, err := journal.OpenReader(c.TerminalData)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	for _, seq := range thanked {
		if e, err := readEvent(r, seq); err != nil || e == nil || e.Head().Kind != tap.KindTap {
			t.Errorf("press %d was thanked for, and is %+v: %v", seq, e, err)
		}
	}
}

// TestACardThatIsReadOnlyAtTheStart: the box shows that it is out of order, waits
// for the card, and is in service by itself.
func TestACardThatIsReadOnlyAtTheStart(t *testing.T) {
	withCard(t, 48, func(c *lab.Chain) {
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

// TestACardThatIsFilledUnderPresses fills the card of a running terminal to its
// last byte. It gives its reserve up first, and goes on; when that is used, too, it
// is out of order, and in service by itself as soon as there is room.
func TestACardThatIsFilledUnderPresses(t *testing.T) {
	withCard(t, 40, func(c *lab.Chain) {
		reserve, ballast := filepath.Join(c.TerminalData, "reserve"), filepath.Join(c.TerminalData, "ballast")
		if err := os.WriteFile(reserve, make([]byte, 16<<20), 0o600); err != nil { // as it lays it by within half a minute
			t.Fatal(err)
		}
		fill(t, ballast, 512<<10) // less than the log's lasting size: a hundred presses fill it, not two thousand
		c.StartTerminal()
		var thanked []uint64
		byReserve := 0
		full := func() error { // presses until the card takes no more
			for {
				seq, status, err := lab.Press(t.Context(), c.Panel, len(thanked)%4)
				if status == http.StatusServiceUnavailable {
					return err
				}
				if err != nil {
					continue // it was the same press
				}
				thanked = append(thanked, seq)
				if _, gone := os.Stat(reserve); gone != nil {
					if byReserve++; byReserve == 1 {
						fill(t, ballast+"-2", 0)
					}
				}
			}
		}
		err := full()
		t.Logf("after %d presses, %d of them by the reserve, the card takes no more: %v", len(thanked), byReserve, err)
		if _, err := os.Stat(reserve); err == nil || byReserve == 0 {
			t.Error("out of order, and the reserve is not used")
		}
		for range 5 {
			if !refuses(t, c) {
				t.Error("a press was thanked for")
			}
		}
		for _, name := range []string{ballast, ballast + "-2"} {
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
		}
		c.AwaitTerminal()
		seq, _, err := lab.Press(t.Context(), c.Panel, 1)
		if err != nil {
			t.Errorf("there is room again: %v", err)
		}
		c.Terminal.Stop()
		wantStored(t, c, append(thanked, seq))
	})
}

// fill writes a file until only so many bytes are left.
func fill(t *testing.T, name string, room int64) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1 << 20, 4096} {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, n))
		}
	}
	info, err := f.Stat()
	if err := errors.Join(err, f.Truncate(max(0, info.Size()-room)), f.Close()); err != nil {
		t.Fatal(err)
	}
}
