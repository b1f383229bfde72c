package mqtt

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"sourire/device/tap/seedtest"
	"sourire/sync/mqtt/faulttest"
)

// trial publishes over a network on which things go wrong. A nil error is a
// promise: the broker's acknowledgement has come.
type trial struct {
	network *faulttest.Network
	options Options

	mu    sync.Mutex
	count int
	sent  map[string]string // payloads, by connection and message id
	acked map[string]bool   // payloads
}

func newTrial(r *rand.Rand) *trial {
	tr := &trial{sent: map[string]string{}, acked: map[string]bool{}}
	tr.network = &faulttest.Network{Server: faulttest.NewBroker(), Faults: faulttest.Plan(r, "box", 3), Watch: tr.watch}
	tr.options = Options{URL: "tcp://broker:1883", ClientID: "box", Dial: tr.network.Dial("box")}
	return tr
}

func (tr *trial) watch(_ string, conn int, w faulttest.Way, p faulttest.Packet) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	key := fmt.Sprint(conn, " ", p.ID())
	switch {
	case w == faulttest.Up && p.Kind() == faulttest.Publish:
		_, payload := p.Publication()
		tr.sent[key] = string(payload)
	case w == faulttest.Down && p.Kind() == faulttest.Puback:
		tr.acked[tr.sent[key]] = true
	}
}

// publish publishes n messages, some at once, and returns the promises that
// were not kept. send begins to publish and returns what waits for the outcome.
func (tr *trial) publish(r *rand.Rand, n int, send func(payload string) func() error) (broken []string) {
	var waiting sync.WaitGroup
	var promised []string
	for range n {
		tr.count++
		payload := strconv.Itoa(tr.count)
		wait := send(payload)
		waiting.Go(func() {
			if wait() == nil {
				tr.mu.Lock()
				defer tr.mu.Unlock()
				promised = append(promised, payload)
			}
		})
		if r.IntN(4) == 0 {
			<-time.After(time.Duration(r.IntN(8000)) * time.Millisecond)
		}
	}
	waiting.Wait()
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return slices.DeleteFunc(promised, func(p string) bool { return tr.acked[p] })
}

// TestFaultsNeverAcknowledge: whatever happens on the way, a publication that
// succeeded was acknowledged, each returns, and nothing is left behind.
func TestFaultsNeverAcknowledge(t *testing.T) {
	seed := seedtest.Seed(t)
	promised := 0
	for round := range 300 {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, uint64(round)))
			tr := newTrial(r)
			for range 4 { // connections; the last is whole
				c, err := Dial(t.Context(), tr.options)
				if err != nil {
					continue
				}
				patient := func() (context.Context, context.CancelFunc) {
					return context.WithTimeout(t.Context(), 30*time.Second)
				}
				ctx, cancel := patient()
				_ = c.Subscribe(ctx, "b") // it returns, or all the rest does not happen
				cancel()
				broken := tr.publish(r, 40, func(payload string) func() error {
					receipt := c.Send(Message{Topic: "a", Payload: []byte(payload)})
					return func() error {
						ctx, cancel := patient()
						defer cancel()
						return receipt.Wait(ctx)
					}
				})
				c.Close()
				if len(broken) > 0 {
					t.Fatalf("round %d: %v succeeded, and no acknowledgement had come\n%v", round, broken, tr.network.Faults)
				}
			}
			promised += len(tr.acked)
			tr.network.Cut()
			<-time.After(time.Minute)
		})
	}
	t.Logf("%d publications were acknowledged", promised)
}

// A client that paho connects again, as it does by default, breaks its promise,
// and that is seen.
func TestAReconnectingClientIsCaught(t *testing.T) {
	seed := seedtest.Seed(t)
	caught := 0
	for round := range 100 {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, uint64(round)))
			tr := newTrial(r)
			p := paho.NewClientOptions().AddBroker(tr.options.URL).SetClientID("box").
				SetCustomOpenConnectionFn(func(*url.URL, paho.ClientOptions) (net.Conn, error) {
					return tr.options.Dial(t.Context(), "", "")
				})
			c := paho.NewClient(p)
			if token := c.Connect(); token.Wait() && token.Error() == nil {
				broken := tr.publish(r, 40, func(payload string) func() error {
					token := c.Publish("a", 1, false, payload)
					return func() error {
						if !token.WaitTimeout(30 * time.Second) {
							return context.DeadlineExceeded
						}
						return token.Error()
					}
				})
				caught += len(broken)
			}
			c.Disconnect(250)
			tr.network.Cut()
			<-time.After(time.Minute)
		})
		if caught > 0 {
			t.Logf("caught in round %d", round)
			return
		}
	}
	t.Error("not found out in 100 rounds")
}
