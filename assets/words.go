package assets

import (
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Textf is [Text] with arguments, as by fmt.Sprintf; numbers are written as the
// language does.
func Textf(lang, key string, args ...any) string {
	return message.NewPrinter(language.Make(lang)).Sprintf(Text(lang, key), args...)
}

// Count is the text for n things: the one named key.one or key.other, as the
// language has its plural (French has "0 réponse", English "0 answers"). Its
// arguments are n, then args.
func Count(lang, key string, n int, args ...any) string {
	form := key + ".other"
	if plural.Cardinal.MatchPlural(language.Make(lang), n, 0, 0, 0, 0) == plural.One {
		form = key + ".one"
	}
	return Textf(lang, form, append([]any{n}, args...)...)
}
