package panel

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"

	"sourire/assets/webtest"
	"sourire/device/screen"
)

// browser is a tab of a real Chromium, the hosts that it asked, and how much came.
type browser struct {
	webtest.Tab

	mu    sync.Mutex
	hosts []string
	bytes float64  // that came, headers and all
	late  []string // scripts and style sheets that another script asked for
}

// note keeps what is told of a request.
func (b *browser) note(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(e.Request.URL); err == nil && u.Scheme != "data" {
			b.hosts = append(b.hosts, u.Host)
			if e.Initiator.Type == network.InitiatorTypeScript && strings.HasPrefix(u.Path, "/static/") {
				b.late = append(b.late, u.Path)
			}
		}
	case *network.EventLoadingFinished:
		b.bytes += e.EncodedDataLength
	}
}

// shows waits until the page shows a kind of scene.
func (b *browser) shows(kind screen.Kind) {
	b.T.Helper()
	b.Wait(fmt.Sprintf(`document.body.dataset.shows === %q`, kind))
}

// service is a panel on a port of its own, which can stop and start again.
type service struct {
	t    *testing.T
	f    *fake
	addr string
	srv  *http.Server
	done chan struct{}
}

func newService(t *testing.T, f *fake) *service {
	f.set(func(f *fake) { f.polite = true })
	s := &service{t: t, f: f, addr: "127.0.0.1:0"}
	s.start()
	t.Cleanup(s.stop)
	return s
}

func (s *service) start() {
	s.t.Helper()
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	s.addr, s.done = l.Addr().String(), make(chan struct{})
	s.srv = &http.Server{Handler: New(Config{Terminal: s.f, Done: s.done})}
	go func() { _ = s.srv.Serve(l) }()
}

func (s *service) stop() {
	if s.srv == nil {
		return
	}
	close(s.done)
	s.srv.Close()
	s.srv = nil
}

func (s *service) url() string { return "http://" + s.addr + "/" }

// touch puts a finger down at a place and lifts it again.
func (b *browser) touch(x, y float64) {
	b.T.Helper()
	b.Finger(input.DispatchTouchEventTypeTouchStart, &input.TouchPoint{X: x, Y: y})
	b.Finger(input.DispatchTouchEventTypeTouchEnd)
}

// settle waits until the answers on the page may be touched.
func (b *browser) settle() {
	b.T.Helper()
	b.Wait(`document.querySelector("#choice.fresh") === null`)
}

// answered waits until nothing that was sent waits for an answer.
func (b *browser) answered() {
	b.T.Helper()
	b.Wait(`document.body.dataset.waiting === "0"`)
}
