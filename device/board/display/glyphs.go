package display

import "golang.org/x/text/unicode/norm"

// The letters that a character display lacks are drawn into its eight free
// cells of 5 by 8 dots: a letter, lower by two dots, with its accent above.
// This is the same with every character ROM; the one most displays have (A00)
// knows ASCII and Japanese. Where a page needs more than eight, or a letter is
// not known here, the letter without its accent stands in.

// lcdLetters are the five rows of dots of letters, the upper first.
var lcdLetters = map[rune][5]byte{
	'a': {0b01110, 0b00001, 0b01111, 0b10001, 0b01111},
	'c': {0b01110, 0b10000, 0b10000, 0b10001, 0b01110},
	'e': {0b01110, 0b10001, 0b11111, 0b10000, 0b01110},
	'i': {0b01100, 0b00100, 0b00100, 0b00100, 0b01110},
	'n': {0b10110, 0b11001, 0b10001, 0b10001, 0b10001},
	'o': {0b01110, 0b10001, 0b10001, 0b10001, 0b01110},
	'u': {0b10001, 0b10001, 0b10001, 0b10011, 0b01101},
	'y': {0b10001, 0b10001, 0b01111, 0b00001, 0b01110},
	'A': {0b01110, 0b10001, 0b11111, 0b10001, 0b10001},
	'C': {0b01111, 0b10000, 0b10000, 0b10000, 0b01111},
	'E': {0b11111, 0b10000, 0b11110, 0b10000, 0b11111},
	'I': {0b01110, 0b00100, 0b00100, 0b00100, 0b01110},
	'N': {0b11001, 0b10101, 0b10101, 0b10011, 0b10001},
	'O': {0b01110, 0b10001, 0b10001, 0b10001, 0b01110},
	'U': {0b10001, 0b10001, 0b10001, 0b10001, 0b01110},
}

// lcdAccents are two rows above the letter and one below.
var lcdAccents = map[rune][3]byte{
	'\u0300': {0b01000, 0b00100, 0},       // grave
	'\u0301': {0b00010, 0b00100, 0},       // acute
	'\u0302': {0b00100, 0b01010, 0},       // circumflex
	'\u0303': {0b01101, 0b10010, 0},       // tilde
	'\u0308': {0b01010, 0b00000, 0},       // diaeresis
	'\u0327': {0b00000, 0b00000, 0b00100}, // cedilla
}

const lcdFree = 8 // cells for letters of our own; their codes are 0 to 7

// lcdCodes turns lines into the codes of a display, and the dots of the letters
// of our own that they use, eight rows each.
func lcdCodes(lines []string) (codes [][]byte, glyphs []byte) {
	own := make(map[rune]byte)
	for _, line := range lines {
		row := []byte{}
		for _, r := range norm.NFC.String(line) {
			code, known := own[r]
			if known {
				row = append(row, code)
				continue
			}
			if dots, ok := lcdGlyph(r); ok && len(own) < lcdFree {
				code = byte(len(own))
				own[r] = code
				glyphs = append(glyphs, dots[:]...)
				row = append(row, code)
				continue
			}
			row = append(row, lcdPlain(r))
		}
		codes = append(codes, row)
	}
	return codes, glyphs
}

// lcdGlyph draws a letter with an accent.
func lcdGlyph(r rune) (dots [8]byte, ok bool) {
	parts := []rune(norm.NFD.String(string(r)))
	if len(parts) != 2 {
		return dots, false
	}
	letter, known := lcdLetters[parts[0]]
	accent, drawn := lcdAccents[parts[1]]
	if !known || !drawn {
		return dots, false
	}
	dots[0], dots[1], dots[7] = accent[0], accent[1], accent[2]
	copy(dots[2:7], letter[:])
	return dots, true
}

// lcdPlain is the code that comes closest to a character. Two of ASCII are
// other signs on such a display.
func lcdPlain(r rune) byte {
	switch r = []rune(norm.NFD.String(string(r)))[0]; {
	case r == '\\':
		return '/'
	case r == '~':
		return '-'
	case r >= ' ' && r < 0x7f:
		return byte(r)
	}
	return '?'
}
