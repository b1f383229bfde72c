package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	lab "sourire/deploy/lab/agent"
)

const tracing = "/sys/kernel/tracing/"

// trace is the kernel's own record of the interrupts that it delivers, so that
// a test can compare a press with what the kernel saw of it.
type trace struct{}

// start has the kernel record interrupts, by CLOCK_BOOTTIME.
func (trace) start() error {
	for _, set := range [][2]string{
		{"trace_clock", "boot"},
		{"events/irq/irq_handler_entry/enable", "1"},
		{"tracing_on", "1"},
	} {
		if err := os.WriteFile(tracing+set[0], []byte(set[1]), 0); err != nil {
			return err
		}
	}
	return nil
}

// edges takes what was recorded. A line of the record reads
//
//	sourire-97 [000] d.h.. 12.345678: irq_handler_entry: irq=52 name=sourire
func (trace) edges() ([]lab.Edge, error) {
	lines, err := interruptLines()
	if err != nil {
		return nil, err
	}
	fd, err := unix.Open(tracing+"trace_pipe", unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = unix.Close(fd) }()
	all := []lab.Edge{}
	s := bufio.NewScanner(nonblocking(fd))
	for s.Scan() {
		before, after, ok := strings.Cut(s.Text(), ": irq_handler_entry: irq=")
		if !ok {
			continue
		}
		fields := strings.Fields(before)
		at, err := strconv.ParseFloat(fields[len(fields)-1], 64)
		if err != nil {
			return nil, fmt.Errorf("trace: %q: %w", s.Text(), err)
		}
		number, _, _ := strings.Cut(after, " ")
		if line, ok := lines[number]; ok {
			all = append(all, lab.Edge{Line: line, Up: time.Duration(at * float64(time.Second))})
		}
	}
	return all, s.Err()
}

// nonblocking reads a descriptor until there is nothing to read.
type nonblocking int

func (n nonblocking) Read(p []byte) (int, error) {
	got, err := unix.Read(int(n), p)
	if err == unix.EAGAIN || got == 0 {
		return 0, io.EOF
	}
	return max(got, 0), err
}

// interruptLines are the numbers of the interrupts that belong to GPIO lines,
// with their lines. /proc/interrupts says
//
//	52:   17   PL061   3 Edge   sourire
func interruptLines() (map[string]int, error) {
	raw, err := os.ReadFile("/proc/interrupts")
	if err != nil {
		return nil, err
	}
	lines := map[string]int{}
	for row := range strings.Lines(string(raw)) {
		number, rest, ok := strings.Cut(row, ":")
		_, after, gpio := strings.Cut(strings.ToLower(rest), "pl061")
		if !ok || !gpio {
			continue
		}
		if fields := strings.Fields(after); len(fields) > 0 {
			if line, err := strconv.Atoi(fields[0]); err == nil {
				lines[strings.TrimSpace(number)] = line
			}
		}
	}
	return lines, nil
}
