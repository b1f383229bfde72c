package strict

import (
	"reflect"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/agnivade/levenshtein"
)

// nearest is the known key of the struct behind into that most resembles key:
// the one whose own name is nearest, and among those the one in the nearest
// table.
func nearest(into any, key toml.Key) string {
	var best string
	least := [2]int{1 << 30, 0}
	for _, known := range keys(reflect.TypeOf(into), "") {
		name := known[strings.LastIndexByte(known, '.')+1:]
		d := levenshtein.ComputeDistance(name, key[len(key)-1])
		if strings.TrimSuffix(known, name) != strings.TrimSuffix(key.String(), key[len(key)-1]) {
			d++
		}
		cost := [2]int{d, levenshtein.ComputeDistance(known, key.String())}
		if cost[0] < least[0] || cost[0] == least[0] && cost[1] < least[1] {
			best, least = known, cost
		}
	}
	return best
}

// keys lists the dotted names that a type decodes, tables included.
func keys(t reflect.Type, prefix string) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	var names []string
	for _, f := range reflect.VisibleFields(t) {
		if name := keyOf(f); name != "" {
			names = append(names, prefix+name)
			names = append(names, keys(f.Type, prefix+name+".")...)
		}
	}
	return names
}

// keyOf is the name that a field decodes; empty where it decodes none.
func keyOf(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
	switch {
	case name == "-" || !f.IsExported() || f.Anonymous:
		return ""
	case name == "":
		return strings.ToLower(f.Name)
	}
	return name
}
