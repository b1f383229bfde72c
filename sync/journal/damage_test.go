package journal

import (
	"bytes"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sourire/device/tap"
	"sourire/device/tap/seedtest"
	"sourire/sync/seal"
)

// specimen is a journal to be damaged, in copies.
type specimen struct {
	*testing.T
	dir   string
	epoch string
	links []seal.Link
	files map[string][]byte // of the journal's folder
	pages []map[leaf]bool   // by seq: where it has a row, or a part of one
	last  uint64            // seq before the last commit
}

// leaf is a page of a file.
type leaf struct {
	file string
	page int64
}

func specimenConfig(dir string) Config {
	return Config{
		Dir: dir, Identity: tap.Identity{Chain: "demo", Store: "lyon", Terminal: "exit-1"},
		Stamp: func(*tap.Header) {}, Log: slog.New(slog.DiscardHandler),
	}
}

// newSpecimen makes a journal of two runs: the first ended well, and of the
// second the log has all, since it was cut.
func newSpecimen(t *testing.T, r *rand.Rand, first, second int) *specimen {
	t.Helper()
	s := &specimen{T: t, dir: t.TempDir(), files: map[string][]byte{}}
	run := func(n int) *Journal {
		j, err := Open(specimenConfig(s.dir))
		s.must(err)
		for range n {
			e := &tap.ReasonEvent{Reason: strings.Repeat("é<", r.IntN(60))}
			if r.IntN(40) == 0 {
				e.Reason = strings.Repeat("x", r.IntN(9000)) // on pages of its own
			}
			e.Kind = tap.KindReason
			s.last, _ = j.Last()
			s.must(j.Append(e))
			if seq, head := j.Last(); r.IntN(3) == 0 {
				s.must(j.Confirm(seq, head))
			}
		}
		return j
	}
	s.must(run(first).Close())
	j := run(second)
	defer func() { s.must(j.Close()) }()
	s.epoch = j.Epoch()
	var err error
	s.links, err = j.After(0, 1<<30)
	s.must(err)
	for _, name := range []string{fileName, fileName + "-wal", keyName, epochName} {
		s.files[name], err = os.ReadFile(filepath.Join(s.dir, name))
		s.must(err)
	}
	s.locate()
	return s
}

func (s *specimen) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// locate notes on which pages each event stands.
func (s *specimen) locate() {
	s.Helper()
	left, err := OpenSalvage(s.copy(fileName, nil))
	s.must(err)
	defer func() { _ = left.Close() }()
	s.pages = make([]map[leaf]bool, len(s.links)+1)
	for _, p := range left.places {
		row, _ := left.load(p)
		if p.seq > uint64(len(s.links)) || !bytes.Equal(row.Event, s.links[p.seq-1].Event) {
			continue // of a page that has another use now, or what is left of one
		}
		at := leaf{fileName, p.at / pageSize}
		if p.at < 0 {
			at = leaf{fileName + "-wal", (^p.at - logHeader) / (frameHeader + pageSize)}
		}
		if s.pages[p.seq] == nil {
			s.pages[p.seq] = map[leaf]bool{}
		}
		s.pages[p.seq][at] = true
	}
}

// copy is a folder with the specimen, one of its files being another.
func (s *specimen) copy(name string, content []byte) string {
	s.Helper()
	dir := s.TempDir()
	for file, is := range s.files {
		if file == name && content != nil {
			is = content
		}
		s.must(os.WriteFile(filepath.Join(dir, file), is, 0o600))
	}
	return dir
}

// outcome is what became of a damaged journal.
type outcome struct {
	ended bool
	lost  []uint64 // seqs
}

// start starts a box on a damaged journal, and has it do all that a box does:
// open, look through the whole of it, store a press. Nothing that it has then
// may be anything else than what was written.
func (s *specimen) start(what, dir string) (v outcome) {
	s.Helper()
	defer func() { s.must(os.RemoveAll(dir)) }()
	open := func() *Journal {
		s.Helper()
		j, err := Open(specimenConfig(dir))
		if err != nil {
			s.Fatalf("%s: %v", what, err)
		}
		return j
	}
	j := open()
	if err := j.VerifyUntil(s.Context()); err != nil {
		if !Damaged(err) {
			s.Fatalf("%s: %v", what, err)
		}
		s.must(j.EndEpoch(WhyDamaged))
		j = open()
	}
	defer func() { s.must(j.Close()) }()
	if err := j.Append(fault("next")); err != nil {
		s.Fatalf("%s: the next press: %v", what, err)
	}
	if _, err := j.Verify(); err != nil {
		s.Fatalf("%s: after the next press: %v", what, err)
	}
	if seq, _ := j.Watermark(); seq > uint64(len(s.links)) {
		s.Fatalf("%s: watermark %d", what, seq)
	}
	if v.ended = j.Epoch() != s.epoch; !v.ended {
		have, err := j.After(0, 1<<30)
		s.must(err)
		v.lost = s.missing(what, have[:len(have)-1])
		return v
	}
	if p := j.Previous(); p == nil || p.Epoch != s.epoch || p.Why != WhyDamaged {
		s.Fatalf("%s: the new epoch follows %+v", what, p)
	} else if p.Seq != nil && (*p.Seq > uint64(len(s.links)) || *p.Head != s.links[*p.Seq-1].Head.String()) {
		s.Fatalf("%s: the epoch before is said to end with %d, %s", what, *p.Seq, *p.Head)
	}
	v.lost = s.missing(what, s.salvage(filepath.Join(dir, asideName, s.epoch+"-1")))
	return v
}

// salvage is all that is left in a folder.
func (s *specimen) salvage(dir string) (all []seal.Link) {
	s.Helper()
	left, err := OpenSalvage(dir)
	s.must(err)
	defer func() { s.must(left.Close()) }()
	var at seal.Link
	for {
		before, links, err := left.Next(at, 100)
		s.must(err)
		if len(links) == 0 {
			return all
		}
		if before.Seq < at.Seq || links[0].Seq != before.Seq+1 || before.Head.Next(links[0].Event) != links[0].Head {
			s.Fatalf("after %d: a run that begins with %d and follows %d", at.Seq, links[0].Seq, before.Seq)
		}
		all = append(all, links...)
		at = links[len(links)-1]
	}
}

// missing compares events with what was written.
func (s *specimen) missing(what string, have []seal.Link) (lost []uint64) {
	s.Helper()
	for _, l := range s.links {
		if len(have) == 0 || have[0].Seq != l.Seq {
			lost = append(lost, l.Seq)
			continue
		}
		if have[0].Head != l.Head || !bytes.Equal(have[0].Event, l.Event) {
			s.Fatalf("%s: event %d is %s, not %s", what, l.Seq, have[0].Event, l.Event)
		}
		have = have[1:]
	}
	if len(have) > 0 {
		s.Fatalf("%s: an event %d that was never written: %s", what, have[0].Seq, have[0].Event)
	}
	return lost
}

// mayLose reports whether an event stands on one damaged page only, or the one
// before it does: then nothing is left that could prove it.
func (s *specimen) mayLose(seq uint64, damaged func(leaf) bool) bool {
	for _, n := range []uint64{seq, seq - 1} {
		if n == 0 {
			continue
		}
		left := false
		for at := range s.pages[n] {
			left = left || !damaged(at)
		}
		if !left || len(s.links[n-1].Event) > pageSize/2 { // of a long one, other pages are a part, too
			return true
		}
	}
	return false
}

// damages is what a series of damages came to.
type damages struct{ cases, worked, ended, lost, tail int }

func (d damages) String() string {
	return fmt.Sprintf("%d damages: %d journals went on, %d ended their epoch; %d events lost with the page that they stood on, %d with the last commit",
		d.cases, d.worked, d.ended, d.lost, d.tail)
}

func (d *damages) add(s *specimen, what string, v outcome, damaged func(leaf) bool) {
	s.Helper()
	d.cases++
	if v.ended {
		d.ended++
	} else {
		d.worked++
	}
	for _, seq := range v.lost {
		switch {
		case !v.ended && seq > s.last: // nothing tells it from a commit that was never finished
			d.tail++
		case !v.ended:
			s.Errorf("%s: the epoch goes on without event %d", what, seq)
		case !s.mayLose(seq, damaged):
			s.Errorf("%s: event %d is lost", what, seq)
		default:
			d.lost++
		}
	}
}

// everyNth is the step through a series that is enough for the usual run. A
// thorough one, for which SOURIRE_ROUNDS asks, takes all of it.
func everyNth(t *testing.T, usual int) int {
	t.Helper()
	if os.Getenv("SOURIRE_ROUNDS") != "" {
		return 1
	}
	return usual
}

// A bit of each page of a journal and of its log is flipped, one after another:
// the box starts each time, and goes on or begins a new epoch. Nothing altered is
// taken for an event, and nothing that can be read is lost.
func TestAFlippedBit(t *testing.T) {
	r := rand.New(rand.NewPCG(seedtest.Seed(t), 0))
	s := newSpecimen(t, r, 150, 30)
	var sum damages
	nth := 0
	flip := func(file string, bit int, damaged leaf) {
		t.Helper()
		if nth++; seedtest.Spared(nth) {
			return
		}
		content := bytes.Clone(s.files[file])
		content[bit/8] ^= 1 << (bit % 8)
		what := fmt.Sprintf("%s: byte %d, bit %d", file, bit/8, bit%8)
		sum.add(s, what, s.start(what, s.copy(file, content)), func(l leaf) bool { return l == damaged })
	}
	for page := range len(s.files[fileName]) / pageSize {
		flip(fileName, 8*pageSize*page+r.IntN(8*pageSize), leaf{fileName, int64(page)})
	}
	for i := r.IntN(4); i < 100; i += everyNth(t, 4) {
		flip(fileName, 8*i+r.IntN(8), leaf{})
	}
	const log = fileName + "-wal"
	for i := r.IntN(4); i < logHeader; i += everyNth(t, 4) {
		flip(log, 8*i+r.IntN(8), leaf{})
	}
	for frame := r.IntN(2); frame < 70; frame += everyNth(t, 2) {
		unit := frameHeader + pageSize
		flip(log, 8*(logHeader+unit*frame)+r.IntN(8*unit), leaf{log, int64(frame)})
	}
	// Genesis says whose journal it is, and with which key it is signed.
	genesis := s.links[0].Event
	for range 8 {
		bit := r.IntN(8 * len(genesis))
		spoilt := bytes.Clone(genesis)
		spoilt[bit/8] ^= 1 << (bit % 8)
		whole := s.files
		s.files = map[string][]byte{}
		for name, content := range whole {
			s.files[name] = bytes.ReplaceAll(content, genesis, spoilt)
		}
		what := fmt.Sprintf("genesis: byte %d, bit %d", bit/8, bit%8)
		sum.add(s, what, s.start(what, s.copy("", nil)), func(leaf) bool { return true })
		s.files = whole
	}
	t.Log(sum)
}

// A journal, and its log, is cut at every 512 bytes: it goes as with a bit that
// is flipped.
func TestACutFile(t *testing.T) {
	r := rand.New(rand.NewPCG(seedtest.Seed(t), 0))
	s := newSpecimen(t, r, 150, 30)
	const sector = 512
	every := sector * everyNth(t, 12)
	var sum damages
	nth := 0
	for _, file := range []string{fileName, fileName + "-wal"} {
		content := s.files[file]
		cuts := []int{0, 1, 17, 31, 99, logHeader + 1}
		for n := sector * r.IntN(every/sector); n < min(len(content), 80*(frameHeader+pageSize)); n += every {
			cuts = append(cuts, n)
		}
		for _, n := range cuts {
			if nth++; seedtest.Spared(nth) {
				continue
			}
			what := fmt.Sprintf("%s cut at %d", file, n)
			sum.add(s, what, s.start(what, s.copy(file, content[:n])), func(l leaf) bool {
				if l.file != file {
					return false
				}
				if file == fileName {
					return int(l.page+1)*pageSize > n
				}
				return logHeader+int(l.page+1)*(frameHeader+pageSize) > n
			})
		}
	}
	t.Log(sum)
}
