package spi

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unsafe"

	"periph.io/x/conn/v3/physic"
	periph "periph.io/x/conn/v3/spi"
)

// chip answers each byte with its complement.
type chip struct {
	mu    sync.Mutex
	mode  uint8
	bits  uint8
	speed uint32
	fails syscall.Errno
	work  func() // done before each transfer
}

func (c *chip) ioctl(_, request uintptr, arg unsafe.Pointer) syscall.Errno {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fails != 0 {
		return c.fails
	}
	switch request {
	case requestMode:
		c.mode = *(*uint8)(arg)
	case requestBits:
		c.bits = *(*uint8)(arg)
	case requestSpeed:
		c.speed = *(*uint32)(arg)
	case requestTransfer:
		if c.work != nil {
			c.work()
		}
		t := (*transfer)(arg)
		// The kernel's view of the addresses, past the checks of the race detector.
		tx, rx := *(*unsafe.Pointer)(unsafe.Pointer(&t.tx)), *(*unsafe.Pointer)(unsafe.Pointer(&t.rx))
		if rx == nil {
			return 0
		}
		in, out := unsafe.Slice((*byte)(tx), t.length), unsafe.Slice((*byte)(rx), t.length)
		for i := range in {
			out[i] = ^in[i]
		}
	}
	return 0
}

func plug(t *testing.T, c *chip) *Port {
	t.Helper()
	path := filepath.Join(t.TempDir(), "spidev0.0")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := openPath(path, c.ioctl)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func TestTransferSize(t *testing.T) {
	if size := unsafe.Sizeof(transfer{}); size != 32 {
		t.Errorf("a transfer has %d bytes, the kernel's has 32", size)
	}
}

func TestTransfer(t *testing.T) {
	c := &chip{}
	p := plug(t, c)
	conn, err := p.Connect(5*physic.MegaHertz, periph.Mode3, 8)
	if err != nil {
		t.Fatal(err)
	}
	if c.mode != 3 || c.bits != 8 || c.speed != 5_000_000 {
		t.Errorf("connected with mode %d, %d bits, %d Hz", c.mode, c.bits, c.speed)
	}
	read := make([]byte, 2)
	if err := conn.TxPackets([]periph.Packet{{W: []byte{1, 2}, R: read}}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(read, []byte{0xfe, 0xfd}) {
		t.Errorf("read %x, want fefd", read)
	}
	if err := conn.Tx(nil, nil); err != nil {
		t.Errorf("a transfer of nothing: %v", err)
	}
}

// What the kernel is given stays where it is and alive.
func TestTransferWhileMemoryMoves(t *testing.T) {
	c := &chip{work: func() { deep(1 << 10); runtime.GC() }}
	p := plug(t, c)
	var all sync.WaitGroup
	for g := range 40 {
		all.Go(func() { // a new, small stack
			write, read := [4]byte{byte(g), 1, 2, 3}, [4]byte{}
			if err := p.Tx(write[:], read[:]); err != nil {
				t.Error(err)
			}
			if read != [4]byte{^byte(g), 0xfe, 0xfd, 0xfc} {
				t.Errorf("read %x after writing %x", read, write)
			}
		})
	}
	all.Wait()
}

// deep uses about 256 bytes of stack a level.
//
//go:noinline
func deep(levels int) (sum int) {
	var room [256]byte
	room[levels%256] = byte(levels)
	if levels > 0 {
		sum = deep(levels - 1)
	}
	return sum + int(room[levels%256])
}

func TestErrors(t *testing.T) {
	p := plug(t, &chip{})
	for name, err := range map[string]error{
		"more to read than to write": p.Tx([]byte{1}, make([]byte, 2)),
		"too long":                   p.Tx(make([]byte, MaxTransfer+1), nil),
		"a limit of speed":           p.LimitSpeed(physic.MegaHertz),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := p.Connect(physic.MegaHertz, periph.HalfDuplex, 8); err == nil {
		t.Error("connected in half duplex")
	}
	broken := plug(t, &chip{fails: syscall.EINVAL})
	if _, err := broken.Connect(physic.MegaHertz, periph.Mode0, 8); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("connect: %v, want %v", err, syscall.EINVAL)
	}
	if err := broken.Tx([]byte{1}, nil); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("transfer: %v, want %v", err, syscall.EINVAL)
	}
	if _, err := Open("99.9"); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "dtparam=spi=on") {
		t.Errorf("a port that is not there: %v, want how to switch it on", err)
	}
}
