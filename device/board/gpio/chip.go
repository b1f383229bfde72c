// Package gpio finds the lines of a board by name and takes them, through the
// kernel's GPIO character device, version 2 of its interface (Linux 5.10 and
// later).
//
// All lines of one purpose are taken in one request, so that they are read at
// once and their edges come in order, through one descriptor, with the
// kernel's own times and numbers. The structures and calls are those of
// go-gpiocdev/uapi. periph's gpioioctl makes the same request, but cannot be
// started without closing a descriptor of somebody else's on a Raspberry Pi
// (descriptor 0, for the second name of its first chip), looks for chips once
// in the life of a process, and hides the times and numbers of edges: see
// [Inputs.Edges] for what they are needed for.
package gpio

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"github.com/warthog618/go-gpiocdev/uapi"
)

// Dev is where the kernel's devices are.
const Dev = "/dev"

// ErrPermission is that of a chip which this user must not open.
var ErrPermission = fs.ErrPermission

// Chip is a GPIO chip as the kernel describes it.
type Chip struct {
	Path  string // of its device
	Label string // what it is, such as pinctrl-bcm2711; it stays when the numbering of chips changes
	Lines []Line
}

// Line is a line of a chip. Its place in the chip is its offset.
type Line struct {
	Name     string // empty for a line that leads nowhere
	Used     bool   // taken, by this process or another
	Consumer string // who has it, as they called themselves
}

// Chips lists the chips with a device in the folder dev, each once, whatever
// names it has. Chips that cannot be read are left out, and the error says why
// for each; where there is none at all the error says so.
func Chips(dev string) ([]Chip, error) {
	paths, err := filepath.Glob(filepath.Join(dev, "gpiochip*"))
	if err != nil {
		return nil, fmt.Errorf("look for gpio chips: %w", err)
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("there is no %s: this machine has no GPIO, or its driver is not loaded", filepath.Join(dev, "gpiochip*"))
	}
	var chips []Chip
	var errs []error
	var seen []string
	for _, path := range paths {
		real, err := filepath.EvalSymlinks(path) // a Pi's gpiochip4 is another name of gpiochip0
		if err != nil || slices.Contains(seen, real) {
			continue
		}
		seen = append(seen, real)
		chip, err := readChip(path)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		chips = append(chips, chip)
	}
	return chips, errors.Join(errs...)
}

func readChip(path string) (Chip, error) {
	f, err := os.Open(path)
	if err != nil {
		return Chip{}, fmt.Errorf("%w%s", err, remedy(path, err))
	}
	defer func() { _ = f.Close() }()
	chip := Chip{Path: path}
	err = control(f, func(fd uintptr) error {
		info, err := uapi.GetChipInfo(fd)
		if err != nil {
			return fmt.Errorf("ask %s what it is: %w", path, err)
		}
		chip.Label = uapi.BytesToString(info.Label[:])
		for offset := range int(info.Lines) {
			line, err := uapi.GetLineInfoV2(fd, offset)
			if err != nil {
				return fmt.Errorf("ask %s for its line %d: %w: a kernel before 5.10 is too old", path, offset, err)
			}
			chip.Lines = append(chip.Lines, Line{
				Name: uapi.BytesToString(line.Name[:]), Used: line.Flags.IsUsed(), Consumer: uapi.BytesToString(line.Consumer[:]),
			})
		}
		return nil
	})
	return chip, err
}

// control runs do with the descriptor of f, which stays non-blocking, and open
// for as long.
func control(f *os.File, do func(fd uintptr) error) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = do(fd) }); err != nil {
		return err
	}
	return failed
}

// remedy says who may open a device that this user may not.
func remedy(path string, err error) string {
	if !errors.Is(err, fs.ErrPermission) {
		return ""
	}
	group := groupOf(path)
	if group == "" || group == "root" {
		return ": no group but root's may open it: install the udev rule that comes with sourire, which gives it to the group gpio"
	}
	return fmt.Sprintf(": it belongs to the group %s: put the user in it (usermod -a -G %s NAME), and start again", group, group)
}

func groupOf(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	id := strconv.Itoa(int(stat.Gid))
	if group, err := user.LookupGroupId(id); err == nil {
		return group.Name
	}
	return id
}
