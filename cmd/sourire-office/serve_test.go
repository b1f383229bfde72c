package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sourire/cmd/internal/datadir"
	"sourire/cmd/internal/lab"
	"sourire/device/tap"
	"sourire/sync/mqtt"
	"sourire/sync/office"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

const soon = 20 * time.Second

var exit1 = tap.Identity{Chain: "demo", Store: "lyon-part-dieu", Terminal: "exit-1"}

const epoch = "6f1d1c1e-7a52-4c0e-9a64-0d1f5f6a7b8c"

// journal is n events of exit-1.
func journal(t *testing.T, n uint64) (seal.Key, []seal.Link) {
	t.Helper()
	return journalOf(t, exit1, n)
}

func journalOf(t *testing.T, id tap.Identity, n uint64) (seal.Key, []seal.Link) {
	t.Helper()
	key, err := seal.NewKey(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	var links []seal.Link
	var head seal.Head
	for seq := uint64(1); seq <= n; seq++ {
		h := tap.Header{Seq: seq, Kind: tap.KindTap, At: "2026-11-24T12:00:00.000Z", Clock: tap.Synced, Boot: 1, Up: int64(seq)}
		var e tap.Event = &tap.TapEvent{Header: h, Of: 4, Counted: true, Flags: []tap.Flag{}, Rule: 1, Lang: "fr"}
		if seq == 1 {
			h.Kind = tap.KindGenesis
			e = &tap.GenesisEvent{Header: h, Identity: id, Epoch: epoch, Ed25519: key.Public().String()}
		}
		raw, err := seal.Canonical(e)
		if err != nil {
			t.Fatal(err)
		}
		head = head.Next(raw)
		links = append(links, seal.Link{Seq: seq, Head: head, Event: raw})
	}
	return key, links
}

// headOffice is an office as the command runs it, within the test.
type headOffice struct {
	t      *testing.T
	file   string
	data   string
	pages  string
	cancel context.CancelFunc
	ended  chan error
}

func newHeadOffice(t *testing.T, brokerTable string) *headOffice {
	t.Helper()
	dir := t.TempDir()
	h := &headOffice{t: t, file: filepath.Join(dir, "office.toml"), data: filepath.Join(dir, "data"), pages: fmt.Sprintf("127.0.0.1:%d", lab.Port(t))}
	text := fmt.Sprintf("[office]\nchain = \"demo\"\ndata = %q\nlisten = %q\n[broker]\n%s", h.data, h.pages, brokerTable)
	if err := os.WriteFile(h.file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *headOffice) start() {
	h.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	h.cancel, h.ended = cancel, make(chan error, 1)
	go func() {
		h.ended <- serveCommand{configFlag{h.file}}.Run(ctx, slog.New(slog.DiscardHandler))
	}()
	h.t.Cleanup(cancel)
	lab.Eventually(h.t, "the office answers", soon, func() bool { return h.get("/healthz") != "" })
}

func (h *headOffice) stop() {
	h.t.Helper()
	h.cancel()
	select {
	case err := <-h.ended:
		if err != nil {
			h.t.Fatal(err)
		}
	case <-time.After(soon):
		h.t.Fatal("the office does not end")
	}
}

func (h *headOffice) get(path string) string {
	resp, err := http.Get("http://" + h.pages + path)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		return ""
	}
	return b.String()
}

// has waits until the office has seq.
func (h *headOffice) has(seq uint64) {
	h.t.Helper()
	lab.Eventually(h.t, fmt.Sprintf("the office has event %d", seq), soon, func() bool {
		var list struct{ Terminals []office.Status }
		return json.Unmarshal([]byte(h.get("/api/terminals")), &list) == nil && len(list.Terminals) == 1 && list.Terminals[0].Last == seq
	})
}

// box is a terminal's connection, and the watermarks that came on it.
type box struct {
	*mqtt.Conn
	id   tap.Identity
	acks chan mqtt.Message
	key  chan mqtt.Message
}

func connect(t *testing.T, address string) *box {
	t.Helper()
	return connectAs(t, address, exit1)
}

func connectAs(t *testing.T, address string, id tap.Identity) *box {
	t.Helper()
	b := &box{id: id, acks: make(chan mqtt.Message, 100), key: make(chan mqtt.Message, 100)}
	var err error
	b.Conn, err = mqtt.Dial(t.Context(), mqtt.Options{URL: "tcp://" + address, ClientID: id.String(), OnMessage: func(m mqtt.Message) {
		if m.Topic == wire.OfficeTopic("demo") {
			b.key <- m
		} else {
			b.acks <- m
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	if err := b.Subscribe(t.Context(), wire.Topic(id, wire.LeafAck), wire.OfficeTopic("demo")); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *box) send(t *testing.T, payload []byte) {
	t.Helper()
	if err := b.Publish(t.Context(), mqtt.Message{Topic: wire.Topic(b.id, wire.LeafEvents), Payload: payload}); err != nil {
		t.Fatal(err)
	}
}

// office waits for the office's key.
func (b *box) office(t *testing.T) seal.Public {
	t.Helper()
	select {
	case m := <-b.key:
		pub, err := wire.DecodeOffice(m.Payload, "demo")
		if err != nil {
			t.Fatal(err)
		}
		return pub
	case <-time.After(soon):
		t.Fatal("no office key")
		return seal.Public{}
	}
}

// watermark waits for the watermark seq.
func (b *box) watermark(t *testing.T, pub seal.Public, seq uint64) {
	t.Helper()
	for {
		select {
		case m := <-b.acks:
			a, err := wire.DecodeAck(m.Payload, pub)
			if err != nil {
				t.Fatal(err)
			}
			if a.Seq == seq {
				return
			}
		case <-time.After(soon):
			t.Fatalf("no watermark %d", seq)
		}
	}
}

// run runs the real program on the same file.
func (h *headOffice) run(name string, args ...string) (stdout string, code int) {
	h.t.Helper()
	stdout, stderr, code := lab.Run(h.t, "sourire-office", append([]string{name, "--config", h.file}, args...)...)
	return stdout + stderr, code
}

func TestServeBuiltinBroker(t *testing.T) {
	address := fmt.Sprintf("127.0.0.1:%d", lab.Port(t))
	h := newHeadOffice(t, fmt.Sprintf("url = \"builtin\"\nlisten = %q\n", address))
	key, links := journal(t, 30)
	h.start()
	b := connect(t, address)
	pub := b.office(t)
	b.send(t, wire.EncodeBatch(exit1, epoch, seal.Head{}, links[:10], key))
	h.has(10) // the acknowledgement meant stored
	b.watermark(t, pub, 10)
	if info, err := os.Stat(filepath.Join(h.data, "office.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file %v, %v", info.Mode(), err)
	}

	// Another process on the same folder.
	err := serveCommand{configFlag{h.file}}.Run(t.Context(), slog.New(slog.DiscardHandler))
	if !errors.Is(err, datadir.ErrTaken) {
		t.Errorf("a second office: %v", err)
	}

	// The other commands beside it.
	if out, code := h.run("verify"); code != 0 || !strings.Contains(out, "1 terminal, 1 epoch, 10 events, 1 signature: all") {
		t.Errorf("verify: %s, exit %d", out, code)
	}
	if out, code := h.run("export", "--format", "csv"); code != 0 || strings.Count(out, "\n") != 10 {
		t.Errorf("export: %s, exit %d", out, code)
	}
	b.Close()
	h.stop()

	// Again: the same key, the history, and the watermark is there at once.
	h.start()
	h.has(10)
	b = connect(t, address)
	if again := b.office(t); again.ID() != pub.ID() {
		t.Errorf("key %s, was %s", again.ID(), pub.ID())
	}
	b.watermark(t, pub, 10)
	b.send(t, wire.EncodeBatch(exit1, epoch, links[9].Head, links[10:], key))
	h.has(30)
	b.Close()
	h.stop()
	if out, code := h.run("verify", "--json"); code != 0 || !strings.Contains(out, `"events":30,"batches":2,"wrong":null`) {
		t.Errorf("verify: %s, exit %d", out, code)
	}
}

// awaitPort waits until something listens.
func awaitPort(t *testing.T, address string) {
	t.Helper()
	lab.Eventually(t, "something listens on "+address, soon, func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
}

func TestServeMosquitto(t *testing.T) {
	c := lab.NewChain(t, "")
	h := &headOffice{t: t, file: c.OfficeFile, data: c.OfficeData, pages: c.Office}
	key, links := journal(t, 30)
	h.start() // before the broker: it waits
	c.StartBroker()
	awaitPort(t, c.Broker)
	b := connect(t, c.Broker)
	pub := b.office(t)
	b.send(t, wire.EncodeBatch(exit1, epoch, seal.Head{}, links[:10], key))
	b.watermark(t, pub, 10)
	b.send(t, bytes.Repeat([]byte("x"), 10<<20))

	// The broker goes and comes: the office announces itself again.
	c.Mosquitto.Kill()
	c.Mosquitto.Start()
	awaitPort(t, c.Broker)
	b = connect(t, c.Broker)
	b.office(t)
	b.watermark(t, pub, 10)
	b.send(t, wire.EncodeBatch(exit1, epoch, links[9].Head, links[10:], key))
	b.watermark(t, pub, 30)
	h.has(30)
	b.send(t, bytes.Repeat([]byte("x"), 10<<20))
	lab.Eventually(t, "a message of 10 MB is counted", soon, func() bool {
		return strings.Contains(h.get("/metrics"), `sourire_office_rejected_total{reason="size"}`) &&
			!strings.Contains(h.get("/metrics"), `sourire_office_rejected_total{reason="size"} 0`)
	})
	h.has(30)
	h.stop()
}

// One terminal's damaged rows neither end the office's connection nor keep
// another terminal waiting; after the repair its events arrive.
func TestDamageOfOneTerminal(t *testing.T) {
	c := lab.NewChain(t, "")
	h := &headOffice{t: t, file: c.OfficeFile, data: c.OfficeData, pages: c.Office}
	c.StartBroker()
	awaitPort(t, c.Broker)
	h.start()
	exit2 := exit1
	exit2.Terminal = "exit-2"
	key, links := journal(t, 30)
	_, others := journalOf(t, exit2, 30)
	hurt, well := connect(t, c.Broker), connectAs(t, c.Broker, exit2)
	pub := well.office(t)
	hurt.send(t, wire.EncodeBatch(exit1, epoch, seal.Head{}, links[:10], key))
	hurt.watermark(t, pub, 10)
	exec := func(text string) {
		t.Helper()
		db, err := sql.Open("sqlite3", filepath.Join(c.OfficeData, "office.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	exec("UPDATE event SET seq = -5 WHERE seq = 5")
	prev := seal.Head{}
	for i := 0; i < 30; i += 10 {
		hurt.send(t, wire.EncodeBatch(exit1, epoch, links[1].Head, links[2:5], key))
		well.send(t, wire.EncodeBatch(exit2, epoch, prev, others[i:i+10], key))
		well.watermark(t, pub, uint64(i+10))
		prev = others[i+9].Head
	}
	if !strings.Contains(h.get("/api/terminals"), "cannot be stored here") {
		t.Errorf("nothing says so: %s", h.get("/api/terminals"))
	}
	exec("UPDATE event SET seq = 5 WHERE seq = -5")
	hurt.send(t, wire.EncodeBatch(exit1, epoch, links[1].Head, links[2:20], key))
	hurt.watermark(t, pub, 20)
	select {
	case <-well.key:
		t.Error("the office had to connect again")
	default:
	}
	h.stop()

	exec("UPDATE event SET seq = -15 WHERE seq = 15")
	if out, code := h.run("verify"); code != 1 || !strings.Contains(out, "exit-1, epoch "+epoch+", event 15: it is missing") {
		t.Errorf("verify: %s, exit %d", out, code)
	}
	for format, lines := range map[string]int{"jsonl": 14, "csv": 14} { // CSV has a header, and no genesis
		file := filepath.Join(t.TempDir(), "out")
		out, code := h.run("export", "--format", format, "-o", file)
		if code != 1 || !strings.Contains(out, "event 15 of demo/lyon-part-dieu/exit-1") || !strings.Contains(out, file+" ends with what came before") {
			t.Errorf("export: %s, exit %d", out, code)
		}
		if raw, err := os.ReadFile(file); err != nil || bytes.Count(raw, []byte("\n")) != lines {
			t.Errorf("%s: %d lines, %v; want %d", format, bytes.Count(raw, []byte("\n")), err, lines)
		}
	}
}

func TestTakenPorts(t *testing.T) {
	address := fmt.Sprintf("127.0.0.1:%d", lab.Port(t))
	h := newHeadOffice(t, fmt.Sprintf("url = \"builtin\"\nlisten = %q\n", address))
	h.start()
	free := fmt.Sprintf("127.0.0.1:%d", lab.Port(t))
	for _, c := range []struct{ pages, broker, want string }{
		{h.pages, free, "office.listen"},
		{free, address, "broker.listen"},
	} {
		other := newHeadOffice(t, fmt.Sprintf("url = \"builtin\"\nlisten = %q\n", c.broker))
		text, err := os.ReadFile(other.file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(other.file, bytes.Replace(text, []byte(other.pages), []byte(c.pages), 1), 0o600); err != nil {
			t.Fatal(err)
		}
		err = serveCommand{configFlag{other.file}}.Run(t.Context(), slog.New(slog.DiscardHandler))
		if !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want one about %s", err, c.want)
		}
	}
	h.stop()
}
