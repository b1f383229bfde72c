package wire_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"sourire/sync/seal"
	"sourire/sync/wire"
)

func command() wire.Command {
	return wire.Command{
		Identity: exit1, ID: "9f2c41d07ab35e18", Name: wire.CommandTest, On: true,
		Issued: "2026-11-23T13:05:00.000Z", Expires: "2026-11-23T14:05:00.000Z",
	}
}

func answer() wire.Answer {
	return wire.Answer{Identity: exit1, Epoch: epoch, ID: "9f2c41d07ab35e18", Result: wire.Done, Seq: 103}
}

func commandOf(t testing.TB, key seal.Key) []byte {
	t.Helper()
	raw, err := command().Encode(key)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// The golden messages were sealed by openssl from the contract alone.
func TestCommandVectors(t *testing.T) {
	_, terminal, office := expect(t)
	if raw := commandOf(t, office); !bytes.Equal(raw, bytes.TrimSpace(vector(t, "cmd.json"))) {
		t.Errorf("the command is\n%s", raw)
	}
	raw, err := answer().Encode(terminal)
	if err != nil || !bytes.Equal(raw, bytes.TrimSpace(vector(t, "res.json"))) {
		t.Errorf("the answer is\n%s, %v", raw, err)
	}
	c, err := wire.DecodeCommand(vector(t, "cmd.json"), office.Public())
	if want := command(); err != nil || c.ID != want.ID || c.On != want.On || c.Expires != want.Expires || c.Identity != want.Identity {
		t.Errorf("%+v, %v", c, err)
	}
	a, err := wire.DecodeAnswer(vector(t, "res.json"))
	if err != nil || a.Verify(terminal.Public()) != nil || a.Seq != 103 || !a.Final() {
		t.Errorf("%+v, %v", a, err)
	}
	if err := a.Verify(office.Public()); !errors.Is(err, seal.ErrBadSignature) {
		t.Errorf("the office signed the answer: %v", err)
	}
}

func TestDecodeCommandErrors(t *testing.T) {
	key := newKey(t, 2)
	valid := string(commandOf(t, key))
	for name, forged := range map[string]string{
		"another terminal": strings.Replace(valid, "exit-1", "exit-2", 1),
		"off for on":       strings.Replace(valid, `"on":true`, `"on":false`, 1),
		"a later end":      strings.Replace(valid, "T14:05", "T15:05", 1),
		"another id":       strings.Replace(valid, "9f2c", "9f2d", 1),
		"a member more":    strings.Replace(valid, `"on"`, `"more":1,"on"`, 1),
		"null":             "null",
	} {
		if c, err := wire.DecodeCommand([]byte(forged), key.Public()); !errors.Is(err, seal.ErrBadSignature) {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
	for name, change := range map[string]func(*wire.Command){
		"no id":         func(c *wire.Command) { c.ID = "" },
		"a long id":     func(c *wire.Command) { c.ID = strings.Repeat("a", 41) },
		"a wild id":     func(c *wire.Command) { c.ID = "+" },
		"no end":        func(c *wire.Command) { c.Expires = "" },
		"no beginning":  func(c *wire.Command) { c.Issued = "soon" },
		"no life":       func(c *wire.Command) { c.Expires = c.Issued },
		"a life of 25h": func(c *wire.Command) { c.Expires = "2026-11-24T14:05:00.000Z" },
	} {
		c := command()
		change(&c)
		raw, err := c.Encode(key)
		if err != nil {
			t.Fatal(err)
		}
		if c, err := wire.DecodeCommand(raw, key.Public()); err == nil {
			t.Errorf("%s: %+v", name, c)
		}
	}
	if _, err := wire.DecodeCommand(ackOf(t, key), key.Public()); err == nil {
		t.Error("an ack is a command")
	}
}

func TestCommandLeaves(t *testing.T) {
	for leaf, want := range map[string]struct {
		id         string
		answer, ok bool
	}{
		"cmd/a-1": {"a-1", false, true}, "cmd/a-1/res": {"a-1", true, true},
		"cmd/": {}, "cmd": {}, "ack": {}, "cmd/a/b": {}, "cmd/A": {}, "cmd//res": {}, "cmd/a/res/res": {}, "cmd/+": {},
	} {
		id, answer, ok := wire.ParseCommandLeaf(leaf)
		if ok != want.ok || ok && (id != want.id || answer != want.answer) {
			t.Errorf("%q: %q, %v, %v", leaf, id, answer, ok)
		}
	}
}

// A command that passes is the office's own: nothing in it can be altered.
func FuzzDecodeCommand(f *testing.F) {
	key := newKey(f, 2)
	f.Add(commandOf(f, key))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, payload []byte) {
		c, err := wire.DecodeCommand(payload, key.Public())
		if err != nil || seal.CheckCanonical(payload) != nil {
			return
		}
		if again, err := c.Encode(key); err != nil || !bytes.Equal(again, payload) {
			t.Fatalf("%s\npasses, encoded again it is\n%s, %v", payload, again, err)
		}
	})
}

// What is read as an answer, written and read again is the same.
func FuzzDecodeAnswer(f *testing.F) {
	key := newKey(f, 1)
	raw, err := answer().Encode(key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add(bytes.ReplaceAll(raw, []byte(`"done"`), []byte(`"later"`)))
	if golden, err := os.ReadFile("testdata/res.json"); err == nil {
		f.Add(golden)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		a, err := wire.DecodeAnswer(payload)
		if err != nil {
			return
		}
		once, err := a.Encode(key)
		if err != nil {
			t.Fatal(err)
		}
		back, err := wire.DecodeAnswer(once)
		if err != nil || back.Verify(key.Public()) != nil {
			t.Fatalf("%s became %s, %v", payload, once, err)
		}
	})
}
