package office

import (
	"errors"
	"fmt"

	"sourire/device/tap"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

// Limits of a message, checked before it is read.
const (
	maxEvents = 64 << 10 // bytes of an ev payload
	maxState  = 16 << 10 // bytes of a state payload
	maxResult = 4 << 10  // bytes of an answer to a command
)

// Reason says why a message was refused for good.
type Reason string

// The reasons, by the moment at which they are found.
const (
	BadTopic     Reason = "topic"     // not ours, or it does not match the payload
	BadSize      Reason = "size"      // larger than any honest message
	BadChain     Reason = "chain"     // of another chain of stores
	Malformed    Reason = "malformed" // not JSON, not the schema, beyond a limit
	BadSequence  Reason = "sequence"  // an event's seq is not its place
	BadGenesis   Reason = "genesis"   // seq 1 is no genesis of this terminal and epoch
	UnknownKey   Reason = "key"       // nobody has said which key signs
	BadSignature Reason = "signature" // not signed with the key of its epoch
	BadCommand   Reason = "command"   // an answer to a command that was not given
)

var reasons = []Reason{BadTopic, BadSize, BadChain, Malformed, BadSequence, BadGenesis, UnknownKey, BadSignature, BadCommand}

// refusal is the error of a message that will never be accepted.
type refusal struct {
	reason Reason
	err    error
}

func (r refusal) Error() string { return fmt.Sprintf("%s: %v", r.reason, r.err) }
func (r refusal) Unwrap() error { return r.err }

func refuse(reason Reason, format string, args ...any) error {
	return refusal{reason, fmt.Errorf(format, args...)}
}

// message is an arrival taken apart, checked as far as its own bytes allow.
type message struct {
	id    tap.Identity
	batch *wire.Batch
	peeks []peek // of the batch's events
	gen   *tap.GenesisEvent
	key   seal.Public // genesis' key

	state   wire.State
	answer  *wire.Answer // to a command
	command *command     // it came from no terminal: it is to be sent to this one
	raw     []byte       // the payload
}

// decode reads a message of a chain of stores.
func decode(chain, topic string, payload []byte) (m message, err error) {
	id, leaf, err := wire.ParseTopic(topic)
	if err != nil {
		return m, refuse(BadTopic, "%.80q: %w", topic, err)
	}
	m.id, m.raw = id, payload
	if id.Chain != chain {
		return m, refuse(BadChain, "chain %q, want %q", id.Chain, chain)
	}
	command, answer, ok := wire.ParseCommandLeaf(leaf)
	limit := maxState
	switch {
	case leaf == wire.LeafEvents:
		limit = maxEvents
	case ok:
		limit = maxResult
	}
	if len(payload) > limit {
		return m, refuse(BadSize, "%d bytes, want at most %d", len(payload), limit)
	}
	switch leaf {
	case wire.LeafEvents:
		return m, m.readBatch(payload)
	case wire.LeafState:
		m.state, err = wire.DecodeState(payload)
		if err != nil {
			return m, refusal{Malformed, err}
		}
		return m, nil
	}
	if ok && answer {
		return m, m.readAnswer(payload, command)
	}
	return m, refuse(BadTopic, "leaf %.40q is none that the office reads", leaf)
}

func (m *message) readAnswer(payload []byte, command string) error {
	a, err := wire.DecodeAnswer(payload)
	if err != nil {
		return refusal{Malformed, err}
	}
	if a.Identity != m.id || a.ID != command {
		return refuse(BadTopic, "an answer of %s to command %s on the topic of %s and %s", a.Identity, a.ID, m.id, command)
	}
	m.answer = &a
	return nil
}

func (m *message) readBatch(payload []byte) error {
	b, err := wire.DecodeBatch(payload)
	if err != nil {
		return refusal{Malformed, err}
	}
	if b.Identity != m.id {
		return refuse(BadTopic, "a batch of %s on the topic of %s", b.Identity, m.id)
	}
	m.batch = b
	m.peeks = make([]peek, len(b.Links))
	for i, l := range b.Links {
		if err := m.peeks[i].read(l.Event); err != nil {
			return refuse(Malformed, "event %d: %w", l.Seq, err)
		}
		if m.peeks[i].Seq != l.Seq {
			return refuse(BadSequence, "event %d calls itself %d", l.Seq, m.peeks[i].Seq)
		}
	}
	if b.First == 1 {
		return m.readGenesis()
	}
	return nil
}

// errPrev is the detail of a first event that is said to follow another.
var errPrev = errors.New("prev is not zero before event 1")

// errGenesis is the detail of a genesis that is not the batch's.
var errGenesis = errors.New("genesis is not of this terminal and epoch")

func (m *message) readGenesis() error {
	if m.batch.Prev != (seal.Head{}) {
		return refusal{BadGenesis, errPrev}
	}
	e, err := tap.Parse(m.batch.Links[0].Event)
	if err != nil {
		return refusal{BadGenesis, err}
	}
	g, ok := e.(*tap.GenesisEvent)
	if !ok {
		return refuse(BadGenesis, "event 1 is %.20q", e.Head().Kind)
	}
	if g.Identity != m.id || g.Epoch != m.batch.Epoch {
		return refusal{BadGenesis, errGenesis}
	}
	if m.key, err = seal.ParsePublic(g.Ed25519); err != nil {
		return refusal{BadGenesis, err}
	}
	m.gen = g
	return nil
}
