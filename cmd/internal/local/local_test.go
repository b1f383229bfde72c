package local_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

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
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	res, err := local.Post(ctx, dir, "/word", strings.NewReader("said"))
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return string(body), err
}

func address(t *testing.T, dir string) string {
	t.Helper()
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := info.Sys().(*syscall.Stat_t)
	return fmt.Sprintf("@sourire-%d-%d", s.Dev, s.Ino)
}

// Whatever the folder is called, and only as long as somebody works there; and
// nothing is left in it.
func TestAnswers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 40))
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	if _, err := post(t, dir); err == nil {
		t.Error("an answer where nobody listens")
	}
	stop := serve(t, dir)
	for _, name := range []string{dir, link} {
		if got, err := post(t, name); err != nil || got != "/word said" {
			t.Errorf("%q, %v", got, err)
		}
	}
	if _, err := post(t, t.TempDir()); err == nil {
		t.Error("an answer for another folder")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("in the folder: %v, %v", left, err)
	}
	stop()
	if _, err := post(t, dir); err == nil {
		t.Error("an answer after the end")
	}
}

// Events can be noted and history taken in by who may write the folder only.
// What an answer says can be believed.
func TestNobodyElseMayAskOrAnswer(t *testing.T) {
	if os.Geteuid() != 0 { // nobody else can become another
		return
	}
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	const nobody = 65534
	as := func(uid uintptr, do func()) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			runtime.LockOSThread() // and never unlocked: the thread ends with its user
			if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, ^uintptr(0), uid, ^uintptr(0)); errno != 0 {
				t.Error(errno)
				return
			}
			do()
		}()
		<-done
	}
	stop := serve(t, dir)
	as(nobody, func() {
		if got, err := post(t, dir); err == nil {
			t.Errorf("nobody got %q", got)
		}
		conn, err := net.Dial("unix", address(t, dir)) // without being asked who it is
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(conn, "POST / HTTP/1.0\r\n\r\n")
		if said, err := io.ReadAll(conn); len(said) > 0 {
			t.Errorf("nobody heard %q, %v", said, err)
		}
		_ = conn.Close()
	})
	stop()
	if err := os.Chown(dir, nobody, -1); err != nil { // the process is still root's
		t.Fatal(err)
	}
	defer serve(t, dir)()
	if got, err := post(t, dir); err == nil {
		t.Errorf("%q from a process of another user than the folder's", got)
	}
}
