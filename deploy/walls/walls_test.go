// Package walls proves that the linter holds the walls of the layout: it plants
// a forbidden import behind each of them, in a copy of the tree, and sees every
// one reported and nothing else.
package walls

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"
)

const root = "../.."

// Packages that the plants import. The first three are planted, too: leaves,
// so that no plant closes an import cycle.
const (
	device = "sourire/device/planted"
	feed   = "sourire/sync/planted"
	cmd    = "sourire/cmd/planted"
	tap    = "sourire/device/tap"
	tally  = "sourire/device/tally"
	paho   = "github.com/eclipse/paho.mqtt.golang"
	sqlite = "github.com/mattn/go-sqlite3"
	mochi  = "github.com/mochi-mqtt/server/v2"
	periph = "periph.io/x/conn/v3/gpio"
	gpio   = "github.com/warthog618/go-gpiocdev/uapi"
	jcs    = "github.com/gowebpki/jcs"
)

// A wall is one rule of depguard, with imports that it must refuse and imports
// that look alike and are allowed.
var walls = map[string][]plant{
	"device": {
		forbidden("device/terminal", feed),
		forbidden("device/panel", feed),
		forbidden("device/board/gpio", feed),
		allowed("device/terminal", device),
		allowed("cmd/sourire", feed),
	},
	"sync": {
		forbidden("sync/feed", device),
		forbidden("sync/office/sqlite", device),
		forbidden("sync/seal", "sourire/device/tapestry"),
		allowed("sync/feed", tap),
		allowed("sync/office", tally),
		allowed("sync/feed", "sourire/device/tap/seedtest"),
		allowed("sync/feed", feed),
	},
	"assets": {
		forbidden("assets", tap),
		forbidden("assets/schema", feed),
		allowed("assets/schema", "sourire/assets"),
		allowed("assets/schema", jcs),
	},
	"cmd": {
		forbidden("device/panel", cmd),
		forbidden("sync/office", cmd),
		allowed("cmd/sourire", cmd),
	},
	"tap": {
		forbidden("device/tap", jcs),
		forbidden("device/tap", device),
		allowed("device/tap", "encoding/json"),
	},
	"leaves": {
		forbidden("device/tally", jcs),
		forbidden("device/rules", device),
		forbidden("device/button", tally),
		allowed("device/tally", "math"),
		allowed("device/rules", tap),
	},
	"paho": {
		forbidden("sync/feed", paho),
		forbidden("cmd/sourire", paho),
		allowed("sync/mqtt", paho),
	},
	"sqlite": {
		forbidden("sync/office", sqlite),
		forbidden("device/panel", sqlite),
		allowed("sync/journal", sqlite),
		allowed("sync/office/sqlite", sqlite),
	},
	"mochi": {
		forbidden("sync/office", mochi),
		forbidden("cmd/sourire", mochi),
		allowed("sync/broker", mochi),
	},
	"periph": {
		forbidden("device/terminal", periph),
		forbidden("cmd/sourire", periph),
		forbidden("device/terminal", gpio),
		allowed("device/board", periph),
		allowed("device/board/gpio", periph),
	},
	"log": {
		forbidden("sync/feed", "log"),
		allowed("sync/feed", "log/slog"),
	},
}

type plant struct {
	dir, imported string
	refused       bool
}

func forbidden(dir, imported string) plant { return plant{dir, imported, true} }
func allowed(dir, imported string) plant   { return plant{dir, imported, false} }

func TestEveryWallHasItsPlant(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(root, ".golangci.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Linters struct {
			Settings struct {
				Depguard struct{ Rules map[string]any }
			}
		}
	}
	if err := yaml.Unmarshal(raw, &config); err != nil {
		t.Fatal(err)
	}
	rules := slices.Sorted(maps.Keys(config.Linters.Settings.Depguard.Rules))
	if planted := slices.Sorted(maps.Keys(walls)); !slices.Equal(rules, planted) {
		t.Errorf("rules in .golangci.yml: %v\nrules with plants:      %v", rules, planted)
	}
}

// verdict is what one rule has to say of one file.
type verdict struct{ file, rule string }

func TestWallsStand(t *testing.T) {
	tree := copyTree(t)
	for _, dir := range []string{"device/planted", "sync/planted", "cmd/planted", "device/tapestry"} {
		write(t, tree, dir+"/planted.go", "package planted\n")
	}
	want := map[verdict]bool{}
	n := 0
	for _, rule := range slices.Sorted(maps.Keys(walls)) {
		for _, p := range walls[rule] {
			n++
			file := fmt.Sprintf("%s/planted_%d.go", p.dir, n)
			write(t, tree, file, fmt.Sprintf("package %s\n\nimport _ %q\n", packageName(p.dir), p.imported))
			if p.refused {
				want[verdict{file, rule}] = true
			}
		}
	}
	got := lint(t, tree)
	for v := range want {
		if !got[v] {
			t.Errorf("%s: rule %s reported nothing", v.file, v.rule)
		}
	}
	for v := range got {
		if !want[v] {
			t.Errorf("%s: rule %s reported an import that is no forbidden plant", v.file, v.rule)
		}
	}
}

func packageName(dir string) string {
	if path.Dir(dir) == "cmd" {
		return "main"
	}
	return path.Base(dir)
}

// copyTree copies what the linter reads.
func copyTree(t *testing.T) string {
	t.Helper()
	tree := t.TempDir()
	for _, name := range []string{".golangci.yml", "go.mod", "go.sum"} {
		raw, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, tree, name, string(raw))
	}
	for _, dir := range []string{"assets", "cmd", "device", "sync"} {
		err := os.CopyFS(filepath.Join(tree, dir), os.DirFS(filepath.Join(root, dir)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	return tree
}

func write(t *testing.T, tree, name, content string) {
	t.Helper()
	file := filepath.Join(tree, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The text of a depguard report names the rule.
var ruleOf = regexp.MustCompile(`from list '(\w+)'`)

// lint runs depguard over the tree.
func lint(t *testing.T, tree string) map[verdict]bool {
	t.Helper()
	tools, err := filepath.Abs("../tools/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), "go", "tool", "-modfile="+tools, "golangci-lint", "run",
		"--enable-only=depguard", "--allow-parallel-runners", "--issues-exit-code=0",
		"--output.text.path=", "--output.json.path=stdout", "--show-stats=false")
	c.Dir = tree
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("golangci-lint: %v\n%s%s", err, out, stderr.Bytes())
	}
	var report struct {
		Issues []struct {
			FromLinter, Text string
			Pos              struct{ Filename string }
		}
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("golangci-lint: %v\n%s%s", err, out, stderr.Bytes())
	}
	got := map[verdict]bool{}
	for _, i := range report.Issues {
		m := ruleOf.FindStringSubmatch(i.Text)
		if i.FromLinter != "depguard" || m == nil {
			t.Fatalf("%s: %s: %s", i.Pos.Filename, i.FromLinter, i.Text)
		}
		got[verdict{filepath.ToSlash(i.Pos.Filename), m[1]}] = true
	}
	return got
}
