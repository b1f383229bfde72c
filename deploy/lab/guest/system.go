package main

import (
	"fmt"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// systemMark is a file that says: the disk holds a whole Debian system.
const systemMark = "/lab/system"

// becomeSystem starts the system on the disk: this process becomes its systemd,
// and leaves a child there that goes on as the agent.
func becomeSystem() error {
	const disk, root = "/dev/vda", "/system"
	if err := await(disk); err != nil {
		return err
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	if err := unix.Mount(disk, root, "ext4", 0, ""); err != nil {
		return fmt.Errorf("mount %s: %w", disk, err)
	}
	for _, dir := range []string{"/proc", "/sys", "/dev"} {
		if err := unix.Mount(dir, root+dir, "", unix.MS_MOVE, ""); err != nil {
			return fmt.Errorf("move %s: %w", dir, err)
		}
	}
	if err := unix.Chdir(root); err != nil {
		return err
	}
	if err := unix.Mount(".", "/", "", unix.MS_MOVE, ""); err != nil {
		return fmt.Errorf("move the root: %w", err)
	}
	if err := unix.Chroot("."); err != nil {
		return err
	}
	agent := exec.Command("/proc/self/exe", "agent")
	agent.Stdout, agent.Stderr = os.Stdout, os.Stderr
	if err := agent.Start(); err != nil {
		return err
	}
	return unix.Exec("/sbin/init", []string{"/sbin/init"}, nil)
}

// serve is the agent beside a system.
func serve() error {
	a, err := newAgent()
	if err != nil {
		return err
	}
	return a.serve()
}
