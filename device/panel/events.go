package panel

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"sourire/device/screen"
)

const (
	heartbeat    = 5 * time.Second  // between signs of life on a quiet stream; the page waits for three
	retry        = time.Second      // after which a browser connects again
	writeTimeout = 10 * time.Second // for one message to a browser
)

// events is GET /api/events: the scene now and after each change, as
// server-sent events named "scene". It ends when the client leaves, the
// terminal stops, or the server does.
func (p *panel) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	scenes := p.Terminal.Watch(r.Context())
	shown := p.Terminal.Scene()
	out := stream{w, http.NewResponseController(w)}
	if out.send(fmt.Sprintf("retry: %d\n", retry.Milliseconds())) != nil || out.scene(shown) != nil {
		return
	}
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		var err error
		select {
		case <-r.Context().Done():
			return
		case <-p.Done:
			return
		case <-tick.C:
			err = out.send("event: alive\ndata: yes\n\n")
		case scene, open := <-scenes:
			if !open {
				return
			}
			if !scene.Equal(shown) {
				shown = scene
				err = out.scene(scene)
			}
		}
		if err != nil {
			return
		}
	}
}

// stream writes server-sent events.
type stream struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

func (s stream) scene(scene screen.Scene) error {
	raw, err := json.Marshal(newView(scene))
	if err != nil {
		return fmt.Errorf("encode scene: %w", err)
	}
	return s.send(fmt.Sprintf("event: scene\ndata: %s\n\n", raw))
}

// send writes text at once. The server's own write timeout does not end a
// stream; a browser that takes nothing does.
func (s stream) send(text string) error {
	// A writer that knows no deadlines has none to move.
	_ = s.rc.SetWriteDeadline(time.Now().Add(writeTimeout))
	if _, err := fmt.Fprint(s.w, text); err != nil {
		return err
	}
	return s.rc.Flush()
}
