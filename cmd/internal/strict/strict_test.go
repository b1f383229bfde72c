package strict_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
	text := "[office]\nchain = \"demo\"\n[texts]\nfr = \"Bonjour\"\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var c config
	c.Office.Listen = "127.0.0.1:8090"
	if err := strict.Load(path, &c); err != nil {
		t.Fatal(err)
	}
	if c.Office.Chain != "demo" || c.Office.Listen != "127.0.0.1:8090" || c.Texts["fr"] != "Bonjour" {
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
		{"wrong type", "[broker]\nport = \"x\"\n", "office.toml: line 2"},
		{"not TOML", "[office]\nchain = demo\n", "office.toml: line 2"},
		{"key given twice", "[office]\nchain = \"a\"\nchain = \"b\"\n", "office.toml: line 3"},
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

func TestMissingFile(t *testing.T) {
	err := strict.Load(filepath.Join(t.TempDir(), "none.toml"), &config{})
	if !errors.Is(err, strict.ErrConfig) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
