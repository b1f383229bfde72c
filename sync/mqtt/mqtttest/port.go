package mqtttest

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// found are the ports that were: the server that one is meant for may not listen
// yet, or not now.
var found sync.Map

// FreePort finds a TCP port of the loopback for a server. It is none of those
// that the kernel gives to outgoing connections: one of them would take it
// before the server that it is meant for. It is found once by a process.
func FreePort() (int, error) {
	for range 100 {
		port := 10_000 + rand.IntN(20_000)
		if _, twice := found.LoadOrStore(port, true); twice {
			continue
		}
		if l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port)); err == nil {
			return port, l.Close()
		}
	}
	return 0, errors.New("no port is free")
}
