package manager

import (
	"strings"

	"sourire/device/screen"
)

// entry is a PIN being entered. A keypad has a key a digit. Buttons set one
// digit after the other: + as many times as the digit says, or − from the other
// end; > fixes it, and the ones before are masked.
type entry struct {
	setup Setup
	fixed []byte // digits, masked
	now   byte   // the digit being set; 0: none yet
}

// Enterable reports whether a PIN can be entered on a box.
func Enterable(pin string) bool {
	return pin != "" && len(pin) <= MostDigits && strings.Trim(pin, "0123456789") == ""
}

type outcome int

const (
	going outcome = iota
	submitted
	abandoned
)

// keypad is the keys of a touch screen, three in a row.
var keypad = [12]string{"1", "2", "3", "4", "5", "6", "7", "8", "9", eraseKey, "0", okKey}

const (
	plusKey  = "+"
	minusKey = "−"
)

// does is what each key does now, from the left: the words of keys.go, a digit,
// or a sign. It changes with the entry, so that no key is without a use for
// long.
func (e *entry) does() []string {
	empty := len(e.fixed) == 0 && e.now == 0
	end := okKey
	if empty {
		end = leaveKey
	}
	if e.setup.Touch {
		all := append([]string{}, keypad[:]...)
		if all[11] = okKey; empty {
			all[9], all[11] = leaveKey, ""
		}
		return all
	}
	next, back := "", ""
	if e.now != 0 && len(e.fixed)+1 < MostDigits {
		next = nextKey
	}
	if len(e.fixed) > 0 {
		back = backKey
	}
	switch n := e.setup.keys(); {
	case n == 2 && next != "":
		return []string{plusKey, next}
	case n == 2:
		return []string{plusKey, end}
	case n <= 4 && next != "":
		return []string{minusKey, plusKey, next, end}
	case n <= 4:
		return []string{minusKey, plusKey, back, end}
	}
	all := make([]string, e.setup.keys())
	all[0], all[1], all[2], all[3], all[len(all)-1] = minusKey, plusKey, back, next, end
	return all
}

func (e *entry) keys() []string {
	var all []string
	for _, d := range e.does() {
		if strings.HasPrefix(d, "box.") {
			d = e.setup.label(d)
		}
		all = append(all, d)
	}
	return all
}

func (e *entry) press(key int) outcome {
	switch does := e.does()[key]; does {
	case plusKey:
		e.set(+1)
	case minusKey:
		e.set(-1)
	case nextKey:
		e.fixed, e.now = append(e.fixed, e.now), 0
	case backKey: // to look at the digit before, and set it again
		last := len(e.fixed) - 1
		e.now, e.fixed = e.fixed[last], e.fixed[:last]
	case eraseKey:
		if last := len(e.fixed) - 1; last >= 0 {
			e.fixed = e.fixed[:last]
		}
	case okKey:
		return submitted
	case leaveKey:
		return abandoned
	case "":
	default: // a digit
		if len(e.fixed) < MostDigits {
			e.fixed = append(e.fixed, does[0])
		}
	}
	return going
}

// set changes the digit being set. Where there is none yet, it is as if there
// were a nought.
func (e *entry) set(by int) {
	digit := 0
	if e.now != 0 {
		digit = int(e.now - '0')
	}
	e.now = '0' + byte((digit+10+by)%10)
}

func (e *entry) digits() string {
	if e.now == 0 {
		return string(e.fixed)
	}
	return string(e.fixed) + string(e.now)
}

func (e *entry) clear() { e.fixed, e.now = nil, 0 }

// rows shows the digits: only the one being set can be read. On a keypad the
// finger has said which it was.
func (e *entry) rows() []screen.Row {
	shown := strings.Repeat("•", len(e.fixed))
	switch {
	case e.now != 0:
		shown += string(e.now)
	case len(e.fixed) < MostDigits:
		shown += "_"
	}
	return []screen.Row{{Value: shown}}
}
