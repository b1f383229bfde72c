package display

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
	"unsafe"

	"sourire/device/screen"
)

const (
	framebufferRenew = 5 * time.Minute

	// mostPixels are drawn; on a larger screen each is shown as 2 by 2, or
	// more. Eyes at a metre do not mind, a small board's memory would.
	mostPixels = 1_100_000
)

// Requests and structures of linux/fb.h.
const (
	framebufferVariable = 0x4600
	framebufferFixed    = 0x4602
	framebufferBlank    = 0x4611
)

// bitfield is where a colour's bits are in a pixel.
type bitfield struct{ offset, length, right uint32 }

// variableInfo is fb_var_screeninfo.
type variableInfo struct {
	width, height               uint32
	virtualWidth, virtualHeight uint32
	left, top                   uint32 // of what is seen, in the virtual picture
	bits, grey                  uint32 // of a pixel
	red, green, blue, alpha     bitfield
	_                           [20]uint32
}

// fixedInfo is fb_fix_screeninfo.
type fixedInfo struct {
	id                    [16]byte
	start                 uintptr
	length                uint32
	kind, aux             uint32
	visual                uint32
	xStep, yStep, wrap    uint16
	stride                uint32 // bytes from line to line
	registers             uintptr
	registersLength       uint32
	acceleration          uint32
	capabilities, _, _, _ uint16
}

// What [fixedInfo] says of the pixels.
const (
	kindPacked   = 0
	visualTrue   = 2
	visualDirect = 4
)

// framebuffer is a screen that the kernel shows by itself, on HDMI or DSI.
type framebuffer struct {
	file   *os.File
	memory io.WriterAt // the file
	size   image.Point // of the screen, in pixels
	scale  int         // of the drawing, in screen pixels
	v      variableInfo
	start  int64 // of the first pixel
	line   int64 // bytes from line to line

	upsideDown bool
}

// ioctl is the system call; arg points at what the request reads or writes.
type ioctl func(fd, request uintptr, arg unsafe.Pointer) syscall.Errno

func kernel(fd, request uintptr, arg unsafe.Pointer) syscall.Errno {
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(arg))
	return errno
}

func openFramebuffer(o Options) (Panel, error) {
	p, err := newFramebuffer(o.Framebuffer, kernel)
	if err != nil {
		return nil, err
	}
	p.upsideDown = o.UpsideDown
	return p, nil
}

func newFramebuffer(path string, call ioctl) (*framebuffer, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no screen %s: connect it before the box starts: %w", path, err)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("may not open the screen %s: add the user to the group video: %w", path, err)
	case err != nil:
		return nil, fmt.Errorf("open the screen: %w", err)
	}
	p := &framebuffer{file: f, memory: f}
	if err := p.setUp(call); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return p, nil
}

// setUp asks for the screen's size and how its pixels are stored.
func (p *framebuffer) setUp(call ioctl) error {
	raw, err := p.file.SyscallConn()
	if err != nil {
		return err
	}
	var fixed fixedInfo
	var errno syscall.Errno
	err = raw.Control(func(fd uintptr) {
		if errno = call(fd, framebufferVariable, unsafe.Pointer(&p.v)); errno != 0 {
			return
		}
		if errno = call(fd, framebufferFixed, unsafe.Pointer(&fixed)); errno != 0 {
			return
		}
		_ = call(fd, framebufferBlank, nil) // 0: light it up; not every screen can be dark
	})
	if err != nil {
		return err
	}
	if errno != 0 {
		return fmt.Errorf("it is not a framebuffer: %w", errno)
	}
	v := &p.v
	if b := v.bits; b != 16 && b != 24 && b != 32 || fixed.kind != kindPacked || fixed.visual != visualTrue && fixed.visual != visualDirect {
		return fmt.Errorf("its pixels of %d bits, type %d, visual %d, are not supported: want true colour of 16, 24 or 32 bits", b, fixed.kind, fixed.visual)
	}
	p.size = image.Pt(int(v.width), int(v.height))
	p.line = int64(fixed.stride)
	p.start = int64(v.top)*p.line + int64(v.left)*int64(v.bits/8)
	if p.size.X < 1 || p.size.Y < 1 || p.line < int64(p.size.X)*int64(v.bits/8) {
		return fmt.Errorf("its size %v with %d bytes a line cannot be", p.size, p.line)
	}
	for p.scale = 1; p.size.X/p.scale*(p.size.Y/p.scale) > mostPixels; p.scale++ {
	}
	return nil
}

// String is what the screen is.
func (p *framebuffer) String() string {
	return fmt.Sprintf("%d by %d pixels of %d bits", p.size.X, p.size.Y, p.v.bits)
}

// Pages is one: all languages fit.
func (p *framebuffer) Pages(screen.Scene) int { return 1 }

// Show writes the whole screen: what the console may have left there goes. It
// writes many lines at a time, and never a single whole one: of that, Linux up
// to 6.1 at least takes nothing to be changed, and shows nothing
// (drm_fb_helper_memory_range_to_clip).
func (p *framebuffer) Show(s screen.Scene, _ int) error {
	const atOnce = 64
	img := screen.Draw(s, p.size.Add(image.Pt(p.scale-1, p.scale-1)).Div(p.scale))
	bytes := make([]byte, (atOnce+1)*int(p.line))
	for y := 0; y < p.size.Y; {
		n := min(atOnce, p.size.Y-y)
		if p.size.Y-y == atOnce+1 {
			n = atOnce + 1
		}
		for i := range n {
			p.lay(bytes[i*int(p.line):], img, y+i)
		}
		most := n*int(p.line) - (int(p.line) - p.size.X*p.width())
		if _, err := p.memory.WriteAt(bytes[:most], p.start+int64(y)*p.line); err != nil {
			return err
		}
		y += n
	}
	return nil
}

// width is that of a pixel in bytes.
func (p *framebuffer) width() int { return int(p.v.bits / 8) }

// lay puts what the drawing has there into a line of the screen.
func (p *framebuffer) lay(line []byte, img *image.RGBA, y int) {
	width := p.width()
	for x := range p.size.X {
		at := image.Pt(x, y)
		if p.upsideDown {
			at = p.size.Sub(image.Pt(1, 1)).Sub(at)
		}
		pixel := p.v.pixel(img.RGBAAt(at.X/p.scale, at.Y/p.scale))
		for i := range width {
			line[x*width+i] = byte(pixel >> (8 * i))
		}
	}
}

// pixel is a colour as the screen stores it, the lowest byte first.
func (v *variableInfo) pixel(c color.RGBA) uint32 {
	return v.red.put(c.R) | v.green.put(c.G) | v.blue.put(c.B) | v.alpha.put(c.A)
}

func (b bitfield) put(c uint8) uint32 {
	if b.length > 8 {
		return uint32(c) << (b.offset + b.length - 8)
	}
	return uint32(c) >> (8 - b.length) << b.offset
}

func (p *framebuffer) Renew() time.Duration { return framebufferRenew }

func (p *framebuffer) Close() error { return p.file.Close() }
