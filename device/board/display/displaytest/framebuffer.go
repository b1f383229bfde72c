package displaytest

import (
	"encoding/binary"
	"image"
	"image/color"
	"os"
	"syscall"
	"unsafe"
)

// Framebuffer is a screen and the answers of its driver (linux/fb.h). Its
// device is an empty file; its memory is written by [Framebuffer.WriteAt].
type Framebuffer struct {
	Path   string
	Size   image.Point
	Bits   int         // of a pixel
	Stride int         // bytes from line to line
	Pan    image.Point // where the picture begins in the memory
	// Red, Green and Blue are where their bits are in a pixel: the lowest one,
	// and how many.
	Red, Green, Blue [2]int

	memory []byte
	seen   []byte // what was sent on to the screen
}

// NewFramebuffer makes the file, and a screen of the usual format for pixels
// of 16 (5-6-5), 24 or 32 bits.
func NewFramebuffer(path string, size image.Point, bits int) (*Framebuffer, error) {
	f := &Framebuffer{Path: path, Size: size, Bits: bits, Stride: size.X * bits / 8}
	f.Red, f.Green, f.Blue = [2]int{16, 8}, [2]int{8, 8}, [2]int{0, 8}
	if bits == 16 {
		f.Red, f.Green, f.Blue = [2]int{11, 5}, [2]int{5, 6}, [2]int{0, 5}
	}
	f.Clear()
	return f, os.WriteFile(path, nil, 0o600)
}

// Clear makes the screen black, and its memory as large as its fields say.
func (f *Framebuffer) Clear() {
	n := f.Stride * (f.Size.Y + 8)
	f.memory, f.seen = make([]byte, n), make([]byte, n)
}

// WriteAt writes to the memory, and sends on what Linux takes to be changed
// (drm_fb_helper_memory_range_to_clip): whole lines, or of a single one the
// pixels from the first to the last byte's, where a whole line counts as none.
func (f *Framebuffer) WriteAt(p []byte, off int64) (int, error) {
	if off < 0 || int(off)+len(p) > len(f.memory) {
		return 0, syscall.EFBIG
	}
	copy(f.memory[off:], p)
	end := int(off) + len(p)
	first, last := int(off)/f.Stride*f.Stride, (end+f.Stride-1)/f.Stride*f.Stride
	if last-first == f.Stride {
		first, last = int(off), first+end%f.Stride
	}
	if first < last {
		copy(f.seen[first:last], f.memory[first:last])
	}
	return len(p), nil
}

// Ioctl answers the driver's two questions about size and format.
func (f *Framebuffer) Ioctl(_, request uintptr, arg unsafe.Pointer) syscall.Errno {
	le := binary.LittleEndian
	switch request {
	case 0x4600: // FBIOGET_VSCREENINFO, 160 bytes
		b := unsafe.Slice((*byte)(arg), 160)
		for i, v := range []int{f.Size.X, f.Size.Y, f.Size.X, f.Size.Y + 8, f.Pan.X, f.Pan.Y, f.Bits, 0, f.Red[0], f.Red[1], 0, f.Green[0], f.Green[1], 0, f.Blue[0], f.Blue[1], 0} {
			le.PutUint32(b[4*i:], uint32(v))
		}
	case 0x4602: // FBIOGET_FSCREENINFO, 80 bytes where a long has 8
		long := int(unsafe.Sizeof(uintptr(0)))
		b := unsafe.Slice((*byte)(arg), 48+2*long+(long-4))
		after := 16 + long
		le.PutUint32(b[after:], uint32(f.Stride*(f.Size.Y+8)))
		le.PutUint32(b[after+12:], 2) // true colour
		le.PutUint32(b[after+24:], uint32(f.Stride))
	case 0x4611: // FBIOBLANK
	default:
		return syscall.ENOTTY
	}
	return 0
}

// Image is what the screen shows.
func (f *Framebuffer) Image() *image.RGBA {
	img := image.NewRGBA(image.Rectangle{Max: f.Size})
	for y := range f.Size.Y {
		for x := range f.Size.X {
			at := (y+f.Pan.Y)*f.Stride + (x+f.Pan.X)*f.Bits/8
			pixel := 0
			for i := range f.Bits / 8 {
				pixel |= int(f.seen[at+i]) << (8 * i)
			}
			img.SetRGBA(x, y, color.RGBA{channel(pixel, f.Red), channel(pixel, f.Green), channel(pixel, f.Blue), 0xff})
		}
	}
	return img
}

// channel is a colour's bits, as the upper ones of a byte.
func channel(pixel int, bits [2]int) uint8 {
	return uint8(pixel >> bits[0] & (1<<bits[1] - 1) << (8 - bits[1]))
}
