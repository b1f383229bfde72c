// Package strict reads configuration files in which every key must be known.
//
//	var c Config
//	if err := strict.Load("/etc/sourire/office.toml", &c); err != nil { … }
package strict

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"strings"
	"syscall"

	"github.com/BurntSushi/toml"
)

// ErrConfig is wrapped by every error of [Load].
var ErrConfig = errors.New("configuration")

// Load decodes the TOML file at path into the struct that into points to. What
// the file does not mention keeps its value, so defaults are set before.
//
// A file that cannot be read, that is not TOML, a value of the wrong type and a
// key that the struct does not have are errors that wrap [ErrConfig], name the
// file and the line, and say what to give. All wrong values and keys are named
// at once.
func Load(path string, into any) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%w: %w: %s", ErrConfig, err, remedy(err))
	}
	f := file{path, string(raw), into}
	var content map[string]any
	if _, err := toml.Decode(f.text, &content); err != nil {
		return fmt.Errorf("%w: %s", ErrConfig, f.notTaken(err))
	}
	// The decoder takes keys in any case, and nothing for a table.
	if errs := f.misfits(content, reflect.TypeOf(into).Elem(), nil); len(errs) > 0 {
		return errors.Join(errs...)
	}
	if _, err := toml.Decode(f.text, into); err != nil {
		return fmt.Errorf("%w: %s", ErrConfig, f.notTaken(err))
	}
	return nil
}

// file is a file under way into a struct.
type file struct {
	path, text string
	into       any
}

// remedy is what to do about a file that cannot be read.
func remedy(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "name the file with --config, or begin with a copy of the commented sample"
	case errors.Is(err, fs.ErrPermission):
		return "let this user read it, or run as the user that it belongs to"
	case errors.Is(err, syscall.EISDIR):
		return "name the file in that folder with --config"
	}
	return "name another file with --config"
}

// notTaken says which line the decoder does not take, and why.
func (f file) notTaken(err error) string {
	var p toml.ParseError
	if !errors.As(err, &p) {
		return f.path + ": " + err.Error()
	}
	lines := strings.Split(f.text, "\n")
	n := min(p.Position.Line, len(lines))
	line := strings.ToValidUTF8(strings.TrimSpace(lines[n-1]), "?")
	return fmt.Sprintf("%s:%d: %s: %s", f.path, n, line, strings.TrimPrefix(p.Message, "toml: "))
}

// at is path:line of key or of the table that it stands in; path where neither
// is found: the decoder does not tell.
func (f file) at(key toml.Key) string {
	table, place := "", f.path
	for i, line := range strings.Split(f.text, "\n") {
		line = strings.TrimSpace(line)
		if head, ok := strings.CutPrefix(line, "["); ok {
			table, _, _ = strings.Cut(strings.TrimPrefix(head, "["), "]")
			line = ""
		}
		name, _, _ := strings.Cut(line, "=")
		here := fmt.Sprintf("%s:%d", f.path, i+1)
		switch full := strings.Trim(table+"."+strings.TrimSpace(name), "."); {
		case full == key.String():
			return here
		case full != "" && strings.HasPrefix(key.String(), full+"."):
			place = here
		}
	}
	return place
}
