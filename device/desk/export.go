package desk

import (
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
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

// file is GET /manager/export/{hours,events}.{csv,json}?from=2026-11-01&to=2026-11-30,
// and signed.jsonl of the same.
func (d *desk) file(w http.ResponseWriter, r *http.Request, f frame) {
	name, format, _ := strings.Cut(r.PathValue("file"), ".")
	write := map[string]func(http.ResponseWriter, frame, days) error{
		"hours.csv": d.hoursCSV, "hours.json": d.hoursJSON, "events.csv": d.eventsCSV, "events.json": d.eventsJSON, "signed.jsonl": d.signed,
	}[r.PathValue("file")]
	if write == nil {
		d.answer(w, r, f, http.StatusNotFound, "nothing", nothing)
		return
	}
	from, to := r.FormValue("from"), r.FormValue("to")
	shown, ok := daysOf(from, to, f.r.Now.Location())
	status := http.StatusOK
	switch {
	case f.r.Staff && name != "hours":
		status, f.Problem = http.StatusForbidden, f.T("manager.export.staff")
	case !ok:
		status, f.Problem = http.StatusBadRequest, f.T("manager.export.wrong")
	}
	if f.Problem != "" {
		d.answer(w, r, f, status, "export", func(r *http.Request, f frame) (any, error) {
			view, err := d.export(r, f)
			v, _ := view.(exportView)
			v.From, v.To = from, to
			return v, err
		})
		return
	}
	file := fmt.Sprintf("%s_%s_%s_%s.%s", strings.ReplaceAll(f.r.ID, "/", "_"), shown.from.Format(time.DateOnly), midnight(shown.to, -1).Format(time.DateOnly), name, format)
	h := w.Header()
	h.Set("Content-Type", map[string]string{"csv": "text/csv; charset=utf-8", "json": "application/json", "jsonl": "application/jsonl"}[format])
	h.Set("Content-Disposition", `attachment; filename="`+file+`"`)
	h.Set("Cache-Control", "no-store")
	if err := write(w, f, shown); err != nil {
		d.Log.Error("export broke off", "file", file, "error", err)
		panic(http.ErrAbortHandler) // a file that is cut must not look whole
	}
}

// daysOf reads the bounds of an export, both included: a year and a day at most.
func daysOf(from, to string, loc *time.Location) (d days, ok bool) {
	a, err := parseDays(day, from, loc)
	b, err2 := parseDays(day, to, loc)
	if err != nil || err2 != nil || b.from.Before(a.from) || b.from.After(midnight(a.from, 366)) {
		return days{}, false
	}
	return days{from: a.from, to: b.to}, true
}

// signed are the raw events as anybody can verify them.
func (d *desk) signed(w http.ResponseWriter, _ frame, shown days) error {
	return d.Book.Signed(w, shown.from, shown.to)
}

// table is a CSV as a spreadsheet of the language opens it: where numbers have a
// comma, a semicolon parts the fields. They are ids and numbers, of ASCII; what
// people wrote is not among them, so that none is taken for a formula.
func (f frame) table(w io.Writer) *csv.Writer {
	out := csv.NewWriter(w)
	out.Comma = rune(f.T("manager.export.csv")[0])
	return out
}

// list writes a JSON object whose last field, which its head opens, is a list of
// what each adds, a line each.
func list(w io.Writer, head string, each func(add func([]byte) error) error) error {
	if _, err := io.WriteString(w, head); err != nil {
		return err
	}
	comma := ""
	err := each(func(item []byte) error {
		_, err := fmt.Fprintf(w, "%s\n%s", comma, item)
		comma = ","
		return err
	})
	if err == nil {
		_, err = io.WriteString(w, "\n]}\n")
	}
	return err
}
