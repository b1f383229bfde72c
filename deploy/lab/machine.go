package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"maps"
	"net"
	"net/rpc"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"sourire/deploy/lab/agent"
)

// Config says what a machine is made of.
type Config struct {
	Lines  []string          // names of the GPIO lines, up to eight; the others have none
	Files  map[string][]byte // programs and files to put into it, by full path
	OLED   bool              // an I2C bus with an SSD1306 at 0x3c
	Screen image.Point       // size of the monitor; zero: none
	Disk   string            // socket of an NBD server with the ext4 disk for the data; empty: in memory
	System string            // image of a disk with a whole Debian system, which systemd boots; instead of Disk
	Down   []string          // buttons that are held down when the power comes
	Steady bool              // its processor takes 2 ns an instruction, however busy the host is
}

// Machine is a virtual machine that runs.
type Machine struct {
	lines   map[string]int
	dir     string
	process *exec.Cmd
	exited  chan struct{}
	console *log
	qtest   *qtest
	qmp     *qmp
	agent   *rpc.Client
	gpio    string // the GPIO controller's path in QEMU

	started time.Time
	Boot    time.Duration // from power on until the agent answered
}

const bootTimeout = 2 * time.Minute // of a machine on two busy cores

// Start switches a machine on and waits until its agent answers. The machine
// ends with ctx at the latest.
func Start(ctx context.Context, c Config) (*Machine, error) {
	dir, err := os.MkdirTemp("", "sourire-vm-")
	if err != nil {
		return nil, err
	}
	m := &Machine{dir: dir, lines: map[string]int{}, console: &log{}, exited: make(chan struct{}), started: time.Now()}
	for i, name := range c.Lines {
		m.lines[name] = i
	}
	if err := m.start(ctx, c); err != nil {
		m.PowerCut()
		return nil, fmt.Errorf("%w\n%s", err, m.console)
	}
	m.Boot = time.Since(m.started)
	return m, nil
}

func (m *Machine) start(ctx context.Context, c Config) error {
	args, err := m.arguments(ctx, c)
	if err != nil {
		close(m.exited)
		return err
	}
	life := ctx
	ctx, cancel := context.WithTimeout(ctx, bootTimeout)
	defer cancel()
	var sockets [3]chan net.Conn
	for i, name := range []string{"qtest", "qmp", "agent"} {
		l, err := net.Listen("unix", filepath.Join(m.dir, name))
		if err != nil {
			close(m.exited)
			return err
		}
		defer func() { _ = l.Close() }()
		sockets[i] = make(chan net.Conn, 1)
		go func() {
			if conn, err := l.Accept(); err == nil {
				sockets[i] <- conn
			}
		}()
	}
	m.started = time.Now()
	m.process = exec.Command("qemu-system-aarch64", args...)
	m.process.Stdout, m.process.Stderr = m.console, m.console
	m.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := m.process.Start(); err != nil {
		close(m.exited)
		return err
	}
	stop := context.AfterFunc(life, func() { _ = m.process.Process.Kill() })
	go func() {
		_ = m.process.Wait()
		stop()
		close(m.exited)
	}()
	var conns [3]net.Conn
	for i, s := range sockets {
		select {
		case conns[i] = <-s:
		case <-m.exited:
			return errors.New("the machine did not start")
		case <-ctx.Done():
			return fmt.Errorf("QEMU does not connect: %w", ctx.Err())
		}
	}
	m.qtest = newQtest(conns[0])
	if m.qmp, err = newQMP(conns[1]); err != nil {
		return err
	}
	if err := m.wire(c.Down); err != nil {
		return err
	}
	if err := m.qmp.command("cont", nil, nil); err != nil {
		return err
	}
	m.agent = rpc.NewClient(conns[2])
	return m.hello(ctx)
}

// wire connects the buttons, which are up unless they are held, and listens to
// the outputs; all before the first instruction.
func (m *Machine) wire(down []string) error {
	var err error
	if m.gpio, err = m.qmp.find("pl061"); err != nil {
		return err
	}
	for name, line := range m.lines {
		if err := m.set(line, !slices.Contains(down, name)); err != nil {
			return err
		}
	}
	_, err = m.qtest.command("irq_intercept_out %s", m.gpio)
	return err
}

// set puts a level on an input line.
func (m *Machine) set(line int, high bool) error {
	level := 0
	if high {
		level = 1
	}
	m.qtest.note(change{line, true, high, time.Now()})
	_, err := m.qtest.command("set_irq_in %s unnamed-gpio-in %d %d", m.gpio, line, level)
	return err
}

// hello waits for the agent.
func (m *Machine) hello(ctx context.Context) error {
	var version []byte
	call := m.agent.Go(agent.Read, "/proc/version", &version, nil)
	select {
	case <-call.Done:
		return call.Error
	case <-m.exited:
		return errors.New("the machine ended while it started")
	case <-ctx.Done():
		return fmt.Errorf("the guest's agent does not answer: %w", ctx.Err())
	}
}

// arguments are QEMU's. The files that they name are made in the machine's
// folder.
func (m *Machine) arguments(ctx context.Context, c Config) ([]string, error) {
	kernel, err := Kernel(ctx)
	if err != nil {
		return nil, err
	}
	machine := []string{"-M", "virt", "-cpu", "cortex-a53", "-smp", "1", "-m", "384", "-accel", "tcg", "-nodefaults", "-display", "none"}
	want := []string{"virtio_mmio", "virtio_console", "virtio_net"}
	args := slices.Concat(machine, []string{
		"-S", "-no-reboot", "-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console",
		"-append", "console=ttyAMA0 quiet loglevel=4 panic=-1 " + noConsole,
		"-qtest", "unix:" + m.dir + "/qtest", "-qtest-log", "none", "-qmp", "unix:" + m.dir + "/qmp",
		"-chardev", "socket,id=agent,path=" + m.dir + "/agent",
		"-device", "virtio-serial-device", "-device", "virtserialport,chardev=agent,name=" + agent.Port,
		"-netdev", "user,id=net,restrict=off", "-device", "virtio-net-device,netdev=net",
		"-kernel", filepath.Join(kernel, "Image"),
	})
	if c.Steady {
		args = append(args, "-icount", "shift=1,sleep=on,align=off")
	}
	if c.OLED {
		want = append(want, "vhci_hcd", "i2c_tiny_usb", "i2c_dev")
	}
	if c.Screen != (image.Point{}) {
		want = append(want, "virtio_pci", "virtio_gpu")
		args = append(args, "-device", fmt.Sprintf("virtio-gpu-pci,xres=%d,yres=%d", c.Screen.X, c.Screen.Y))
	}
	if c.Disk != "" {
		want = append(want, "crc32c_generic", "virtio_blk", "ext4")
		args = append(args,
			"-blockdev", "driver=nbd,node-name=disk,server.type=unix,server.path="+c.Disk+",cache.direct=on",
			"-device", "virtio-blk-device,drive=disk")
	}
	if c.System != "" {
		want = append(want, "crc32c_generic", "virtio_blk", "ext4")
		args = append(args, "-blockdev", "driver=file,node-name=disk,filename="+c.System,
			"-device", "virtio-blk-device,drive=disk")
	}
	tree, err := deviceTree(ctx, m.dir, machine, c.Lines)
	if err != nil {
		return nil, err
	}
	found, err := findModules(filepath.Join(kernel, "modules"))
	if err != nil {
		return nil, err
	}
	files, err := found.load(want)
	if err != nil {
		return nil, err
	}
	if files["/init"], err = guest(); err != nil {
		return nil, err
	}
	if c.System != "" {
		files["/lab/system"] = nil
	}
	maps.Copy(files, c.Files)
	initrd := filepath.Join(m.dir, "initrd")
	if err := os.WriteFile(initrd, archive(files), 0o600); err != nil {
		return nil, err
	}
	return append(args, "-dtb", tree, "-initrd", initrd), nil
}

// noConsole keeps the console off a monitor, as device/board/display/README.md
// has it done on a box.
const noConsole = "consoleblank=0 vt.global_cursor_default=0 logo.nologo"

// deviceTree writes what the kernel is told of its machine, with names for the
// GPIO lines: as a board's maker does.
func deviceTree(ctx context.Context, dir string, machine, lines []string) (string, error) {
	tree := filepath.Join(dir, "tree.dtb")
	dump := slices.Clone(machine)
	dump[1] += ",dumpdtb=" + tree
	const node = "/pl061@9030000"
	for _, c := range [][]string{
		append([]string{"qemu-system-aarch64"}, dump...),
		{"fdtput", "-r", tree, "/gpio-keys"}, // QEMU's power button is on one of the lines
		append([]string{"fdtput", "-t", "s", tree, node, "gpio-line-names"}, lines...),
	} {
		if out, err := exec.CommandContext(ctx, c[0], c[1:]...).CombinedOutput(); err != nil {
			return "", fmt.Errorf("%s: %w: %s", strings.Join(c, " "), err, out)
		}
	}
	return tree, nil
}

// PowerCut ends the machine at once, as when the plug is pulled.
func (m *Machine) PowerCut() {
	if m.process != nil && m.process.Process != nil {
		_ = m.process.Process.Kill()
	}
	<-m.exited
	if m.agent != nil {
		_ = m.agent.Close()
	}
	_ = os.RemoveAll(m.dir)
}

// Console is what the machine has printed on its serial line.
func (m *Machine) Console() string { return m.console.String() }

// log is a buffer for two goroutines.
type log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
