package panel

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"

	"sourire/device/press"
	"sourire/device/screen"
	"sourire/device/tap"
	"sourire/device/web"
)

// bodyLimit is the longest body that is read, in bytes.
const bodyLimit = 1 << 10

// press is POST /api/press.
func (p *panel) press(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(w, r)
	if tooBig := new(http.MaxBytesError); errors.As(err, &tooBig) {
		web.Fail(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is longer than %d bytes; send {\"button\":0} only", bodyLimit))
		return
	}
	if err != nil {
		web.Fail(w, http.StatusBadRequest, "the body did not arrive whole; send it again")
		return
	}
	in, err := decodePress(body)
	if err != nil {
		web.Fail(w, http.StatusBadRequest, err.Error()+`; send {"button":0}, where 0 is the worst`)
		return
	}
	scene := p.Terminal.Scene()
	if in.lang != "" && !slices.Contains(scene.Languages, in.lang) {
		web.Fail(w, http.StatusBadRequest, fmt.Sprintf("%.20q is not a language of this terminal; send one of %q, or none", in.lang, scene.Languages))
		return
	}
	if in.scene != "" && !slices.Contains(screen.Kinds, in.scene) {
		web.Fail(w, http.StatusBadRequest, fmt.Sprintf("%.20q is no scene; send the kind that /api/events gave, or none", in.scene))
		return
	}
	answer, err := p.Terminal.Press(r.Context(), in.button, in.lang, in.scene)
	switch {
	case errors.Is(err, press.ErrNoButton):
		web.Fail(w, http.StatusBadRequest, fmt.Sprintf("there is no button %d now; /api/events says which there are", in.button))
	case r.Context().Err() != nil: // the browser has gone; what was felt is recorded all the same
	case err != nil:
		web.Fail(w, http.StatusServiceUnavailable, "the press could not be stored; the terminal is out of order until /healthz says 200")
	default:
		if answer.Flags == nil {
			answer.Flags = []tap.Flag{}
		}
		web.Reply(w, http.StatusOK, answer)
	}
}

// readBody reads a short body. Of one that says that it is long nothing is
// read; of any other, no more than the limit.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > bodyLimit {
		w.Header().Set("Connection", "close") // rather than read on to the next request
		return nil, &http.MaxBytesError{Limit: bodyLimit}
	}
	return io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
}

// pressed is the body of a press.
type pressed struct {
	button int
	lang   string
	scene  screen.Kind // that was touched; empty: whatever is shown
}

// decodePress reads {"button":0} and the optional "lang" and "scene", each
// once, and nothing else: what is not exactly a press is not taken for one.
func decodePress(body []byte) (in pressed, err error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return in, errors.New("the body is no JSON object")
	}
	seen := map[string]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return in, errors.New("the body is not JSON")
		}
		name, _ := key.(string)
		if seen[name] {
			return in, fmt.Errorf("the body says %.20q twice", name)
		}
		seen[name] = true
		value, err := d.Token()
		if err != nil {
			return in, errors.New("the body is not JSON")
		}
		text, isText := value.(string)
		switch name {
		case "button":
			n, isNumber := value.(json.Number)
			if in.button, err = strconv.Atoi(n.String()); !isNumber || err != nil {
				return in, errors.New("the button is no whole number")
			}
		case "lang":
			if in.lang = text; !isText {
				return in, errors.New("the language is no text")
			}
		case "scene":
			if in.scene = screen.Kind(text); !isText {
				return in, errors.New("the scene is no text")
			}
		default:
			return in, fmt.Errorf("the body says %.20q, which a press does not have", name)
		}
	}
	if _, err := d.Token(); err != nil { // the closing brace
		return in, errors.New("the body is cut off")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return in, errors.New("there is more after the press")
	}
	if !seen["button"] {
		return in, errors.New("the body names no button")
	}
	return in, nil
}

// gesture is POST /api/more, /api/end, /api/wake and /api/service: touches
// that answer nothing. What comes of one is shown.
func (p *panel) gesture(g press.Gesture) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := p.Terminal.Gesture(r.Context(), g); err != nil {
			web.Fail(w, http.StatusServiceUnavailable, "the terminal does not listen now: "+err.Error())
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}
