package assets

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
)

// DefaultLanguage is used where a language has no text.
const DefaultLanguage = "en"

// Text returns the text named key in a language ("fr"), else in
// [DefaultLanguage]. A key that does not exist comes back as it is, so that a
// screen shows something to search for.
func Text(lang, key string) string {
	for _, l := range []string{lang, DefaultLanguage} {
		if text, ok := locales()[l][key]; ok {
			return text
		}
	}
	return key
}

// Has reports whether a language has a text of its own.
func Has(lang, key string) bool {
	_, ok := locales()[lang][key]
	return ok
}

// staffOnly are the first words of keys whose texts no customer meets.
var staffOnly = []string{"result", "manager", "login", "box", "alert", "report", "note"}

// CustomerKeys lists the keys of the texts that a customer may meet, but for
// the labels of reasons: sorted.
func CustomerKeys() []string {
	var all []string
	for key := range locales()[DefaultLanguage] {
		first, _, _ := strings.Cut(key, ".")
		if first != "reason" && !slices.Contains(staffOnly, first) {
			all = append(all, key)
		}
	}
	slices.Sort(all)
	return all
}

// Languages lists the languages that have texts, sorted.
func Languages() []string {
	var all []string
	for lang := range locales() {
		all = append(all, lang)
	}
	slices.Sort(all)
	return all
}

// locales reads the embedded texts once: language, key, text. A file that
// cannot be read is a mistake of the build, hence the panic; the tests read
// them all.
var locales = sync.OnceValue(func() map[string]map[string]string {
	entries, err := FS.ReadDir("locales")
	if err != nil {
		panic(fmt.Errorf("read locales: %w", err))
	}
	all := make(map[string]map[string]string, len(entries))
	for _, e := range entries {
		raw, err := FS.ReadFile(path.Join("locales", e.Name()))
		if err != nil {
			panic(fmt.Errorf("read locale: %w", err))
		}
		texts := make(map[string]string)
		if err := json.Unmarshal(raw, &texts); err != nil {
			panic(fmt.Errorf("read locale %s: %w", e.Name(), err))
		}
		all[strings.TrimSuffix(e.Name(), ".json")] = texts
	}
	return all
})
