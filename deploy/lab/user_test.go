//go:build lab

package lab

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sourire/device/tap"
	"sourire/sync/journal"
	"sourire/sync/mqtt/mqtttest"
)

// TestPrograms runs the programs for both processors under QEMU's user mode:
// they start on a system that has nothing but a kernel, and both read what the
// other kind of machine wrote.
func TestPrograms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ arch, emulator string }{
		{"arm64", "qemu-aarch64-static"},
		{"armv7", "qemu-arm-static"},
	} {
		t.Run(c.arch, func(t *testing.T) {
			t.Parallel()
			var p emulated
			for _, name := range []string{"sourire-office", "sourire"} {
				program, err := Program(c.arch, name)
				if err != nil {
					t.Fatal(err)
				}
				p = emulated{t, []string{c.emulator, program}}
				if out := p.run("--help"); !strings.Contains(out, "Usage: "+name) || !strings.Contains(out, "verify") {
					t.Errorf("%s --help: %s", name, out)
				}
			}
			t.Run("journal from this machine", func(t *testing.T) { readsOurs(t, p) })
			t.Run("press", func(t *testing.T) { isRead(t, p) })
		})
	}
}

// emulated is a program with the emulator that runs it.
type emulated struct {
	t       *testing.T
	command []string
}

// run runs it to its end, which must be a good one.
func (p emulated) run(args ...string) string {
	p.t.Helper()
	c := p.start(p.t.Context(), args...)
	out, err := c.CombinedOutput()
	if err != nil {
		p.t.Errorf("%s %s: %v\n%s", filepath.Base(p.command[1]), strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (p emulated) start(ctx context.Context, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, p.command[0], append(p.command[1:], args...)...)
}

var exit1 = tap.Identity{Chain: "demo", Store: "lyon", Terminal: "exit-1"}

func stamp(h *tap.Header) {
	h.At, h.Clock, h.Up = tap.FormatTime(time.Unix(1_800_000_000, 0).UTC()), tap.Saved, 1
}

// panel is the configuration of a terminal with a browser panel.
func panel(t *testing.T, address string) (file, data string) {
	t.Helper()
	dir := t.TempDir()
	file, data = filepath.Join(dir, "terminal.toml"), filepath.Join(dir, "data")
	text := fmt.Sprintf("[terminal]\nchain = \"demo\"\nstore = \"lyon\"\nid = \"exit-1\"\ndata = %q\n"+
		"[board]\nkind = \"panel\"\n[panel]\nlisten = %q\n[broker]\nurl = \"tcp://127.0.0.1:1\"\n", data, address)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, data
}

// readsOurs checks a journal that this machine wrote.
func readsOurs(t *testing.T, p emulated) {
	file, data := panel(t, "127.0.0.1:8080")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(journal.Config{Dir: data, Identity: exit1, Stamp: stamp, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	press := &tap.TapEvent{Header: tap.Header{Kind: tap.KindTap}, Choice: 2, Of: 4, Counted: true, Flags: []tap.Flag{}, Lang: "fr"}
	stamp(press.Head())
	if err := j.Append(press); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if out := p.run("check", "--config", file); !strings.Contains(out, "ok    configuration") {
		t.Errorf("check: %s", out)
	}
	if out := p.run("verify", "--config", file); !strings.Contains(out, "2 events, none missing") {
		t.Errorf("verify: %s", out)
	}
	flipByte(t, data, press.Lang)
	c := p.start(t.Context(), "verify", "--config", file)
	if out, err := c.CombinedOutput(); err == nil || c.ProcessState.ExitCode() != 1 {
		t.Errorf("verify of a forged journal: %v\n%s", err, out)
	}
}

// flipByte forges the tap in the journal: another language.
func flipByte(t *testing.T, data, lang string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(data, "*"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		was, is := []byte(`"lang":"`+lang+`"`), []byte(`"lang":"xx"`)
		n += bytes.Count(raw, was)
		if err := os.WriteFile(name, bytes.ReplaceAll(raw, was, is), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if n == 0 {
		t.Fatal("the tap is in no file")
	}
}

// isRead presses a button of a terminal that runs emulated, and reads on this
// machine what it wrote.
func isRead(t *testing.T, p emulated) {
	port, err := mqtttest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	file, data := panel(t, address)
	c := p.start(t.Context(), "run", "--config", file)
	var log log
	c.Stdout, c.Stderr = &log, &log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	eventually(t, 50*time.Millisecond, time.Minute, func() error {
		return post("http://"+address+"/api/press", `{"button":3}`)
	})
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("it ended with %v\n%s", err, &log)
		}
	case <-time.After(time.Minute):
		t.Fatalf("it does not end\n%s", &log)
	}
	r, err := journal.OpenReader(data)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if n, err := r.Verify(); err != nil || n < 4 {
		t.Errorf("%d events, %v\n%s", n, err, &log)
	}
}

func post(url, body string) error {
	res, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %w", res.Status, answer, err)
	}
	return nil
}

// eventually fails the test where ok does not return nil within the given time.
// It asks every so often.
func eventually(t *testing.T, every, most time.Duration, ok func() error) {
	t.Helper()
	if err := within(every, most, ok); err != nil {
		t.Fatal(err)
	}
}

// within waits until ok returns nil, at most for the given time.
func within(every, most time.Duration, ok func() error) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	end := time.After(most)
	for {
		err := ok()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-end:
			return fmt.Errorf("after %s: %w", most, err)
		}
	}
}
