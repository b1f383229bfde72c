package gpio

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// chip is one with lines of these names; "LED1=kernel" is held.
func chip(label string, names ...string) Chip {
	c := Chip{Path: "/dev/" + label, Label: label}
	for _, name := range names {
		name, consumer, used := strings.Cut(name, "=")
		c.Lines = append(c.Lines, Line{Name: name, Consumer: consumer, Used: used})
	}
	return c
}

func pi() []Chip {
	header := []string{"ID_SDA", "ID_SCL"}
	for i := 2; i < 28; i++ {
		header = append(header, fmt.Sprintf("GPIO%d", i))
	}
	return []Chip{chip("pinctrl-bcm2711", header...), chip("raspberrypi-exp-gpio", "BT_ON", "", "PWR_LED_OFF", "GPIO27")}
}

func TestFind(t *testing.T) {
	for _, c := range []struct {
		label string
		names string
		chip  string
		at    string // offsets
		wrong string // parts of the error, in their order
	}{
		{names: "GPIO5 GPIO6 GPIO2", chip: "pinctrl-bcm2711", at: "[5 6 2]"},
		{names: "BT_ON", chip: "raspberrypi-exp-gpio", at: "[0]"},
		{names: "GPIO27 GPIO2", chip: "pinctrl-bcm2711", at: "[27 2]"},
		{label: "raspberrypi-exp-gpio", names: "GPIO27", chip: "raspberrypi-exp-gpio", at: "[3]"},
		{names: "GPIO5 GPI06", wrong: `no such line: "GPI06": there are GPIO6, GPIO`},
		{names: "gpio17", wrong: `no such line: "gpio17": there are GPIO17, GPIO`},
		{names: "XX YY", wrong: `"XX": there are *and 22 more*"YY": there are *and 22 more`},
		{names: "GPIO27", wrong: "no such line for sure: GPIO27 is on pinctrl-bcm2711 and raspberrypi-exp-gpio: name the one that is meant in board.chip"},
		{names: "GPIO5 BT_ON", wrong: "no such line on one chip: GPIO5 is on pinctrl-bcm2711; BT_ON is on raspberrypi-exp-gpio: lines that are read together must be on the same"},
		{label: "rp1", names: "GPIO5", wrong: `there is no chip "rp1": this machine has pinctrl-bcm2711, raspberrypi-exp-gpio; correct board.chip, or leave it out`},
		{label: "raspberrypi-exp-gpio", names: "GPIO5", wrong: `no such line: "GPIO5": there are GPIO27, BT_ON, PWR_LED_OFF`},
	} {
		found, offsets, err := find(pi(), c.label, strings.Fields(c.names))
		if c.wrong == "" {
			if err != nil || found.Label != c.chip || fmt.Sprint(offsets) != c.at {
				t.Errorf("%q on %q: %s %v, %v; want %s %s", c.names, c.label, found.Label, offsets, err, c.chip, c.at)
			}
			continue
		}
		if err == nil {
			t.Errorf("%q on %q: found; want %q", c.names, c.label, c.wrong)
			continue
		}
		rest := err.Error()
		for _, part := range strings.Split(c.wrong, "*") {
			_, after, found := strings.Cut(rest, part)
			if !found {
				t.Errorf("%q on %q: %v; want %q", c.names, c.label, err, part)
			}
			rest = after
		}
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%v is no ErrNotFound", err)
		}
	}
}

func TestALineWithoutANameIsNone(t *testing.T) {
	if _, _, err := find([]Chip{chip("a", "", "")}, "", []string{""}); !errors.Is(err, ErrNotFound) {
		t.Errorf("found one: %v", err)
	}
	if _, _, err := find([]Chip{chip("a", "", "")}, "", []string{"GPIO1"}); err == nil || !strings.Contains(err.Error(), "no line here has a name") {
		t.Errorf("got %v", err)
	}
}

func TestTaken(t *testing.T) {
	c := chip("a", "X", "Y=gpio-leds", "Z=")
	for _, test := range []struct {
		offsets []uint32
		want    string
	}{
		{[]uint32{0, 1}, `line is taken: Y is held by "gpio-leds": stop that, or use another line`},
		{[]uint32{2}, `line is taken: Z is held by "somebody who gave no name"`},
		{[]uint32{0}, `line is taken: one of a's`}, // let go since
	} {
		err := taken(c, test.offsets)
		if !errors.Is(err, ErrTaken) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: %v; want %q", test.offsets, err, test.want)
		}
	}
}

func TestNoChips(t *testing.T) {
	dir := t.TempDir()
	if _, err := Chips(dir); err == nil || !strings.Contains(err.Error(), "gpiochip*: this machine has no GPIO") {
		t.Errorf("got %v", err)
	}
	_, err := OpenInputs(InputConfig{Dev: dir, Lines: []string{"GPIO5"}, Pull: PullUp})
	if err == nil || !strings.Contains(err.Error(), "this machine has no GPIO") {
		t.Errorf("got %v", err)
	}
}

// A file that is no chip is left out, and named once, whatever names it has.
func TestWhatIsNoChip(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "gpiochip0"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("gpiochip0", filepath.Join(dir, "gpiochip4")); err != nil {
		t.Fatal(err)
	}
	chips, err := Chips(dir)
	if len(chips) != 0 || err == nil || strings.Count(err.Error(), "ask ") != 1 {
		t.Errorf("got %v, %v", chips, err)
	}
}

func TestWhoMayOpenAChip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gpiochip0")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	id := strconv.Itoa(os.Getgid())
	want := "it belongs to the group " + id
	switch group, err := user.LookupGroupId(id); {
	case err == nil && group.Name == "root":
		want = "install the udev rule"
	case err == nil:
		want = "usermod -a -G " + group.Name + " NAME"
	}
	if got := remedy(path, fs.ErrPermission); !strings.Contains(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
	if got := remedy(path, fs.ErrNotExist); got != "" {
		t.Errorf("got %q", got)
	}
}
