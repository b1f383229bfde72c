//go:build deb

package deb

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

const (
	config = "/etc/sourire/terminal.toml"
	sample = "/usr/share/sourire/terminal.toml"
	wanted = "/etc/systemd/system/multi-user.target.wants/sourire.service"
)

// configured is a configuration that is right, and nobody's sample.
const configured = `[terminal]
chain = "demo"
store = "lyon"
id = "exit-2"
data = "/var/lib/sourire"
[board]
kind = "panel"
[panel]
listen = "127.0.0.1:18080"
[broker]
url = "tcp://127.0.0.1:18083"
[manager]
listen = "127.0.0.1:18081"
pin = "4711"
`

func (r *root) same(what, got, want string) {
	r.t.Helper()
	if got != want {
		r.t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func (r *root) says(text string, wants ...string) {
	r.t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			r.t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
}

// edit edits the configuration as an installer does: over the one that is there.
func (r *root) edit(text string) {
	r.t.Helper()
	r.must("sh", "-c", `printf %s "$1" >"$0"`, config, text)
}

func (r *root) status() string {
	r.t.Helper()
	out, _ := r.run("dpkg-query", "--show", "--showformat", "${Version} ${Status}", "sourire")
	return out
}

func TestTheFirstInstallation(t *testing.T) {
	r := newRoot(t)
	said := r.install(remade(t, "1.0", nil))
	r.says(said, config+" is still the sample", "sudo systemctl enable --now sourire")
	r.same("status", r.status(), "1.0 install ok installed")
	for file, want := range map[string]string{
		"/etc/sourire":     "775 root:sourire directory",
		config:             "640 root:sourire regular file",
		"/var/lib/sourire": "750 sourire:sourire directory",
		"/usr/bin/sourire": "755 root:root regular file",
		wanted:             "", // nobody has said what this terminal is
	} {
		r.same(file, r.stat(file), want)
	}
	r.must("cmp", config, sample)
	groups := strings.Fields(r.must("id", "-nG", "sourire"))
	for _, group := range []string{"sourire", "gpio", "i2c", "spi", "video"} {
		if !strings.Contains(" "+strings.Join(groups, " ")+" ", " "+group+" ") {
			t.Errorf("the user is not in the group %s: %v", group, groups)
		}
	}
	r.says(r.must("getent", "passwd", "sourire"), "/usr/sbin/nologin")
	r.says(r.must("runuser", "-u", "sourire", "--", "sourire", "--version"), "")
}

// What an image is made of: the configuration is there first.
func TestAnInstallationThatIsConfigured(t *testing.T) {
	r := newRoot(t)
	r.must("mkdir", "/etc/sourire")
	r.edit(configured)
	r.must("chmod", "0600", config)
	said := r.install(remade(t, "1.0", nil))
	r.same("configuration", r.must("cat", config), strings.TrimSpace(configured))
	r.same("configuration", r.stat(config), "640 root:sourire regular file")
	if link := r.stat(wanted); !strings.HasSuffix(link, "symbolic link") {
		t.Errorf("the terminal is not enabled: %s", said)
	}
	// The service's own user can do all that a start needs: it makes the
	// journal, and puts the pin's hash where the pin was.
	_, code := r.run("timeout", "3", "runuser", "-u", "sourire", "--", "sourire", "run", "--config", config)
	if code != 124 {
		t.Errorf("run as its user: exit code %d", code)
	}
	text := r.must("cat", config)
	r.says(text, "$argon2id$")
	if strings.Contains(text, "4711") {
		t.Error("the pin is still in the configuration")
	}
	r.same("the journal", r.stat("/var/lib/sourire/journal.db"), "644 sourire:sourire regular file")
}

func TestAnInstallationThatIsConfiguredWrongly(t *testing.T) {
	r := newRoot(t)
	r.must("mkdir", "/etc/sourire")
	r.edit(strings.Replace(configured, "[broker]", "[brokre]", 1))
	said := r.install(remade(t, "1.0", nil))
	r.says(said, "brokre", "not started")
	r.same("status", r.status(), "1.0 install ok installed")
	r.same(wanted, r.stat(wanted), "")
}

func TestAnUpgradeKeepsWhatIsTheirs(t *testing.T) {
	r := newRoot(t)
	r.install(remade(t, "1.0", nil))
	r.edit(configured)
	r.must("systemctl", "enable", "sourire")
	r.must("sh", "-c", "chmod 0600 "+config+"; chown sourire: "+config+"; chmod 0770 /etc/sourire")
	r.must("runuser", "-u", "sourire", "--", "touch", "/var/lib/sourire/journal.db")
	r.install(remade(t, "1.1", func(tree string) {
		write(t, filepath.Join(tree, sample), "# the sample of another version\n", 0o644)
	}))
	r.same("status", r.status(), "1.1 install ok installed")
	r.same("configuration", r.must("cat", config), strings.TrimSpace(configured))
	r.same("configuration", r.stat(config), "600 sourire:sourire regular file")
	r.same("its folder", r.stat("/etc/sourire"), "770 root:sourire directory")
	r.same("the journal", r.stat("/var/lib/sourire/journal.db"), "644 sourire:sourire regular empty file")
	if r.stat(wanted) == "" {
		t.Error("it is not enabled any more")
	}
	r.must("systemctl", "disable", "sourire")
	r.install(remade(t, "1.2", nil))
	if r.stat(wanted) != "" {
		t.Error("it was disabled, and is enabled")
	}
}

func TestASampleThatNobodyEditedIsReplaced(t *testing.T) {
	r := newRoot(t)
	r.install(remade(t, "1.0", nil))
	r.install(remade(t, "1.1", func(tree string) {
		write(t, filepath.Join(tree, sample), "# the sample of another version\n", 0o644)
	}))
	r.same("configuration", r.must("cat", config), "# the sample of another version")
	r.same("configuration", r.stat(config), "640 root:sourire regular file")
}

// program makes the program of a package a script.
func program(t *testing.T, script string) func(tree string) {
	return func(tree string) {
		write(t, filepath.Join(tree, "usr/bin/sourire"), "#!/bin/sh\n"+script+"\n", 0o755)
		write(t, filepath.Join(tree, sample), "# the sample of another version\n", 0o644)
	}
}

// A version that cannot run with this terminal's configuration is not installed,
// and the one that was there is whole.
func TestAnUpgradeThatWouldTakeTheTerminalDown(t *testing.T) {
	for name, script := range map[string]string{
		"it cannot read the configuration": `echo "sourire: $3:7: unknown key brokre" >&2; exit 2`,
		"it cannot run on this machine":    `kill -ILL $$`,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoot(t)
			r.install(remade(t, "1.0", nil))
			r.edit(configured)
			r.must("systemctl", "enable", "sourire")
			state := func() string {
				return r.must("sh", "-c", `dpkg --verify sourire; dpkg --audit sourire
					cd / && find etc/sourire usr/share/sourire usr/bin usr/lib/systemd/system/ usr/lib/udev var/lib/dpkg/info -name '*sourire*' -o -path '*sourire/*' | sort | xargs stat -c '%n %a %U %G %F %s'
					find usr/bin/sourire etc/sourire var/lib/dpkg/info/sourire.* -type f | sort | xargs sha256sum; ls -l `+wanted)
			}
			before := state()

			said, code := r.run("dpkg", "--no-triggers", "--install", r.put(remade(t, "1.1", program(t, script))))
			if code == 0 {
				t.Errorf("it was installed:\n%s", said)
			}
			r.says(said, "the new version cannot run with "+config, "it is not installed, and the old version goes on")
			if name == "it cannot read the configuration" {
				r.says(said, config+":7: unknown key brokre")
			}
			r.same("status", r.status(), "1.0 install ok installed")
			r.same("what was there", state(), before)
			r.must("runuser", "-u", "sourire", "--", "sourire", "check", "--config", config)

			r.install(remade(t, "1.2", nil))
			r.same("status", r.status(), "1.2 install ok installed")
		})
	}
}

// What check finds wrong with the machine is no reason to stay with the old
// version, and neither is a check that hangs.
func TestAnUpgradeThatMayBeTheRemedy(t *testing.T) {
	r := newRoot(t)
	r.install(remade(t, "1.0", nil))
	r.edit(configured)
	r.install(remade(t, "1.1", program(t, `echo "FAIL  display: it does not answer"; exit 1`)))
	r.same("status", r.status(), "1.1 install ok installed")
}

func TestRemovalAndPurge(t *testing.T) {
	r := newRoot(t)
	r.install(remade(t, "1.0", nil))
	r.edit(configured)
	r.must("systemctl", "enable", "sourire")
	r.must("runuser", "-u", "sourire", "--", "touch", "/var/lib/sourire/journal.db")
	r.must("touch", "/etc/sourire/ca.pem")
	r.takeOut("--remove", "sourire")
	r.same("status", r.status(), "1.0 deinstall ok config-files")
	for file, stays := range map[string]bool{"/usr/bin/sourire": false, sample: false, config: true, "/var/lib/sourire/journal.db": true} {
		if (r.stat(file) != "") != stays {
			t.Errorf("after the removal, %s: %q", file, r.stat(file))
		}
	}
	said := r.takeOut("--purge", "sourire")
	r.says(said, "the presses stay in /var/lib/sourire")
	for file, stays := range map[string]bool{config: false, wanted: false, "/etc/sourire/ca.pem": true, "/var/lib/sourire/journal.db": true} {
		if (r.stat(file) != "") != stays {
			t.Errorf("after the purge, %s: %q", file, r.stat(file))
		}
	}

	r.must("rm", "/etc/sourire/ca.pem")
	r.install(remade(t, "1.0", nil))
	r.same("the journal", r.stat("/var/lib/sourire/journal.db"), "644 sourire:sourire regular empty file")
	r.must("rm", "/var/lib/sourire/journal.db")
	r.takeOut("--purge", "sourire")
	for _, file := range []string{"/etc/sourire", "/var/lib/sourire"} {
		r.same(file, r.stat(file), "")
	}
}

func TestARMv6IsRefused(t *testing.T) {
	r := newRoot(t)
	r.must("sh", "-c", `printf '#!/bin/sh\necho armv6l\n' >/usr/local/bin/uname; chmod +x /usr/local/bin/uname`)
	said, code := r.run("dpkg", "--install", r.put(remade(t, "1.0", nil)))
	if code == 0 || r.stat("/usr/bin/sourire") != "" {
		t.Error("it was installed")
	}
	r.says(said, "ARMv7")
}

func TestTheOffice(t *testing.T) {
	const config = "/etc/sourire/office.toml"
	r := newRoot(t)
	r.install(remade(t, "1.0", nil)) // both on one machine
	said := r.install(built(t, "sourire-office", runtime.GOARCH))
	r.says(said, "sudo systemctl enable --now sourire-office")
	r.same(config, r.stat(config), "640 root:sourire-office regular file")
	r.same("data", r.stat("/var/lib/sourire-office"), "750 sourire-office:sourire-office directory")
	r.must("runuser", "-u", "sourire-office", "--", "cat", config)
	if _, code := r.run("runuser", "-u", "sourire", "--", "cat", config); code == 0 {
		t.Error("the terminal's user can read head office's configuration")
	}
	r.must("systemctl", "enable", "sourire-office")

	r.must("sed", "-i", `s/^chain = .*/chain = "lyon"/; s#^url = .*#url = "tcp://127.0.0.1:18083"#`, config)
	upgrade := func(version, script string) (string, int) {
		return r.run("dpkg", "--no-triggers", "--install", r.put(remadeOf(t, "sourire-office", runtime.GOARCH, version, func(tree string) {
			write(t, filepath.Join(tree, "usr/bin/sourire-office"), "#!/bin/sh\n"+script+"\n", 0o755)
		})))
	}
	before := r.must("sha256sum", "/usr/bin/sourire-office", config)
	said, code := upgrade("1.1", `echo "sourire-office: $3:7: unknown key chian" >&2; exit 2`)
	if code == 0 {
		t.Errorf("a version that cannot read the configuration was installed:\n%s", said)
	}
	r.says(said, "the new version cannot run with "+config, config+":7: unknown key chian", "the old version goes on")
	r.same("what was there", r.must("sha256sum", "/usr/bin/sourire-office", config), before)
	r.must("runuser", "-u", "sourire-office", "--", "sh", "-c", "sourire-office check --config "+config+" 2>&1 | grep broker.url") // no broker is there
	if said, code = upgrade("1.2", `echo "broker.url: nobody is there" >&2; exit 1`); code != 0 {
		t.Errorf("a version that may be the remedy was refused:\n%s", said)
	}
	r.takeOut("--purge", "sourire-office")
	r.same(config, r.stat(config), "")
	r.same("enabled", r.must("sh", "-c", "find /etc/systemd -name '*sourire-office*'"), "")
	r.must("cmp", "/etc/sourire/terminal.toml", sample)
}
