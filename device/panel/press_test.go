package panel

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// FuzzDecodePress holds the decoder to a library that is strict about names
// and duplicates by itself.
func FuzzDecodePress(f *testing.F) {
	for _, body := range []string{
		`{"button":0}`, ` {"lang":"fr","button":3} `, `{"Button":0}`, `{"button":0,"button":1}`, `{"button":0,"BUTTON":1}`,
		`{"button":1.0}`, `{"button":1e0}`, `{"button":-0}`, `{"button":"0"}`, `{"button":null}`, `{"button":[0]}`, `{"button":{}}`,
		`{"button":99999999999999999999}`, `{"button":0}{"button":1}`, `{"button":0},`, `{"button":0]`, `{"button":0,}`, `{,"button":0}`,
		`{"button" 0}`, `{"but\u0074on":0}`, `{"button":0,"but\u0074on":1}`, `{"button":0,"lang":"\ud800"}`, `{"":0,"button":0}`, `[0]`, `0`, ``,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var want struct {
			Button *int    `json:"button"`
			Lang   *string `json:"lang"`
			Scene  *string `json:"scene"`
		}
		wantErr := json.Unmarshal(body, &want, json.RejectUnknownMembers(true))
		got, err := decodePress(body)
		switch {
		case err == nil && wantErr != nil:
			if !strings.ContainsRune(got.lang+string(got.scene), '\ufffd') { // text that is not Unicode is no language, but is no worse JSON
				t.Errorf("%q was taken for %+v: %v", body, got, wantErr)
			}
		case err == nil:
			if want.Button == nil || *want.Button != got.button || text(want.Lang) != got.lang || text(want.Scene) != string(got.scene) {
				t.Errorf("%q was taken for %+v", body, got)
			}
		case wantErr == nil && want.Button != nil && !bytes.Contains(body, []byte("null")):
			t.Errorf("%q was refused: %v", body, err)
		case strings.Contains(err.Error(), "Go "), strings.Contains(err.Error(), "json:"), strings.Contains(err.Error(), "\n"):
			t.Errorf("%q was refused in the words of a library: %v", body, err)
		}
	})
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// A body is read no further than its limit: one that says how long it is, not
// at all.
func TestLongBodiesAreNotRead(t *testing.T) {
	for name, c := range map[string]struct {
		length int64
		most   int
	}{
		"announced": {10 << 20, 0},
		"chunked":   {-1, 2 * bodyLimit},
	} {
		t.Run(name, func(t *testing.T) {
			body := &endless{}
			r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/api/press", body)
			r.ContentLength = c.length
			w := httptest.NewRecorder()
			f := newFake()
			New(Config{Terminal: f}).ServeHTTP(w, r)
			wantError(t, w, http.StatusRequestEntityTooLarge)
			if body.read > c.most || len(f.pressed()) > 0 {
				t.Errorf("%d bytes were read, want at most %d; pressed %v", body.read, c.most, f.pressed())
			}
		})
	}
}

// The same over a connection, which has to survive a client that sends on.
func TestALongBodyOverAConnection(t *testing.T) {
	srv := httptest.NewServer(New(Config{Terminal: newFake()}))
	defer srv.Close()
	told := 0
	for range 3 {
		for _, body := range []io.Reader{
			strings.NewReader(strings.Repeat("x", 1<<20)), // with a Content-Length
			io.LimitReader(&endless{}, 1<<20),             // in chunks
		} {
			res, err := http.Post(srv.URL+"/api/press", "application/json", body)
			if err != nil {
				continue // cut off while it was still sending
			}
			_ = res.Body.Close()
			if res.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("got %d", res.StatusCode)
			}
			told++
		}
	}
	if told == 0 {
		t.Error("no client was told")
	}
	res, err := http.Post(srv.URL+"/api/press", "application/json", strings.NewReader(`{"button":0}`))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		t.Errorf("a press after that: %d", res.StatusCode)
	}
}

type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	e.read += len(p)
	return len(p), nil
}
