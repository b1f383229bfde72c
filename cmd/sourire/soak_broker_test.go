package main

import (
	"context"
	"net"
	"syscall"

	"sourire/sync/mqtt/mqtttest"
	"sourire/sync/office"
)

// outage is a way in which a broker is of no use.
type outage int

const (
	none    outage = iota
	away           // nobody answers
	silent         // it takes what comes and acknowledges nothing
	outages        // how many there are
)

// publish carries what head office says.
func (s *soak) publish(p office.Publication) {
	s.mu.Lock()
	b := s.broker
	s.mu.Unlock()
	b.Publish(p.Topic, p.Payload, p.Retain)
}

// open makes a broker that knows nothing, and head office speaks to it.
func (s *soak) open() {
	b := &mqtttest.Broker{}
	b.Judge = func(m mqtttest.Message) mqtttest.Verdict {
		s.mu.Lock()
		mute := s.outage == silent
		s.mu.Unlock()
		if mute {
			return mqtttest.Withhold
		}
		if err := s.office.Ingest(context.Background(), m.Topic, m.Payload); err != nil {
			return mqtttest.Withhold
		}
		return mqtttest.Acknowledge
	}
	s.mu.Lock()
	s.broker = b
	s.mu.Unlock()
	if err := s.office.Announce(); err != nil {
		s.Error(err)
	}
}

// suffer begins an outage, or ends it: then the broker begins anew.
func (s *soak) suffer(o outage) {
	s.mu.Lock()
	was, b := s.outage, s.broker
	s.outage = o
	s.mu.Unlock()
	if was != none && o == none {
		b.Close()
		s.open()
	}
	if o == away {
		b.Drop()
	}
}

func (s *soak) dial(context.Context, string, string) (net.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.outage == away || s.dead { // each attempt from another port
		s.port++
		return nil, &net.OpError{
			Op: "read", Net: "tcp", Err: syscall.ECONNRESET,
			Source: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1024 + s.port%60000}, Addr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 2), Port: 1883},
		}
	}
	ours, theirs := net.Pipe()
	s.wires = append(s.wires, ours)
	s.broker.Serve(theirs)
	return ours, nil
}
