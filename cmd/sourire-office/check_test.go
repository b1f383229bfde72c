package main

import (
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sourire/cmd/internal/lab"
	"sourire/cmd/internal/strict"
)

// check says what would keep an office from working, and changes nothing.
func TestCheck(t *testing.T) {
	address := fmt.Sprintf("127.0.0.1:%d", lab.Port(t))
	h := newHeadOffice(t, fmt.Sprintf("url = \"builtin\"\nlisten = %q\n", address))
	check := func(when string, want ...string) {
		t.Helper()
		err := checkCommand{configFlag{h.file}}.Run(t.Context())
		if len(want) == 0 && err != nil {
			t.Errorf("%s: %v", when, err)
		}
		for _, want := range want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v; want %q", when, err, want)
			}
		}
	}
	check("before the first start")
	if _, err := os.Stat(h.data); err == nil {
		t.Error("it made the data folder")
	}
	h.start()
	check("beside a running office")
	h.stop()
	check("after it")

	for key, taken := range map[string]string{"office.listen": h.pages, "broker.listen": address} {
		l, err := net.Listen("tcp", taken)
		if err != nil {
			t.Fatal(err)
		}
		check("a port that is taken", key, taken)
		_ = l.Close()
	}

	db, err := sql.Open("sqlite3", filepath.Join(h.data, "office.db"))
	if err != nil {
		t.Fatal(err)
	}
	for version, want := range map[int][]string{1: nil, 99: {"version 99", "a newer sourire-office"}} {
		if _, err := db.Exec(fmt.Sprintf("PRAGMA user_version = %d", version)); err != nil {
			t.Fatal(err)
		}
		check(fmt.Sprintf("a store of version %d", version), want...)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	text, err := os.ReadFile(h.file)
	if err != nil {
		t.Fatal(err)
	}
	away := strings.NewReplacer(`"builtin"`, `"tcp://127.0.0.1:1"`, fmt.Sprintf("listen = %q\n", address), "password_file = \"/nowhere\"\nusername = \"office\"\n")
	for _, c := range []struct{ old, new, want string }{
		{"office", "office", "/nowhere"}, {"/nowhere", "/dev/null", "broker.url tcp://127.0.0.1:1"},
	} {
		if err := os.WriteFile(h.file, []byte(strings.Replace(away.Replace(string(text)), c.old, c.new, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		check("a broker elsewhere", c.want)
	}
	if err := os.WriteFile(h.file, append(text, "\nbrokre = 1\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (checkCommand{configFlag{h.file}}).Run(t.Context()); !errors.Is(err, strict.ErrConfig) {
		t.Errorf("an unknown key: %v", err)
	}
}
