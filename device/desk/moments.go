package desk

import (
	"errors"
	"net/http"
	"strconv"
)

// days is a critical moment as a run of days, by its number from 0.
func (m Moment) days(i int) days {
	return days{kind: moment, from: midnight(m.From, 0), to: midnight(m.To, 1), number: i + 1, name: m.Name}
}

type momentsView struct {
	frame
	Past, Ahead []momentRow
}

type momentRow struct {
	Name, Path, Range string
	Row               row
}

// moments lists the critical moments.
func (d *desk) moments(_ *http.Request, f frame) (any, error) {
	v := momentsView{frame: f}
	for i, m := range f.r.Moments {
		at := m.days(i)
		one := momentRow{Name: m.Name, Path: at.Path(), Range: at.span(f.Lang)}
		if at.from.After(f.r.Now) || f.dateless() {
			v.Ahead = append(v.Ahead, one)
			continue
		}
		hours, err := d.Book.Hours(at.from, at.to)
		if err != nil {
			return nil, err
		}
		one.Row = f.row(m.Name, at.Path(), sum(f.r.scale(), hours))
		v.Past = append(v.Past, one)
	}
	return v, nil
}

// moment is one critical moment by itself, with the days that compare.
func (d *desk) moment(r *http.Request, f frame) (any, error) {
	n, err := strconv.Atoi(r.PathValue("id"))
	if err != nil || n < 1 || n > len(f.r.Moments) {
		return nil, errNothing{errors.New(f.T("manager.nothing.moment"))}
	}
	return d.periodOf(f, f.r.Moments[n-1].days(n-1))
}
