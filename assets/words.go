package assets

import (
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Textf is [Text] with arguments, as by fmt.Sprintf; numbers are written as the
// language does.
func Textf(lang, key string, args ...any) string {
	return Format(lang, Text(lang, key), args...)
}

// Format puts arguments into a text of a language, as by fmt.Sprintf; numbers
// are written as the language does.
func Format(lang, text string, args ...any) string {
	return message.NewPrinter(language.Make(lang)).Sprintf(text, args...)
}

// Count is the text for n things: the one named key.one or key.other, as the
// language has its plural (French has "0 réponse", English "0 answers"). Its
// arguments are n, then args.
func Count(lang, key string, n int, args ...any) string {
	return Textf(lang, Plural(lang, key, n), append([]any{n}, args...)...)
}

// Plural is the key of the text for n things: key.one or key.other.
func Plural(lang, key string, n int) string {
	if plural.Cardinal.MatchPlural(language.Make(lang), n, 0, 0, 0, 0) == plural.One {
		return key + ".one"
	}
	return key + ".other"
}
