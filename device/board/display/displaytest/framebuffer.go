package displaytest

import (
	"encoding/binary"
	"image"
	"image/color"
	"os"
	"syscall"
	"unsafe"
)

// Framebuffer is a screen whose memory is a plain file, and the answers of its
// driver (linux/fb.h).
type Framebuffer struct {
	Path   string
	Size   image.Point
	Bits   int         // of a pixel
	Stride int         // bytes from line to line
	Pan    image.Point // where the picture begins in the memory
	// Red, Green and Blue are where their bits are in a pixel: the lowest one,
	// and how many.
	Red, Green, Blue [2]int
}

// NewFramebuffer makes the file, and a screen of the usual format for pixels
// of 16 (5-6-5), 24 or 32 bits.
func NewFramebuffer(path string, size image.Point, bits int) (*Framebuffer, error) {
	f := &Framebuffer{Path: path, Size: size, Bits: bits, Stride: size.X*bits/8 + 64}
	f.Red, f.Green, f.Blue = [2]int{16, 8}, [2]int{8, 8}, [2]int{0, 8}
	if bits == 16 {
		f.Red, f.Green, f.Blue = [2]int{11, 5}, [2]int{5, 6}, [2]int{0, 5}
	}
	return f, os.WriteFile(path, make([]byte, f.Stride*(size.Y+8)), 0o600)
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
func (f *Framebuffer) Image() (*image.RGBA, error) {
	memory, err := os.ReadFile(f.Path)
	if err != nil {
		return nil, err
	}
	img := image.NewRGBA(image.Rectangle{Max: f.Size})
	for y := range f.Size.Y {
		for x := range f.Size.X {
			at := (y+f.Pan.Y)*f.Stride + (x+f.Pan.X)*f.Bits/8
			pixel := 0
			for i := range f.Bits / 8 {
				pixel |= int(memory[at+i]) << (8 * i)
			}
			img.SetRGBA(x, y, color.RGBA{channel(pixel, f.Red), channel(pixel, f.Green), channel(pixel, f.Blue), 0xff})
		}
	}
	return img, nil
}

// channel is a colour's bits, as the upper ones of a byte.
func channel(pixel int, bits [2]int) uint8 {
	return uint8(pixel >> bits[0] & (1<<bits[1] - 1) << (8 - bits[1]))
}
