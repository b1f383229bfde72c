package panel

import (
	"bytes"
	"html/template"
	"net/http"
	"strconv"

	"sourire/assets"
	"sourire/device/screen"
	"sourire/device/tap"
	"sourire/device/web"
)

var customerPage = template.Must(template.ParseFS(assets.FS, "web/terminal.html"))

// view is a scene as the page gets it: all that it needs to go on alone when
// the service stops.
type view struct {
	Version string                   `json:"version"` // of the page
	Kind    screen.Kind              `json:"kind"`
	Scale   tap.Scale                `json:"scale"`
	Choices []choice                 `json:"choices"` // the worst first
	Low     []line                   `json:"low"`     // what the worst number means; none for faces
	High    []line                   `json:"high"`
	Words   map[screen.Kind][]saying `json:"words"`
}

// choice is a button.
type choice struct {
	Image    string `json:"image"` // path of its picture; or
	Number   string `json:"number"`
	Names    []line `json:"names"`    // what it means
	Captions []line `json:"captions"` // what stands below it
}

// line is a text in a language.
type line struct {
	Lang string `json:"lang"`
	Text string `json:"text"`
}

// saying is what a kind of scene says in a language.
type saying struct {
	Lang     string `json:"lang"`
	Headline string `json:"headline"`
	More     string `json:"more"`
}

func newView(s screen.Scene) view {
	if len(s.Languages) == 0 {
		s.Languages = []string{assets.DefaultLanguage}
	}
	v := view{Version: web.Version(), Kind: s.Kind, Scale: s.Scale, Words: make(map[screen.Kind][]saying)}
	for _, kind := range []screen.Kind{screen.Starting, screen.Question, screen.Thanks, screen.Closed, screen.OutOfOrder} {
		scene := s
		scene.Kind = kind
		for _, lang := range s.Languages {
			headline, more := scene.Words(lang)
			v.Words[kind] = append(v.Words[kind], saying{lang, headline, more})
		}
	}
	for i := range s.Scale.Choices() {
		v.Choices = append(v.Choices, newChoice(s, i))
	}
	if s.Scale == tap.NPS {
		v.Low, v.High = lines(s, "nps.low"), lines(s, "nps.high")
	}
	return v
}

func newChoice(s screen.Scene, i int) choice {
	number := strconv.Itoa(i)
	if s.Scale == tap.NPS {
		c := choice{Number: number}
		if i == 0 || i == s.Scale.Choices()-1 {
			c.Names = lines(s, "nps."+number)
		}
		return c
	}
	c := choice{Image: "/face/" + string(s.Scale) + "/" + number + ".svg", Names: lines(s, string(s.Scale)+"."+number)}
	if s.Scale == tap.YesNo {
		c.Captions = c.Names
	}
	return c
}

func lines(s screen.Scene, key string) []line {
	var all []line
	for _, lang := range s.Languages {
		all = append(all, line{lang, assets.Text(lang, key)})
	}
	return all
}

// page is GET /: the terminal as a customer sees it.
func (p *panel) page(w http.ResponseWriter, _ *http.Request) {
	var b bytes.Buffer
	if err := customerPage.Execute(&b, newView(p.Terminal.Scene())); err != nil {
		p.Log.Error("page not made", "err", err)
		web.Fail(w, http.StatusInternalServerError, "the page could not be made; the log says why")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Write(b.Bytes())
}
