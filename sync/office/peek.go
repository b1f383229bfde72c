package office

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"sourire/device/tap"
)

// peek is what the office reads of every event. To decode events whole costs
// more than all else that is done with them.
type peek struct {
	Seq     uint64
	Kind    tap.Kind
	At      string
	Clock   tap.Quality
	Boot    uint64
	Up      int64
	Counted bool   // of a tap
	Tap     uint64 // that an undo names; 0 for none
}

// counts reports whether the event is a tap that is counted unless undone.
func (p peek) counts() bool { return p.Kind == tap.KindTap && p.Counted }

var errNoObject = errors.New("it is not an object")

// read reads an event, which must be valid JSON. Members that other kinds use
// otherwise are read where they have the type expected.
func (p *peek) read(event []byte) error {
	s := scan(event)
	if !s.open() {
		return errNoObject
	}
	for {
		name, value, ok := s.member()
		if !ok {
			return nil
		}
		var err error
		switch string(name) {
		case `"seq"`:
			p.Seq, err = strconv.ParseUint(string(value), 10, 64)
		case `"kind"`:
			err = readText(value, &p.Kind)
		case `"at"`:
			err = readText(value, &p.At)
		case `"clock"`:
			err = readText(value, &p.Clock)
		case `"boot"`:
			p.Boot, _ = strconv.ParseUint(string(value), 10, 64)
		case `"up"`:
			p.Up, _ = strconv.ParseInt(string(value), 10, 64)
		case `"counted"`:
			p.Counted = string(value) == "true"
		case `"tap"`:
			p.Tap, _ = strconv.ParseUint(string(value), 10, 64)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
}

// readText reads a string without escapes as it is.
func readText[T ~string](value []byte, to *T) error {
	if len(value) > 1 && value[0] == '"' && bytes.IndexByte(value, '\\') < 0 {
		*to = T(value[1 : len(value)-1])
		return nil
	}
	return json.Unmarshal(value, to)
}

// scan is the rest of an object, valid JSON, of which the members are taken one
// by one.
type scan []byte

// open takes the brace that opens the object; false for another value.
func (s *scan) open() bool {
	s.blank()
	if len(*s) == 0 || (*s)[0] != '{' {
		return false
	}
	*s = (*s)[1:]
	return true
}

// member takes a member: its name as it stands, in quotes, and its value.
func (s *scan) member() (name, value []byte, ok bool) {
	s.blank()
	if len(*s) > 0 && (*s)[0] == ',' {
		*s = (*s)[1:]
		s.blank()
	}
	if len(*s) == 0 || (*s)[0] != '"' {
		return nil, nil, false
	}
	name = s.take(end(*s))
	s.blank()
	s.take(1) // the colon
	s.blank()
	return name, s.take(end(*s)), true
}

func (s *scan) take(n int) []byte {
	n = min(n, len(*s))
	taken := (*s)[:n]
	*s = (*s)[n:]
	return taken
}

func (s *scan) blank() {
	for len(*s) > 0 && ((*s)[0] == ' ' || (*s)[0] == '\n' || (*s)[0] == '\t' || (*s)[0] == '\r') {
		*s = (*s)[1:]
	}
}

// end is the length of the value at the start of b.
func end(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			for i++; i < len(b) && b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth <= 0 {
				return i + 1 + depth // not the brace around a bare value
			}
		case ',', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return i
			}
		}
	}
	return len(b)
}
