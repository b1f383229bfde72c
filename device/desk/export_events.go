package desk

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"sourire/device/tap"
)

func (d *desk) eventsJSON(w http.ResponseWriter, f frame, shown days) error {
	return list(w, fmt.Sprintf(`{"terminal":%q,"events":[`, f.r.ID), func(add func([]byte) error) error {
		return d.Book.Events(shown.from, shown.to, func(raw json.RawMessage) error { return add(raw) })
	})
}

// eventsCSV are the presses, what was said after them, and which were taken back.
func (d *desk) eventsCSV(w http.ResponseWriter, f frame, shown days) error {
	out := f.table(w)
	_ = out.Write([]string{"seq", "kind", "at", "clock", "choice", "of", "counted", "flags", "of_tap", "reason", "why"})
	err := d.Book.Events(shown.from, shown.to, func(raw json.RawMessage) error {
		e, err := tap.Parse(raw)
		if err != nil {
			return err
		}
		h := e.Head()
		line := []string{strconv.FormatUint(h.Seq, 10), string(h.Kind), h.At, string(h.Clock), "", "", "", "", "", "", ""}
		switch e := e.(type) {
		case *tap.TapEvent:
			var flags []string
			for _, f := range e.Flags {
				flags = append(flags, string(f))
			}
			line[4], line[5], line[6], line[7] = strconv.Itoa(e.Choice), strconv.Itoa(e.Of), strconv.FormatBool(e.Counted), strings.Join(flags, " ")
		case *tap.ReasonEvent:
			line[8], line[9] = strconv.FormatUint(e.Tap, 10), e.Reason
		case *tap.UndoEvent:
			line[8], line[10] = strconv.FormatUint(e.Tap, 10), e.Why
		default:
			return nil
		}
		return out.Write(line)
	})
	out.Flush()
	return errors.Join(err, out.Error())
}
