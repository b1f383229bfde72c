package main

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"testing"
)

// kernelSide sends URBs as vhci-hcd does.
type kernelSide struct {
	t    *testing.T
	conn net.Conn
	seq  uint32
}

func (k *kernelSide) submit(s setup, out []byte, in bool) (reply, []byte) {
	k.t.Helper()
	k.seq++
	u := urb{Command: submit, Seq: k.seq, Length: uint32(len(out)), Setup: s.swapped()}
	if in {
		u.Direction, u.Length = 1, uint32(s.Length)
	}
	b, err := binary.Append(nil, binary.BigEndian, u)
	if err != nil {
		k.t.Fatal(err)
	}
	if len(b) != 48 {
		k.t.Fatalf("an urb has %d bytes, want 48", len(b))
	}
	if _, err := k.conn.Write(append(b, out...)); err != nil {
		k.t.Fatal(err)
	}
	var r reply
	if err := binary.Read(k.conn, binary.BigEndian, &r); err != nil {
		k.t.Fatal(err)
	}
	if r.Command != submitDone || r.Seq != k.seq {
		k.t.Fatalf("answer %+v to %d", r, k.seq)
	}
	if !in || r.Status != 0 {
		return r, nil
	}
	data := make([]byte, r.Length)
	if _, err := io.ReadFull(k.conn, data); err != nil {
		k.t.Fatal(err)
	}
	return r, data
}

// memory is a chip that gives back what was written.
type memory struct{ bytes.Buffer }

func (m *memory) Write(p []byte) bool { _, _ = m.Buffer.Write(p); return true }
func (m *memory) Read(p []byte) bool  { _, err := io.ReadFull(&m.Buffer, p); return err == nil }

func TestAdapter(t *testing.T) {
	ours, theirs := net.Pipe()
	served := make(chan error, 1)
	go func() { served <- bus{0x50: &memory{}}.adapter().serve(ours) }()
	k := &kernelSide{t: t, conn: theirs}

	if _, d := k.submit(setup{Kind: 0x80, Request: 6, Value: 1 << 8, Length: 64}, nil, true); len(d) != 18 {
		t.Errorf("device descriptor: % x", d)
	}
	if _, d := k.submit(setup{Kind: 0x80, Request: 6, Value: 2 << 8, Length: 9}, nil, true); len(d) != 9 || d[2] != 18 {
		t.Errorf("beginning of the configuration descriptor: % x", d)
	}
	if r, _ := k.submit(setup{Kind: 0x80, Request: 6, Value: 6 << 8, Length: 10}, nil, true); r.Status != stall {
		t.Errorf("a descriptor that does not exist: status %d", r.Status)
	}
	status := func() byte {
		_, d := k.submit(setup{Kind: 0xc0, Request: getStatus, Length: 1}, nil, true)
		return d[0]
	}
	k.submit(setup{Kind: 0x40, Request: transfer + 3, Index: 0x50, Length: 3}, []byte("abc"), false)
	if s := status(); s != acknowledged {
		t.Errorf("a write that was acknowledged: status %d", s)
	}
	if _, d := k.submit(setup{Kind: 0xc0, Request: transfer + 3, Value: readFlag, Index: 0x50, Length: 3}, nil, true); string(d) != "abc" {
		t.Errorf("read back %q", d)
	}
	k.submit(setup{Kind: 0x40, Request: transfer + 3, Index: 0x51, Length: 1}, []byte{0}, false)
	if s := status(); s != notAcknowledged {
		t.Errorf("a write to nobody: status %d", s)
	}
	_ = theirs.Close()
	if err := <-served; err == nil {
		t.Error("the adapter went on after the kernel had gone")
	}
}
