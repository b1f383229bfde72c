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
	all := checkHeadline(c, "question", "survey.text.%s", plain(c, screen.Question), "")
	for _, k := range []screen.Kind{screen.Thanks, screen.Closed, screen.Asleep, screen.OutOfOrder, screen.Cleaning, screen.Test, screen.Starting} {
		if ownWords(c, k) {
			all = append(all, checkHeadline(c, string(k), "texts.%s."+string(k), plain(c, k), "")...)
		}
	}
	return slices.Concat(all, checkFollowUp(c), checkWrite(c), checkSaid(c))
}

// ownWords reports whether the chain has a headline of its own for a scene:
// every display has room for ours.
func ownWords(c config.Config, k screen.Kind) bool {
	return slices.ContainsFunc(c.Terminal.Languages, func(lang string) bool { return c.Texts[lang][string(k)] != "" })
}

// checkHeadline says in which languages the display cuts a headline, what of it,
// and which key has it; beside is what it shares the display with. Where each
// language would have room alone, it is the last that is cut.
func checkHeadline(c config.Config, about, key string, s screen.Scene, beside string) (all []finding) {
	name := c.Board.Display
	cut := display.Cut(name, s)
	for _, lang := range cut {
		shown, beside := s, beside
		shown.Languages = []string{lang}
		if display.Cut(name, shown) == nil {
			if lang != cut[len(cut)-1] {
				continue
			}
			shown, beside = s, " beside the other languages"
		}
		words, _ := s.Words(lang)
		end := lost(words, func(words string) bool { return display.Cut(name, reworded(shown, lang, words)) == nil })
		all = append(all, finding{mild, fmt.Sprintf("%s: “%s” (%s) is too long for %s%s, which %s: shorten %s", about, words, lang, name, beside, leavesOut(name, end), fmt.Sprintf(key, lang))})
	}
	return all
}

// leavesOut says what becomes of words that the display has no room for.
func leavesOut(name, words string) string {
	if strings.HasPrefix(name, "hd44780") {
		return fmt.Sprintf("shows “%s” on another page", words)
	}
	return fmt.Sprintf("leaves out “%s”", words)
}

// lost is the end of a text for which there is no room: all after the most words
// that fit with an ellipsis, or of a single long word after the most letters.
func lost(text string, fits func(string) bool) string {
	for _, at := range []string{" ", ""} {
		words := strings.Split(text, at)
		for n := len(words) - 1; n > 0; n-- {
			if fits(strings.Join(words[:n], at) + "…") {
				return strings.Join(words[n:], at)
			}
		}
	}
	return text
}

// reworded is a scene with another headline in one language.
func reworded(s screen.Scene, lang, words string) screen.Scene {
	switch s.Kind {
	case screen.Question:
		s.Text = with(s.Text, lang, words)
	case screen.FollowUp:
		f := *s.FollowUp
		f.Text = with(f.Text, lang, words)
		s.FollowUp = &f
	default:
		s.Texts = with(s.Texts, lang, with(s.Texts[lang], string(s.Kind), words))
	}
	return s
}

// with is a copy of a map with another value.
func with[V any](m map[string]V, key string, value V) map[string]V {
	other := map[string]V{key: value}
	for k, v := range m {
		if k != key {
			other[k] = v
		}
	}
	return other
}

// checkFollowUp names the labels that are cut, or the question.
func checkFollowUp(c config.Config) []finding {
	s := plain(c, screen.FollowUp)
	s.FollowUp = c.Event("").FollowUp
	if s.FollowUp == nil {
		return nil
	}
	name := c.Board.Display
	cut := display.Cut(name, s)
	var all []finding
	for _, lang := range cut {
		s.Languages = []string{lang}
		if display.Cut(name, s) == nil {
			continue // alone it has room
		}
		if bare := only(s, -1); display.Cut(name, bare) != nil {
			all = append(all, checkHeadline(c, "follow-up", "survey.followup.text.%s", bare, " beside the answers")...)
			continue
		}
		named := len(all)
		for i, a := range s.FollowUp.Answers {
			fits := func(label string) bool { return display.Cut(name, labelled(only(s, i), i, lang, label)) == nil }
			if label := a.Text[lang]; !fits(label) {
				all = append(all, finding{mild, fmt.Sprintf("follow-up: “%s” (%s) is too long for %s, which %s: shorten survey.followup.labels.%s.%[2]s", label, lang, name, leavesOut(name, lost(label, fits)), a.ID)})
			}
		}
		if len(all) == named {
			all = append(all, finding{mild, fmt.Sprintf("follow-up: its labels (%s) are too long together for %s, which cuts some: shorten those of survey.followup.labels", lang, name)})
		}
	}
	if cut != nil && all == nil {
		all = append(all, finding{mild, fmt.Sprintf("follow-up: %s has room for it in %s only: shorten survey.followup.labels and text, or list fewer languages", name, c.Terminal.Languages[0])})
	}
	return all
}

// labelled is a follow-up with another label of its answer i.
func labelled(s screen.Scene, i int, lang, label string) screen.Scene {
	f := *s.FollowUp
	f.Answers = slices.Clone(f.Answers)
	f.Answers[i].Text = with(f.Answers[i].Text, lang, label)
	s.FollowUp = &f
	return s
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
