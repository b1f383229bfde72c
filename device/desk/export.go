package desk

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"sourire/device/tally"
	"sourire/device/tap"
	"sourire/device/web"
)

type exportView struct {
	frame
	From, To string
	Raw      bool // raw events are given
}

// export is the page with the form that asks for a file.
func (d *desk) export(_ *http.Request, f frame) (any, error) {
	v := exportView{frame: f, Raw: !f.r.Staff}
	if !f.dateless() {
		v.From, v.To = lastDays(28, f.r.Now).from.Format(time.DateOnly), f.r.Now.Format(time.DateOnly)
	}
	return v, nil
}

// hourOut is an hour as it is exported.
type hourOut struct {
	Hour    string           `json:"hour"`
	Is      tally.Condition  `json:"condition"`
	Hidden  bool             `json:"hidden,omitempty"` // staff, and too few answers to be nobody's
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
		Hour: h.Begin.Format(time.RFC3339), Is: h.Condition(),
		Closed: h.Time.Closed, Served: h.Time.Served, Broken: h.Time.Broken, Off: h.Time.Off, Untimed: h.Time.Untimed,
	}
	if f.r.Staff && h.Raw > 0 && h.N() < fewStaff {
		o.Hidden = true
		return o
	}
	o.Presses, o.Counted, o.Choices, o.Flags = h.Raw, h.N(), h.By, h.Flags
	o.Reasons, o.Worse, o.Unsided = h.Reasons, h.Worse, h.Unsided
	return o
}

// file is GET /manager/export/{hours,events}.{csv,json}?from=2026-11-01&to=2026-11-30.
func (d *desk) file(w http.ResponseWriter, r *http.Request) {
	if !d.in(r) {
		d.show(w, r, http.StatusUnauthorized, "login", d.frameOf(r, "login"))
		return
	}
	f := d.frameOf(r, "export")
	name, format, _ := strings.Cut(r.PathValue("file"), ".")
	write := map[string]func(http.ResponseWriter, frame, days) error{
		"hours.csv": d.hoursCSV, "hours.json": d.hoursJSON, "events.csv": d.eventsCSV, "events.json": d.eventsJSON,
	}[r.PathValue("file")]
	if write == nil {
		web.NotFound(w, r)
		return
	}
	if f.r.Staff && name == "events" {
		web.Fail(w, http.StatusForbidden, "a terminal of the staff gives no single votes; ask for the hours")
		return
	}
	shown, err := daysOf(r.FormValue("from"), r.FormValue("to"), f.r.Now.Location())
	if err != nil {
		web.Fail(w, http.StatusBadRequest, err.Error())
		return
	}
	file := fmt.Sprintf("%s_%s_%s_%s.%s", strings.ReplaceAll(f.r.ID, "/", "_"), shown.from.Format(time.DateOnly), midnight(shown.to, -1).Format(time.DateOnly), name, format)
	h := w.Header()
	h.Set("Content-Type", map[string]string{"csv": "text/csv; charset=utf-8", "json": "application/json"}[format])
	h.Set("Content-Disposition", `attachment; filename="`+file+`"`)
	h.Set("Cache-Control", "no-store")
	if err := write(w, f, shown); err != nil {
		d.Log.Error("export broke off", "file", file, "error", err)
		panic(http.ErrAbortHandler) // a file that is cut must not look whole
	}
}

// daysOf reads the bounds of an export, both included: a year and a day at most.
func daysOf(from, to string, loc *time.Location) (days, error) {
	a, err := parseDays(day, from, loc)
	b, err2 := parseDays(day, to, loc)
	if err := errors.Join(err, err2); err != nil {
		return days{}, fmt.Errorf("from and to: %w; send days such as from=2026-11-01&to=2026-11-30", err)
	}
	if b.from.Before(a.from) || b.from.After(midnight(a.from, 366)) {
		return days{}, errors.New("from and to: the last day must not be before the first, nor more than a year after it")
	}
	return days{from: a.from, to: b.to}, nil
}

func (d *desk) hoursJSON(w http.ResponseWriter, f frame, shown days) error {
	hours, err := d.Book.Hours(shown.from, shown.to)
	if err != nil {
		return err
	}
	all := []hourOut{}
	for _, h := range hours {
		all = append(all, f.out(h))
	}
	return json.NewEncoder(w).Encode(map[string]any{"terminal": f.r.ID, "scale": f.r.scale(), "hours": all})
}

func (d *desk) hoursCSV(w http.ResponseWriter, f frame, shown days) error {
	hours, err := d.Book.Hours(shown.from, shown.to)
	if err != nil {
		return err
	}
	reasons := f.ranked(sum(f.r.scale(), hours).Reasons)
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
	out := csv.NewWriter(w)
	_ = out.Write(append(head, "closed_seconds", "served_seconds", "broken_seconds", "off_seconds", "untimed_seconds")) // Flush tells
	for _, h := range hours {
		o := f.out(h)
		line := []string{o.Hour, string(o.Is), strconv.FormatBool(o.Hidden), strconv.Itoa(o.Presses), strconv.Itoa(o.Counted)}
		number := func(n int) {
			if o.Hidden {
				line = append(line, "")
				return
			}
			line = append(line, strconv.Itoa(n))
		}
		if o.Hidden {
			line[3], line[4] = "", ""
		}
		for i := range f.r.scale().Choices() {
			n := 0
			if i < len(o.Choices) {
				n = o.Choices[i]
			}
			number(n)
		}
		for _, flag := range flags {
			number(o.Flags[flag])
		}
		for _, id := range reasons {
			number(o.Reasons[id])
		}
		for _, n := range []int{o.Closed, o.Served, o.Broken, o.Off, o.Untimed} {
			line = append(line, strconv.Itoa(n))
		}
		_ = out.Write(line)
	}
	out.Flush()
	return out.Error()
}

func (d *desk) eventsJSON(w http.ResponseWriter, f frame, shown days) error {
	if _, err := fmt.Fprintf(w, `{"terminal":%q,"events":[`, f.r.ID); err != nil {
		return err
	}
	comma := ""
	err := d.Book.Events(shown.from, shown.to, func(raw json.RawMessage) error {
		_, err := fmt.Fprintf(w, "%s\n%s", comma, raw)
		comma = ","
		return err
	})
	if err == nil {
		_, err = fmt.Fprint(w, "\n]}\n")
	}
	return err
}

// eventsCSV are the presses, what was said after them, and which were taken back.
func (d *desk) eventsCSV(w http.ResponseWriter, _ frame, shown days) error {
	out := csv.NewWriter(w)
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
