package office_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sourire/device/tap"
	"sourire/sync/office"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

// sent takes the commands published since the last call.
func (r *rig) sent() []wire.Command {
	r.t.Helper()
	var all []wire.Command
	for _, p := range r.taken() {
		_, leaf, err := wire.ParseTopic(p.Topic)
		id, answer, ok := wire.ParseCommandLeaf(leaf)
		if err != nil || !ok || answer {
			continue
		}
		c, err := wire.DecodeCommand(p.Payload, officeKey.Public())
		if err != nil || c.ID != id || p.Retain {
			r.t.Errorf("command %s on %s, retained %v: %v", p.Payload, p.Topic, p.Retain, err)
		}
		all = append(all, c)
	}
	return all
}

func (r *rig) wantSent(what string, want int) {
	r.t.Helper()
	if got := r.sent(); len(got) != want {
		r.t.Errorf("%s: %d commands sent, want %d", what, len(got), want)
	}
}

func (r *rig) command(on bool) office.CommandStatus {
	r.t.Helper()
	s, err := r.Test(r.t.Context(), exit1, on, time.Hour)
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

func (r *rig) wantCommand(id, status, why string) office.CommandStatus {
	r.t.Helper()
	s, err := r.CommandNamed(exit1.String(), id)
	if err != nil || s.Status != status || s.Why != why {
		r.t.Errorf("command %s is %s (%s), %v, want %s (%s)", id, s.Status, s.Why, err, status, why)
	}
	return s
}

// reply has a box answer.
func (r *rig) reply(b *box, a wire.Answer, key seal.Key) {
	r.t.Helper()
	a.Identity, a.Epoch = b.Identity, b.epoch
	raw, err := a.Encode(key)
	if err != nil {
		r.t.Fatal(err)
	}
	r.send(b, wire.AnswerLeaf(a.ID), raw)
}

// clocked is the state of a connection, with the clock as it is.
func (b *box) clocked(session uint64, q tap.Quality) []byte {
	return []byte(strings.Replace(string(b.state(session, 0, true)), `"epoch"`, `"clock":"`+string(q)+`","epoch"`, 1))
}

// A command waits for its terminal, is sent again after each birth, and not any
// more once it is answered; it outlives a restart of the office.
func TestCommandUntilItIsAnswered(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil).taps(3)
	r.batches(b, 1, b.last())
	r.send(b, wire.LeafState, b.state(1, 0, false))
	c := r.command(true)
	r.wantCommand(c.ID, "waiting", "")
	r.wantSent("offline", 0)
	r.send(b, wire.LeafState, b.clocked(2, tap.Synced))
	if got := r.sent(); len(got) != 1 || got[0].ID != c.ID || !got[0].On || got[0].Name != "test" {
		t.Errorf("sent %+v", got)
	}
	r.wantCommand(c.ID, "sent", "")
	r.send(b, wire.LeafState, b.clocked(2, tap.Synced))
	r.wantSent("the same connection", 0)
	r.pass(time.Minute)
	r.send(b, wire.LeafState, b.clocked(2, tap.Synced))
	r.wantSent("a minute later", 1)
	r.send(b, wire.LeafState, b.clocked(3, tap.Synced))
	r.wantSent("another birth", 1)
	r.reopen()
	r.wantCommand(c.ID, "waiting", "")
	r.send(b, wire.LeafState, b.clocked(3, tap.Synced))
	r.wantSent("another office", 1)

	r.reply(b, wire.Answer{ID: c.ID, Result: wire.Done, Seq: 4}, b.key)
	r.reply(b, wire.Answer{ID: c.ID, Result: wire.Refused, Why: "epoch"}, b.key) // later is too late
	if s := r.wantCommand(c.ID, "done", ""); s.Seq != 4 || s.Epoch != b.epoch {
		t.Errorf("done as %+v", s)
	}
	r.reopen()
	r.wantCommand(c.ID, "done", "")
	r.send(b, wire.LeafState, b.clocked(4, tap.Synced))
	r.wantSent("answered", 0)
	if got := r.rejected(exit1); len(got) != 0 {
		t.Errorf("refused %v", got)
	}
	r.verify()
}

func TestCommandThatExpires(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil)
	r.batches(b, 1, 1)
	r.send(b, wire.LeafState, b.state(1, 0, false))
	c := r.command(false)
	r.pass(time.Hour)
	r.wantCommand(c.ID, "expired", "")
	r.send(b, wire.LeafState, b.clocked(2, tap.Synced))
	r.wantSent("expired", 0)
	// What it did before its answer was lost stands in the journal.
	b.add(&tap.TestEvent{By: "office", Command: c.ID}, tap.KindTest)
	r.batches(b, 2, 2)
	if s := r.wantCommand(c.ID, "done", ""); s.Seq != 2 {
		t.Errorf("done as %+v", s)
	}
	r.reopen()
	r.wantCommand(c.ID, "done", "")
}

// A terminal that does not know the time is asked when it does.
func TestCommandWaitsForTheTime(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil)
	r.batches(b, 1, 1)
	r.send(b, wire.LeafState, b.clocked(1, tap.Saved))
	c := r.command(true)
	r.wantSent("at once", 1)
	r.reply(b, wire.Answer{ID: c.ID, Result: wire.Later, Why: wire.WhyClock}, b.key)
	r.wantCommand(c.ID, "later", "clock")
	r.send(b, wire.LeafState, b.clocked(1, tap.Saved))
	r.wantSent("no time yet", 0)
	r.send(b, wire.LeafState, b.clocked(1, tap.Synced))
	r.wantSent("in time", 1)
	r.reply(b, wire.Answer{ID: c.ID, Result: wire.Refused, Why: wire.WhyUnknown}, b.key)
	r.wantCommand(c.ID, "refused", "unknown")
}

func TestWrongAnswers(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil)
	r.batches(b, 1, 1)
	r.send(b, wire.LeafState, b.state(1, 0, true))
	c := r.command(true)
	good := wire.Answer{Identity: b.Identity, Epoch: b.epoch, ID: c.ID, Result: wire.Done, Seq: 2}
	with := func(key seal.Key, change func(*wire.Answer)) []byte {
		a := good
		change(&a)
		raw, err := a.Encode(key)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	same := func(*wire.Answer) {}
	whole := string(with(b.key, same))
	leaf := wire.AnswerLeaf(c.ID)
	for name, m := range map[string]struct {
		leaf    string
		payload []byte
		reason  office.Reason
	}{
		"forged":          {leaf, with(newKey(9), same), office.BadSignature},
		"the office's":    {leaf, with(officeKey, same), office.BadSignature},
		"altered":         {leaf, []byte(strings.Replace(whole, `"seq":2`, `"seq":3`, 1)), office.BadSignature},
		"of nobody":       {leaf, with(b.key, func(a *wire.Answer) { a.Epoch = uuid(9) }), office.UnknownKey},
		"to another":      {leaf, with(b.key, func(a *wire.Answer) { a.ID = "b" }), office.BadTopic},
		"of another":      {leaf, with(b.key, func(a *wire.Answer) { a.Terminal = "exit-2" }), office.BadTopic},
		"to none":         {wire.AnswerLeaf("b"), with(b.key, func(a *wire.Answer) { a.ID = "b" }), office.BadCommand},
		"of no result":    {leaf, with(b.key, func(a *wire.Answer) { a.Result = "well" }), office.Malformed},
		"done by nothing": {leaf, with(b.key, func(a *wire.Answer) { a.Seq = 0 }), office.Malformed},
		"half":            {leaf, []byte(whole[:len(whole)/2]), office.Malformed},
		"huge":            {leaf, bytes.Repeat([]byte(" "), 5000), office.BadSize},
		"a command":       {wire.CommandLeaf(c.ID), []byte(whole), office.BadTopic},
	} {
		before := r.rejected(exit1)[m.reason]
		r.send(b, m.leaf, m.payload)
		if after := r.rejected(exit1)[m.reason]; after != before+1 {
			t.Errorf("%s: refused %v, want one more for %s", name, r.rejected(exit1), m.reason)
		}
		r.wantCommand(c.ID, "sent", "")
	}
	r.send(b, leaf, []byte(whole))
	r.wantCommand(c.ID, "done", "")
}

func TestCommandAPI(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil)
	r.batches(b, 1, 1)
	h := r.Handler()
	post := func(from, kind, origin, body string) (int, string) {
		req := httptest.NewRequest("POST", "/api/commands", strings.NewReader(body))
		req.Host, req.RemoteAddr = "localhost:8090", from
		req.Header.Set("Content-Type", kind)
		if origin != "" {
			req.Header.Set("Origin", origin)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		text, err := io.ReadAll(w.Result().Body)
		if err != nil {
			t.Fatal(err)
		}
		return w.Code, string(text)
	}
	const here, plain, ours = "127.0.0.1:1", "application/json", "http://localhost:8090"
	good := `{"terminal":"` + exit1.String() + `","name":"test","on":true}`
	for _, c := range []struct {
		from, kind, origin, body string
		code                     int
		want                     string
	}{
		{here, plain, ours, good, http.StatusAccepted, `"status":"waiting"`},
		{"[::1]:1", plain, "", strings.Replace(good, "}", `,"minutes":1440}`, 1), http.StatusAccepted, `"expires":"2026-11-25T12:00:00.000Z"`},
		{"192.0.2.7:1", plain, ours, good, http.StatusForbidden, "own machine"},
		{here, plain, "http://elsewhere.example", good, http.StatusForbidden, "another site"},
		{here, "text/plain", ours, good, http.StatusUnsupportedMediaType, "application/json"},
		{here, plain, ours, strings.Replace(good, "exit-1", "exit-9", 1), http.StatusNotFound, "no such terminal"},
		{here, plain, ours, strings.Replace(good, `"test"`, `"reboot"`, 1), http.StatusBadRequest, "no command"},
		{here, plain, ours, strings.Replace(good, `,"on":true`, "", 1), http.StatusBadRequest, "on:"},
		{here, plain, ours, strings.Replace(good, "}", `,"minutes":1441}`, 1), http.StatusBadRequest, "minutes"},
		{here, plain, ours, strings.Replace(good, "}", `,"minutes":0}`, 1), http.StatusBadRequest, "minutes"},
		{here, plain, ours, strings.Replace(good, "}", `,"shell":"rm"}`, 1), http.StatusBadRequest, "is no command: unknown field"},
		{here, plain, ours, good + good, http.StatusBadRequest, "more after"},
		{here, plain, ours, "", http.StatusBadRequest, "send {"},
		{here, plain, ours, strings.Repeat(" ", 5000) + good, http.StatusBadRequest, "too large"},
	} {
		if code, body := post(c.from, c.kind, c.origin, c.body); code != c.code || !strings.Contains(body, c.want) {
			t.Errorf("%.90s from %s: %d %s, want %d with %q", c.body, c.from, code, body, c.code, c.want)
		}
	}
	if code, header, _ := get(h, "PUT", "localhost", "/api/commands"); code != http.StatusMethodNotAllowed || header.Get("Allow") != "GET, HEAD, POST" {
		t.Errorf("PUT: %d", code)
	}
	_, _, body := get(h, "GET", "localhost", "/api/commands?terminal="+exit1.String())
	var list struct{ Commands []office.CommandStatus }
	if err := json.Unmarshal([]byte(body), &list); err != nil || len(list.Commands) != 2 {
		t.Errorf("the list is %s, %v", body, err)
	}
	if code, _, _ := get(h, "GET", "localhost", "/api/commands?terminal=demo/lyon/none"); code != http.StatusNotFound {
		t.Errorf("commands of nobody: %d", code)
	}
}
