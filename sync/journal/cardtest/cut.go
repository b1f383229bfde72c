package cardtest

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"strings"
)

// Cut is what a power cut leaves of the operations that no sync came after.
type Cut uint8

// The ways of a power cut.
const (
	None        Cut = iota // nothing
	All                    // everything
	Torn                   // everything, but of the last write only the first sectors
	Last                   // the last write alone
	Writes                 // some of the writes, each whole
	Sectors                // some of the sectors
	Garbled                // nothing, and a block that was to be written is spoilt
	GarbledAll             // everything, and a block that was to be written is spoilt
	GarbledSome            // some of the sectors, and some of the blocks are spoilt
	cuts
)

// Cuts are all the ways.
func Cuts() []Cut {
	all := make([]Cut, cuts)
	for i := range all {
		all[i] = Cut(i)
	}
	return all
}

func (c Cut) String() string {
	return [...]string{"none", "all", "torn last", "last only", "some writes", "some sectors", "garbled block", "all but a garbled block", "some sectors, garbled blocks"}[c]
}

const sector = 512

// Survival is one way in which a card may come out of a power cut.
type Survival struct {
	replay  *Replay
	names   int      // how many changes of names there are
	kept    []uint64 // of each write the parts that are there, a bit each
	garbled []place
}

type place struct {
	file  int
	block int64
	with  uint64 // 0 and 1 for zeros and ones, as in a block that was erased
}

// Cut is what may be left when power is cut now; random choices come from rnd.
func (r *Replay) Cut(how Cut, rnd *rand.Rand) *Survival {
	s := &Survival{replay: r, names: len(r.names), kept: make([]uint64, len(r.pending))}
	last := len(r.pending) - 1
	for i, o := range r.pending {
		whole := uint64(1)<<parts(o) - 1
		switch how {
		case All, GarbledAll:
			s.kept[i] = whole
		case Torn:
			s.kept[i] = whole
			if i == last {
				s.kept[i] = uint64(1)<<rnd.IntN(parts(o)) - 1
			}
		case Last:
			if i == last {
				s.kept[i] = whole
			}
		case Writes:
			s.kept[i] = whole * rnd.Uint64N(2)
		case Sectors, GarbledSome:
			s.kept[i] = whole & rnd.Uint64()
		}
	}
	switch how {
	case None:
		s.names = 0
	case Writes, Sectors, Garbled, GarbledSome:
		s.names = rnd.IntN(len(r.names) + 1)
	}
	if how >= Garbled {
		s.garble(how, rnd)
	}
	return s
}

// garble chooses the blocks that are spoilt.
func (s *Survival) garble(how Cut, rnd *rand.Rand) {
	var under []place
	for _, o := range s.replay.pending {
		if o.Kind != Write {
			continue
		}
		for b := o.Off / Block; b*Block < o.Off+int64(len(o.Data)); b++ {
			if p := (place{file: o.file, block: b}); !slices.Contains(under, p) {
				under = append(under, p)
			}
		}
	}
	if len(under) == 0 {
		return
	}
	rnd.Shuffle(len(under), func(i, j int) { under[i], under[j] = under[j], under[i] })
	n := 1
	if how == GarbledSome {
		n += rnd.IntN(min(len(under), 4))
	}
	for _, p := range under[:min(n, len(under))] {
		if p.with = rnd.Uint64N(4); p.with > 1 {
			p.with = rnd.Uint64()
		}
		s.garbled = append(s.garbled, p)
	}
}

// parts is in how many parts an operation may survive: its sectors, or for a
// very long one groups of them.
func parts(o *Op) int { return min(int(spanEnd(o)-o.Off/sector), 63) }

func spanEnd(o *Op) int64 { return max((o.Off+int64(len(o.Data))+sector-1)/sector, o.Off/sector+1) }

// Key is the same for two survivals of one tape that leave the same card.
func (s *Survival) Key() string {
	key := binary.AppendUvarint(nil, uint64(s.replay.syncs))
	key = binary.AppendUvarint(key, uint64(s.names))
	for _, p := range s.garbled {
		key = binary.AppendUvarint(binary.AppendUvarint(binary.AppendUvarint(key, uint64(p.file)), uint64(p.block)), p.with)
	}
	for _, k := range s.kept {
		key = binary.AppendUvarint(key, k)
	}
	return strings.TrimRight(string(key), "\x00")
}

// Card is the card after the power cut.
func (s *Survival) Card() *Card {
	now := s.replay.synced.share()
	for i, o := range s.replay.pending {
		now.applyParts(o, s.kept[i])
	}
	for _, o := range s.replay.names[:s.names] {
		now.rename(*o)
	}
	for _, p := range s.garbled {
		now.files[p.file].spoil(p.block, p.with)
	}
	now.sweep()
	return insert(s.replay.tape.nature, now)
}

func (c content) applyParts(o *Op, kept uint64) {
	whole := uint64(1)<<parts(o) - 1
	switch {
	case kept == 0:
	case kept == whole:
		c.apply(*o)
	default:
		from, n := o.Off/sector, spanEnd(o)-o.Off/sector
		for i := range parts(o) {
			if kept>>i&1 == 0 {
				continue
			}
			begin := max(from+n*int64(i)/int64(parts(o)), 0) * sector
			end := (from + n*int64(i+1)/int64(parts(o))) * sector
			begin, end = max(begin, o.Off), min(end, o.Off+int64(len(o.Data)))
			c.files[o.file].write(o.Data[begin-o.Off:end-o.Off], begin)
		}
	}
}

// spoil fills a block with what nobody wrote.
func (f *file) spoil(n int64, with uint64) {
	end := min((n+1)*Block, f.size)
	if n*Block >= end {
		return
	}
	b := f.mine(n)[:end-n*Block]
	switch with {
	case 0:
		clear(b)
	case 1:
		for i := range b {
			b[i] = 0xff
		}
	default:
		r := rand.NewPCG(with, 0)
		for i := 0; i+8 <= len(b); i += 8 {
			binary.LittleEndian.PutUint64(b[i:], r.Uint64())
		}
	}
}

// sweep drops the files that have no name.
func (c content) sweep() {
	named := map[int]bool{}
	for _, n := range c.names {
		named[n] = true
	}
	for n := range c.files {
		if !named[n] {
			delete(c.files, n)
		}
	}
}
