package main

import (
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// network brings up the loopback and, where there is a card, the address that
// QEMU's user network expects: the host is 10.0.2.2, in the same network.
func network() error {
	if err := up("lo", netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("255.0.0.0")); err != nil {
		return err
	}
	if !exists("/sys/class/net/eth0") {
		return nil
	}
	return up("eth0", netip.MustParseAddr("10.0.2.15"), netip.MustParseAddr("255.255.255.0"))
}

// up gives a network interface its address and switches it on.
func up(name string, address, mask netip.Addr) error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(s) }()
	r, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	for _, set := range []struct {
		request uint
		address netip.Addr
	}{{unix.SIOCSIFADDR, address}, {unix.SIOCSIFNETMASK, mask}} {
		if err := r.SetInet4Addr(set.address.AsSlice()); err != nil {
			return err
		}
		if err := unix.IoctlIfreq(s, set.request, r); err != nil {
			return fmt.Errorf("%s: address %s: %w", name, set.address, err)
		}
	}
	r.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, r); err != nil {
		return fmt.Errorf("%s: switch on: %w", name, err)
	}
	return nil
}
