package button

// Use counts who presses what, to find the button that nobody can press any
// more: a broken wire looks like content customers.
type Use struct{ buttons []use }

// use is what happened since a button was pressed for the last time.
type use struct {
	others int    // presses of the others
	days   int    // on so many days
	day    string // the latest of these
}

// A button is silent when the others were pressed so often, on so many days.
// Of a face that one customer in a hundred presses, that is one time in 150
// mere luck.
const (
	silentOthers = 500
	silentDays   = 3
)

// NewUse is that of so many buttons which were never pressed.
func NewUse(buttons int) *Use { return &Use{make([]use, buttons)} }

// Press counts a press on a day, which is any text that is another each day.
// Buttons that there are not are left out.
func (u *Use) Press(button int, day string) {
	if button < 0 || button >= len(u.buttons) {
		return
	}
	for i := range u.buttons {
		other := &u.buttons[i]
		other.others++
		if other.day != day {
			other.days, other.day = other.days+1, day
		}
	}
	u.buttons[button] = use{}
}

// Silent are the buttons that may be broken.
func (u *Use) Silent() Mask {
	var m Mask
	for i, b := range u.buttons {
		if b.others >= silentOthers && b.days >= silentDays {
			m |= 1 << i
		}
	}
	return m
}
