// Package lab runs the real programs for tests: a broker, a terminal and head
// office, each a process that can be killed and started again.
package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"sourire/device/tap/seedtest"
	"sourire/sync/mqtt/mqtttest"
)

// Seed is the seed of this test run; see [seedtest.Seed].
func Seed(t testing.TB) uint64 {
	t.Helper()
	return seedtest.Seed(t)
}

// programs names the folder of programs that another process has built.
const programs = "SOURIRE_PROGRAMS"

var built string // the folder of those that this one has

var build = sync.OnceValues(func() (dir string, err error) {
	if dir := os.Getenv(programs); dir != "" {
		return dir, nil
	}
	if built, err = os.MkdirTemp("", "sourire-lab-"); err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-o", built+"/", "sourire/cmd/sourire", "sourire/cmd/sourire-office")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return built, nil
})

// Program is the path of a program of ours, built for this test run.
func Program(t testing.TB, name string) string {
	t.Helper()
	dir, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, name)
}

// Share is what a test process that this one starts needs in its environment to
// use the same programs, instead of building them again.
func Share(t testing.TB) string {
	t.Helper()
	return programs + "=" + filepath.Dir(Program(t, "sourire"))
}

// Clean removes what was built; call it at the end of TestMain.
func Clean() {
	if built != "" {
		_ = os.RemoveAll(built)
	}
}

// Port is a free port of the loopback.
func Port(t testing.TB) int {
	t.Helper()
	port, err := mqtttest.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// Process is a program that can be killed and started again.
type Process struct {
	t    testing.TB
	name string
	args []string
	log  lockedBuffer
	cmd  *exec.Cmd
	done chan struct{}
}

// Start runs a program; it is killed at the end of the test.
func Start(t testing.TB, program string, args ...string) *Process {
	t.Helper()
	p := &Process{t: t, name: program, args: args}
	p.Start()
	t.Cleanup(func() {
		p.Kill()
		if t.Failed() {
			t.Logf("%s:\n%s", filepath.Base(program), p.Log())
		}
	})
	return p
}

// Start starts it again.
func (p *Process) Start() {
	p.t.Helper()
	p.cmd = exec.Command(p.name, p.args...)
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	if err := p.cmd.Start(); err != nil {
		p.t.Fatalf("start %s: %v", p.name, err)
	}
	p.done = make(chan struct{})
	go func(cmd *exec.Cmd, done chan struct{}) {
		_ = cmd.Wait()
		close(done)
	}(p.cmd, p.done)
}

// Kill is kill -9.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// Stop asks it to end, waits, and returns its exit code.
func (p *Process) Stop() int {
	p.t.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(15 * time.Second):
		p.Kill()
		p.t.Fatalf("%s did not stop within 15 s", p.name)
	}
	return p.cmd.ProcessState.ExitCode()
}

// Exited is closed when the process has ended.
func (p *Process) Exited() <-chan struct{} { return p.done }

// PID is its process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Log is what it has printed.
func (p *Process) Log() string { return p.log.String() }

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Run runs a program of ours to its end and returns what it printed and its
// exit code.
func Run(t testing.TB, name string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.Command(Program(t, name), args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("run %s: %v", name, err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// Eventually waits until ok, at most for the given time.
func Eventually(t testing.TB, what string, most time.Duration, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	end := time.After(most)
	for !ok() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("%s: not within %s", what, most)
		}
	}
}

var client = &http.Client{Timeout: 5 * time.Second}

// Press presses a button of the terminal at the address. It returns the seq of
// the tap, or the status and error of a press that was not acknowledged.
func Press(ctx context.Context, address string, button int) (seq uint64, status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/api/press",
		bytes.NewReader(fmt.Appendf(nil, `{"button":%d}`, button)))
	if err != nil {
		return 0, 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = res.Body.Close() }()
	var a struct {
		Kind string `json:"kind"`
		Seq  uint64 `json:"seq"`
	}
	if err := json.NewDecoder(res.Body).Decode(&a); err != nil {
		return 0, res.StatusCode, err
	}
	if res.StatusCode != http.StatusOK || a.Kind != "tap" {
		return 0, res.StatusCode, fmt.Errorf("status %d, kind %q", res.StatusCode, a.Kind)
	}
	return a.Seq, res.StatusCode, nil
}

// Get fetches a page; empty where it cannot be had.
func Get(url string) string {
	res, err := client.Get(url)
	if err != nil {
		return ""
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		return ""
	}
	return string(b)
}
