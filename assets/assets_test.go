package assets

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestLocalesHaveTheSameKeysAndVerbs(t *testing.T) {
	verbs := regexp.MustCompile(`%[a-z%]`)
	reference := locales()[DefaultLanguage]
	if len(reference) == 0 || len(Languages()) < 2 {
		t.Fatalf("languages %q, %d texts in the default one", Languages(), len(reference))
	}
	for _, lang := range Languages() {
		texts := locales()[lang]
		if want, got := slices.Sorted(maps.Keys(reference)), slices.Sorted(maps.Keys(texts)); !slices.Equal(want, got) {
			t.Errorf("%s: keys differ from those of %s:\n%q\n%q", lang, DefaultLanguage, got, want)
		}
		for key, text := range texts {
			if text == "" {
				t.Errorf("%s: %s is empty", lang, key)
			}
			if want, got := verbs.FindAllString(reference[key], -1), verbs.FindAllString(text, -1); !slices.Equal(want, got) {
				t.Errorf("%s: %s has the verbs %q, want %q", lang, key, got, want)
			}
		}
	}
}

// French sets a space before ? ! : ; % and within « », at which no line breaks.
func TestFrenchSpacesHold(t *testing.T) {
	loose := regexp.MustCompile(` ([?!:;»]|%%)|« `)
	for key, text := range locales()["fr"] {
		if at := loose.FindString(text); at != "" {
			t.Errorf("%s: a line can break at %q in %q", key, at, text)
		}
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct{ lang, key, want string }{
		{"fr", "thanks", "Merci\u00a0!"},
		{"en", "thanks", "Thank you!"},
		{"xx", "thanks", "Thank you!"},
		{"fr", "no such key", "no such key"},
	} {
		if got := Text(c.lang, c.key); got != c.want {
			t.Errorf("Text(%q, %q) = %q, want %q", c.lang, c.key, got, c.want)
		}
	}
}

// The manager's first page of paper quotes the texts that stand on the pages.
func TestTheManagersGuideQuotesThePages(t *testing.T) {
	guide, err := os.ReadFile("docs/manager.md")
	if err != nil {
		t.Fatal(err)
	}
	for lang, quote := range map[string]*regexp.Regexp{"fr": regexp.MustCompile("«\u00a0([^»]*)\u00a0»"), "en": regexp.MustCompile("“([^”]*)”")} {
		texts := slices.Collect(maps.Values(locales()[lang]))
		found := quote.FindAllStringSubmatch(string(guide), -1)
		for _, q := range found {
			if !slices.Contains(texts, q[1]) {
				t.Errorf("%s: nothing on the pages is called %q", lang, q[1])
			}
		}
		if len(found) < 20 {
			t.Errorf("%s: only %d quotes", lang, len(found))
		}
	}
}

// A page names nothing on another host, and with all that it loads stays small
// enough for a slow board.
func TestPagesAreSmallAndStandAlone(t *testing.T) {
	elsewhere := regexp.MustCompile(`(?i)(https?:)?//[a-z0-9-]+\.[a-z]`)
	fonts := 0
	sizes := make(map[string]int)
	err := fs.WalkDir(FS, "web", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) == ".txt" {
			return err
		}
		raw, err := FS.ReadFile(name)
		if err != nil {
			return err
		}
		if path.Ext(name) == ".woff2" {
			fonts += len(raw)
			return nil
		}
		page, _, _ := strings.Cut(path.Base(name), ".")
		sizes[page] += len(raw)
		text := strings.ReplaceAll(string(raw), "http://www.w3.org/2000/svg", "") // a name, which nobody asks for
		if found := elsewhere.FindString(text); found != "" {
			t.Errorf("%s names another host: %q", name, found)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"terminal", "manager", "office"} {
		if total := sizes[page] + fonts; sizes[page] == 0 || total >= 100_000 {
			t.Errorf("%s: %d bytes with its fonts, want 1 to 99,999", page, total)
		}
	}
}
