package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sourire/assets"
	"sourire/device/tap"
)

// checkTexts wants every text that a customer may meet in each of the store's
// languages: from the chain, or from us.
func (c *Config) checkTexts() (errs []error) {
	for _, lang := range slices.Sorted(maps.Keys(c.Texts)) {
		if !slices.Contains(c.Terminal.Languages, lang) {
			errs = append(errs, fmt.Errorf("texts.%s: terminal.languages does not list %q", lang, lang))
		}
		for _, key := range slices.Sorted(maps.Keys(c.Texts[lang])) {
			if own := ownKey(key); own != "" {
				errs = append(errs, fmt.Errorf("texts.%s.%s is not read: write it as %s.%s", lang, key, own, lang))
			} else if !assets.Has(assets.DefaultLanguage, key) {
				errs = append(errs, fmt.Errorf("texts.%s.%s: there is no such text; assets/locales/en.json lists them", lang, key))
			} else if strings.TrimSpace(c.Texts[lang][key]) == "" {
				errs = append(errs, fmt.Errorf("texts.%s.%s is empty: want the text, or leave it out", lang, key))
			}
		}
	}
	for _, lang := range c.Terminal.Languages {
		var missing []string
		for _, key := range c.customerKeys() {
			if c.Texts[lang][key] == "" && !assets.Has(lang, key) {
				missing = append(missing, key)
			}
		}
		if len(missing) > 0 {
			errs = append(errs, fmt.Errorf("texts.%s lacks %s: want each in that language", lang, strings.Join(missing, ", ")))
		}
	}
	return errs
}

// ownKey names the key of the configuration, if there is one, that a text has
// instead of one in texts.
func ownKey(key string) string {
	switch {
	case key == "question" || strings.HasSuffix(key, ".question"):
		return "survey.text"
	case key == "followup":
		return "survey.followup.text"
	}
	return ""
}

// customerKeys are the texts that a customer of this terminal may meet, but for
// those that have a key of their own in the configuration.
func (c *Config) customerKeys() []string {
	met := map[string]bool{
		"asleep": len(c.Survey.Hours) > 0, "write": c.Survey.Write != "",
		"voices": c.Survey.Public.Counter, "said": len(c.Survey.Public.Said) > 0,
	}
	for _, s := range tap.Scales {
		met[string(s)] = s == c.Survey.Scale
	}
	return slices.DeleteFunc(assets.CustomerKeys(), func(key string) bool {
		if strings.HasSuffix(key, ".short") || ownKey(key) != "" {
			return true // of a text of ours
		}
		first, _, _ := strings.Cut(key, ".")
		if first == "followup" || key == "thanks.reason" {
			return !c.Survey.FollowUp.Ask
		}
		meets, known := met[first]
		return known && !meets
	})
}
