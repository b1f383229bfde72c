package alert

import (
	"time"

	"sourire/device/tally"
)

// usualDays is how many days before today say what is usual.
const usualDays = 28

// memory is what a look needs of the past. It stays what it is for an hour.
type memory struct {
	hour  time.Time
	week  *[7][24]tally.Cell // the days before today
	today [24]tally.Cell
}

func (w *Watch) remember(now Moment, past Past) *memory {
	hour := now.Wall.Truncate(time.Hour)
	if w.memory == nil || !w.memory.hour.Equal(hour) {
		w.memory = &memory{
			hour:  hour,
			week:  past.Week(now.Wall.AddDate(0, 0, -usualDays), now.Wall.AddDate(0, 0, -1), now.Wall),
			today: past.CellsByHour(now.Wall, now.Wall),
		}
	}
	return w.memory
}

// weekday is that of a time, Monday 0.
func weekday(t time.Time) int { return (int(t.Weekday()) + 6) % 7 }

// daysBetween is by how many days of the calendar a moment is after another.
func daysBetween(from, to time.Time) int {
	midnight := func(t time.Time) time.Time {
		y, m, d := t.Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	return int(midnight(to).Sub(midnight(from)) / (24 * time.Hour))
}
