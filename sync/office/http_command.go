package office

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"sourire/sync/wire"
)

// maxRequest bounds what is read of a command that is asked for.
const maxRequest = 4 << 10 // bytes

// commands answers GET and POST of /api/commands. The pages ask nobody who he is,
// so only this machine may command: whoever can reach it from elsewhere could
// otherwise keep a store's customers from being counted.
func (o *Office) commands(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		o.getCommands(w, r)
	case http.MethodPost:
		if !fromHere(r) {
			fail(w, http.StatusForbidden, "commands are given on head office's own machine: there, or through an ssh tunnel, use this page or `sourire-office command`")
			return
		}
		if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
			fail(w, http.StatusUnsupportedMediaType, "send JSON, with Content-Type application/json")
			return
		}
		o.PostCommand(w, r)
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		fail(w, http.StatusMethodNotAllowed, "/api/commands does not take %.20s; use GET or POST", r.Method)
	}
}

// fromHere reports whether a request comes from this machine.
func fromHere(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.Unmap().IsLoopback()
}

func (o *Office) getCommands(w http.ResponseWriter, r *http.Request) {
	id, err := parseIdentity(r.URL.Query().Get("terminal"))
	if err != nil {
		fail(w, http.StatusBadRequest, "%v", err)
		return
	}
	all, err := o.Commands(id)
	if err != nil {
		fail(w, http.StatusNotFound, "%v; GET /api/terminals lists those that have reported", err)
		return
	}
	answer(w, http.StatusOK, map[string]any{"commands": all, "may": fromHere(r)})
}

// request is a command that somebody asks for.
type request struct {
	Terminal string `json:"terminal"`
	Name     string `json:"name"`
	On       *bool  `json:"on"`
	Minutes  *int   `json:"minutes"` // that it is good for; absent: [CommandLife]
}

// readRequest reads a body that is one request and no more.
func readRequest(body io.Reader) (q request, err error) {
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	if err = d.Decode(&q); err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("there is more after it")
		}
	}
	if err != nil {
		return q, fmt.Errorf("the body is no command: %s; send {\"terminal\":\"chain/store/terminal\",\"name\":\"test\",\"on\":true}",
			strings.TrimPrefix(err.Error(), "json: "))
	}
	return q, nil
}

// PostCommand gives the command that is asked for in the body of a request of
// somebody who may, and answers with its [CommandStatus].
func (o *Office) PostCommand(w http.ResponseWriter, r *http.Request) {
	q, err := readRequest(http.MaxBytesReader(w, r.Body, maxRequest))
	most := int(wire.MaxCommandLife / time.Minute)
	life := CommandLife
	switch {
	case err != nil:
	case q.Name != wire.CommandTest:
		err = fmt.Errorf("name: %.40q is no command; only %q is there", q.Name, wire.CommandTest)
	case q.On == nil:
		err = errors.New("on: say true to begin test mode, or false to end it")
	case q.Minutes != nil && (*q.Minutes < 1 || *q.Minutes > most):
		err = fmt.Errorf("minutes: %d is not a number from 1 to %d", *q.Minutes, most)
	case q.Minutes != nil:
		life = time.Duration(*q.Minutes) * time.Minute
	}
	if err != nil {
		fail(w, http.StatusBadRequest, "%v", err)
		return
	}
	id, err := parseIdentity(q.Terminal)
	if err != nil {
		fail(w, http.StatusBadRequest, "%v", err)
		return
	}
	s, err := o.Test(r.Context(), id, *q.On, life)
	switch {
	case errors.Is(err, ErrUnknownTerminal):
		fail(w, http.StatusNotFound, "%v; GET /api/terminals lists those that have reported", err)
	case err != nil:
		o.Log.Error("give a command", "terminal", id, "err", err)
		fail(w, http.StatusServiceUnavailable, "the command was not given: it could not be stored; the log says why")
	default:
		o.Log.Info("command", "terminal", id, "id", s.ID, "name", s.Name, "on", s.On)
		answer(w, http.StatusAccepted, s)
	}
}
