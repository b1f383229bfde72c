package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"sourire/assets"
	"sourire/device/screen"
	"sourire/device/tap"
)

// Version names the pages that are compiled in. A page left open over an
// upgrade sees another one on the event stream and loads itself anew.
var Version = sync.OnceValue(func() string {
	sum := sha256.New()
	// What is compiled in can always be read.
	_ = fs.WalkDir(assets.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := assets.FS.ReadFile(path)
		fmt.Fprintf(sum, "%s %d\n%s", path, len(raw), raw)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)[:8])
})

// Static serves the scripts, style sheets and fonts of the pages.
func Static(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	raw, err := assets.FS.ReadFile("web/" + name)
	if err != nil || strings.HasSuffix(name, ".html") {
		NotFound(w, r)
		return
	}
	serve(w, r, name, raw)
}

// Face serves /face/{scale}/{choice}.svg.
func Face(w http.ResponseWriter, r *http.Request) {
	faces := screen.Faces(tap.Scale(r.PathValue("scale")))
	number, isSVG := strings.CutSuffix(r.PathValue("file"), ".svg")
	i, err := strconv.Atoi(number)
	if !isSVG || err != nil || i < 0 || i >= len(faces) {
		NotFound(w, r)
		return
	}
	serve(w, r, "face.svg", []byte(faces[i].SVG()))
}

// serve answers with a file that browsers keep but ask about each time.
func serve(w http.ResponseWriter, r *http.Request, name string, raw []byte) {
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", `"`+Version()+`"`)
	if strings.HasSuffix(name, ".woff2") {
		w.Header().Set("Content-Type", "font/woff2")
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(raw))
}
