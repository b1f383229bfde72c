package screen

import (
	"image"
	"slices"
	"strings"
	"sync"

	"sourire/assets"
	"sourire/device/tap"
)

// A question about as long as one gets, in both languages.
var longQuestion = map[string]string{
	"fr": "Êtes-vous satisfait de l’accueil et du temps d’attente à nos caisses aujourd’hui\u00a0?",
	"en": "Are you satisfied with the welcome and the waiting time at our checkouts today?",
}

// Labels of a chain's own, about as long as they get.
var longReasons = []tap.Reason{
	{ID: "fitting", Text: map[string]string{"fr": "Les cabines d’essayage", "en": "The fitting rooms"}},
	{ID: "parking", Text: map[string]string{"fr": "Le stationnement", "en": "The car park"}},
	{ID: "stock", Text: map[string]string{"fr": "Les articles manquants", "en": "Items out of stock"}},
	{ID: "hours", Text: map[string]string{"fr": "Les heures d’ouverture", "en": "The opening hours"}},
}

// followUp asks our own question, with labels of ours.
func followUp(ids ...string) *tap.FollowUp {
	in := func(key string) map[string]string {
		return map[string]string{"fr": assets.Text("fr", key), "en": assets.Text("en", key)}
	}
	f := &tap.FollowUp{Text: in("followup")}
	for _, id := range ids {
		f.Answers = append(f.Answers, tap.Reason{ID: id, Text: in("reason." + id)})
	}
	return f
}

// scene is one of a kind, in both languages.
func scene(k Kind, scale tap.Scale) Scene {
	s := Scene{Kind: k, Scale: scale, Languages: []string{"fr", "en"}}
	switch k {
	case FollowUp:
		s.FollowUp, s.Left, s.Of = followUp("waiting", "welcome", "choice", "price"), 5, 8
	case Write:
		s.Link, s.Left, s.Of = "https://example.com/avis?r=K7F3M9QZ2XVBNR5TWYHJ6CDPLA", 14, 20
	case OutOfOrder:
		s.Part = "disk"
	case Cleaning:
		s.Left, s.Of = 42, 60
	case PIN:
		s.Languages, s.Left, s.Of = s.Languages[:1], 25, 30
		s.Pages = &PageShown{Lang: "fr", Title: "Code", Number: 1, Of: 1, Rows: []Row{{Value: "••3"}}, Keys: []string{"−", "+", "›", "OK"}}
	case Manager:
		s.Languages, s.Left, s.Of = s.Languages[:1], 25, 30
		s.Pages = &PageShown{Lang: "fr", Title: "Aujourd’hui", Number: 1, Of: 6, Keys: []string{"‹", "›", "", "×"}, Rows: []Row{
			{Name: "Satisfaits", Value: "82\u00a0%", Bar: true, Lo: 75, Hi: 88, Share: 82, Interval: "75–88\u00a0%"},
			{Name: "Réponses", Value: "143"},
			{Name: "Objectif 70\u00a0%", Value: "atteint"},
		}}
	}
	return s
}

// frame is a scene that has a golden frame.
type frame struct {
	name  string
	scene Scene
}

// frames are all kinds of scene, and what they look like at their fullest.
func frames() []frame {
	var all []frame
	add := func(name string, s Scene, change func(*Scene)) {
		if change != nil {
			change(&s)
		}
		all = append(all, frame{name, s})
	}
	for _, k := range Kinds {
		add(string(k), scene(k, tap.Faces4), nil)
		switch k {
		case Question:
			add("question-long", scene(k, tap.Faces4), func(s *Scene) { s.Text = longQuestion })
			add("question-five", scene(k, tap.Faces5), func(s *Scene) { s.Alert = true })
			add("question-yesno", scene(k, tap.YesNo), func(s *Scene) { s.Voices = 143 })
			add("question-said", scene(k, tap.Faces4), func(s *Scene) {
				s.Voices = 143
				s.Said = &Said{
					You: map[string]string{"fr": "L’attente est longue", "en": "The wait is long"},
					We:  map[string]string{"fr": "Une caisse de plus le samedi", "en": "One more till on Saturdays"},
				}
			})
		case Thanks:
			add("thanks-reason", scene(k, tap.Faces4), func(s *Scene) { s.FollowUp, s.Reason = followUp("waiting"), "waiting" })
			add("thanks-long", scene(k, tap.Faces4), func(s *Scene) {
				s.FollowUp, s.Reason = &tap.FollowUp{Answers: longReasons}, "hours"
			})
		case FollowUp:
			add("followup-five", scene(k, tap.Faces5), func(s *Scene) {
				s.FollowUp, s.Left = followUp("checkout", "stock", "clean", "advice"), 1
			})
			add("followup-two", scene(k, tap.YesNo), func(s *Scene) { s.FollowUp, s.Left = followUp("waiting", "welcome"), 8 })
			add("followup-long", scene(k, tap.Faces4), func(s *Scene) { s.FollowUp.Answers = longReasons })
		case PIN:
			add("pin-wrong", scene(k, tap.Faces4), func(s *Scene) {
				s.Pages.Rows, s.Pages.Keys = []Row{{Value: "_"}, {Name: "Attendez", Value: "30\u00a0s"}}, []string{"−", "+", "", "×"}
			})
		case Manager:
			add("manager-few", scene(k, tap.Faces4), func(s *Scene) {
				s.Pages.Title, s.Pages.Number = "28\u00a0j, par moment", 3
				s.Pages.Rows = []Row{
					{Name: "Matin", Value: "38–96\u00a0%", Bar: true, Lo: 38, Hi: 96, Share: -1},
					{Name: "Après-midi", Value: "84\u00a0%", Bar: true, Lo: 76, Hi: 90, Share: 84, Interval: "76–90\u00a0%"},
					{Name: "Soir", Value: "61\u00a0%", Bar: true, Lo: 49, Hi: 72, Share: 61, Interval: "49–72\u00a0%"},
				}
			})
			add("manager-en", scene(k, tap.Faces5), func(s *Scene) {
				s.Languages, s.Pages.Lang, s.Pages.Title, s.Pages.Number = []string{"en"}, "en", "Health", 5
				s.Pages.Keys = []string{"‹", "›", "", "OK", "×"}
				s.Pages.Rows = []Row{
					{Name: "Waiting to be sent", Value: "12"}, {Name: "Head office", Value: "2 min ago"}, {Name: "Clock", Value: "set"},
				}
			})
		}
	}
	return all
}

// inColour are the frames on the 7" screen, drawn once.
var inColour = sync.OnceValue(func() map[string]*picture {
	all := map[string]*picture{}
	for _, f := range frames() {
		all[f.name] = f.scene.draw(image.Pt(800, 480))
	}
	return all
})

// turned are the frames as a small display shows them, one language after the
// other.
func turned() []frame {
	var all []frame
	for _, f := range frames() {
		turns := f.scene.Turns()
		if f.scene.Kind == Asleep {
			turns = []Scene{turns[0], turns[drifts-1]}
		}
		for _, turn := range turns {
			all = append(all, frame{f.name + "-" + strings.Join(turn.Languages, "-"), turn})
		}
	}
	return slices.CompactFunc(all, func(a, b frame) bool { return a.name == b.name })
}
