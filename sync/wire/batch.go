package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"sourire/device/tap"
	"sourire/sync/seal"
)

// Limits of a batch.
const (
	MaxEvents = 100       // events
	MaxBatch  = 32 << 10  // bytes of events
	MaxEvent  = 16 << 10  // bytes
	MaxInt    = 1<<53 - 1 // largest integer in any message
)

const schemaEvents = "sourire.events/1"

// ErrChain is returned for a batch whose events do not lead from prev to head.
var ErrChain = errors.New("events do not lead from prev to head")

// Batch is a run of events on its way to the office.
type Batch struct {
	tap.Identity
	Epoch  string
	First  uint64
	Lost   uint64    // events right before First that the terminal cannot read any more; 0 in most
	Prev   seal.Head // before First
	Links  []seal.Link
	KeyID  string
	Sig    string // base64; empty in a batch that was not read
	signed []byte // the payload
}

// Last is the seq of the last event.
func (b *Batch) Last() uint64 { return b.First + uint64(len(b.Links)) - 1 }

// Head is the chain's value after the last event.
func (b *Batch) Head() seal.Head {
	if len(b.Links) == 0 {
		return b.Prev
	}
	return b.Links[len(b.Links)-1].Head
}

// envelope is how many bytes of a batch are not its events, at most.
const envelope = 1 << 10

// BatchLength is how many of links make one batch.
func BatchLength(links []seal.Link) int {
	size := envelope
	for i, l := range links {
		size += len(l.Event) + 1
		if i == MaxEvents || i > 0 && size > MaxBatch {
			return i
		}
	}
	return len(links)
}

// member appends a JSON member whose value needs no escaping.
func member(b []byte, name, value string) []byte {
	return fmt.Appendf(b, `,"%s":"%s"`, name, value)
}

// EncodeBatch signs links, which follow prev without a gap, and returns the
// canonical payload. At least one link is needed.
func EncodeBatch(id tap.Identity, epoch string, prev seal.Head, links []seal.Link, key seal.Key) []byte {
	return EncodeBatchBehind(id, epoch, 0, prev, links, key)
}

// EncodeBatchBehind is [EncodeBatch] for links before which a number of events
// are lost: the terminal says so, and signs it, lest the receiver wait for them.
func EncodeBatchBehind(id tap.Identity, epoch string, lost uint64, prev seal.Head, links []seal.Link, key seal.Key) []byte {
	size := 512
	for _, l := range links {
		size += len(l.Event) + 1
	}
	first, last := links[0].Seq, links[len(links)-1].Seq
	// Every value is an id, a UUID, hex or base64: nothing to escape. Keys are
	// written in their sorted order.
	open := func(b []byte) []byte {
		b = append(b, `{"chain":"`...)
		b = append(b, id.Chain...)
		b = append(b, '"')
		return member(b, "epoch", epoch)
	}
	rest := func(b []byte) []byte {
		b = strconv.AppendUint(append(b, `,"first":`...), first, 10)
		b = member(b, "head", links[len(links)-1].Head.String())
		b = member(b, "key", key.Public().ID())
		b = strconv.AppendUint(append(b, `,"last":`...), last, 10)
		if lost > 0 {
			b = strconv.AppendUint(append(b, `,"lost":`...), lost, 10)
		}
		b = member(b, "prev", prev.String())
		return member(b, "schema", schemaEvents)
	}
	end := func(b []byte) []byte {
		b = member(b, "store", id.Store)
		return append(member(b, "terminal", id.Terminal), '}')
	}
	sig := key.Sign(end(rest(open(make([]byte, 0, 512)))))

	b := open(make([]byte, 0, size))
	b = append(b, `,"events":[`...)
	for i, l := range links {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, l.Event...)
	}
	b = rest(append(b, ']'))
	return end(member(b, "sig", sig))
}

type batchJSON struct {
	Schema string `json:"schema"`
	tap.Identity
	Epoch  string            `json:"epoch"`
	First  uint64            `json:"first"`
	Last   uint64            `json:"last"`
	Lost   uint64            `json:"lost"`
	Prev   string            `json:"prev"`
	Head   string            `json:"head"`
	Events []json.RawMessage `json:"events"`
	seal.Sealed
}

// DecodeBatch reads a batch and checks its limits, its numbers and its chain,
// but not its signature: see [Batch.Verify]. The payload must not change as long
// as the batch is used.
func DecodeBatch(payload []byte) (*Batch, error) {
	var j batchJSON
	if err := json.Unmarshal(payload, &j); err != nil {
		return nil, fmt.Errorf("read batch: %w", err)
	}
	n := uint64(len(j.Events))
	switch {
	case j.Schema != schemaEvents:
		return nil, fmt.Errorf("read batch: schema %.40q, want %q", j.Schema, schemaEvents)
	case !j.Valid():
		return nil, errors.New("read batch: chain, store or terminal is not a legal id")
	case !ValidEpoch(j.Epoch):
		return nil, fmt.Errorf("read batch: epoch %.40q is not a UUID", j.Epoch)
	case n == 0 || n > MaxEvents:
		return nil, fmt.Errorf("read batch: %d events, want 1 to %d", n, MaxEvents)
	case j.First == 0 || j.Last > MaxInt || j.Last < j.First || j.Last-j.First != n-1:
		return nil, fmt.Errorf("read batch: first %d and last %d do not fit %d events", j.First, j.Last, n)
	case j.Lost >= j.First:
		return nil, fmt.Errorf("read batch: %d events are lost before event %d", j.Lost, j.First)
	}
	b := &Batch{Identity: j.Identity, Epoch: j.Epoch, First: j.First, Lost: j.Lost, KeyID: j.Key, Sig: j.Sig, signed: payload}
	var err error
	if b.Prev, err = seal.ParseHead(j.Prev); err != nil {
		return nil, fmt.Errorf("read batch: prev: %w", err)
	}
	b.Links = make([]seal.Link, 0, n)
	h := b.Prev
	for i, raw := range j.Events {
		if len(raw) > MaxEvent {
			return nil, fmt.Errorf("read batch: event %d is %d bytes, want at most %d", j.First+uint64(i), len(raw), MaxEvent)
		}
		h = h.Next(raw)
		b.Links = append(b.Links, seal.Link{Seq: j.First + uint64(i), Head: h, Event: raw})
	}
	if h.String() != j.Head {
		return nil, fmt.Errorf("read batch %d to %d: %w", j.First, j.Last, ErrChain)
	}
	return b, nil
}

// Verify checks that pub signed the batch.
func (b *Batch) Verify(pub seal.Public) error {
	if pub.ID() != b.KeyID {
		return fmt.Errorf("batch names key %.16s, not %s: %w", b.KeyID, pub.ID(), seal.ErrBadSignature)
	}
	cover, err := seal.Cover(b.signed)
	if err != nil {
		return err
	}
	return pub.Check(cover, b.Sig)
}

// ValidEpoch accepts the lower-case text form of a UUID.
func ValidEpoch(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case '0' <= c && c <= '9' || 'a' <= c && c <= 'f':
		default:
			return false
		}
	}
	return true
}
