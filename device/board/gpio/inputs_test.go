package gpio

import (
	"bytes"
	"encoding/binary"
	"os"
	"testing"
	"time"

	"github.com/warthog618/go-gpiocdev/uapi"
	"golang.org/x/sys/unix"
)

// lines are inputs on a pipe instead of a chip: what is sent is what the
// kernel would give.
func lines(t *testing.T, offsets ...uint32) (in *Inputs, send func(events ...uapi.LineEvent)) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	if err := control(r, func(fd uintptr) error { return unix.SetNonblock(int(fd), true) }); err != nil {
		t.Fatal(err)
	}
	in = &Inputs{f: r, offsets: offsets}
	t.Cleanup(func() { _ = in.Close() })
	return in, func(events ...uapi.LineEvent) {
		var raw bytes.Buffer
		for _, e := range events {
			if err := binary.Write(&raw, binary.NativeEndian, e); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Write(raw.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEdges(t *testing.T) {
	in, send := lines(t, 13, 5)
	const up, down = uapi.LineEventFallingEdge, uapi.LineEventRisingEdge
	stamp := now(unix.CLOCK_MONOTONIC)
	send(
		uapi.LineEvent{Timestamp: uint64(stamp), ID: down, Offset: 5, Seqno: 1, LineSeqno: 1},
		uapi.LineEvent{Timestamp: uint64(stamp) + 1, ID: down, Offset: 13, Seqno: 2, LineSeqno: 1},
		uapi.LineEvent{Timestamp: uint64(stamp) + 2, ID: up, Offset: 5, Seqno: 7, LineSeqno: 2}, // 3 to 7 were one edge
	)
	edges, err := in.Edges(time.Minute)
	if err != nil || len(edges) != 3 {
		t.Fatalf("got %+v, %v", edges, err)
	}
	for i, want := range []Edge{{Line: 1, Active: true}, {Line: 0, Active: true}, {Line: 1}} {
		got := edges[i]
		if ago := now(unix.CLOCK_BOOTTIME) - got.At; ago < 0 || ago > time.Minute {
			t.Errorf("edge %d was %v ago", i, ago)
		}
		if got.At-edges[0].At != time.Duration(i) {
			t.Errorf("edge %d came %v after the first", i, got.At-edges[0].At)
		}
		want.At = got.At
		if got != want {
			t.Errorf("edge %d is %+v, want %+v", i, got, want)
		}
	}
	send(uapi.LineEvent{Timestamp: uint64(stamp), ID: down, Offset: 13, Seqno: 8})
	if edges, err := in.Edges(time.Minute); err != nil || len(edges) != 1 || edges[0].Missed {
		t.Errorf("got %+v, %v", edges, err)
	}
}

// All that the kernel keeps is taken at once.
func TestManyEdges(t *testing.T) {
	in, send := lines(t, 5)
	var events []uapi.LineEvent
	for i := range uint32(eventBuffer) {
		events = append(events, uapi.LineEvent{ID: uapi.LineEventRisingEdge, Offset: 5, Seqno: i + 1})
	}
	send(events...)
	if edges, err := in.Edges(time.Minute); err != nil || len(edges) != eventBuffer || edges[0].Missed {
		t.Errorf("got %d edges, %v", len(edges), err)
	}
	for i := range events { // three were forgotten
		events[i].Seqno += eventBuffer + 3
	}
	send(events...)
	if edges, err := in.Edges(time.Minute); err != nil || len(edges) != eventBuffer || !edges[0].Missed || edges[1].Missed {
		t.Errorf("got %d edges, %v", len(edges), err)
	}
}

func TestNoEdge(t *testing.T) {
	in, _ := lines(t, 5)
	if edges, err := in.Edges(time.Millisecond); err != nil || len(edges) != 0 {
		t.Errorf("got %+v, %v", edges, err)
	}
}

// Who is so late that the time for a wait is over finds the edges all the same.
func TestEdgesThatWaitAreNotLeft(t *testing.T) {
	in, send := lines(t, 5)
	if edges, err := in.Waiting(); err != nil || len(edges) != 0 {
		t.Errorf("got %+v, %v", edges, err)
	}
	for i := range uint32(100) {
		send(uapi.LineEvent{ID: uapi.LineEventRisingEdge, Offset: 5, Seqno: i + 1})
		read := in.Waiting
		if i%2 == 0 {
			read = func() ([]Edge, error) { return in.Edges(time.Nanosecond) }
		}
		if edges, err := read(); err != nil || len(edges) != 1 {
			t.Fatalf("%d: got %+v, %v", i, edges, err)
		}
	}
}

// A process that is held up between two looks at the clocks does not take that
// for a time in which the machine slept.
func TestSlept(t *testing.T) {
	const asleep = 90 * time.Second
	for _, holdUp := range [][]time.Duration{
		{}, {0, 40 * time.Millisecond}, {0, 0, 40 * time.Millisecond}, {40 * time.Millisecond, 0, 0, 0, 30 * time.Millisecond},
	} {
		mono := time.Hour
		read := func(clock int32) time.Duration {
			mono += time.Microsecond
			if len(holdUp) > 0 {
				mono += holdUp[0]
				holdUp = holdUp[1:]
			}
			if clock == unix.CLOCK_BOOTTIME {
				return mono + asleep
			}
			return mono
		}
		if off := slept(read) - asleep; off < -time.Millisecond || off > time.Millisecond {
			t.Errorf("off by %v", off)
		}
	}
}

func TestAnEdgeOfAnotherLine(t *testing.T) {
	in, send := lines(t, 5)
	send(uapi.LineEvent{ID: uapi.LineEventRisingEdge, Offset: 6, Seqno: 1})
	if edges, err := in.Edges(time.Minute); err == nil || len(edges) != 0 {
		t.Errorf("got %+v, %v", edges, err)
	}
}

// Whether a wait has begun or not: a close ends it, and all after it.
func TestCloseEndsAWait(t *testing.T) {
	for _, before := range []bool{true, false} {
		in, _ := lines(t, 5)
		done := make(chan error)
		closed := make(chan struct{})
		if before {
			_ = in.Close()
			close(closed)
		}
		go func() {
			_, err := in.Edges(time.Hour)
			done <- err
		}()
		if !before {
			go func() {
				_ = in.Close()
				close(closed)
			}()
		}
		if err := <-done; err == nil {
			t.Errorf("closed before the wait %v: no error", before)
		}
		<-closed
		if err := in.Close(); err != nil {
			t.Errorf("closed again: %v", err)
		}
		if _, err := in.Levels(); err == nil {
			t.Error("levels can be read")
		}
	}
}

// Where the descriptor is no line's any more, that is an error and no wait.
func TestAGoneChip(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	in := &Inputs{f: r, offsets: []uint32{5}}
	defer func() { _ = in.Close() }()
	if _, err := in.Edges(time.Minute); err == nil {
		t.Error("no error")
	}
}
