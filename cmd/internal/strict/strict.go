// Package strict reads configuration files in which every key must be known.
//
//	var c Config
//	if err := strict.Load("/etc/sourire/office.toml", &c); err != nil { … }
package strict

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/BurntSushi/toml"
)

// ErrConfig is wrapped by every error of [Load].
var ErrConfig = errors.New("configuration")

// Load decodes the TOML file at path into the struct that into points to. What
// the file does not mention keeps its value, so defaults are set before.
//
// A file that cannot be read, that is not TOML, a value of the wrong type and a
// key that the struct does not have are errors that wrap [ErrConfig] and name
// the file and the line; an unknown key also names the nearest known one.
func Load(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	meta, err := toml.Decode(string(text), into)
	if err != nil {
		return fmt.Errorf("%w: %s: %s", ErrConfig, path, reason(err))
	}
	var unknown []error
	var parent string
	for _, key := range meta.Undecoded() {
		if parent != "" && strings.HasPrefix(key.String(), parent) {
			continue // its table has been named already
		}
		parent = key.String() + "."
		unknown = append(unknown, fmt.Errorf("%w: %s: unknown key %q; the nearest known key is %q",
			ErrConfig, at(path, string(text), key), key, nearest(into, key)))
	}
	return errors.Join(unknown...)
}

// reason is a decoder's error without the name of the decoder.
func reason(err error) string {
	var p toml.ParseError
	if errors.As(err, &p) {
		return fmt.Sprintf("line %d: %s", p.Position.Line, strings.TrimPrefix(p.Message, "toml: "))
	}
	return strings.TrimPrefix(err.Error(), "toml: ")
}

// at is path:line of key, or path where the line cannot be told: the decoder
// does not say where an unknown key stands.
func at(path, text string, key toml.Key) string {
	table := ""
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if head, ok := strings.CutPrefix(line, "["); ok {
			table, _, _ = strings.Cut(strings.TrimPrefix(head, "["), "]")
			line = ""
		}
		name, _, _ := strings.Cut(line, "=")
		full := strings.Trim(table+"."+strings.TrimSpace(name), ".")
		if full == key.String() {
			return fmt.Sprintf("%s:%d", path, i+1)
		}
	}
	return path
}
