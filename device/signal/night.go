package signal

import (
	"fmt"
	"strings"
	"time"
)

// Night is the part of every day in which a box is quiet. The zero Night is
// none.
type Night struct{ from, to time.Duration } // since midnight

// ParseNight reads "21:00-08:00"; the empty text is no night.
func ParseNight(text string) (Night, error) {
	if text == "" {
		return Night{}, nil
	}
	a, b, _ := strings.Cut(text, "-")
	from, errFrom := time.Parse("15:04", a)
	to, errTo := time.Parse("15:04", b)
	if errFrom != nil || errTo != nil || from.Equal(to) {
		return Night{}, fmt.Errorf(`want two times, such as "21:00-08:00", or "" for none`)
	}
	return Night{sinceMidnight(from), sinceMidnight(to)}, nil
}

// At reports whether it is night at a local time.
func (n Night) At(local time.Time) bool {
	t := sinceMidnight(local)
	if n.from <= n.to {
		return n.from <= t && t < n.to
	}
	return n.from <= t || t < n.to
}

func sinceMidnight(t time.Time) time.Duration {
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
}
