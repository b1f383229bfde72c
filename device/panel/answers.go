package panel

import (
	"strconv"
	"strings"

	"sourire/device/screen"
	"sourire/device/tap"
)

// answer is a button of the page: a picture, a number, or words.
type answer struct {
	Image    string `json:"image"` // path of its picture; or
	Number   string `json:"number"`
	Names    []line `json:"names"`    // what it means, where that does not stand on it
	Captions []line `json:"captions"` // what stands on it or, with a picture, below it
}

// ask puts in the answers to what a scene asks, and how they are laid out.
func (v *view) ask(s screen.Scene) {
	switch s.Kind {
	case screen.Question, screen.Test:
		v.askScale(s)
	case screen.Thanks:
		if s.Reason == "" { // a change of mind is welcome
			v.askScale(s)
		}
	case screen.FollowUp:
		v.askReasons(s)
	case screen.PIN, screen.Manager:
		v.askKeys(s.Pages)
	}
}

func (v *view) askScale(s screen.Scene) {
	v.Layout = Layout(s.Scale)
	for i := range s.Scale.Choices() {
		v.Answers = append(v.Answers, newAnswer(s, i))
	}
	if s.Scale == tap.NPS {
		v.Low, v.High = lines(s, "nps.low"), lines(s, "nps.high")
	}
}

func newAnswer(s screen.Scene, i int) answer {
	number := strconv.Itoa(i)
	if s.Scale == tap.NPS {
		a := answer{Number: number}
		if i == 0 || i == s.Scale.Choices()-1 {
			a.Names = lines(s, "nps."+number)
		}
		return a
	}
	a := answer{Image: "/face/" + string(s.Scale) + "/" + number + ".svg", Names: lines(s, string(s.Scale)+"."+number)}
	if s.Scale == tap.YesNo {
		a.Captions, a.Names = a.Names, nil
	}
	return a
}

func (v *view) askReasons(s screen.Scene) {
	if s.FollowUp == nil {
		return
	}
	v.Layout = layoutLabels
	for _, r := range s.FollowUp.Answers {
		var a answer
		for _, lang := range s.Languages {
			a.Captions = append(a.Captions, newLine(lang, r.Text[lang]))
		}
		v.Answers = append(v.Answers, a)
	}
}

// keypadKeys is how many keys a keypad has: three in a row.
const keypadKeys = 12

// askKeys puts in the keys of a manager's page. One without a word has no use,
// but keeps its place.
func (v *view) askKeys(p *screen.PageShown) {
	if p == nil || strings.Join(p.Keys, "") == "" {
		return
	}
	v.Layout = layoutKeys
	if len(p.Keys) == keypadKeys {
		v.Layout = layoutKeypad
	}
	for _, k := range p.Keys {
		a := answer{}
		if k != "" {
			a.Captions = []line{newLine(p.Lang, k)}
		}
		v.Answers = append(v.Answers, a)
	}
}
