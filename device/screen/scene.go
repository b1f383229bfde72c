// Package screen says what to show, and draws it.
//
// A [Scene] is data. A panel draws it as pixels with [Draw]; a browser gets
// the words and the pictures ([Face.SVG]) and lays them out itself. Both draw
// the same faces from one table.
package screen

import (
	"maps"
	"slices"

	"sourire/assets"
	"sourire/device/tap"
)

// Kind names what a screen shows.
type Kind string

// The kinds of scene.
const (
	Starting   Kind = "starting"   // not yet ready to take a press
	Question   Kind = "question"   // the question and the faces
	Thanks     Kind = "thanks"     // a press is durable; the same for every choice
	Closed     Kind = "closed"     // the store is closed
	OutOfOrder Kind = "outoforder" // presses cannot be stored
)

// Scene is what a customer sees. Text and Languages are shared between copies
// and must not be changed; compare scenes with [Scene.Equal].
type Scene struct {
	Kind      Kind
	Scale     tap.Scale
	Text      map[string]string // the question, by language
	Languages []string          // in the order in which they are shown
}

// Equal reports whether both scenes show the same.
func (s Scene) Equal(t Scene) bool {
	return s.Kind == t.Kind && s.Scale == t.Scale &&
		slices.Equal(s.Languages, t.Languages) && maps.Equal(s.Text, t.Text)
}

// Words returns what the scene says in one language: a headline and, for some
// kinds, a line that explains it.
func (s Scene) Words(lang string) (headline, more string) {
	switch s.Kind {
	case Question:
		if q := s.Text[lang]; q != "" {
			return q, ""
		}
		return assets.Text(lang, "question"), ""
	case Thanks, Closed, OutOfOrder:
		return assets.Text(lang, string(s.Kind)), assets.Text(lang, string(s.Kind)+".more")
	}
	return assets.Text(lang, string(Starting)), ""
}
