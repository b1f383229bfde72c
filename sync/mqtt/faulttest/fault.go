// Package faulttest is a broker and the network in front of it, both in memory,
// on which goes wrong what a plan says. It is for tests in a bubble of
// testing/synctest, where the waiting costs nothing.
//
//	b := faulttest.NewBroker()
//	n := &faulttest.Network{Server: b, Faults: faulttest.Plan(random, "terminal")}
//	options.Dial = n.Dial("terminal")
package faulttest

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Way is a direction.
type Way int

// The ways of a packet.
const (
	Up   Way = iota // to the broker
	Down            // to the client
)

func (w Way) String() string { return [...]string{"up", "down"}[w] }

// Kind is a kind of packet: MQTT 3.1.1, table 2.1.
type Kind byte

// The kinds that clients and brokers of QoS 1 send.
const (
	Connect    Kind = 1
	Connack    Kind = 2
	Publish    Kind = 3
	Puback     Kind = 4
	Subscribe  Kind = 8
	Suback     Kind = 9
	Pingreq    Kind = 12
	Pingresp   Kind = 13
	Disconnect Kind = 14
)

func (k Kind) String() string {
	return map[Kind]string{
		Connect: "CONNECT", Connack: "CONNACK", Publish: "PUBLISH", Puback: "PUBACK", Subscribe: "SUBSCRIBE",
		Suback: "SUBACK", Pingreq: "PINGREQ", Pingresp: "PINGRESP", Disconnect: "DISCONNECT",
	}[k]
}

// Deed is what the network does when a packet comes by.
type Deed string

// The deeds.
const (
	CutBefore Deed = "cut before" // the connection breaks; the packet never arrives
	CutIn     Deed = "cut in"     // part of it arrives
	CutAfter  Deed = "cut after"  // all of it arrives
	Lose      Deed = "lost"       // the packet is gone, the rest comes
	Delay     Deed = "late"       // what follows overtakes it
	Double    Deed = "doubled"    // it comes again after a while
	Stall     Deed = "half-open"  // nothing of this way is taken any more
	Swallow   Deed = "silence"    // everything is taken and nothing arrives, both ways
	Garbage   Deed = "garbage"    // other bytes come before it
	Refuse    Deed = "refused"    // CONNACK and SUBACK only: the answer is no
)

// Fault is one thing that goes wrong, once.
type Fault struct {
	Client string
	Conn   int // the client's connection, from 1
	Way    Way
	Kind   Kind
	Nth    int // packet of this kind and way on this connection, from 1
	Deed   Deed
	For    time.Duration // Delay and Double: how much later it comes
	Seed   uint64        // CutIn: where; Garbage: which; Refuse: how
}

func (f Fault) String() string {
	s := fmt.Sprintf("%s %d: %s %d %s %s", f.Client, f.Conn, f.Kind, f.Nth, f.Way, f.Deed)
	switch f.Deed {
	case Delay, Double:
		s += " by " + f.For.String()
	case CutIn, Garbage, Refuse:
		s += fmt.Sprintf(" (%d)", f.Seed)
	case CutBefore, CutAfter, Lose, Stall, Swallow:
	}
	return s
}

// Plan is one to three faults on each of a client's first connections.
func Plan(r *rand.Rand, client string, connections int) []Fault {
	var plan []Fault
	for conn := range connections {
		for range 1 + r.IntN(3) {
			plan = append(plan, one(r, client, conn+1))
		}
	}
	return plan
}

func one(r *rand.Rand, client string, conn int) Fault {
	deeds := []Deed{CutBefore, CutIn, CutAfter, Lose, Delay, Double, Stall, Swallow, Garbage}
	f := Fault{Client: client, Conn: conn, Way: Way(r.IntN(2)), Deed: deeds[r.IntN(len(deeds))], Seed: r.Uint64N(1 << 16)}
	f.For = time.Duration(1+r.IntN(20_000)) * time.Millisecond
	if r.IntN(3) == 0 {
		f.For = time.Duration(1+r.IntN(200)) * time.Millisecond
	}
	kinds := [2][]Kind{{Publish, Publish, Publish, Puback, Puback, Connect, Subscribe, Pingreq}, {Puback, Puback, Puback, Publish, Publish, Connack, Suback, Pingresp}}[f.Way]
	f.Kind = kinds[r.IntN(len(kinds))]
	switch f.Kind {
	case Publish, Puback: // the first is the birth
		f.Nth = 1 + r.IntN(4)
		if r.IntN(2) == 0 {
			f.Nth = 1 + r.IntN(40)
		}
	case Connack, Suback:
		f.Nth = 1 + r.IntN(2)
		if f.Kind == Connack {
			f.Nth = 1
		}
		f.Deed = []Deed{Refuse, Refuse, Garbage, f.Deed}[r.IntN(4)]
	case Connect:
		f.Nth = 1
	case Subscribe, Pingreq, Pingresp, Disconnect:
		f.Nth = 1 + r.IntN(2)
	}
	return f
}
