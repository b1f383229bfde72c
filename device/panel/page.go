package panel

import (
	"bytes"
	"html/template"
	"net/http"

	"sourire/assets"
	"sourire/device/screen"
	"sourire/device/web"
)

var customerPage = template.Must(template.ParseFS(assets.FS, "web/terminal.html"))

// page is GET /: the terminal as a customer sees it.
func (p *panel) page(w http.ResponseWriter, _ *http.Request) {
	var b bytes.Buffer
	shown := struct {
		View  view
		Signs template.HTML
	}{newView(p.Terminal.Scene()), template.HTML(screen.Symbols())}
	if err := customerPage.Execute(&b, shown); err != nil {
		p.Log.Error("page not made", "err", err)
		web.Fail(w, http.StatusInternalServerError, "the page could not be made; the log says why")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Write(b.Bytes())
}

// worker is GET /worker.js: what keeps the page for when the service is away.
// It stands at the root because a browser lets it look after nothing above it.
func worker(w http.ResponseWriter, r *http.Request) {
	r.SetPathValue("file", "terminal-worker.js")
	web.Static(w, r)
}
