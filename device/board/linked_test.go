package board

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

// Of periph, the program has the interfaces and the drivers of displays. What
// reaches the hardware is ours: the registry of its host package closes a
// descriptor of somebody else's and maps /dev/mem, its I2C bus hands the kernel
// addresses that the stack has left, and the debouncer of gpioutil ignores what
// it is told. A driver that brings them along is found here.
func TestNothingOfPeriphReachesTheHardware(t *testing.T) {
	c := exec.CommandContext(t.Context(), "go", "list", "-deps", "sourire/cmd/sourire")
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.Bytes())
	}
	linked := strings.Fields(string(out))
	drivers := 0
	for _, p := range linked {
		if strings.HasPrefix(p, "periph.io/x/host") || strings.HasSuffix(p, "/gpioutil") {
			t.Errorf("%s is linked", p)
		}
		if strings.HasPrefix(p, "periph.io/x/devices") {
			drivers++
		}
	}
	if drivers == 0 {
		t.Errorf("no driver is linked either: is this the program? %d packages", len(linked))
	}
}
