package i2c

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unsafe"

	"periph.io/x/conn/v3/physic"
)

// chip is the kernel and one chip at an address: it keeps what is written and
// answers reads with the bytes 1, 2, 3 and so on.
type chip struct {
	addr  uint16
	funcs uintptr
	fails syscall.Errno // instead of a transfer
	work  func()        // done before each transfer

	mu      sync.Mutex
	written [][]byte
}

func (c *chip) ioctl(_, request uintptr, arg unsafe.Pointer) syscall.Errno {
	switch request {
	case requestFuncs:
		*(*uintptr)(arg) = c.funcs
		return 0
	case requestRdwr:
	default:
		return syscall.ENOTTY
	}
	if c.fails != 0 {
		return c.fails
	}
	if c.work != nil {
		c.work()
	}
	t := (*transfer)(arg)
	for _, m := range unsafe.Slice((*message)(t.messages), t.count) {
		if m.addr != c.addr {
			return syscall.ENXIO
		}
		data := unsafe.Slice((*byte)(m.buf), m.length)
		if m.flags == flagRead {
			for i := range data {
				data[i] = byte(i + 1)
			}
			continue
		}
		c.mu.Lock()
		c.written = append(c.written, bytes.Clone(data))
		c.mu.Unlock()
	}
	return 0
}

func plug(t *testing.T, c *chip) *Bus {
	t.Helper()
	path := filepath.Join(t.TempDir(), "i2c-1")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c.funcs |= funcI2C
	b, err := openPath(path, c.ioctl)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func TestTransfer(t *testing.T) {
	c := &chip{addr: 0x3c}
	b := plug(t, c)
	read := make([]byte, 3)
	if err := b.Tx(0x3c, []byte{7, 8}, read); err != nil {
		t.Fatal(err)
	}
	if err := b.Tx(0x3c, nil, nil); err != nil {
		t.Errorf("a transfer of nothing: %v", err)
	}
	if len(c.written) != 1 || !bytes.Equal(c.written[0], []byte{7, 8}) {
		t.Errorf("written %v, want [[7 8]]", c.written)
	}
	if !bytes.Equal(read, []byte{1, 2, 3}) {
		t.Errorf("read %v, want [1 2 3]", read)
	}
	if err := b.SetSpeed(physic.KiloHertz); err != nil {
		t.Errorf("set the speed: %v", err)
	}
}

// What the kernel is given stays where it is and alive, however the stack that
// it lies on grows meanwhile, and whatever is collected.
func TestTransferWhileMemoryMoves(t *testing.T) {
	c := &chip{addr: 0x3c, work: func() {
		deep(1 << 10)
		runtime.GC()
		for range 64 { // reuse what a stack left
			go deep(8)
		}
	}}
	b := plug(t, c)
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for range 10 {
				all.Go(func() { // a new, small stack
					write, read := [4]byte{byte(g), byte(g), byte(g), byte(g)}, [4]byte{}
					if err := b.Tx(0x3c, write[:], read[:]); err != nil {
						t.Error(err)
					}
					if read != [4]byte{1, 2, 3, 4} {
						t.Errorf("read %v, want [1 2 3 4]", read)
					}
				})
			}
		})
	}
	all.Wait()
	for _, w := range c.written {
		if len(w) != 4 || w[0] > 7 || !bytes.Equal(w, bytes.Repeat(w[:1], 4)) {
			t.Errorf("written %v, want four times the same of 0 to 7", w)
		}
	}
	if len(c.written) != 80 {
		t.Errorf("%d transfers arrived, want 80", len(c.written))
	}
}

// deep uses about 256 bytes of stack a level.
//
//go:noinline
func deep(levels int) (sum int) {
	var room [256]byte
	for i := range room {
		room[i] = byte(levels)
	}
	if levels > 0 {
		sum = deep(levels - 1)
	}
	return sum + int(room[levels%256])
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		name  string
		addr  uint16
		write int
		errno syscall.Errno
		is    error
		says  string
	}{
		{"nobody there", 0x3d, 1, 0, ErrNoAnswer, "0x3d"},
		{"not acknowledged", 0x3c, 1, syscall.EREMOTEIO, ErrNoAnswer, "wires"},
		{"held low", 0x3c, 1, syscall.ETIMEDOUT, ErrStuck, "held low"},
		{"other errors as they are", 0x3c, 1, syscall.EIO, syscall.EIO, "input/output error"},
		{"wide address", 0x80, 1, 0, nil, "7 bits"},
		{"too long", 0x3c, maxTransfer + 1, 0, nil, "8193"},
	} {
		b := plug(t, &chip{addr: 0x3c, fails: c.errno})
		err := b.Tx(c.addr, make([]byte, c.write), nil)
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), b.String()) {
			t.Errorf("%s: error %v, want one with %q and %q", c.name, err, c.says, b)
		}
		if c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.is)
		}
	}
}

func TestNotABus(t *testing.T) {
	path := filepath.Join(t.TempDir(), "i2c-1")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openPath(path, kernel); err == nil || !strings.Contains(err.Error(), "not an I2C bus") {
		t.Errorf("a regular file: %v, want that it is not an I2C bus", err)
	}
	smbus := func(_, _ uintptr, arg unsafe.Pointer) syscall.Errno {
		*(*uintptr)(arg) = 0xeff0000
		return 0
	}
	if _, err := openPath(path, smbus); err == nil || !strings.Contains(err.Error(), "SMBus") {
		t.Errorf("an SMBus: %v, want an error that says so", err)
	}
}

func TestClosed(t *testing.T) {
	b := plug(t, &chip{addr: 0x3c})
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if err := b.Tx(0x3c, []byte{1}, nil); err == nil {
		t.Error("a transfer on a closed bus went well")
	}
}
