package mqtt

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sourire/device/tap/seedtest"
	"sourire/sync/mqtt/mqtttest"
)

// over is options that reach b through a pipe, so that a test may run in a
// bubble.
func over(b *mqtttest.Broker) Options {
	return Options{
		URL: "tcp://broker:1883", ClientID: "demo/lyon/exit-1",
		Dial: func(context.Context, string, string) (net.Conn, error) {
			client, server := net.Pipe()
			b.Serve(server)
			return client, nil
		},
	}
}

// bubble runs a test where time passes only when everybody waits, and lets a
// minute pass at its end: what paho leaves behind must be gone by then.
func bubble(t *testing.T, test func(*testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		defer func() { <-time.After(time.Minute) }()
		test(t)
	})
}

func dial(t *testing.T, o Options) *Conn {
	t.Helper()
	c, err := Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPublishReturnsOnlyAfterPuback(t *testing.T) {
	bubble(t, func(t *testing.T) {
		release := make(chan struct{})
		b := &mqtttest.Broker{Judge: func(mqtttest.Message) mqtttest.Verdict {
			<-release
			return mqtttest.Acknowledge
		}}
		defer b.Close()
		c := dial(t, over(b))
		defer c.Close()
		returned := make(chan error, 1)
		go func() { returned <- c.Publish(t.Context(), Message{Topic: "a", Payload: []byte("x")}) }()
		synctest.Wait()
		select {
		case err := <-returned:
			t.Fatalf("returned %v before the broker acknowledged", err)
		default:
		}
		close(release)
		if err := <-returned; err != nil {
			t.Error(err)
		}
	})
}

func TestPublishGivesUpWithItsContext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := &mqtttest.Broker{Judge: func(mqtttest.Message) mqtttest.Verdict { return mqtttest.Withhold }}
		defer b.Close()
		c := dial(t, over(b))
		defer c.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := c.Publish(ctx, Message{Topic: "a"}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v, want the deadline", err)
		}
		if err := c.Err(); err != nil {
			t.Errorf("the connection ended, too: %v", err)
		}
	})
}

// A nil error is a promise, whatever the moment at which the connection breaks.
func TestLostConnectionNeverAcknowledges(t *testing.T) {
	seed := seedtest.Seed(t)
	for round := range 30 {
		bubble(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, uint64(round)))
			const n = 200
			end := r.IntN(n)
			seen, acknowledged := 0, map[string]bool{}
			b := &mqtttest.Broker{}
			b.Judge = func(m mqtttest.Message) mqtttest.Verdict {
				switch seen++; {
				case seen > end:
					return mqtttest.Hang
				case r.IntN(10) == 0:
					return mqtttest.Withhold
				}
				acknowledged[string(m.Payload)] = true
				return mqtttest.Acknowledge
			}
			defer b.Close()
			c := dial(t, over(b))
			defer c.Close()
			var receipts []Receipt
			for i := range n {
				receipts = append(receipts, c.Send(Message{Topic: "a", Payload: []byte(strconv.Itoa(i))}))
			}
			<-c.Done()
			if c.Err() == nil {
				t.Error("the connection ended without an error")
			}
			var confirmed []string
			for i, receipt := range receipts {
				if err := receipt.Wait(t.Context()); err == nil {
					confirmed = append(confirmed, strconv.Itoa(i))
				}
			}
			b.Close() // then nobody else touches the map
			for _, s := range confirmed {
				if !acknowledged[s] {
					t.Errorf("publication %s succeeded, and the broker never acknowledged it", s)
				}
			}
			if err := c.Publish(t.Context(), Message{Topic: "a"}); err == nil {
				t.Error("published on a connection that has ended")
			}
		})
	}
}

func TestNeverReconnects(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := &mqtttest.Broker{}
		defer b.Close()
		c := dial(t, over(b))
		defer c.Close()
		b.Drop()
		<-c.Done()
		<-time.After(time.Hour)
		if n := b.Connections(); n != 1 {
			t.Errorf("%d connections, want one and no more", n)
		}
	})
}

// The pump must not hang on a message that a dead connection will never take.
func TestSendReturnsWhenTheConnectionEnds(t *testing.T) {
	bubble(t, func(t *testing.T) {
		n := 0
		b := &mqtttest.Broker{Judge: func(mqtttest.Message) mqtttest.Verdict {
			if n++; n == 3 {
				return mqtttest.Deafen
			}
			return mqtttest.Acknowledge
		}}
		defer b.Close()
		c := dial(t, over(b))
		defer c.Close()
		sent := make(chan time.Time)
		go func() {
			for range 8 {
				c.Send(Message{Topic: "a", Payload: make([]byte, 1000)})
			}
			sent <- time.Now()
		}()
		synctest.Wait()
		dropped := time.Now()
		b.Drop()
		if d := (<-sent).Sub(dropped); d > time.Second {
			t.Errorf("sending went on for %s after the connection had ended", d)
		}
	})
}

func TestWill(t *testing.T) {
	for name, test := range map[string]struct {
		end  func(*Conn, *mqtttest.Broker)
		want int
	}{
		"close": {func(c *Conn, _ *mqtttest.Broker) { c.Close() }, 0},
		"break": {func(_ *Conn, b *mqtttest.Broker) { b.Drop() }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var got []mqtttest.Message
				b := &mqtttest.Broker{Judge: func(m mqtttest.Message) mqtttest.Verdict {
					got = append(got, m)
					return mqtttest.Acknowledge
				}}
				o := over(b)
				o.Will = &Message{Topic: "state", Payload: []byte("off"), Retain: true}
				c := dial(t, o)
				test.end(c, b)
				<-c.Done()
				c.Close()
				b.Close()
				if len(got) != test.want {
					t.Fatalf("published %+v, want %d wills", got, test.want)
				}
				for _, m := range got {
					if !m.Will || !m.Retain || m.Topic != "state" || string(m.Payload) != "off" {
						t.Errorf("will %+v", m)
					}
				}
			})
		})
	}
}

func TestCloseIsTheErrorOfWhatWasUnderWay(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := &mqtttest.Broker{Judge: func(mqtttest.Message) mqtttest.Verdict { return mqtttest.Withhold }}
		defer b.Close()
		c := dial(t, over(b))
		r := c.Send(Message{Topic: "a"})
		c.Close()
		if err := r.Wait(t.Context()); !errors.Is(err, ErrClosed) {
			t.Errorf("publication: %v", err)
		}
		if err := c.Err(); !errors.Is(err, ErrClosed) {
			t.Errorf("connection: %v", err)
		}
	})
}

func TestDialErrors(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{
		"tcp://" + free:  "connection refused",
		"http://" + free: `scheme "http", want tcp or tls`,
	} {
		c, err := Dial(t.Context(), Options{URL: url, ClientID: "x"})
		if err == nil {
			c.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), url) {
			t.Errorf("dial %s: %v, want %q", url, err, want)
		}
	}
}

func TestDialToSilence(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := &mqtttest.Broker{Mute: true}
		defer b.Close()
		start := time.Now()
		if _, err := Dial(t.Context(), over(b)); err == nil {
			t.Error("connected to a broker that says nothing")
		}
		if d := time.Since(start); d != connectTimeout {
			t.Errorf("gave up after %s, want %s", d, connectTimeout)
		}
	})
}

func TestDialEndsWithItsContext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := &mqtttest.Broker{Mute: true}
		defer b.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		start := time.Now()
		if _, err := Dial(ctx, over(b)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v, want the deadline", err)
		}
		if d := time.Since(start); d != 2*time.Second {
			t.Errorf("gave up after %s", d)
		}
	})
}

func TestDeniedSubscription(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := &mqtttest.Broker{Deny: func(filter string) bool { return filter == "secret" }}
		defer b.Close()
		c := dial(t, over(b))
		defer c.Close()
		if err := c.Subscribe(t.Context(), "open"); err != nil {
			t.Error(err)
		}
		if err := c.Subscribe(t.Context(), "open", "secret"); err == nil || !strings.Contains(err.Error(), "secret") {
			t.Errorf("%v, want a refusal that names the topic", err)
		}
	})
}

func TestManualAckDeliversInOrderAndAcknowledgesWhenTold(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const n = 500
		var acked []uint16
		b := &mqtttest.Broker{Acked: func(id uint16) { acked = append(acked, id) }}
		defer b.Close()
		var got []Message
		o := over(b)
		o.ManualAck = true
		o.OnMessage = func(m Message) { got = append(got, m) }
		c := dial(t, o)
		defer c.Close()
		if err := c.Subscribe(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			b.Publish("a", []byte(strconv.Itoa(i)), false)
		}
		synctest.Wait()
		if len(got) != n {
			t.Fatalf("%d messages, want %d", len(got), n)
		}
		for i, m := range got {
			if string(m.Payload) != strconv.Itoa(i) {
				t.Fatalf("message %d is %s", i, m.Payload)
			}
		}
		if len(acked) != 0 {
			t.Fatalf("%d messages were acknowledged before anybody said so", len(acked))
		}
		for _, m := range got[:3] {
			m.Ack()
		}
		synctest.Wait()
		if !slices.Equal(acked, []uint16{1, 2, 3}) {
			t.Errorf("acknowledged %v, want the first three", acked)
		}
	})
}

func TestAcknowledgesByItselfInOrder(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const n = 500
		acked := 0
		b := &mqtttest.Broker{Acked: func(uint16) { acked++ }}
		defer b.Close()
		b.Publish("a", []byte("kept"), true)
		var got []Message
		o := over(b)
		o.OnMessage = func(m Message) {
			m.Ack() // does nothing here
			got = append(got, m)
		}
		c := dial(t, o)
		defer c.Close()
		if err := c.Subscribe(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			b.Publish("a", []byte(strconv.Itoa(i)), true)
		}
		synctest.Wait()
		if len(got) != 1+n || acked != 1+n {
			t.Fatalf("%d messages and %d acknowledgements, want %d", len(got), acked, 1+n)
		}
		if m := got[0]; !m.Retain || string(m.Payload) != "kept" {
			t.Errorf("first %+v, want the retained one", m)
		}
		for i, m := range got[1:] {
			if m.Retain || string(m.Payload) != strconv.Itoa(i) {
				t.Fatalf("message %d is %+v", i, m)
			}
		}
	})
}

// deaf is a connection to a broker that has stopped reading, without a word.
func deaf(t *testing.T) (*Conn, Receipt, *mqtttest.Broker) {
	t.Helper()
	b := &mqtttest.Broker{Judge: func(mqtttest.Message) mqtttest.Verdict { return mqtttest.Deafen }}
	c := dial(t, over(b))
	r := c.Send(Message{Topic: "a"})
	synctest.Wait()
	return c, r, b
}

func TestHalfOpenIsFoundBySending(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _, b := deaf(t)
		defer b.Close()
		defer c.Close()
		start := time.Now()
		if err := c.Publish(t.Context(), Message{Topic: "a"}); err == nil {
			t.Error("published to a broker that does not read")
		}
		if d := time.Since(start); d != writeTimeout {
			t.Errorf("found after %s, want %s", d, writeTimeout)
		}
	})
}

func TestHalfOpenIsFoundByItsPing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, r, b := deaf(t)
		defer b.Close()
		defer c.Close()
		start := time.Now()
		if err := r.Wait(t.Context()); err == nil {
			t.Error("a publication that nobody acknowledged succeeded")
		}
		// paho looks every few seconds whether a ping is due.
		if d := time.Since(start); d > keepAlive+writeTimeout+10*time.Second {
			t.Errorf("found after %s", d)
		}
	})
}

func TestBackoff(t *testing.T) {
	var b Backoff
	for i, most := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300} {
		if d := b.Next(); d < 0 || d >= most*time.Second {
			t.Errorf("wait %d is %s, want less than %d s", i, d, most)
		}
	}
	var low, high bool // full jitter: short waits and long ones
	for range 1000 {
		d := b.Next()
		low = low || d < backoffMost/10
		high = high || d > backoffMost*9/10
	}
	if !low || !high {
		t.Errorf("of 1000 waits some are short: %v, some are long: %v", low, high)
	}
	b.Reset()
	if d := b.Next(); d >= time.Second {
		t.Errorf("after a reset %s, want less than 1 s", d)
	}
}

// A ping may be on its way while a publication has left, whose deadline paho
// clears.
func TestNobodyClearsADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		defer func() { _ = server.Close() }()
		defer func() { _ = client.Close() }()
		d, start := deadlined{client}, time.Now()
		failed := make(chan error)
		go func() {
			_, err := d.Write([]byte("ping"))
			failed <- err
		}()
		synctest.Wait()
		if err := d.SetWriteDeadline(time.Time{}); err != nil {
			t.Error(err)
		}
		select {
		case err := <-failed:
			if took := time.Since(start); !errors.Is(err, os.ErrDeadlineExceeded) || took != writeTimeout {
				t.Errorf("%v after %s, want the deadline after %s", err, took, writeTimeout)
			}
		case <-time.After(time.Hour):
			t.Error("it is written for ever")
		}
	})
}

// What was not taken when the connection ended never will be.
func TestSubscribeReturnsWhenTheConnectionEnds(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, _, b := deaf(t)
		defer b.Close()
		defer c.Close()
		for range 3 { // one is being written and goes no further, one is the next
			go c.Send(Message{Topic: "a"})
		}
		synctest.Wait()
		returned := make(chan time.Time)
		go func() {
			_ = c.Subscribe(t.Context(), "a", "b")
			returned <- time.Now()
		}()
		synctest.Wait()
		dropped := time.Now()
		b.Drop()
		if d := (<-returned).Sub(dropped); d > time.Second {
			t.Errorf("subscribing went on for %s after the connection had ended", d)
		}
	})
}
