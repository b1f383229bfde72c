package config

import (
	"fmt"
	"slices"
	"strings"

	"sourire/assets"
	"sourire/device/tap"
)

// The labels that buttons can answer with, and a touch screen.
const (
	mostOnButtons = 4
	mostOnTouch   = 6
)

// followUp is the follow-up as the journal keeps it; nil where none is asked.
func (c *Config) followUp() *tap.FollowUp {
	f := c.Survey.FollowUp
	if !f.Ask {
		return nil
	}
	e := &tap.FollowUp{Text: c.inEach("followup", f.Text)}
	for _, id := range f.Answers {
		e.Answers = append(e.Answers, tap.Reason{ID: id, Text: c.inEach("reason."+id, f.Labels[id])})
	}
	return e
}

// inEach is a text in each of the store's languages: the one given, or ours.
func (c *Config) inEach(key string, own map[string]string) map[string]string {
	all := map[string]string{}
	for _, lang := range c.Terminal.Languages {
		all[lang] = assets.Text(lang, key)
		if text := own[lang]; text != "" {
			all[lang] = text
		}
	}
	return all
}

func (c *Config) targets() *tap.Targets {
	if t := tap.Targets(c.Survey.Targets); t != (tap.Targets{}) {
		return &t
	}
	return nil
}

func (c *Config) checkFollowUp() (errs []error) {
	f := c.Survey.FollowUp
	if !f.Ask {
		return nil
	}
	most := mostOnTouch
	if c.Board.Kind == BoardGPIO {
		most = min(mostOnButtons, len(c.ButtonLines()))
	}
	if n := len(f.Answers); n < 2 || n > most {
		errs = append(errs, fmt.Errorf("survey.followup.answers has %d: want 2 to %d, one a button", n, most))
	}
	if strings.HasPrefix(c.Board.Display, "hd44780") {
		errs = append(errs, wrong("survey.followup.ask", "true", "a character display has no room for a follow-up: leave it out"))
	}
	for i, id := range f.Answers {
		if !tap.ValidID(id) {
			errs = append(errs, wrong("survey.followup.answers", id, "want an id such as waiting"))
		}
		if slices.Contains(f.Answers[:i], id) {
			errs = append(errs, wrong("survey.followup.answers", id, "that is in it already: want each once"))
		}
		for _, lang := range c.Terminal.Languages {
			if f.Labels[id][lang] == "" && !assets.Has(lang, "reason."+id) {
				errs = append(errs, fmt.Errorf("survey.followup.labels.%s.%s is missing: want what the button says in that language", id, lang))
			}
		}
	}
	for _, lang := range c.Terminal.Languages {
		if f.Text[lang] == "" && !assets.Has(lang, "followup") {
			errs = append(errs, fmt.Errorf("survey.followup.text.%s is missing: want the question in that language", lang))
		}
	}
	return errs
}
