package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"

	"sourire/device/config"
	"sourire/device/pin"
)

const aHash = "$argon2id$v=19$m=65536,t=1,p=2$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g"

// hide writes text to a file, hides plain in it, and returns the hash, the file
// and the log.
func hide(t *testing.T, text, plain string, mode os.FileMode) (hash, path, logged string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "terminal.toml")
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	hash, err := hideAway(path, plain, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return hash, path, log.String()
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestOnlyThePINIsReplaced(t *testing.T) {
	const before = "# pin = \"0000\"\n[terminal]\nid = \"exit-1\"   # 4711\npinned = \"4711\"\n\n[manager]\n"
	const after = "   # ours since $1\r\nlisten = \"127.0.0.1:8081\"\n# the end, without a newline"
	for _, line := range []string{`pin = "4711"`, `  pin="4711"`, `pin	=  '4711'`} {
		hash, path, log := hide(t, before+line+after, "4711", 0o640)
		if ok, err := argon2id.ComparePasswordAndHash("4711", hash); !ok || err != nil {
			t.Errorf("%s: %q is no hash of it: %v", line, hash, err)
		}
		key := line[:strings.IndexAny(line, `"'`)]
		if got, want := read(t, path), before+key+`"`+hash+`"`+after; got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", line, got, want)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
			t.Errorf("%s: %v, %v", line, info.Mode(), err)
		}
		if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
			t.Errorf("%s: beside the file there are %v, %v", line, left, err)
		}
		if !strings.Contains(log, "level=INFO") || strings.Contains(strings.ReplaceAll(log, path, ""), "4711") {
			t.Errorf("%s: logged %s", line, log)
		}
	}
}

func TestAHashIsLeftAlone(t *testing.T) {
	text := "[manager]\npin = \"" + aHash + "\"\n"
	hash, path, log := hide(t, text, aHash, 0o600)
	if hash != aHash || read(t, path) != text || log != "" {
		t.Errorf("got %q, file %q, logged %q", hash, read(t, path), log)
	}
}

// The terminal runs with a file that it cannot change, and says what to do.
func TestAFileThatCannotBeChanged(t *testing.T) {
	const text = "manager = { pin = \"4711\" }\n" // no line of its own
	hash, path, logged := hide(t, text, "4711", 0o600)
	if ok, err := argon2id.ComparePasswordAndHash("4711", hash); !ok || err != nil {
		t.Errorf("%q is no hash of it: %v", hash, err)
	}
	if !strings.Contains(logged, "level=WARN") || strings.Contains(logged, hash) {
		t.Errorf("logged %s: want a warning, without the hash of so short a secret", logged)
	}
	if got := read(t, path); got != text {
		t.Errorf("the file is now\n%s", got)
	}
}

// Wrong PINs outlive the process; what cannot be read or written locks nobody
// out.
func TestWrongPINsOutliveTheProcess(t *testing.T) {
	dir := t.TempDir()
	hash, err := argon2id.CreateHash("4711", &argon2id.Params{Memory: 8, Iterations: 1, Parallelism: 1, SaltLength: 8, KeyLength: 16})
	if err != nil {
		t.Fatal(err)
	}
	begin := func(dir string) *pin.Lock {
		c := config.Default()
		c.Manager.PIN, c.Terminal.Data = hash, dir
		l, err := lockOf("", c, discard)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	for range 5 {
		if right, _, err := begin(dir).Check("0000"); right || err != nil {
			t.Fatalf("right %t, %v", right, err)
		}
	}
	if right, wait, _ := begin(dir).Check("4711"); right || wait == 0 {
		t.Errorf("after five wrong PINs and a restart: right %t, wait %v", right, wait)
	}
	if err := os.WriteFile(filepath.Join(dir, "pin.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{dir, filepath.Join(dir, "none")} {
		l := begin(dir)
		for range 5 {
			if _, _, err := l.Check("0000"); err != nil {
				t.Fatal(err)
			}
		}
		if right, wait, _ := l.Check("4711"); right || wait == 0 {
			t.Errorf("counted in memory: right %t, wait %v", right, wait)
		}
		if right, _, err := begin(filepath.Join(dir, "none")).Check("4711"); !right || err != nil {
			t.Errorf("nothing is known: right %t, %v", right, err)
		}
	}
}
