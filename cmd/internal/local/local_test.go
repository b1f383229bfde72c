package local_test

import (
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sourire/cmd/internal/local"
)

func serve(t *testing.T, dir string) (stop func()) {
	t.Helper()
	stop, err := local.Serve(dir, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		_, _ = w.Write([]byte(r.URL.Path + " " + string(body)))
	}), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return stop
}

func post(t *testing.T, dir string) (string, error) {
	t.Helper()
	res, err := local.Post(t.Context(), dir, "/word", strings.NewReader("said"))
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return string(body), err
}

// A socket's address has 107 bytes; a folder's may have more. And what a killed
// process left must not be in the way of the next.
func TestAnswers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 40))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := post(t, dir); err == nil {
		t.Error("an answer where nobody listens")
	}
	if err := os.WriteFile(filepath.Join(dir, "socket"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	stop := serve(t, dir)
	if got, err := post(t, dir); err != nil || got != "/word said" {
		t.Errorf("%q, %v", got, err)
	}
	stop()
	if _, err := post(t, dir); err == nil {
		t.Error("an answer after the end")
	}
}

// Presses can be noted and history taken in by who may write the folder only.
func TestNobodyElseMayAsk(t *testing.T) {
	dir := t.TempDir()
	defer serve(t, dir)()
	info, err := os.Stat(filepath.Join(dir, "socket"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v: want a socket of mode 0600", info, err)
	}
}
