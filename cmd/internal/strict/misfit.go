package strict

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/BurntSushi/toml"
)

// misfits names the keys and values below key that type t has no place for.
func (f file) misfits(value any, t reflect.Type, key toml.Key) []error {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	want, elem := wanted(t)
	switch v := value.(type) {
	case map[string]any:
		if want != table {
			break
		}
		var errs []error
		for _, name := range slices.Sorted(maps.Keys(v)) {
			below := append(slices.Clone(key), name)
			known := elem
			if t.Kind() == reflect.Struct {
				known = fieldOf(t, name)
			}
			if known == nil {
				errs = append(errs, fmt.Errorf("%w: %s: unknown key %q; the nearest known key is %q",
					ErrConfig, f.at(below), below, nearest(f.into, below)))
				continue
			}
			errs = append(errs, f.misfits(v[name], known, below)...)
		}
		return errs
	case []any:
		if want != list {
			break
		}
		var errs []error
		for _, item := range v {
			errs = append(errs, f.misfits(item, elem, key)...)
		}
		return errs
	case []map[string]any: // [[tables]]
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = item
		}
		return f.misfits(items, t, key)
	case string:
		if want == text || want == duration {
			return nil
		}
	case int64:
		if want == whole || want == number {
			return nil
		}
	case float64:
		if want == number {
			return nil
		}
	case bool:
		if want == truth {
			return nil
		}
	}
	return []error{fmt.Errorf("%w: %s: %s is %s: give %s", ErrConfig, f.at(key), key, found(value), want)}
}

// kind is what a key may be given, in words.
type kind string

const (
	text     kind = `text in double quotes, such as "text"`
	duration kind = `a time in double quotes, such as "30s" or "5m"`
	whole    kind = "a whole number, such as 7"
	number   kind = "a number, such as 7.5"
	truth    kind = "true or false"
	list     kind = `a list, such as ["a", "b"]`
	table    kind = "a table: a line [with its name], and a line for each key"
)

// wanted is what a type may be given and, for lists and maps, what their
// elements may.
func wanted(t reflect.Type) (kind, reflect.Type) {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return duration, nil
	case reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		return text, nil
	}
	switch t.Kind() {
	case reflect.Struct:
		return table, nil
	case reflect.Map:
		return table, t.Elem()
	case reflect.Slice, reflect.Array:
		return list, t.Elem()
	case reflect.Bool:
		return truth, nil
	case reflect.Float32, reflect.Float64:
		return number, nil
	case reflect.String:
		return text, nil
	}
	return whole, nil
}

// found is a value of the file in words.
func found(value any) string {
	switch v := value.(type) {
	case map[string]any:
		return "a table"
	case []any, []map[string]any:
		return "a list"
	case string:
		return fmt.Sprintf("%q", v)
	case time.Time:
		return "a date"
	}
	return fmt.Sprint(value)
}

// fieldOf is the type of the field that decodes a key; nil where there is none.
func fieldOf(t reflect.Type, name string) reflect.Type {
	for _, f := range reflect.VisibleFields(t) {
		if name != "" && keyOf(f) == name {
			return f.Type
		}
	}
	return nil
}
