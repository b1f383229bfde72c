package journal_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sourire/device/tap"
	"sourire/sync/journal"
)

// On a full card the reserve stores what comes, and is used once: then presses
// are refused, and it is said why. What head office has makes room again.
func TestTheReserve(t *testing.T) {
	apart(t, &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}, func() {
		dir := t.TempDir()
		must(t, syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=96m"))
		defer func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) }()
		j := open(t, dir)
		must(t, j.Reserve())
		reserve := filepath.Join(dir, "reserve")
		if info, err := os.Stat(reserve); err != nil || info.Size() != 16<<20 {
			t.Fatalf("no reserve: %v", err)
		}
		fill(t, dir, 0)
		must(t, j.Reserve())
		const each, size = 50, 10_000 // events, and bytes of one: presses would be many
		stored := 0
		var err error
		for ; err == nil; stored++ {
			var events []tap.Event
			for range each {
				events = append(events, &tap.FaultEvent{Header: press(0).Header, Part: "disk", Why: strings.Repeat("x", size)})
				events[len(events)-1].Head().Kind = tap.KindFault
			}
			err = j.Append(events...)
		}
		stored-- // the last was refused
		if _, gone := os.Stat(reserve); !errors.Is(gone, os.ErrNotExist) || stored*each*size < 12<<20 {
			t.Errorf("%d times %d events stored, reserve: %v", stored, each, gone)
		}
		if !strings.Contains(err.Error(), "the card is full, and ") || !strings.Contains(err.Error(), "wait for head office") {
			t.Errorf("refused: %v", err)
		}
		must(t, j.Reserve())
		if _, err := os.Stat(reserve); err == nil {
			t.Error("a full card has a reserve again")
		}
		last, _ := j.Last()
		if last != uint64(1+each*stored) {
			t.Errorf("event %d is the last, %d were stored", last, each*stored)
		}

		makeRoom(t, dir)
		must(t, j.Reserve())
		if _, err := os.Stat(reserve); err != nil {
			t.Errorf("there is room again: %v", err)
		}
		must(t, j.Append(press(0)))
		check(t, j, last+1)

		fill(t, dir, 1<<20)
		confirmAll(t, j)
		before, err := j.Spare()
		must(t, err)
		d, err := j.Delivered()
		must(t, err)
		d.At, d.Clock, d.Boot, d.Up = "2026-11-23T14:05:03.120+01:00", tap.Synced, 1, 9120
		must(t, errors.Join(j.Append(d), j.Prune(t.Context(), d)))
		after, err := j.Spare()
		if err != nil || after < before+1<<20 {
			t.Errorf("%d bytes to spare, %d before, %v", after, before, err)
		}
	})
}

// A call of the kernel that a signal interrupts is made again.
func TestASignalIsNoFailure(t *testing.T) {
	calls := 0
	err := journal.Uninterrupted(func() error {
		if calls++; calls < 3 {
			return syscall.EINTR
		}
		return syscall.ENOSPC
	})
	if calls != 3 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%d calls, %v", calls, err)
	}
}
