package gpio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"time"
	"unsafe"

	"github.com/warthog618/go-gpiocdev/uapi"
	"golang.org/x/sys/unix"
)

// Pull is the resistor that keeps an input from floating.
type Pull string

// The pulls. PullNone is for a board that has resistors of its own.
const (
	PullUp   Pull = "up"
	PullDown Pull = "down"
	PullNone Pull = "none"
)

// InputConfig says which lines are taken as inputs.
type InputConfig struct {
	Dev       string   // where devices are; see [Dev]
	Chip      string   // label; empty for whichever chip has the lines
	Lines     []string // by name
	Pull      Pull
	ActiveLow bool // active, or on, is 0 V
}

// Edge is a change of one input.
type Edge struct {
	Line   int           // index of InputConfig.Lines
	Active bool          // what the line was then
	At     time.Duration // CLOCK_BOOTTIME
	Missed bool          // edges of some line before this one were lost
}

// eventBuffer is how many edges the kernel keeps for us: the most that it
// does. After that it forgets the oldest.
const eventBuffer = 1024

// Inputs are lines that are read together. Its methods but Close are for one
// goroutine.
type Inputs struct {
	f       *os.File
	offsets []uint32 // of the lines, on their chip
	seqno   uint32   // of the latest edge; the kernel counts from 1
	raw     [eventBuffer * eventSize]byte
}

const eventSize = int(unsafe.Sizeof(uapi.LineEvent{}))

// OpenInputs takes lines as inputs. Edges are kept from here on. The errors
// are ErrNotFound, ErrTaken and ErrPermission, or what the kernel says.
func OpenInputs(c InputConfig) (*Inputs, error) {
	flags := uapi.LineFlagV2Input | uapi.LineFlagV2EdgeBoth
	switch c.Pull {
	case PullUp:
		flags |= uapi.LineFlagV2BiasPullUp
	case PullDown:
		flags |= uapi.LineFlagV2BiasPullDown
	case PullNone:
		flags |= uapi.LineFlagV2BiasDisabled
	}
	if c.ActiveLow {
		flags |= uapi.LineFlagV2ActiveLow
	}
	f, offsets, err := request(c.Dev, c.Chip, c.Lines, flags, eventBuffer)
	if err != nil {
		return nil, err
	}
	return &Inputs{f: f, offsets: offsets}, nil
}

// Levels reads all lines at once; bit i is set where line i is active.
func (in *Inputs) Levels() (uint64, error) {
	values := uapi.LineValues{Mask: uapi.NewLineBitMask(len(in.offsets))}
	err := control(in.f, func(fd uintptr) error { return uapi.GetLineValuesV2(fd, &values) })
	if err != nil {
		return 0, fmt.Errorf("read the levels: %w", err)
	}
	return uint64(values.Bits), nil
}

// Edges waits for edges and returns all that there are, oldest first. After
// timeout, which must be positive, there may be none: then none waits, however
// late the process was to look. [Inputs.Close] ends the wait with an error.
//
// At is when the interrupt came, not when somebody had time to look: a press
// is dated and told from a chord by it even where the processor was busy. The
// kernel reads it from CLOCK_MONOTONIC, which stands still while a machine
// sleeps; what that has missed is added.
func (in *Inputs) Edges(timeout time.Duration) ([]Edge, error) {
	if err := in.f.SetReadDeadline(time.Now().Add(timeout)); err != nil {
		return nil, fmt.Errorf("wait for an edge: %w", err)
	}
	n, err := in.f.Read(in.raw[:])
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return in.Waiting()
	}
	return in.edges(n, err)
}

// Waiting is [Inputs.Edges] without a wait.
func (in *Inputs) Waiting() ([]Edge, error) {
	var n int
	err := control(in.f, func(fd uintptr) (err error) {
		n, err = unix.Read(int(fd), in.raw[:])
		return err
	})
	if errors.Is(err, unix.EAGAIN) {
		return nil, nil
	}
	return in.edges(n, err)
}

// edges are those of n bytes of raw, as a read returned them.
func (in *Inputs) edges(n int, err error) ([]Edge, error) {
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the edges: %w", err)
	case n == 0 || n%eventSize != 0:
		return nil, fmt.Errorf("read the edges: %w: the kernel gave %d bytes", io.ErrUnexpectedEOF, n)
	}
	slept, full := slept(now), n == len(in.raw)
	edges := make([]Edge, 0, n/eventSize)
	for raw := in.raw[:n]; len(raw) > 0; raw = raw[eventSize:] {
		edge, err := in.edge(raw[:eventSize], slept, full)
		if err != nil {
			return edges, err
		}
		edges = append(edges, edge)
	}
	return edges, nil
}

// edge reads one edge as the kernel gives it. A number that is left out tells
// of lost edges only where the kernel had no room for more: it counts
// interrupts, and of two that come faster than it looks at the line, as those
// of a contact that bounces, it makes one edge.
func (in *Inputs) edge(raw []byte, slept time.Duration, full bool) (Edge, error) {
	var e uapi.LineEvent
	if _, err := binary.Decode(raw, binary.NativeEndian, &e); err != nil {
		return Edge{}, fmt.Errorf("read an edge: %w", err)
	}
	line := slices.Index(in.offsets, e.Offset)
	if line < 0 {
		return Edge{}, fmt.Errorf("read an edge: the kernel tells of line %d, which was not asked for", e.Offset)
	}
	missed := full && e.Seqno != in.seqno+1
	in.seqno = e.Seqno
	return Edge{Line: line, Active: e.ID == uapi.LineEventRisingEdge, At: time.Duration(e.Timestamp) + slept, Missed: missed}, nil
}

// slept is how far CLOCK_BOOTTIME is ahead of CLOCK_MONOTONIC, by readings
// between which the process was not held up, if one of a few is so.
func slept(now func(clock int32) time.Duration) time.Duration {
	const tight, tries = 50 * time.Microsecond, 10
	ahead, width := time.Duration(0), time.Duration(math.MaxInt64)
	for i := 0; i < tries && width > tight; i++ {
		before := now(unix.CLOCK_MONOTONIC)
		boot := now(unix.CLOCK_BOOTTIME)
		if w := now(unix.CLOCK_MONOTONIC) - before; w < width {
			ahead, width = boot-before-w/2, w
		}
	}
	return ahead
}

func now(clock int32) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(clock, &t); err != nil {
		panic(fmt.Sprintf("clock_gettime(%d): %v", clock, err)) // both exist since Linux 2.6.39
	}
	return time.Duration(t.Nano())
}

// Close gives the lines back. It may be called while [Inputs.Edges] waits, and
// more than once.
func (in *Inputs) Close() error {
	if err := in.f.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("give the lines back: %w", err)
	}
	return nil
}
