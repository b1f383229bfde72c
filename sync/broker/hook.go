package broker

import (
	"context"
	"errors"
	"sync/atomic"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"sourire/sync/wire"
)

// hook is where mochi asks what to do.
type hook struct {
	mochi.HookBase
	config  Config
	ctx     context.Context
	closing atomic.Bool
	logged  atomic.Value // string: the refusal that was logged last
}

func (h *hook) ID() string { return "sourire" }

func (h *hook) Provides(b byte) bool {
	switch b {
	case mochi.OnConnectAuthenticate, mochi.OnACLCheck, mochi.OnSubscribe, mochi.OnPublish, mochi.OnWillSent, mochi.OnDisconnect:
		return true
	}
	return false
}

// OnConnectAuthenticate lets everybody in but those whose will nobody may
// publish: a will is not asked about again.
func (h *hook) OnConnectAuthenticate(cl *mochi.Client, pk packets.Packet) bool {
	if !pk.Connect.WillFlag || h.mayPublish(pk.Connect.WillTopic) {
		return true
	}
	h.reject(cl, "will on "+pk.Connect.WillTopic)
	return false
}

// OnACLCheck lets clients read everything, and write what terminals write.
// mochi closes the connection of a client of MQTT 3.1.1 that may not write.
func (h *hook) OnACLCheck(cl *mochi.Client, topic string, write bool) bool {
	if !write || h.mayPublish(topic) {
		return true
	}
	h.reject(cl, "publication to "+topic)
	return false
}

func (h *hook) mayPublish(topic string) bool {
	id, leaf, err := wire.ParseTopic(topic)
	if err != nil || id.Chain != h.config.Chain {
		return false
	}
	switch leaf {
	case wire.LeafEvents, wire.LeafState, "reported":
		return true
	}
	_, answer, ok := wire.ParseCommandLeaf(leaf)
	return ok && answer
}

// OnSubscribe grants QoS 0: see the package.
func (h *hook) OnSubscribe(_ *mochi.Client, pk packets.Packet) packets.Packet {
	for i := range pk.Filters {
		pk.Filters[i].Qos = 0
	}
	return pk
}

// OnPublish runs before PUBACK.
func (h *hook) OnPublish(cl *mochi.Client, pk packets.Packet) (packets.Packet, error) {
	if cl.Net.Inline {
		return pk, nil
	}
	if h.closing.Load() || h.config.OnPublish(h.ctx, pk.TopicName, pk.Payload) != nil {
		return pk, packets.ErrRejectPacket
	}
	return pk, nil
}

// OnWillSent hands a will on. Nobody waits for an answer.
func (h *hook) OnWillSent(cl *mochi.Client, pk packets.Packet) {
	if h.closing.Load() {
		return
	}
	if err := h.config.OnPublish(h.ctx, pk.TopicName, pk.Payload); err != nil {
		h.config.Log.Warn("a will was lost", "client", cl.ID, "err", err)
	}
}

func (h *hook) OnDisconnect(cl *mochi.Client, err error, _ bool) {
	if errors.Is(err, packets.ErrPacketTooLarge) {
		h.reject(cl, "packet of more than 256 KiB")
	}
}

// reject logs a refusal unless it is the same as the last.
func (h *hook) reject(cl *mochi.Client, what string) {
	if line := cl.ID + " " + what; h.logged.Swap(line) != line {
		h.config.Log.Warn("broker refused", "client", cl.ID, "what", what)
	}
}
