package cardtest

import "slices"

// Block is what a card writes, and spoils, as a whole; in bytes.
const Block = 4096

type block = [Block]byte

// file is the content of a file. Copies share blocks until they are written.
type file struct {
	size   int64
	blocks []*block // nil for one of zeros
	own    []bool   // no copy has it
}

func (f *file) share() *file {
	clear(f.own)
	return &file{f.size, slices.Clone(f.blocks), make([]bool, len(f.blocks))}
}

func (f *file) read(p []byte, off int64) int {
	if off >= f.size {
		return 0
	}
	p = p[:min(int64(len(p)), f.size-off)]
	for n := 0; n < len(p); {
		at := off + int64(n)
		b, from := f.blocks[at/Block], at%Block
		if b == nil {
			end := min(int64(len(p)), int64(n)+Block-from)
			clear(p[n:end])
			n = int(end)
			continue
		}
		n += copy(p[n:], b[from:])
	}
	return len(p)
}

func (f *file) write(p []byte, off int64) {
	f.grow(off + int64(len(p)))
	for len(p) > 0 {
		n := copy(f.mine(off / Block)[off%Block:], p)
		p, off = p[n:], off+int64(n)
	}
}

func (f *file) grow(size int64) {
	if size <= f.size {
		return
	}
	f.size = size
	for int64(len(f.blocks))*Block < size {
		f.blocks, f.own = append(f.blocks, nil), append(f.own, true)
	}
}

// mine is a block that may be written.
func (f *file) mine(n int64) *block {
	if !f.own[n] || f.blocks[n] == nil {
		b := new(block)
		if f.blocks[n] != nil {
			*b = *f.blocks[n]
		}
		f.blocks[n], f.own[n] = b, true
	}
	return f.blocks[n]
}

func (f *file) truncate(size int64) {
	if size >= f.size {
		f.grow(size)
		return
	}
	n := (size + Block - 1) / Block
	f.blocks, f.own, f.size = f.blocks[:n], f.own[:n], size
	if rest := size % Block; rest > 0 && f.blocks[n-1] != nil {
		clear(f.mine(n - 1)[rest:])
	}
}
