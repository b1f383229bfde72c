// Command guest is the first process of the lab's virtual machine. It makes a
// small Linux box of the bare kernel (modules, filesystems, network, an I2C bus
// with a display on it), and then does what the host asks through the agent.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

func main() {
	if len(os.Args) > 1 { // beside the system that the first process has become
		if err := serve(); err != nil {
			fmt.Fprintln(os.Stderr, "guest:", err)
		}
		return
	}
	if err := bring(); err != nil {
		fmt.Fprintln(os.Stderr, "guest:", err)
	}
	_ = unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
}

// bring makes the box and serves the host until it hangs up.
func bring() error {
	if err := mountAll(); err != nil {
		return err
	}
	if err := loadModules("/lab/modules"); err != nil {
		return err
	}
	if exists(systemMark) {
		return becomeSystem()
	}
	if err := mountData(); err != nil {
		return err
	}
	a, err := newAgent()
	if err != nil {
		return err
	}
	if err := handOver(); err != nil {
		return err
	}
	if err := a.trace.start(); err != nil {
		return err
	}
	return a.serve()
}

// newAgent brings up the network and the display, and answers for them.
func newAgent() (*agent, error) {
	if err := network(); err != nil {
		return nil, err
	}
	a := &agent{}
	if exists(hub) {
		a.oled = newOLED()
		// As on a Raspberry Pi, bus 0 is not for us, and bus 1 is.
		for port, b := range []bus{{}, {oledAddress: a.oled}} {
			if err := attach(port, b); err != nil {
				return nil, err
			}
		}
	}
	return a, nil
}

// mountAll mounts what any Linux system has.
func mountAll() error {
	for _, m := range []struct{ kind, at, options string }{
		{"proc", "/proc", ""},
		{"sysfs", "/sys", ""},
		{"devtmpfs", "/dev", "mode=0755"},
		{"tracefs", "/sys/kernel/tracing", ""},
		{"tmpfs", "/tmp", "mode=1777"},
		{"tmpfs", "/run", "mode=0755"},
		{"tmpfs", "/var/lib", "mode=0755"},
	} {
		if err := os.MkdirAll(m.at, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(m.kind, m.at, m.kind, 0, m.options); err != nil {
			return fmt.Errorf("mount %s: %w", m.at, err)
		}
	}
	return nil
}

// loadModules loads the kernel modules that the file lists, in its order.
func loadModules(list string) error {
	names, err := os.ReadFile(list)
	if err != nil {
		return err
	}
	for _, name := range strings.Fields(string(names)) {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		err = unix.FinitModule(int(f.Fd()), "", 0)
		_ = f.Close()
		if err != nil {
			return fmt.Errorf("load %s: %w", name, err)
		}
	}
	return nil
}

// dataFolder is where the terminal keeps its data.
const dataFolder = "/var/lib/sourire"

// mountData mounts the disk there, where the machine has one.
func mountData() error {
	if err := os.MkdirAll(dataFolder, 0o755); err != nil {
		return err
	}
	const disk = "/dev/vda"
	if exists("/sys/module/virtio_blk") {
		if err := await(disk); err != nil {
			return err
		}
		if err := unix.Mount(disk, dataFolder, "ext4", 0, ""); err != nil {
			return fmt.Errorf("mount %s: %w", disk, err)
		}
	}
	return os.Chown(dataFolder, userID, userID)
}

// The terminal's user and the groups of its devices, as Debian numbers them.
const (
	userID     = 990
	groupGPIO  = 986
	groupI2C   = 985
	groupVideo = 44
)

// handOver gives the devices to their groups: the work of udev's rules.
func handOver() error {
	for pattern, group := range map[string]int{
		"/dev/gpiochip*": groupGPIO, "/dev/i2c-*": groupI2C, "/dev/fb*": groupVideo,
	} {
		nodes, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		for _, node := range nodes {
			if err := os.Chown(node, 0, group); err != nil {
				return err
			}
			if err := os.Chmod(node, 0o660); err != nil {
				return err
			}
		}
	}
	return nil
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// await waits until the kernel has made a device.
func await(name string) error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	end := time.After(20 * time.Second)
	for !exists(name) {
		select {
		case <-tick.C:
		case <-end:
			return fmt.Errorf("%s did not appear", name)
		}
	}
	return nil
}
