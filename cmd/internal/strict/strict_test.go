package strict_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sourire/cmd/internal/strict"
)

type config struct {
	Office struct {
		Chain  string `toml:"chain"`
		Listen string `toml:"listen"`
	} `toml:"office"`
	Broker struct {
		URL  string `toml:"url"`
		Port int    `toml:"port"`
	} `toml:"broker"`
	Texts map[string]string `toml:"texts"`
	Names []string          `toml:"names"`
	Shops []struct {
		Name string `toml:"name"`
	} `toml:"shop"`
	Wait time.Duration `toml:"wait"`
}

func load(t *testing.T, text string) error {
	t.Helper()
	path := filepath.Join(t.TempDir(), "office.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c := config{Texts: map[string]string{}}
	c.Office.Listen = "127.0.0.1:8090"
	return strict.Load(path, &c)
}

func TestLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.toml")
	text := "wait = \"5m\"\n[office]\nchain = \"demo\"\n[texts]\nfr = \"Bonjour\"\n[[shop]]\nname = \"a\"\n[[shop]]\nname = \"b\"\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var c config
	c.Office.Listen = "127.0.0.1:8090"
	if err := strict.Load(path, &c); err != nil {
		t.Fatal(err)
	}
	if c.Office.Chain != "demo" || c.Office.Listen != "127.0.0.1:8090" || c.Texts["fr"] != "Bonjour" || len(c.Shops) != 2 || c.Shops[1].Name != "b" || c.Wait != 5*time.Minute {
		t.Errorf("got %+v", c)
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"misspelt key", "[office]\n\nlissten = \"x\"\n", `office.toml:3: unknown key "office.lissten"; the nearest known key is "office.listen"`},
		{"misspelt table, named once", "[brokr]\nurl = \"x\"\nport = 1\n", `office.toml:1: unknown key "brokr"; the nearest known key is "broker"`},
		{"key of another table", "[office]\nurl = \"x\"\n", `office.toml:2: unknown key "office.url"; the nearest known key is "broker.url"`},
		{"key without its table", "chain = \"x\"\n", `office.toml:1: unknown key "chain"; the nearest known key is "office.chain"`},
		{"dotted key", "office.chian = \"x\"\n", `office.toml:1: unknown key "office.chian"; the nearest known key is "office.chain"`},
		{"key in another case", "[office]\nChain = \"x\"\n", `office.toml:2: unknown key "office.Chain"; the nearest known key is "office.chain"`},
		{"key without a name", "\"\" = 1\n", "unknown key"},
		{"key of an inline table", "office = { chian = \"x\" }\n", `office.toml:1: unknown key "office.chian"`},
		{"key of one of several", "[[shop]]\nnam = \"x\"\n", `office.toml:2: unknown key "shop.nam"; the nearest known key is "shop.name"`},
		{"text for a number", "[broker]\nport = \"x\"\n", `office.toml:2: broker.port is "x": give a whole number`},
		{"fraction for a number", "[broker]\nport = 1.5\n", `office.toml:2: broker.port is 1.5: give a whole number`},
		{"number for text", "[office]\nchain = 7\n", `office.toml:2: office.chain is 7: give text in double quotes`},
		{"truth for text", "[office]\nchain = true\n", `office.toml:2: office.chain is true: give text in double quotes`},
		{"date for text", "[office]\nchain = 2026-11-23\n", `office.toml:2: office.chain is a date: give text in double quotes`},
		{"list for text", "[texts]\nfr = [\"x\"]\n", `office.toml:2: texts.fr is a list: give text in double quotes`},
		{"table for text", "[office]\nchain = { a = 1 }\n", `office.toml:2: office.chain is a table: give text in double quotes`},
		{"text for a list", "names = \"x\"\n", `office.toml:1: names is "x": give a list`},
		{"number in a list", "names = [\"x\", 7]\n", `office.toml:1: names is 7: give text in double quotes`},
		{"number for a time", "wait = 30\n", `office.toml:1: wait is 30: give a time`},
		{"no time", "wait = \"soon\"\n", "office.toml:1: wait = \"soon\": "},
		{"text for a map", "texts = \"x\"\n", `office.toml:1: texts is "x": give a table`},
		{"number for a table", "office = 7\n", `office.toml:1: office is 7: give a table`},
		{"not TOML", "[office]\nchain = demo\n", `office.toml:2: chain = demo: `},
		{"cut", "[office]\nchain = \"de", `office.toml:2: chain = "de: `},
		{"not text", "[office]\nchain = \"\xff\"\n", `office.toml:2: `},
		{"key given twice", "[office]\nchain = \"a\"\nchain = \"b\"\n", `office.toml:3: chain = "b": `},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := load(t, c.text)
			if !errors.Is(err, strict.ErrConfig) {
				t.Fatalf("got %v, want ErrConfig", err)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			if n := strings.Count(err.Error(), "\n"); n != 0 {
				t.Errorf("%d lines more than one: %v", n, err)
			}
		})
	}
}

// All that is wrong is said at once, a line each.
func TestAllIsNamedAtOnce(t *testing.T) {
	err := load(t, "[office]\nchain = 7\nlissten = \"x\"\n[brokr]\nurl = \"x\"\n")
	for _, want := range []string{"office.chain is 7", `unknown key "office.lissten"`, `unknown key "brokr"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v; want %s", err, want)
		}
	}
	if n := strings.Count(err.Error(), "\n"); n != 2 {
		t.Errorf("%d lines more than one: %v", n, err)
	}
}

func TestAFileThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]struct {
		is   error
		does string
	}{
		filepath.Join(dir, "none.toml"): {fs.ErrNotExist, "name the file with --config"},
		dir:                             {syscall.EISDIR, "name the file in that folder with --config"},
	} {
		err := strict.Load(path, &config{})
		if !errors.Is(err, strict.ErrConfig) || !errors.Is(err, want.is) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), want.does) {
			t.Errorf("got %v; want %v, %q", err, want.is, want.does)
		}
	}
}
