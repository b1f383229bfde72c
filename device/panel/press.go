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
	button, lang, err := decodePress(body)
	if err != nil {
		web.Fail(w, http.StatusBadRequest, err.Error()+`; send {"button":0}, where 0 is the worst`)
		return
	}
	scene := p.Terminal.Scene()
	if lang != "" && !slices.Contains(scene.Languages, lang) {
		web.Fail(w, http.StatusBadRequest, fmt.Sprintf("%.20q is not a language of this terminal; send one of %q, or none", lang, scene.Languages))
		return
	}
	answer, err := p.Terminal.Press(r.Context(), button, lang)
	switch {
	case errors.Is(err, press.ErrNoButton):
		web.Fail(w, http.StatusBadRequest, fmt.Sprintf("there is no button %d; send one of 0 to %d, where 0 is the worst", button, scene.Scale.Choices()-1))
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

// decodePress reads {"button":0} and the optional "lang", each once, and
// nothing else: what is not exactly a press is not taken for one.
func decodePress(body []byte) (button int, lang string, err error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return 0, "", errors.New("the body is no JSON object")
	}
	seen := map[string]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return 0, "", errors.New("the body is not JSON")
		}
		name, _ := key.(string)
		if seen[name] {
			return 0, "", fmt.Errorf("the body says %.20q twice", name)
		}
		seen[name] = true
		value, err := d.Token()
		if err != nil {
			return 0, "", errors.New("the body is not JSON")
		}
		switch name {
		case "button":
			n, isNumber := value.(json.Number)
			if button, err = strconv.Atoi(n.String()); !isNumber || err != nil {
				return 0, "", errors.New("the button is no whole number")
			}
		case "lang":
			text, isText := value.(string)
			if lang = text; !isText {
				return 0, "", errors.New("the language is no text")
			}
		default:
			return 0, "", fmt.Errorf("the body says %.20q, which a press does not have", name)
		}
	}
	if _, err := d.Token(); err != nil { // the closing brace
		return 0, "", errors.New("the body is cut off")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return 0, "", errors.New("there is more after the press")
	}
	if !seen["button"] {
		return 0, "", errors.New("the body names no button")
	}
	return button, lang, nil
}
