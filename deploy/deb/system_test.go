//go:build deb

package deb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sourire/deploy/lab"
	"sourire/device/tap"
)

// system is a Debian with systemd in the lab's virtual machine.
type system struct {
	*lab.Machine
	t       *testing.T
	broker  *lab.Broker
	pressed int
}

var (
	buttons = []string{"BTN1", "BTN2", "BTN3", "BTN4"}
	lights  = []string{"LED1", "LED2", "LED3", "LED4"}
)

const slow = 4 * time.Minute // for what takes seconds on a real box, and on a busy host minutes here

func newSystem(t *testing.T) *system {
	t.Helper()
	made := exec.CommandContext(t.Context(), "./rootfs")
	made.Stderr = os.Stderr
	out, err := made.Output()
	if err != nil {
		t.Fatal(err)
	}
	image := filepath.Join(t.TempDir(), "image")
	if out, err := exec.CommandContext(t.Context(), "cp", "--sparse=always", strings.TrimSpace(string(out)), image).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	broker, err := lab.StartBroker(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	alive := context.WithoutCancel(t.Context()) // until its journal has been asked why a test failed
	m, err := lab.Start(alive, lab.Config{Lines: append(buttons, lights...), OLED: true, System: image})
	if err != nil {
		t.Fatal(err)
	}
	s := &system{Machine: m, t: t, broker: broker}
	t.Cleanup(func() {
		if t.Failed() {
			log, _ := s.sh("journalctl --no-pager --lines=200")
			t.Logf("the system's journal:\n%s\nconsole:\n%s", log, m.Console())
		}
		m.PowerCut()
	})
	s.await("the system is up", "systemctl is-system-running", func(out string) bool { return out == "running" || out == "degraded" })
	return s
}

// sh runs a line of shell as root.
func (s *system) sh(line string) (string, int) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.t.Context()), slow)
	defer cancel()
	r, err := s.ExecRoot(ctx, "/bin/sh", "-c", line)
	if err != nil {
		s.t.Fatalf("%s: %v", line, err)
	}
	return strings.TrimSpace(r.Output), r.Code
}

func (s *system) must(line string) string {
	s.t.Helper()
	out, code := s.sh(line)
	if code != 0 {
		s.t.Fatalf("%s: exit code %d: %s", line, code, out)
	}
	return out
}

// await runs a line of shell until its output is as wanted.
func (s *system) await(what, line string, ok func(string) bool) {
	s.t.Helper()
	poll := time.NewTicker(time.Second)
	defer poll.Stop()
	end := time.After(slow)
	for {
		out, _ := s.sh(line)
		if ok(out) {
			return
		}
		select {
		case <-poll.C:
		case <-end:
			s.t.Fatalf("%s: not within %s: %s", what, slow, out)
		}
	}
}

// install installs a package, and returns what dpkg said and its exit code.
func (s *system) install(file string) (string, int) {
	s.t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.WriteFile(s.t.Context(), "/root/sourire.deb", raw); err != nil {
		s.t.Fatal(err)
	}
	return s.sh("DEBIAN_FRONTEND=noninteractive dpkg --install /root/sourire.deb")
}

// show is a property of the service.
func (s *system) show(property string) string {
	s.t.Helper()
	return s.must("systemctl show --value --property=" + property + " sourire")
}

// press presses a button, and waits until the press is at the broker.
func (s *system) press(choice int) {
	s.t.Helper()
	if _, err := s.Play(lab.Press(buttons[choice], 300*time.Millisecond)); err != nil {
		s.t.Fatal(err)
	}
	s.pressed++
	var last *tap.TapEvent
	_, err := s.broker.Await(s.t.Context(), slow, func(events []tap.Event) error {
		n := 0
		for _, e := range events {
			if e, ok := e.(*tap.TapEvent); ok {
				n, last = n+1, e
			}
		}
		if n != s.pressed {
			return fmt.Errorf("%d presses arrived of %d", n, s.pressed)
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	if last.Choice != choice {
		s.t.Errorf("button %d arrived as %d", choice, last.Choice)
	}
}

// ready waits until the terminal takes presses: its lights are on.
func (s *system) ready() {
	s.t.Helper()
	err := s.AwaitOutputs(s.t.Context(), s.Moment(), slow, func(high map[string]bool) bool {
		for _, l := range lights {
			if !high[l] {
				return false
			}
		}
		return true
	})
	if err != nil {
		s.t.Fatalf("the terminal is not ready: %v", err)
	}
}

// TestSystem installs the package in a Debian with real systemd and real
// hardware, which is configured as an image would be, and has it work there.
func TestSystem(t *testing.T) {
	s := newSystem(t)
	s.must("mkdir -p /etc/sourire")
	s.must(fmt.Sprintf(`cat >%s <<'END'
[terminal]
chain = "demo"
store = "lyon"
id = "exit-1"
data = "/var/lib/sourire"
[board]
kind = "gpio"
pull = "none"
buttons = ["%s"]
lights = ["%s"]
display = "ssd1306"
[broker]
url = "tcp://%s:%d"
confirm = "puback"
[manager]
pin = "4711"
END
chmod 640 %[1]s`, config, strings.Join(buttons, `", "`), strings.Join(lights, `", "`), lab.Gateway, s.broker.Port))

	for _, step := range []struct {
		name string
		run  func(*testing.T, *system)
	}{
		{"it is installed and works", installed},
		{"hardening leaves what it needs", hardened},
		{"the clock is known when it is kept", clockKept},
		{"a hung process is restarted", hung},
		{"a killed process is restarted", killed},
		{"an upgrade is a moment", upgraded},
		{"an upgrade that fails is none", refused},
		{"a stop is clean", stopped},
		{"head office works beside it", officeWorks},
	} {
		ok := t.Run(step.name, func(t *testing.T) {
			s.t = t
			step.run(t, s)
		})
		s.t = t
		if !ok {
			t.FailNow()
		}
	}
}

func installed(t *testing.T, s *system) {
	began := time.Now()
	said, code := s.install(remadeFor(t, "arm64", "1.0", nil))
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, said)
	}
	if state, _ := s.sh("systemctl is-enabled sourire; systemctl is-active sourire"); state != "enabled\nactive" {
		t.Fatalf("the service is %q after\n%s", state, said)
	}
	t.Logf("installed and ready within %s", time.Since(began).Round(time.Second))
	s.ready()
	if text := s.show("StatusText"); !strings.HasPrefix(text, "takes presses") {
		t.Errorf("it says of itself: %q", text)
	}
	for file, want := range map[string]string{
		"/dev/gpiochip0": "660 root:gpio", "/dev/i2c-1": "660 root:i2c",
		"/var/lib/sourire": "750 sourire:sourire", "/var/lib/sourire/journal.db": "640 sourire:sourire",
	} {
		if got := s.must("stat -c '%a %U:%G' " + file); got != want {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
	s.press(3)
	s.counted()
	d, err := s.OLED(t.Context())
	if err != nil || !d.On || len(d.Protocol) > 0 {
		t.Errorf("the display: on %t, %v, %v", d.On, d.Protocol, err)
	}
}

// counted: the connection is counted, and in memory, not on the card.
func (s *system) counted() {
	s.t.Helper()
	if where := s.must("find /run/sourire /var/lib/sourire -name 'session*'"); where != "/run/sourire/session" {
		s.t.Errorf("connections are counted in %q", where)
	}
}

func hardened(t *testing.T, s *system) {
	if text := s.must("cat " + config); !strings.Contains(text, "$argon2id$") || strings.Contains(text, "4711") {
		t.Errorf("the pin was not hashed away:\n%s", text)
	}
	pid := s.show("MainPID")
	status := s.must("cat /proc/" + pid + "/status")
	for _, want := range []string{"NoNewPrivs:\t1", "Seccomp:\t2", "CapEff:\t0000000000000000", "CapBnd:\t0000000000000000"} {
		if !strings.Contains(status, want) {
			t.Errorf("not %q:\n%s", want, status)
		}
	}
	inside := "nsenter --target=" + pid + " --mount runuser -u sourire -- sh -c "
	for _, dir := range []string{"/usr", "/etc", "/var/lib", "/sys/kernel", "/home"} {
		if out, code := s.sh("mkdir -p " + dir + "; " + inside + "'touch " + dir + "/x'"); code == 0 {
			t.Errorf("the service can write to %s: %s", dir, out)
		}
	}
	mounts := s.must("cat /proc/" + pid + "/mountinfo")
	for at, mode := range map[string]string{"/": "ro", "/etc/sourire": "rw", "/var/lib/sourire": "rw", "/sys": "ro", "/sys/devices/platform": "rw"} {
		found := ""
		for line := range strings.Lines(mounts) {
			if f := strings.Fields(line); f[4] == at {
				found, _, _ = strings.Cut(f[5], ",")
			}
		}
		if found != mode {
			t.Errorf("%s is mounted %q for the service, want %q", at, found, mode)
		}
	}
	out, code := s.sh("runuser -u sourire -- sourire check --config " + config)
	t.Logf("check: exit code %d\n%s", code, out)
	if code != 0 {
		t.Error("check finds something wrong with a service that runs")
	}
}

// keepClock tells the kernel that its clock is kept: what a time server does.
const keepClock = `perl -e '$timex = pack("L x4 q4 l x200", 0x1c, 0, 0, 0, 0, 0); exit(syscall(171, $timex) != 0)'`

// The service may not set the clock, but it has to learn how well it is kept.
func clockKept(t *testing.T, s *system) {
	if out, _ := s.sh("journalctl --unit=sourire | grep adjtimex"); out != "" {
		t.Error(out)
	}
	s.must(keepClock)
	_, err := s.broker.Await(t.Context(), slow, func(events []tap.Event) error {
		for _, e := range events {
			if c, ok := e.(*tap.ClockEvent); ok && c.Quality == tap.Synced {
				return nil
			}
		}
		return errors.New("no clock event says so")
	})
	if err != nil {
		t.Error(err)
	}
}

// restarts waits for a new process of the service, and that it works.
func (s *system) restarts(old string) {
	s.t.Helper()
	s.await("it is started again", "systemctl show --value --property=MainPID sourire", func(pid string) bool { return pid != old && pid != "0" })
	s.await("it is ready again", "systemctl is-active sourire", func(state string) bool { return state == "active" })
	s.ready()
	s.press(2)
}

func hung(t *testing.T, s *system) {
	pid := s.show("MainPID")
	began := time.Now()
	s.must("kill -STOP " + pid)
	s.restarts(pid)
	t.Logf("hung, and a press is taken again after %s", time.Since(began).Round(time.Second))
	log := s.must("journalctl --unit=sourire --no-pager")
	for _, want := range []string{"Watchdog timeout", "SIGABRT", "goroutine "} {
		if !strings.Contains(log, want) {
			t.Errorf("the log has no %q", want)
		}
	}
}

func killed(t *testing.T, s *system) {
	pid := s.show("MainPID")
	s.must("kill -KILL " + pid)
	s.restarts(pid)
	if limit := s.show("StartLimitIntervalUSec"); limit != "0" {
		t.Errorf("systemd gives up after too many failures in %s", limit)
	}
}

func upgraded(t *testing.T, s *system) {
	pid, now := s.show("MainPID"), s.must("date +%s.%N")
	said, code := s.install(remadeFor(t, "arm64", "1.1", nil))
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, said)
	}
	s.restarts(pid)
	t.Logf("the upgrade:\n%s", s.must("journalctl --unit=sourire --no-pager --output=short-precise --since=@"+now))
}

// The process that was there goes on, and notices nothing.
func refused(t *testing.T, s *system) {
	pid := s.show("MainPID")
	bad := remadeFor(t, "arm64", "1.2", program(t, `echo "sourire: $3:9: unknown key lights" >&2; exit 2`))
	said, code := s.install(bad)
	if code == 0 || !strings.Contains(said, "unknown key lights") {
		t.Errorf("exit code %d: %s", code, said)
	}
	if now := s.show("MainPID"); now != pid {
		t.Errorf("process %s instead of %s", now, pid)
	}
	s.press(1)
	s.must("systemctl restart sourire")
	s.restarts(pid)
}

func stopped(t *testing.T, s *system) {
	t.Log(s.must("grep -E 'Threads|VmRSS|VmHWM' /proc/" + s.show("MainPID") + "/status"))
	s.must("systemctl stop sourire")
	if got := s.show("Result") + " " + s.show("ExecMainStatus"); got != "success 0" {
		t.Errorf("it ended with %s", got)
	}
	err := s.AwaitOutputs(t.Context(), s.Moment(), slow, func(high map[string]bool) bool {
		for _, on := range high {
			if on {
				return false
			}
		}
		return true
	})
	if err != nil {
		t.Errorf("a light is on: %v", err)
	}
	if out, code := s.sh("runuser -u sourire -- sourire verify --config " + config); code != 0 {
		t.Errorf("verify: %s", out)
	}
	s.counted() // still: the next start goes on from it
}

func officeWorks(t *testing.T, s *system) {
	if said, code := s.install(built(t, "sourire-office", "arm64")); code != 0 {
		t.Fatalf("exit code %d: %s", code, said)
	}
	s.must(`sed -i 's/^url = .*/url = "builtin"/' /etc/sourire/office.toml`)
	s.must("systemctl enable --now sourire-office")
	page := s.must(`bash -c 'exec 3<>/dev/tcp/127.0.0.1/8090
		printf "GET /api/terminals HTTP/1.0\r\nHost: 127.0.0.1:8090\r\n\r\n" >&3; cat <&3'`)
	if !strings.HasPrefix(page, "HTTP/1.0 200 ") {
		t.Errorf("it is ready, but answers %s", page)
	}
	if text := s.must("systemctl show --value --property=StatusText sourire-office"); text != "receives for demo" {
		t.Errorf("it says of itself: %q", text)
	}
	s.must("systemctl stop sourire-office")
	if got := s.must("systemctl show --value --property=Result sourire-office"); got != "success" {
		t.Errorf("it ended with %s", got)
	}
}
