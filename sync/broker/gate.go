package broker

import (
	"net"
	"sync"

	"github.com/mochi-mqtt/server/v2/listeners"
)

// gate counts a connection before mochi does, and none after the end has begun:
// mochi waits for connections while one that comes in that moment is added.
type gate struct {
	*listeners.Net
	clients *sync.WaitGroup // mochi's

	mu     sync.Mutex
	closed bool
}

// Serve hands connections to mochi until Close.
func (g *gate) Serve(establish listeners.EstablishFn) {
	g.Net.Serve(func(id string, c net.Conn) error {
		if !g.enter() {
			return c.Close()
		}
		defer g.clients.Done()
		return establish(id, c)
	})
}

func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.closed {
		g.clients.Add(1)
	}
	return !g.closed
}

// Close ends the connections; none is added any more.
func (g *gate) Close(closeClients listeners.CloseFn) {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.Net.Close(closeClients)
}
