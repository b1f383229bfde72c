package desk

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"sourire/device/tally"
	"sourire/device/tap"
)

// hourOut is an hour as it is exported.
type hourOut struct {
	Hour    string           `json:"hour"`
	Since   string           `json:"since,omitempty"` // of the staff: from when on the answers are that all stand in this hour
	Is      tally.Condition  `json:"condition"`
	Hidden  bool             `json:"hidden,omitempty"` // staff, whose answers stand in the last hour of some whole weeks
	Presses int              `json:"presses"`          // counted or not
	Counted int              `json:"counted"`
	Choices []int            `json:"choices,omitempty"` // the worst first
	Flags   map[tap.Flag]int `json:"flags,omitempty"`
	Reasons map[string]int   `json:"reasons,omitempty"`
	Worse   map[string]int   `json:"reasons_unhappy,omitempty"` // those of reasons that came after an answer of the worse half of the scale
	Unsided int              `json:"reasons_unsided,omitempty"` // of so many nobody knows
	Closed  int              `json:"closed_seconds"`
	Served  int              `json:"served_seconds"`
	Broken  int              `json:"broken_seconds"`
	Off     int              `json:"off_seconds"`
	Untimed int              `json:"untimed_seconds"` // off, or running without the time
}

func (f frame) out(h Hour) hourOut {
	o := hourOut{
		Hour: h.Begin.Format(time.RFC3339), Is: condition(h.Cell, f.r.Staff),
		Closed: h.Time.Closed, Served: h.Time.Served, Broken: h.Time.Broken, Off: h.Time.Off, Untimed: h.Time.Untimed,
	}
	if !h.Since.IsZero() {
		o.Since = h.Since.Format(time.RFC3339)
	} else if f.r.Staff {
		o.Hidden = true
		return o
	}
	o.Presses, o.Counted, o.Choices, o.Flags = h.Raw, h.N(), h.By, h.Flags
	if f.r.hides(amount(h.Reasons)) {
		return o
	}
	o.Reasons, o.Worse, o.Unsided = h.Reasons, h.Worse, h.Unsided
	return o
}

func (d *desk) hoursJSON(w http.ResponseWriter, f frame, shown days) error {
	return list(w, fmt.Sprintf(`{"terminal":%q,"scale":%q,"hours":[`, f.r.ID, f.r.scale()), func(add func([]byte) error) error {
		return d.eachHour(shown, func(h Hour) error {
			out, err := json.Marshal(f.out(h))
			if err != nil {
				return err
			}
			return add(out)
		})
	})
}

// eachHour visits the hours of a run of days, some days at a time: a year of them
// would take too much room.
func (d *desk) eachHour(shown days, visit func(Hour) error) error {
	for from := shown.from; from.Before(shown.to); {
		to := midnight(from, 14)
		if shown.to.Before(midnight(to, 7)) { // no part is less than a week, unless all is
			to = shown.to
		}
		hours, err := d.Book.Hours(from, to)
		if err != nil {
			return err
		}
		for _, h := range hours {
			if err := visit(h); err != nil {
				return err
			}
		}
		from = to
	}
	return nil
}

func (d *desk) hoursCSV(w http.ResponseWriter, f frame, shown days) error {
	said := map[string]int{}
	err := d.eachHour(shown, func(h Hour) error {
		for id, n := range f.out(h).Reasons {
			said[id] += n
		}
		return nil
	})
	if err != nil {
		return err
	}
	reasons := f.ranked(said)
	slices.Sort(reasons)
	flags := []tap.Flag{tap.Burst, tap.Chord, tap.Closed, tap.Repeat, tap.Test}
	head := []string{"hour", "condition", "hidden", "presses", "counted"}
	for i := range f.r.scale().Choices() {
		head = append(head, "choice_"+strconv.Itoa(i))
	}
	for _, flag := range flags {
		head = append(head, "flag_"+string(flag))
	}
	for _, id := range reasons {
		head = append(head, "reason_"+id)
	}
	out := f.table(w)
	_ = out.Write(append(head, "closed_seconds", "served_seconds", "broken_seconds", "off_seconds", "untimed_seconds", "since")) // Flush tells
	err = d.eachHour(shown, func(h Hour) error {
		o := f.out(h)
		line := []string{o.Hour, string(o.Is), strconv.FormatBool(o.Hidden)}
		number := func(n int, hidden bool) {
			if hidden {
				line = append(line, "")
				return
			}
			line = append(line, strconv.Itoa(n))
		}
		number(o.Presses, o.Hidden)
		number(o.Counted, o.Hidden)
		for i := range f.r.scale().Choices() {
			n := 0
			if i < len(o.Choices) {
				n = o.Choices[i]
			}
			number(n, o.Hidden)
		}
		for _, flag := range flags {
			number(o.Flags[flag], o.Hidden)
		}
		for _, id := range reasons {
			number(o.Reasons[id], f.r.Staff && o.Reasons == nil)
		}
		for _, n := range []int{o.Closed, o.Served, o.Broken, o.Off, o.Untimed} {
			line = append(line, strconv.Itoa(n))
		}
		return out.Write(append(line, o.Since))
	})
	out.Flush()
	return errors.Join(err, out.Error())
}
