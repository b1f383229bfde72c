package seal

import (
	"cmp"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// appendCanonical appends v in RFC 8785 form. It writes by itself what events
// are made of, structs of text, whole numbers and truth values, with the members
// in their order from the start: a press waits for this. Anything else goes
// through json.Marshal, whose output is brought into order afterwards.
func appendCanonical(to []byte, v reflect.Value) ([]byte, error) {
	if !v.IsValid() || special(v.Type()) {
		return appendOther(to, v)
	}
	return appendPlain(to, v)
}

// appendPlain appends a value whose type is not special.
func appendPlain(to []byte, v reflect.Value) ([]byte, error) {
	switch v.Kind() {
	case reflect.Bool:
		return strconv.AppendBool(to, v.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if n := v.Int(); -exact < n && n < exact {
			return strconv.AppendInt(to, n, 10), nil
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if n := v.Uint(); n < exact {
			return strconv.AppendUint(to, n, 10), nil
		}
	case reflect.String:
		to, _ = jsontext.AppendQuote(to, v.String()) // it replaces what is not UTF-8, as json.Marshal does
		return to, nil
	case reflect.Pointer:
		if !v.IsNil() {
			return appendCanonical(to, v.Elem())
		}
	case reflect.Slice:
		if !v.IsNil() && v.Type().Elem().Kind() == reflect.String {
			return appendTexts(to, v)
		}
	case reflect.Struct:
		if members := membersOf(v.Type()); members != nil {
			return appendStruct(to, v, members)
		}
	}
	return appendOther(to, v)
}

// exact is the first whole number that is not the only one with its float64.
const exact = 1 << 53

func appendOther(to []byte, v reflect.Value) ([]byte, error) {
	var value any
	switch {
	case v.IsValid() && v.CanAddr(): // for methods of the pointer
		value = v.Addr().Interface()
	case v.IsValid():
		value = v.Interface()
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("canonicalise: %w", err)
	}
	c, err := canonicalise(raw)
	return append(to, c...), err
}

func appendTexts(to []byte, v reflect.Value) (_ []byte, err error) {
	to = append(to, '[')
	for i := range v.Len() {
		if i > 0 {
			to = append(to, ',')
		}
		if to, err = appendPlain(to, v.Index(i)); err != nil {
			return nil, err
		}
	}
	return append(to, ']'), nil
}

func appendStruct(to []byte, v reflect.Value, members []member) (_ []byte, err error) {
	to = append(to, '{')
	first := true
	for _, m := range members {
		field := v.FieldByIndex(m.index)
		if m.omitempty && empty(field) {
			continue
		}
		if !first {
			to = append(to, ',')
		}
		first = false
		to = append(to, m.name...)
		if m.special {
			to, err = appendOther(to, field)
		} else {
			to, err = appendPlain(to, field)
		}
		if err != nil {
			return nil, err
		}
	}
	return append(to, '}'), nil
}

// empty is what encoding/json leaves out for omitempty.
func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Map, reflect.Slice, reflect.Array:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// member is one member of the JSON object that a struct becomes.
type member struct {
	name      string // quoted, with its colon
	index     []int
	omitempty bool
	special   bool // its type is
}

var membersByType sync.Map // reflect.Type to []member

// membersOf is a struct's members in their order; nil for a struct that is left
// to encoding/json.
func membersOf(t reflect.Type) []member {
	if known, ok := membersByType.Load(t); ok {
		return known.([]member)
	}
	members, plain := collect(t, nil)
	slices.SortFunc(members, func(a, b member) int { return cmp.Compare(a.name, b.name) })
	twice := slices.CompactFunc(slices.Clone(members), func(a, b member) bool { return a.name == b.name })
	if !plain || len(twice) != len(members) {
		members = nil
	}
	membersByType.Store(t, members)
	return members
}

// collect lists the members of a struct; false where it uses a feature of
// encoding/json that appendStruct has not got.
func collect(t reflect.Type, index []int) (members []member, plain bool) {
	for f := range t.Fields() {
		tag, tagged := f.Tag.Lookup("json")
		name, option, _ := strings.Cut(tag, ",")
		at := append(slices.Clone(index), f.Index...)
		switch {
		case tag == "-":
		case f.Anonymous:
			if name != "" || f.Type.Kind() != reflect.Struct || special(f.Type) {
				return nil, false
			}
			inner, plain := collect(f.Type, at)
			if !plain {
				return nil, false
			}
			members = append(members, inner...)
		case !f.IsExported():
		case !tagged || !isPlain(name) || option != "" && option != "omitempty":
			return nil, false
		default:
			members = append(members, member{`"` + name + `":`, at, option == "omitempty", special(f.Type)})
		}
	}
	return members, true
}

// isPlain is true of a name that needs no escapes and sorts by its bytes.
func isPlain(name string) bool {
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return name != ""
}

var (
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
	number        = reflect.TypeFor[json.Number]()
)

// special is true of a type whose JSON is not that of its kind, and of a slice
// of such.
func special(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(marshaler) || p.Implements(textMarshaler) || t == number ||
		t.Kind() == reflect.Slice && special(t.Elem())
}
