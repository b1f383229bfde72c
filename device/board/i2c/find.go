package i2c

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// DefaultBus is the number of the bus on pins 3 and 5 of a Raspberry Pi.
const DefaultBus = "1"

// Host is where a machine's buses are found.
type Host struct {
	Dev string // the folder of the i2c-N devices
	Sys string // the folder that describes them
}

// Linux is where every Linux has its buses.
var Linux = Host{Dev: "/dev", Sys: "/sys/class/i2c-dev"}

// Adapter is a bus that a machine has.
type Adapter struct {
	Number int
	Path   string // /dev/i2c-1
	Name   string // of the hardware, as the kernel calls it; may be empty
}

// Open opens a bus of this machine; see [Host.Open].
func Open(name string) (*Bus, error) { return Linux.Open(name) }

// Open opens a bus by its number ("1"), its path ("/dev/i2c-1") or the name of
// its hardware ("bcm2835 (i2c@7e804000)"); "" is [DefaultBus]. An error says
// what to do about it; it wraps [fs.ErrNotExist] or [fs.ErrPermission] where
// that is the cause.
func (h Host) Open(name string) (*Bus, error) {
	if name == "" {
		name = DefaultBus
	}
	if strings.HasPrefix(name, "/") {
		return openPath(name, kernel)
	}
	if _, err := strconv.ParseUint(name, 10, 16); err == nil {
		return openPath(h.path(name), kernel)
	}
	adapters, err := h.Adapters()
	if err != nil {
		return nil, err
	}
	var known []string
	for _, a := range adapters {
		if a.Name == name {
			return openPath(a.Path, kernel)
		}
		known = append(known, fmt.Sprintf("%d (%s)", a.Number, a.Name))
	}
	if len(known) == 0 {
		return nil, cannotOpen(name, fs.ErrNotExist)
	}
	return nil, fmt.Errorf("there is no I2C bus %q: this machine has %s: %w", name, strings.Join(known, ", "), fs.ErrNotExist)
}

func (h Host) path(number string) string { return filepath.Join(h.Dev, "i2c-"+number) }

// Adapters lists the buses of the machine by number; none is no error.
func (h Host) Adapters() ([]Adapter, error) {
	paths, err := filepath.Glob(h.path("*"))
	if err != nil {
		return nil, fmt.Errorf("look for I2C buses: %w", err)
	}
	var all []Adapter
	for _, p := range paths {
		node := filepath.Base(p)
		n, err := strconv.Atoi(strings.TrimPrefix(node, "i2c-"))
		if err != nil {
			continue
		}
		name, err := os.ReadFile(filepath.Join(h.Sys, node, "name"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("look for I2C buses: %w", err)
		}
		all = append(all, Adapter{n, p, strings.TrimSpace(string(name))})
	}
	slices.SortFunc(all, func(a, b Adapter) int { return a.Number - b.Number })
	return all, nil
}
