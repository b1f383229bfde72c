package feed

import (
	"bytes"
	"errors"
	"fmt"
	"sync"

	"sourire/device/tap"
	"sourire/sync/mqtt/mqtttest"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

// headOffice is a receiver that keeps the contract: it takes each event once,
// checks limits, order, chain and signature, and answers with its watermark.
type headOffice struct {
	broker   *mqtttest.Broker
	identity tap.Identity
	terminal seal.Public
	key      seal.Key

	mu     sync.Mutex
	silent bool // says nothing
	epoch  string
	links  []seal.Link // stored, from seq 1
	again  int         // events that came more than once
	states []mqtttest.Message
	res    map[string][]wire.Answer // to commands, by id
	wrong  []error
}

// take is a message that the broker passes on.
func (o *headOffice) take(m mqtttest.Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch m.Topic {
	case wire.Topic(o.identity, wire.LeafEvents):
		if err := o.store(m.Payload); err != nil {
			o.wrong = append(o.wrong, err)
		}
	case wire.Topic(o.identity, wire.LeafState):
		o.states = append(o.states, m)
	default:
		if err := o.hear(m); err != nil {
			o.wrong = append(o.wrong, err)
		}
	}
}

// hear is an answer to a command.
func (o *headOffice) hear(m mqtttest.Message) error {
	_, leaf, err := wire.ParseTopic(m.Topic)
	id, answer, ok := wire.ParseCommandLeaf(leaf)
	if err != nil || !ok || !answer {
		return fmt.Errorf("published to %s", m.Topic)
	}
	a, err := wire.DecodeAnswer(m.Payload)
	if err == nil {
		err = errors.Join(a.Verify(o.terminal), seal.CheckCanonical(m.Payload))
	}
	if err != nil || a.ID != id || m.Retain {
		return fmt.Errorf("answer %s: %w", m.Payload, err)
	}
	if o.res == nil {
		o.res = map[string][]wire.Answer{}
	}
	o.res[id] = append(o.res[id], a)
	return nil
}

// answers are those to a command so far.
func (o *headOffice) answers(id string) []wire.Answer {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]wire.Answer(nil), o.res[id]...)
}

func (o *headOffice) store(payload []byte) error {
	b, err := wire.DecodeBatch(payload)
	if err != nil {
		return err
	}
	if err := b.Verify(o.terminal); err != nil {
		return err
	}
	if err := seal.CheckCanonical(payload); err != nil {
		return err
	}
	if len(payload) > wire.MaxBatch && len(b.Links) > 1 {
		return fmt.Errorf("batch %d to %d has %d bytes", b.First, b.Last(), len(payload))
	}
	if o.epoch == "" {
		o.epoch = b.Epoch
	}
	if b.Identity != o.identity || b.Epoch != o.epoch {
		return fmt.Errorf("batch of %s, epoch %s", b.Identity, b.Epoch)
	}
	have := uint64(len(o.links))
	if b.First > have+1 { // something was lost on the way: ask for it
		o.tell()
		return nil
	}
	if b.Prev != o.headAt(b.First-1) {
		return fmt.Errorf("batch %d to %d does not follow what came before", b.First, b.Last())
	}
	for _, l := range b.Links {
		if l.Seq > have {
			o.links = append(o.links, seal.Link{Seq: l.Seq, Head: l.Head, Event: bytes.Clone(l.Event)})
			continue
		}
		o.again++
		if l.Head != o.headAt(l.Seq) {
			return fmt.Errorf("event %d came again with other bytes", l.Seq)
		}
	}
	o.tell()
	return nil
}

// headAt is called with the mutex held, or while nothing comes in.
func (o *headOffice) headAt(seq uint64) seal.Head {
	if seq == 0 {
		return seal.Head{}
	}
	return o.links[seq-1].Head
}

// tell publishes the watermark.
func (o *headOffice) tell() {
	if o.silent {
		return
	}
	seq := uint64(len(o.links))
	o.broker.Publish(wire.Topic(o.identity, wire.LeafAck), o.ack(seq, o.headAt(seq)), true)
}

// hush makes the office say nothing.
func (o *headOffice) hush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.silent = true
}

// repeated is how many events came more than once.
func (o *headOffice) repeated() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.again
}

// speak ends the silence.
func (o *headOffice) speak() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.silent = false
	o.tell()
}

func (o *headOffice) ack(seq uint64, head seal.Head) []byte {
	return sealAck(wire.Ack{Identity: o.identity, Epoch: o.epoch, Seq: seq, Head: head.String()}, o.key)
}

func sealAck(a wire.Ack, key seal.Key) []byte {
	payload, err := a.Encode(key)
	if err != nil {
		panic(err)
	}
	return payload
}

// introduce publishes a key as that of the office.
func (o *headOffice) introduce(key seal.Key) {
	payload, err := wire.EncodeOffice(o.identity.Chain, key)
	if err != nil {
		panic(err)
	}
	o.broker.Publish(wire.OfficeTopic(o.identity.Chain), payload, true)
}

// has is how many events are stored.
func (o *headOffice) has() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return uint64(len(o.links))
}

// stateLog is the states so far, the will among them.
func (o *headOffice) stateLog() []mqtttest.Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]mqtttest.Message(nil), o.states...)
}
