package main

import (
	"errors"
	"net"
	"strings"
	"syscall"
	"testing"
)

// An address of a network that is not up yet keeps no terminal from starting.
func TestListenBeforeTheNetworkIsUp(t *testing.T) {
	for _, address := range []string{"192.0.2.7:0", "[2001:db8::7]:0", "127.0.0.1:0", "localhost:0", "0.0.0.0:0", ":0"} {
		l, err := listen(address, "manager.listen")
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		_ = l.Close()
		if elsewhere := strings.Contains(address, "2.7:") || strings.Contains(address, "db8"); ours(address) == elsewhere {
			t.Errorf("%s: this machine's own: %t", address, !elsewhere)
		}
	}
}

func TestAnAddressInUseIsAnError(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, err = listen(l.Addr().String(), "panel.listen")
	if !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), "change panel.listen") {
		t.Errorf("listen twice: %v", err)
	}
}
