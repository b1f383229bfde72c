package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sourire/cmd/internal/lab"
	"sourire/device/tap"
)

// slowly is a client that takes a little of a file, and then nothing until it is
// let.
type slowly struct {
	*httptest.ResponseRecorder
	begun, goOn chan struct{}
}

func (s *slowly) Write(b []byte) (int, error) {
	select {
	case <-s.begun:
	default:
		close(s.begun)
	}
	<-s.goOn
	return s.ResponseRecorder.Write(b)
}

// Presses are stored and counted while a slow client reads an export, and the
// journal's log is used again and again, since nothing is held open for the
// client. What it gets is whole.
func TestASlowExportHoldsNobodyUp(t *testing.T) {
	c := lab.NewChain(t, "")
	conf, err := configFlag{Config: c.TerminalFile}.load()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().In(conf.Location())
	writeYear(t, conf, now, 12)
	b := open(t, c)
	b.clock.Trust()
	h := b.manager(nil)
	log := filepath.Join(c.TerminalData, "journal.db-wal")
	for file, lines := range map[string]int{"hours.csv": 1 + 10*24, "events.json": 1000, "signed.jsonl": 20} {
		t.Run(file, func(t *testing.T) {
			w := &slowly{httptest.NewRecorder(), make(chan struct{}), make(chan struct{})}
			path := "/manager/export/" + file + "?from=" + now.AddDate(0, 0, -10).Format(time.DateOnly) + "&to=" + now.AddDate(0, 0, -1).Format(time.DateOnly)
			goOn := sync.OnceFunc(func() { close(w.goOn) })
			defer goOn()
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8081"+path, nil))
			}()
			<-w.begun
			before, err := os.Stat(log)
			if err != nil {
				t.Fatal(err)
			}
			for range 50 { // 12 MB: as much as the log has room for, twice and a half
				press := benchTap(3).(*tap.TapEvent)
				press.Boot = b.boot
				b.stamp(&press.Header)
				events := []tap.Event{press}
				for range 80 {
					n := &tap.NoteEvent{Header: press.Header, Type: tap.NoteObservation, Text: strings.Repeat("busy ", 600)}
					n.Kind = tap.KindNote
					events = append(events, n)
				}
				if err := b.journal.Append(events...); err != nil {
					t.Fatal(err)
				}
			}
			last, _ := b.journal.Last()
			lab.Eventually(t, "all presses are counted", 20*time.Second, func() bool {
				b.results.mu.Lock()
				defer b.results.mu.Unlock()
				return b.results.seq >= last
			})
			if after, err := os.Stat(log); err != nil || after.Size() > 2*before.Size() {
				t.Errorf("the log has grown from %d to %d bytes, %v", before.Size(), after.Size(), err)
			}
			goOn()
			<-ended
			body := w.Body.Bytes()
			if n := bytes.Count(body, []byte("\n")); w.Code != http.StatusOK || n < lines || !strings.HasSuffix(string(body), "\n") {
				t.Errorf("got %d, %d lines, want %d at least", w.Code, n, lines)
			}
		})
	}
}
