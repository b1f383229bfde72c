package seal_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"sourire/sync/seal"
)

func newKey(t testing.TB, b byte) seal.Key {
	t.Helper()
	k, err := seal.NewKey(bytes.Repeat([]byte{b}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// RFC 8032, section 7.1, tests 1 to 3.
func TestEd25519RFC8032(t *testing.T) {
	cases := []struct{ seed, public, msg, sig string }{
		{
			"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
			"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
			"",
			"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
		},
		{
			"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
			"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
			"72",
			"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
		},
		{
			"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
			"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
			"af82",
			"6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
		},
	}
	unhex := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, c := range cases {
		key, err := seal.NewKey(unhex(c.seed))
		if err != nil {
			t.Fatal(err)
		}
		pub := key.Public()
		if want := base64.StdEncoding.EncodeToString(unhex(c.public)); pub.String() != want {
			t.Errorf("public key %s, want %s", pub, want)
		}
		sig := key.Sign(unhex(c.msg))
		if want := base64.StdEncoding.EncodeToString(unhex(c.sig)); sig != want {
			t.Errorf("signature %s, want %s", sig, want)
		}
		if err := pub.Check(unhex(c.msg), sig); err != nil {
			t.Error(err)
		}
	}
}

func TestNewKeyErrors(t *testing.T) {
	for _, n := range []int{0, 31, 33, 64} {
		if _, err := seal.NewKey(make([]byte, n)); err == nil {
			t.Errorf("a seed of %d bytes makes a key", n)
		}
	}
}

func TestParsePublic(t *testing.T) {
	pub := newKey(t, 1).Public()
	back, err := seal.ParsePublic(pub.String())
	if err != nil || back.String() != pub.String() || back.ID() != pub.ID() || back.Zero() {
		t.Errorf("%s read as %s, %v", pub, back, err)
	}
	s := pub.String()
	bad := []string{
		"", "=", s[:len(s)-1], s[1:], s + "\n", s[:10] + "\r\n" + s[10:], strings.Repeat("A", 40),
		strings.NewReplacer("/", "_", "+", "-", "=", "").Replace(s),
		s[:len(s)-2] + string(s[len(s)-2]+1) + "=", // loose bits
	}
	for _, s := range bad {
		if p, err := seal.ParsePublic(s); err == nil || !p.Zero() {
			t.Errorf("%q read as %s, %v", s, p, err)
		}
	}
	if !(seal.Public{}).Zero() || (seal.Public{}).String() != "" {
		t.Error("the zero key is one")
	}
}

func TestCheck(t *testing.T) {
	key, other := newKey(t, 1), newKey(t, 2)
	msg := []byte("a message")
	sig := key.Sign(msg)
	if err := key.Public().Check(msg, sig); err != nil {
		t.Fatal(err)
	}
	bad := []struct {
		name string
		pub  seal.Public
		msg  string
		sig  string
	}{
		{"another message", key.Public(), "a messagE", sig},
		{"another key", other.Public(), string(msg), sig},
		{"no key", seal.Public{}, string(msg), sig},
		{"another's signature", key.Public(), string(msg), other.Sign(msg)},
		{"no signature", key.Public(), string(msg), ""},
		{"no base64", key.Public(), string(msg), "?" + sig[1:]},
		{"short", key.Public(), string(msg), sig[4:]},
		{"a line break", key.Public(), string(msg), sig + "\n"},
		{"loose bits", key.Public(), string(msg), sig[:len(sig)-3] + string(sig[len(sig)-3]+1) + "=="},
	}
	for _, c := range bad {
		if err := c.pub.Check([]byte(c.msg), c.sig); !errors.Is(err, seal.ErrBadSignature) {
			t.Errorf("%s: %v, want %v", c.name, err, seal.ErrBadSignature)
		}
	}
}

func TestCover(t *testing.T) {
	cases := []struct{ in, want string }{
		{`{}`, `{}`},
		{`{"sig":"s","b":1,"events":[{"a":1}],"a":{"sig":1,"events":2}}`, `{"a":{"events":2,"sig":1},"b":1}`},
		{`{"z":"<&>€","Sig":1,"Events":2}`, `{"Events":2,"Sig":1,"z":"<&>€"}`},
		{` { "key" : "k" , "n" : 1.0 } `, `{"key":"k","n":1}`},
	}
	for _, c := range cases {
		got, err := seal.Cover([]byte(c.in))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %s, %v, want %s", c.in, got, err, c.want)
		}
	}
	for _, s := range []string{``, `null`, `[]`, `1`, `{"a":}`, `{"a":1}}`, "{\"a\":\"\xff\"}"} {
		got, err := seal.Cover([]byte(s))
		if err == nil {
			t.Errorf("%q is covered as %s", s, got)
		}
	}
}

// What is covered is canonical, and does not depend on events and sig.
func FuzzCover(f *testing.F) {
	f.Add([]byte(`{"sig":"s","b":1,"events":[{"a":1}],"a":2}`))
	f.Add([]byte(`{"a":{"a":1e3},"events":null}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := seal.Cover(raw)
		if err != nil {
			return
		}
		if err := seal.CheckCanonical(c); err != nil {
			t.Fatalf("%q is covered as %q: %v", raw, c, err)
		}
		if again, err := seal.Cover(c); err != nil || !bytes.Equal(again, c) {
			t.Fatalf("%q is covered as %q, and that as %q, %v", raw, c, again, err)
		}
	})
}
