package panel

import (
	"fmt"

	"golang.org/x/text/language"

	"sourire/assets"
	"sourire/device/screen"
	"sourire/device/web"
)

// view is a scene as the page gets it: what to show, and what to say when the
// service stops. All texts are in the order of the languages.
type view struct {
	Version string      `json:"version"` // of the page
	Kind    screen.Kind `json:"kind"`
	Words   []saying    `json:"words"`
	Away    []saying    `json:"away"` // while nobody answers: out of order

	Layout  Layout   `json:"layout"` // of the answers
	Answers []answer `json:"answers"`
	Low     []line   `json:"low"` // what the worst number means; none for faces
	High    []line   `json:"high"`

	Left int    `json:"left"` // seconds until it ends by itself; 0: it does not, or the page does not say so
	Of   int    `json:"of"`
	More []line `json:"more"` // what a key says that gives more time; none: there is no such key
	End  []line `json:"end"`  // likewise, that ends it

	Code   *code  `json:"code"` // Write
	Voices []line `json:"voices"`
	Said   []said `json:"said"`
	Alert  bool   `json:"alert"`
	Staff  []line `json:"staff"` // OutOfOrder: what staff are told of it; in one language
	Rows   []row  `json:"rows"`  // PIN, Manager
	Pages  string `json:"pages"` // where among the pages this one is: "2 / 5"
}

// Layout is how answers are laid out.
type Layout string

// The layouts of answers.
const (
	layoutLabels Layout = "labels" // answers in words
	layoutKeypad Layout = "keypad" // three keys in a row
	layoutKeys   Layout = "keys"   // in one row
	// and the scales, for faces and numbers
)

// line is a text in a language.
type line struct {
	Lang string `json:"lang"`
	Dir  string `json:"dir"` // ltr or rtl
	Text string `json:"text"`
}

// saying is what a scene says in a language.
type saying struct {
	Lang     string `json:"lang"`
	Dir      string `json:"dir"`
	Headline string `json:"headline"`
	More     string `json:"more"`
}

// said is something that was done because customers asked for it.
type said struct {
	Lang string `json:"lang"`
	Dir  string `json:"dir"`
	You  string `json:"you"` // the words before what they said
	They string `json:"they"`
	We   string `json:"we"` // the words before what was done
	Did  string `json:"did"`
}

// row is a line of a manager's page, in the language of its words.
type row struct {
	Lang  string `json:"lang"`
	Dir   string `json:"dir"`
	Name  string `json:"name"`
	Value string `json:"value"`
	Bar   bool   `json:"bar"`
	Lo    int    `json:"lo"`
	Hi    int    `json:"hi"`
	Share int    `json:"share"` // -1: not drawn
}

func newView(s screen.Scene) view {
	if len(s.Languages) == 0 {
		s.Languages = []string{assets.DefaultLanguage}
	}
	v := view{
		Version: web.Version(), Kind: s.Kind, Words: sayings(s), Left: s.Left, Of: s.Of,
		Voices: told(s), Said: allSaid(s), Alert: s.Alert,
	}
	away := s
	away.Kind = screen.OutOfOrder
	v.Away = sayings(away)
	v.ask(s)
	switch s.Kind {
	case screen.FollowUp:
		v.More, v.End = lines(s, "followup.longer"), lines(s, "followup.end")
	case screen.Write:
		v.Code, v.End = newCode(s.Link), lines(s, "write.end")
		v.More = lines(s, "write.longer")
	case screen.PIN, screen.Manager:
		v.showPage(s.Pages)
	}
	if text := s.ForStaff(); text != "" {
		v.Staff = []line{newLine(s.Languages[0], text)}
	}
	return v
}

// sayings are a scene's words.
func sayings(s screen.Scene) (all []saying) {
	languages := s.Languages
	if s.Pages != nil && (s.Kind == screen.PIN || s.Kind == screen.Manager) {
		languages = []string{s.Pages.Lang}
	}
	for _, lang := range languages {
		headline, more := s.Printed(lang)
		if s.Kind == screen.Asleep {
			more = s.Word(lang, "asleep.touch") // no face shows that could be pressed
		}
		all = append(all, saying{lang, direction(lang), headline, more})
	}
	return all
}

func (v *view) showPage(p *screen.PageShown) {
	if p == nil {
		return
	}
	for _, r := range p.Rows {
		v.Rows = append(v.Rows, row{p.Lang, direction(p.Lang), r.Name, r.Value, r.Bar, r.Lo, r.Hi, r.Share})
	}
	if p.Of > 1 {
		v.Pages = fmt.Sprintf("%d / %d", p.Number, p.Of)
	}
}

func told(s screen.Scene) (all []line) {
	if s.Kind != screen.Question || s.Voices == 0 {
		return nil
	}
	for _, lang := range s.Languages {
		all = append(all, newLine(lang, s.Told(lang)))
	}
	return all
}

func allSaid(s screen.Scene) (all []said) {
	if s.Kind != screen.Question || s.Said == nil {
		return nil
	}
	for _, lang := range s.Languages {
		all = append(all, said{
			lang, direction(lang), s.Word(lang, "said.you"), s.Said.You[lang], s.Word(lang, "said.we"), s.Said.We[lang],
		})
	}
	return all
}

// lines are a text in each language.
func lines(s screen.Scene, key string) []line {
	var all []line
	for _, lang := range s.Languages {
		all = append(all, newLine(lang, s.Word(lang, key)))
	}
	return all
}

func newLine(lang, text string) line { return line{lang, direction(lang), text} }

// rightToLeft are the scripts that are written so, of the languages of today.
var rightToLeft = map[string]bool{"Arab": true, "Hebr": true, "Thaa": true, "Syrc": true, "Nkoo": true, "Adlm": true, "Rohg": true}

// direction is how a language is written: ltr or rtl.
func direction(lang string) string {
	if script, _ := language.Make(lang).Script(); rightToLeft[script.String()] {
		return "rtl"
	}
	return "ltr"
}
