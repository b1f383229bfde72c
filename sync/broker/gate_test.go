package broker_test

import (
	"log/slog"
	"net"
	"sync"
	"testing"

	"sourire/sync/broker"
)

// Connections that come while the broker closes are ended, and close cleanly
// under the race detector.
func TestConnectionsThatComeAtTheEnd(t *testing.T) {
	for range 50 {
		b, err := broker.Start(broker.Config{Listen: "127.0.0.1:0", Chain: "demo", Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		var dialling sync.WaitGroup
		begun := make(chan struct{}, 4)
		for range cap(begun) {
			dialling.Go(func() {
				for first := true; ; first = false {
					c, err := net.Dial("tcp", b.Addr())
					if first {
						begun <- struct{}{}
					}
					if err != nil {
						return
					}
					_ = c.Close()
				}
			})
		}
		for range cap(begun) {
			<-begun
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		dialling.Wait()
	}
}
