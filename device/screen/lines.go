package screen

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"sourire/assets"
)

// Lines sets the scene for a display of cols by rows characters: one page or
// more, to be shown in turn, each of rows lines of cols characters, centred.
//
// Where all languages fit one page together they share it, with what explains
// them or without; if not, each has a page or more of its own. Letters keep
// their accents. Signs that such a display does not know are spelt with those
// it does: ’ as ', … as three dots, œ as oe.
func Lines(s Scene, cols, rows int) [][]string {
	pages := s.linePages(cols, rows)
	if line := s.forStaff("box.outoforder.short"); line != "" {
		pages = append(pages, center(cells([]string{line}, cols), cols, rows))
	}
	if s.Alert { // a discreet mark
		for _, page := range pages {
			if last := len(page) - 1; strings.HasSuffix(page[last], " ") {
				page[last] = strings.TrimSuffix(page[last], " ") + "*"
			}
		}
	}
	return pages
}

func (s Scene) linePages(cols, rows int) [][]string {
	if s.Kind == PIN || s.Kind == Manager {
		return s.pageLines(cols, rows)
	}
	for _, say := range []func(lang string) []string{s.inFull, s.headline, s.inShort} {
		var lines []string
		for _, lang := range s.languages() {
			lines = append(lines, say(lang)...)
		}
		if lines = cells(lines, cols); len(lines) <= rows {
			return [][]string{center(lines, cols, rows)}
		}
	}
	var pages [][]string
	for _, turn := range s.inTurn() {
		var lines []string
		for _, lang := range turn.languages() {
			full := cells(s.headline(lang), cols)
			if short := cells(s.inShort(lang), cols); len(full) > rows && len(short) < len(full) {
				full = short
			}
			lines = append(lines, full...)
		}
		for left := (len(lines) + rows - 1) / rows; left > 0; left-- { // pages, as full as each other
			n := (len(lines) + left - 1) / left
			pages, lines = append(pages, center(lines[:n], cols, rows)), lines[n:]
		}
	}
	return pages
}

func (s Scene) languages() []string {
	if len(s.Languages) == 0 {
		return []string{assets.DefaultLanguage}
	}
	return s.Languages
}

// inFull is all that there is to say: the headline, and what explains it.
func (s Scene) inFull(lang string) []string {
	all := s.headline(lang)
	switch _, more := s.Words(lang); s.Kind {
	case Write, Cleaning: // the headline has it
	case Question:
		more = s.Told(lang)
		fallthrough
	default:
		if more != "" {
			all = append(all, more)
		}
	}
	return all
}

// headline is what must be said, and where a QR code or a bar says more, that
// in letters.
func (s Scene) headline(lang string) []string {
	headline, _ := s.Words(lang)
	switch {
	case s.Kind == Write:
		_, address, _ := strings.Cut(s.Link, "://")
		return []string{headline, address}
	case s.Kind == Cleaning && s.Of > 0:
		return []string{headline + " " + strconv.Itoa(s.Left) + "\u00a0s"}
	}
	return []string{headline}
}

// inShort is the headline, and our own question in fewer letters.
func (s Scene) inShort(lang string) []string {
	all := s.headline(lang)
	if s.Kind == Question || s.Kind == FollowUp || s.Kind == Write {
		if key := string(s.Kind); all[0] == assets.Text(lang, key) {
			all[0] = assets.Text(lang, key+".short")
		}
	}
	return all
}

// plain spells signs with those of a character display.
var plain = strings.NewReplacer(
	"’", "'", "‘", "'", "“", `"`, "”", `"`, "«", `"`, "»", `"`, "…", "...",
	"–", "-", "—", "-", "−", "-", "‹", "<", "›", ">", "×", "x", "•", "*", "œ", "oe", "Œ", "OE", "æ", "ae", "Æ", "AE", "ß", "ss",
	"€", "EUR", "\u202f", "\u00a0",
)

// cells breaks texts into lines of at most cols characters.
func cells(texts []string, cols int) []string {
	var lines []string
	for _, text := range texts {
		text = split(plain.Replace(text), utf8.RuneCountInString, cols)
		for _, line := range balance(text, utf8.RuneCountInString, cols) {
			lines = append(lines, strings.ReplaceAll(line, "\u00a0", " "))
		}
	}
	return lines
}

// center puts lines in the middle of a page.
func center(lines []string, cols, rows int) []string {
	page := make([]string, rows)
	for i := range page {
		page[i] = strings.Repeat(" ", cols)
	}
	first := (rows - len(lines)) / 2
	for i, line := range lines {
		room := cols - utf8.RuneCountInString(line)
		page[first+i] = strings.Repeat(" ", room/2) + line + strings.Repeat(" ", room-room/2)
	}
	return page
}
