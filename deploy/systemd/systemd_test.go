// Package systemd holds the units to what systemd says of them.
package systemd

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// analyze returns what systemd-analyze has to complain of.
func analyze(t *testing.T, args ...string) (complaints []string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "systemd-analyze", args...)
	c.Env = append(os.Environ(), "SYSTEMD_COLORS=0", "SYSTEMD_PAGER=")
	out, err := c.CombinedOutput()
	if err != nil {
		complaints = append(complaints, err.Error())
	}
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "✓") {
			complaints = append(complaints, line)
		}
	}
	return complaints
}

// TestUnits has systemd read the units: no key is unknown, no value is wrong,
// and little is open to them that they don't need. Exposure is 0 to 100. What is
// left of it is the network, and for the terminal its devices, and reading how
// well the clock is kept.
func TestUnits(t *testing.T) {
	for program, exposure := range map[string]string{"sourire": "19", "sourire-office": "11"} {
		unit := filepath.Join(t.TempDir(), program+".service")
		installed := strings.Replace(read(t, program+".service"), "=/usr/bin/"+program, "=/bin/true", 1)
		if err := os.WriteFile(unit, []byte(installed), 0o644); err != nil {
			t.Fatal(err)
		}
		if wrong := analyze(t, "verify", "--man=no", unit); len(wrong) > 0 {
			t.Errorf("%s: %v", program, wrong)
		}
		if wrong := analyze(t, "security", "--offline=true", "--threshold="+exposure, unit); strings.Contains(wrong[0], "exit") {
			t.Errorf("%s: %v", program, wrong)
		}
	}
}

// A partition of its own for the data is waited for, and required: systemd looks
// at its mount unit, and complains of what is wrong there, only where it is.
func TestTheDataMayBeAPartition(t *testing.T) {
	dir := t.TempDir()
	for program, mount := range map[string]string{"sourire": "var-lib-sourire.mount", "sourire-office": "var-lib-sourire\\x2doffice.mount"} {
		unit := filepath.Join(dir, program+".service")
		installed := strings.Replace(read(t, program+".service"), "=/usr/bin/"+program, "=/bin/true", 1)
		partition := "[Mount]\nWhat=/dev/mmcblk0p3\nWhere=/var/lib/" + program + "\nUnheardOf=yes\n"
		for file, text := range map[string]string{unit: installed, filepath.Join(dir, mount): partition} {
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if said := strings.Join(analyze(t, "verify", "--man=no", unit), ""); !strings.Contains(said, "UnheardOf") {
			t.Errorf("%s does not want its data to be mounted: %s", program, said)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// A group that the hardware is given to is one that the terminal's user is in.
func TestTheUserIsInTheGroupsOfTheHardware(t *testing.T) {
	users, rules := read(t, "sourire.sysusers"), read(t, "../udev/70-sourire.rules")
	given := 0
	for _, group := range []string{"gpio", "i2c", "spi"} {
		given += strings.Count(rules, `GROUP="`+group+`"`) + strings.Count(rules, "chgrp -R "+group+" ")
		if !strings.Contains(users, "\nm sourire "+group+"\n") || !strings.Contains(users, "\ng "+group+" - -\n") {
			t.Errorf("%s is not made, or the user is not in it", group)
		}
	}
	if all := strings.Count(rules, "GROUP=") + strings.Count(rules, "chgrp"); all != given {
		t.Errorf("of %d rules, %d give something to these groups", all, given)
	}
}
