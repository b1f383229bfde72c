// Package screen says what to show, and draws it.
//
// A [Scene] is data. A panel draws it as pixels with [Draw]; a browser gets
// the words and the pictures ([Face.SVG]) and lays them out itself. Both draw
// the same faces from one table.
package screen

import (
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"

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
	FollowUp   Kind = "followup"   // what matters most; the press before is durable
	Write      Kind = "write"      // a QR code for who wants to write
	Closed     Kind = "closed"     // a press while the store is closed
	Asleep     Kind = "asleep"     // outside opening hours, until a press
	OutOfOrder Kind = "outoforder" // presses cannot be stored
	Cleaning   Kind = "cleaning"   // presses do not count for a minute
	Test       Kind = "test"       // presses do not count
	PIN        Kind = "pin"        // the manager's PIN is being entered
	Manager    Kind = "manager"    // a page of the manager's view
)

// Kinds lists every kind of scene.
var Kinds = []Kind{Starting, Question, Thanks, FollowUp, Write, Closed, Asleep, OutOfOrder, Cleaning, Test, PIN, Manager}

// Scene is what a person sees. What it refers to is shared between copies and
// must not be changed; compare scenes with [Scene.Equal].
type Scene struct {
	Kind      Kind
	Scale     tap.Scale
	Text      map[string]string            // the question, by language
	Languages []string                     // in the order in which they are shown
	Texts     map[string]map[string]string // the chain's own, by language and key

	FollowUp *tap.FollowUp // FollowUp: the question and its answers; Thanks: with Reason
	Reason   string        // Thanks: id of the reason that was understood; empty for none
	Left     int           // FollowUp, Write, Cleaning, Test, PIN, Manager: seconds until it ends by itself
	Of       int           // of so many
	Link     string        // Write: what the QR code says
	Part     string        // OutOfOrder: the part that is, as its events name it; empty where that is not known

	Voices int        // Question: how many answers there were today; 0: not told
	Said   *Said      // Question: something that was done; nil: nothing is told
	Alert  bool       // an alert is open: a discreet mark
	Pages  *PageShown // PIN, Manager

	drift int // Asleep: where the picture is, of drifts places
}

// Said is something that customers asked for, and what was done, by language.
type Said struct{ You, We map[string]string }

// PageShown is a page of the manager's view, in words of one language.
type PageShown struct {
	Lang   string
	Title  string
	Rows   []Row    // the most important first
	Number int      // of the page, from 1
	Of     int      // how many there are
	Keys   []string // what each button does, from the left: "−", "+", "OK", ""
}

// Row is a line of a page: a name and what it comes to, and for a share its
// interval.
type Row struct {
	Name, Value string
	Bar         bool   // Lo to Hi is drawn, and Share where there are answers enough
	Lo, Hi      int    // percent
	Share       int    // percent; -1: few answers, no point is drawn
	Interval    string // Lo to Hi in figures; empty where the value says it
}

// Equal reports whether both scenes show the same.
func (s Scene) Equal(t Scene) bool { return reflect.DeepEqual(s, t) }

// Words returns what the scene says in one language: a headline and, for some
// kinds, a line that explains it.
func (s Scene) Words(lang string) (headline, more string) {
	switch s.Kind {
	case Question:
		if q := s.Text[lang]; q != "" {
			return q, ""
		}
		return s.Word(lang, "question"), ""
	case FollowUp:
		if s.FollowUp != nil && s.FollowUp.Text[lang] != "" {
			return s.FollowUp.Text[lang], s.Word(lang, "followup.more")
		}
		return s.Word(lang, "followup"), s.Word(lang, "followup.more")
	case Thanks:
		if label := s.label(s.Reason, lang); label != "" {
			return strings.Replace(s.Word(lang, "thanks.reason"), "%s", lowerFirst(label), 1), ""
		}
	case Starting:
		return s.Word(lang, string(Starting)), ""
	case PIN, Manager:
		if s.Pages != nil {
			return s.Pages.Title, ""
		}
		return "", ""
	}
	return s.Word(lang, string(s.Kind)), s.Word(lang, string(s.Kind)+".more")
}

// Printed is [Scene.Words] for the eye: no line ends with the article of what
// was understood.
func (s Scene) Printed(lang string) (headline, more string) {
	headline, more = s.Words(lang)
	if s.Kind == Thanks && s.Reason != "" {
		if thanks, label, ok := strings.Cut(headline, ": "); ok {
			headline = thanks + ": " + strings.Replace(label, " ", "\u00a0", 1)
		}
	}
	return headline, more
}

// Word is the text named key: the chain's own, or ours.
func (s Scene) Word(lang, key string) string {
	if own := s.Texts[lang][key]; own != "" {
		return own
	}
	return assets.Text(lang, key)
}

// Told is how many voices there were today, in words; empty where it is not told.
func (s Scene) Told(lang string) string {
	if s.Voices == 0 {
		return ""
	}
	return assets.Format(lang, s.Word(lang, assets.Plural(lang, "voices", s.Voices)), s.Voices)
}

// part is the name of what is out of order, in the language of the store's
// staff; empty where that is not known.
func (s Scene) part() string {
	lang := s.languages()[0]
	if s.Kind != OutOfOrder || !assets.Has(lang, "box.part."+s.Part) {
		return ""
	}
	return lowerFirst(assets.Text(lang, "box.part."+s.Part))
}

// ForStaff is what staff, whom customers are asked to tell, are told of what is
// out of order: which part, and what to do. Empty where that is not known.
func (s Scene) ForStaff() string { return s.forStaff("box.outoforder") }

func (s Scene) forStaff(key string) string {
	if s.part() == "" {
		return ""
	}
	return assets.Textf(s.languages()[0], key, s.part())
}

// label is what the button of a reason says in a language; empty where there is
// no such reason.
func (s Scene) label(reason, lang string) string {
	if s.FollowUp == nil || reason == "" {
		return ""
	}
	for _, r := range s.FollowUp.Answers {
		if r.ID == reason {
			return r.Text[lang]
		}
	}
	return ""
}

// hasFoot reports whether something stands below a question.
func (s Scene) hasFoot() bool {
	lang := s.languages()[0]
	return s.Kind == Question && (s.Told(lang) != "" || s.said(lang) != nil)
}

// said is what customers asked for, and what was done: two lines, or none.
func (s Scene) said(lang string) []string {
	if s.Said == nil || s.Said.We[lang] == "" {
		return nil
	}
	colon := assets.Text(lang, "result.colon") + " "
	return []string{s.Word(lang, "said.you") + colon + s.Said.You[lang], s.Word(lang, "said.we") + colon + s.Said.We[lang]}
}

// answers are those of the follow-up, in the order of the buttons.
func (s Scene) answers() []tap.Reason {
	if s.FollowUp == nil {
		return nil
	}
	return s.FollowUp.Answers
}

func fullLabel(a tap.Reason, lang string) string { return a.Text[lang] }

// shortLabel is the label of an answer, in fewer letters where it is ours.
func shortLabel(a tap.Reason, lang string) string {
	key := "reason." + a.ID
	if label := a.Text[lang]; label != assets.Text(lang, key) || !assets.Has(lang, key+".short") {
		return label
	}
	return assets.Text(lang, key+".short")
}

// lowerFirst is a label in the middle of a sentence.
func lowerFirst(label string) string {
	first, n := utf8.DecodeRuneInString(label)
	if second, _ := utf8.DecodeRuneInString(label[n:]); unicode.IsUpper(second) {
		return label // an abbreviation
	}
	return string(unicode.ToLower(first)) + label[n:]
}
