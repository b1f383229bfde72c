// Package mosquitto tries the sample configuration on a real Mosquitto.
package mosquitto

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sourire/sync/mqtt/mqtttest"
)

const (
	terminal = "demo/lyon/exit-1"
	other    = "demo/lyon/exit-2"
	office   = "office"
	observer = "observer" // of these tests: may see and send all
)

// broker is a running Mosquitto: the port that it listens on.
type broker string

// start runs Mosquitto as Debian does: a main file that includes ours.
func start(t *testing.T) broker {
	t.Helper()
	dir := t.TempDir()
	port := freePort(t)
	place := strings.NewReplacer("/etc/mosquitto/", dir+"/", "\nlistener 1883\n", "\nlistener "+port+" 127.0.0.1\n")
	for _, name := range []string{"sourire.conf", "sourire.acl"} {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		into, text := filepath.Join(dir, "conf.d", name), place.Replace(string(raw))
		if name == "sourire.acl" {
			into, text = filepath.Join(dir, name), text+"\nuser "+observer+"\ntopic readwrite sourire/v1/#\n"
		}
		write(t, into, text)
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "mosquitto.conf"), fmt.Sprintf(
		"user %s\npersistence true\npersistence_location %s/\nlog_dest stderr\ninclude_dir %s/conf.d\n", me.Username, dir, dir))
	for i, name := range []string{terminal, other, office, observer} {
		args := []string{"-b", filepath.Join(dir, "sourire.passwd"), name, "secret"}
		if i == 0 {
			args = append([]string{"-c"}, args...)
		}
		if out, err := exec.Command("mosquitto_passwd", args...).CombinedOutput(); err != nil {
			t.Fatalf("mosquitto_passwd: %v\n%s", err, out)
		}
	}

	c := exec.CommandContext(t.Context(), "mosquitto", "-c", filepath.Join(dir, "mosquitto.conf"))
	log, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	lines := run(t, c, log)
	var said []string
	for line := range lines {
		said = append(said, line)
		if strings.HasSuffix(line, " running") {
			return broker(port)
		}
	}
	t.Fatalf("mosquitto did not start:\n%s", strings.Join(said, "\n"))
	return ""
}

// run starts a command, which ends with the test, and gives what it says.
func run(t *testing.T, c *exec.Cmd, output interface{ Read([]byte) (int, error) }) <-chan string {
	t.Helper()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 1000)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(output); s.Scan(); {
			lines <- s.Text()
		}
	}()
	t.Cleanup(func() {
		_ = c.Process.Kill() // it may have ended
		for range lines {
			continue // until it has said all
		}
		_ = c.Wait() // killed
	})
	return lines
}

func freePort(t *testing.T) string {
	t.Helper()
	port, err := mqtttest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return strconv.Itoa(port)
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// publish sends at QoS 1 and returns once it is acknowledged.
func (b broker) publish(t *testing.T, as, password, topic, payload string) error {
	t.Helper()
	args := []string{"-p", string(b), "-q", "1", "-t", topic, "-s"}
	if as != "" {
		args = append(args, "-u", as, "-P", password)
	}
	c := exec.CommandContext(t.Context(), "mosquitto_pub", args...)
	c.Stdin = strings.NewReader(payload)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("mosquitto_pub: %w: %s", err, out)
	}
	return nil
}

// subscribe returns a function that gives the topics of the first n messages
// that this user is shown. The subscription stands when it returns.
func (b broker) subscribe(t *testing.T, as string) (first func(n int) []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // what does not come is not waited for
	t.Cleanup(cancel)
	c := exec.CommandContext(ctx, "stdbuf", "-oL", "mosquitto_sub", "-d",
		"-p", string(b), "-q", "1", "-u", as, "-P", "secret", "-t", "sourire/v1/#", "-F", "got %t")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	lines := run(t, c, out)
	for line := range lines {
		if strings.HasPrefix(line, "Subscribed ") {
			return func(n int) (topics []string) {
				for line := range lines {
					if topic, ok := strings.CutPrefix(line, "got "); ok {
						topics = append(topics, topic)
					}
					if len(topics) == n {
						break
					}
				}
				return topics
			}
		}
	}
	t.Fatalf("%s could not subscribe", as)
	return nil
}

func TestTerminalSpeaksForItselfOnly(t *testing.T) {
	b := start(t)
	atOffice, anywhere := b.subscribe(t, office), b.subscribe(t, observer)
	own := "sourire/v1/" + terminal
	for _, topic := range []string{
		own + "/ev",
		"sourire/v1/" + other + "/ev",
		own + "/ack",
		own + "/desired",
		own + "/cmd/1",
		"sourire/v1/demo/office",
		"sourire/v1/" + other + "/cmd/1/res",
		own + "/cmd/1/res/more",
		own + "/cmd/res",
		own + "/cmd/1/res",
		own + "/reported",
		own + "/state",
	} {
		if err := b.publish(t, terminal, "secret", topic, "{}"); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{own + "/ev", own + "/cmd/1/res", own + "/reported", own + "/state"}
	if got := anywhere(len(want)); !slices.Equal(got, want) {
		t.Errorf("the broker let through %q, want %q", got, want)
	}
	if got := atOffice(len(want)); !slices.Equal(got, want) {
		t.Errorf("office saw %q, want %q", got, want)
	}
}

func TestTerminalHearsItsOwnOnly(t *testing.T) {
	b := start(t)
	first := b.subscribe(t, terminal)
	own := "sourire/v1/" + terminal
	for _, topic := range []string{
		"sourire/v1/" + other + "/ack",
		"sourire/v1/" + other + "/desired",
		"sourire/v1/" + other + "/cmd/1",
		own + "/ev",
		own + "/cmd",
		own + "/cmd/1/res",
		own + "/cmd/1/more",
	} {
		if err := b.publish(t, observer, "secret", topic, "{}"); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{own + "/ack", own + "/desired", own + "/cmd/1", "sourire/v1/demo/office"}
	for _, topic := range want {
		if err := b.publish(t, office, "secret", topic, "{}"); err != nil {
			t.Fatal(err)
		}
	}
	if got := first(len(want)); !slices.Equal(got, want) {
		t.Errorf("terminal saw %q, want %q", got, want)
	}
}

func TestStrangersAndHugeMessages(t *testing.T) {
	b := start(t)
	first := b.subscribe(t, office)
	own := "sourire/v1/" + terminal
	if err := b.publish(t, "", "", own+"/ev", "{}"); err == nil {
		t.Error("nobody in particular could connect")
	}
	if err := b.publish(t, terminal, "wrong", own+"/ev", "{}"); err == nil {
		t.Error("a wrong password was accepted")
	}
	// A message that is too long is dropped or ends the connection.
	for _, size := range []int{70_000, 1_000_000} {
		if err := b.publish(t, terminal, "secret", own+"/ev", strings.Repeat("x", size)); err != nil {
			t.Logf("%d bytes: %v", size, err)
		}
	}
	if err := b.publish(t, terminal, "secret", own+"/state", strings.Repeat("x", 40_000)); err != nil {
		t.Error(err)
	}
	want := []string{own + "/state"}
	if got := first(1); !slices.Equal(got, want) {
		t.Errorf("office saw %q, want %q", got, want)
	}
}
