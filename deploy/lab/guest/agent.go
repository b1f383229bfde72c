package main

import (
	"bytes"
	"errors"
	"io"
	"net/rpc"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	lab "sourire/deploy/lab/agent"
)

// agent does what the host asks.
type agent struct {
	oled  *oled // nil: the machine has no display
	trace trace

	mu       sync.Mutex
	terminal *exec.Cmd
	ended    chan struct{}
	output   bytes.Buffer
}

// serve answers the host until it hangs up.
func (a *agent) serve() error {
	port, err := openPort(lab.Port)
	if err != nil {
		return err
	}
	server := rpc.NewServer()
	if err := server.RegisterName(lab.Service, a); err != nil {
		return err
	}
	server.ServeConn(port)
	return nil
}

// openPort opens the virtio-serial port of this name.
func openPort(name string) (io.ReadWriteCloser, error) {
	names, err := filepath.Glob("/sys/class/virtio-ports/*/name")
	if err != nil {
		return nil, err
	}
	for _, file := range names {
		if is, err := os.ReadFile(file); err == nil && strings.TrimSpace(string(is)) == name {
			return os.OpenFile("/dev/"+filepath.Base(filepath.Dir(file)), os.O_RDWR, 0)
		}
	}
	return nil, errors.New("no virtio-serial port is called " + name)
}

// command is a program that has not been started.
func command(c lab.Command) *exec.Cmd {
	cmd := exec.Command(c.Args[0], c.Args[1:]...)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/tmp"}
	if !c.Root {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{
			Uid: userID, Gid: userID, Groups: []uint32{groupGPIO, groupI2C, groupVideo},
		}}
	}
	return cmd
}

// Exec runs a program to its end.
func (a *agent) Exec(c lab.Command, r *lab.Result) error {
	cmd := command(c)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return err
	}
	*r = lab.Result{Output: string(out), Code: cmd.ProcessState.ExitCode()}
	return nil
}

// Start starts the terminal.
func (a *agent) Start(c lab.Command, pid *int) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.terminal != nil && a.terminal.ProcessState == nil {
		return errors.New("the terminal runs already")
	}
	cmd := command(c)
	log := io.MultiWriter(locked{&a.mu, &a.output}, os.Stderr) // the machine's console
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	a.terminal, a.ended, *pid = cmd, ended, cmd.Process.Pid
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	return nil
}

type locked struct {
	mu *sync.Mutex
	b  *bytes.Buffer
}

func (l locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (a *agent) running() (*exec.Cmd, chan struct{}, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.terminal == nil {
		return nil, nil, errors.New("the terminal was never started")
	}
	return a.terminal, a.ended, nil
}

// Signal sends the terminal a signal.
func (a *agent) Signal(signal int, _ *lab.Nothing) error {
	cmd, _, err := a.running()
	if err != nil {
		return err
	}
	return cmd.Process.Signal(syscall.Signal(signal))
}

// Wait waits until the terminal has ended.
func (a *agent) Wait(_ lab.Nothing, r *lab.Result) error {
	cmd, ended, err := a.running()
	if err != nil {
		return err
	}
	<-ended
	r.Code = cmd.ProcessState.ExitCode()
	return a.Log(lab.Nothing{}, &r.Output)
}

// Log is what the terminal has printed in all its lives.
func (a *agent) Log(_ lab.Nothing, text *string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	*text = a.output.String()
	return nil
}

// Read reads a file.
func (a *agent) Read(name string, data *[]byte) (err error) {
	*data, err = os.ReadFile(name)
	return err
}

// Write writes a file that the terminal's user may read and write.
func (a *agent) Write(f lab.File, _ *lab.Nothing) error {
	if err := os.WriteFile(f.Name, f.Data, os.FileMode(f.Mode)); err != nil {
		return err
	}
	return os.Chown(f.Name, userID, userID)
}

var errNoDisplay = errors.New("this machine has no display")

// OLED looks at the display.
func (a *agent) OLED(_ lab.Nothing, d *lab.Display) error {
	if a.oled == nil {
		return errNoDisplay
	}
	*d = a.oled.look()
	return nil
}

// Plug pulls the display's cable, or puts it in.
func (a *agent) Plug(c lab.Cable, _ *lab.Nothing) error {
	if a.oled == nil {
		return errNoDisplay
	}
	a.oled.plug(c)
	return nil
}

// Edges are the interrupts of GPIO lines since the last call.
func (a *agent) Edges(_ lab.Nothing, all *[]lab.Edge) (err error) {
	*all, err = a.trace.edges()
	return err
}
