package main

import (
	"fmt"
	"slices"
	"strings"

	"sourire/device/board/display"
	"sourire/device/config"
	"sourire/device/screen"
	"sourire/device/tap"
)

// checkWords looks whether the display has room for what customers are to read.
func checkWords(c config.Config) []finding {
	return slices.Concat(checkQuestion(c), checkFollowUp(c), checkWrite(c), checkSaid(c))
}

func checkQuestion(c config.Config) []finding {
	cut := display.Cut(c.Board.Display, plain(c, screen.Question))
	if cut == nil {
		return nil
	}
	return []finding{{mild, fmt.Sprintf("question: in %s it is too long for %s, which shows it in parts: shorten survey.text, or list fewer languages", strings.Join(cut, " and "), c.Board.Display)}}
}

// checkFollowUp names the labels that are cut, or the question.
func checkFollowUp(c config.Config) []finding {
	s := plain(c, screen.FollowUp)
	s.FollowUp = c.Event("").FollowUp
	if s.FollowUp == nil {
		return nil
	}
	cut := display.Cut(c.Board.Display, s)
	var all []finding
	for _, lang := range cut {
		s.Languages = []string{lang}
		if display.Cut(c.Board.Display, s) == nil {
			continue // alone it has room
		}
		if display.Cut(c.Board.Display, only(s, -1)) != nil {
			all = append(all, finding{mild, fmt.Sprintf("follow-up: its question in %s is too long for %s beside the answers: shorten survey.followup.text.%[1]s", lang, c.Board.Display)})
			continue
		}
		named := len(all)
		for i, a := range s.FollowUp.Answers {
			if display.Cut(c.Board.Display, only(s, i)) != nil {
				all = append(all, finding{mild, fmt.Sprintf("follow-up: %q is too long for %s, which cuts it: shorten survey.followup.labels.%s.%s", a.Text[lang], c.Board.Display, a.ID, lang)})
			}
		}
		if len(all) == named {
			all = append(all, finding{mild, fmt.Sprintf("follow-up: in %s its labels are too long together for %s, which cuts some: shorten those of survey.followup.labels", lang, c.Board.Display)})
		}
	}
	if cut != nil && all == nil {
		all = append(all, finding{mild, fmt.Sprintf("follow-up: %s has room for it in %s only: shorten survey.followup.labels and text, or list fewer languages", c.Board.Display, c.Terminal.Languages[0])})
	}
	return all
}

// only is a follow-up in which all labels are short, but one.
func only(s screen.Scene, i int) screen.Scene {
	f := *s.FollowUp
	f.Answers = slices.Clone(f.Answers)
	for j := range f.Answers {
		if j != i {
			f.Answers[j] = tap.Reason{ID: "x", Text: map[string]string{s.Languages[0]: "x"}}
		}
	}
	s.FollowUp = &f
	return s
}

// checkWrite looks whether a phone could read the QR code off the display.
func checkWrite(c config.Config) []finding {
	if c.Survey.Write == "" {
		return nil
	}
	const about = "write"
	if strings.HasPrefix(c.Board.Display, "hd44780") {
		return []finding{{mild, about + ": a character display shows the address of survey.write in letters, without a QR code: leave it out, or use another display"}}
	}
	s := plain(c, screen.Write)
	address := strings.Replace(c.Survey.Write, "{ref}", "", 1)
	for less := range len(address) {
		s.Link = address[:len(address)-less] + sampleRef
		if display.Cut(c.Board.Display, s) != nil {
			continue
		}
		if less == 0 {
			return nil
		}
		return []finding{{mild, fmt.Sprintf("%s: its QR code would be too fine for %s, which shows no code: make survey.write shorter by %d letters", about, c.Board.Display, less)}}
	}
	return []finding{{mild, about + ": its words are too long for " + c.Board.Display + ": shorten texts.write"}}
}

// sampleRef is as long as a one-time reference, and as hard to encode.
const sampleRef = "K7F3M9QZ2XVBNR5TWYHJ6CDPLA"

// checkSaid names what only larger displays show.
func checkSaid(c config.Config) []finding {
	if d := c.Board.Display; len(c.Survey.Public.Said) > 0 && (strings.HasPrefix(d, "ssd1306") || strings.HasPrefix(d, "hd44780")) {
		return []finding{{mild, fmt.Sprintf("said: %s has no room for survey.public.said: e-paper, a larger screen and the browser show it", d)}}
	}
	return nil
}
