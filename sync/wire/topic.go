// Package wire is the feed's messages, version 1: topics, batches of events,
// state, the office's key, its watermark and its commands. It reads and writes bytes and
// does nothing else.
package wire

import (
	"errors"
	"strings"

	"sourire/device/tap"
)

// The leaves of a terminal's topics.
const (
	LeafEvents = "ev"    // up, QoS 1
	LeafState  = "state" // up, QoS 1, retained
	LeafAck    = "ack"   // down, QoS 1, retained

	leafCommand = "cmd/" // and its id: down, QoS 1
	leafAnswer  = "/res" // behind it: up, QoS 1
)

const root = "sourire/v1/"

// ErrTopic is returned for a topic that is none of ours.
var ErrTopic = errors.New("not a topic of sourire/v1")

// Topic is sourire/v1/{chain}/{store}/{terminal}/{leaf}.
func Topic(id tap.Identity, leaf string) string { return root + id.String() + "/" + leaf }

// OfficeTopic is where the office of a chain publishes its key, retained.
func OfficeTopic(chain string) string { return root + chain + "/office" }

// Filter subscribes to one leaf of all terminals of a chain.
func Filter(chain, leaf string) string { return root + chain + "/+/+/" + leaf }

// CommandLeaf is the leaf of a command; with "+" as its id, of all.
func CommandLeaf(id string) string { return leafCommand + id }

// AnswerLeaf is the leaf of the answer to a command; with "+" as its id, of all.
func AnswerLeaf(id string) string { return leafCommand + id + leafAnswer }

// ParseCommandLeaf takes the leaf of a command or of an answer apart. It is
// neither where ok is false.
func ParseCommandLeaf(leaf string) (id string, answer, ok bool) {
	id, ok = strings.CutPrefix(leaf, leafCommand)
	id, answer = strings.CutSuffix(id, leafAnswer)
	return id, answer, ok && ValidCommandID(id)
}

// ParseTopic takes a terminal's topic apart.
func ParseTopic(topic string) (id tap.Identity, leaf string, err error) {
	rest, ok := strings.CutPrefix(topic, root)
	p := strings.Split(rest, "/")
	if !ok || len(p) < 4 || p[3] == "" {
		return id, "", ErrTopic
	}
	id = tap.Identity{Chain: p[0], Store: p[1], Terminal: p[2]}
	if !id.Valid() {
		return tap.Identity{}, "", ErrTopic
	}
	return id, strings.Join(p[3:], "/"), nil
}
