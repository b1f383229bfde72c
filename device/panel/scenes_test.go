package panel

import (
	"maps"
	"slices"

	"sourire/assets"
	"sourire/device/screen"
	"sourire/device/tap"
)

// reasons are as many answers to a follow-up as a touch screen has room for,
// the longest of ours among them.
var reasons = []string{"waiting", "welcome", "choice", "price", "stock", "checkout"}

// arabic stands for a language that a chain brings along.
var arabic = map[string]string{
	"question": "كيف كانت زيارتك اليوم؟", "thanks": "شكرًا لك!", "thanks.more": "تم تسجيل إجابتك.", "thanks.reason": "شكرًا لك: %s",
	"followup.more": "يمكنك أيضًا المغادرة: تم تسجيل إجابتك.", "followup.longer": "مزيد من الوقت", "followup.end": "لا، شكرًا",
	"outoforder": "خارج الخدمة", "outoforder.more": "يرجى إبلاغ أحد الموظفين.",
	"faces4.0": "غير راضٍ على الإطلاق", "faces4.1": "غير راضٍ", "faces4.2": "راضٍ", "faces4.3": "راضٍ جدًا",
	"voices.one": "%d رأي اليوم", "voices.other": "%d آراء اليوم", "said.you": "قلتم لنا", "said.we": "فعلنا",
	"write": "هل تود أن تكتب إلينا؟", "write.more": "امسح الرمز بهاتفك.", "write.end": "تم", "write.longer": "مزيد من الوقت",
}

var arabicReasons = map[string]string{
	"waiting": "وقت الانتظار", "welcome": "الاستقبال", "choice": "الاختيار", "price": "الأسعار", "stock": "ما كان ناقصًا", "checkout": "الدفع عند الصندوق",
}

// allScenes is one of each kind of scene, and those that look different, by
// name.
func allScenes(languages ...string) map[string]screen.Scene {
	ask := &tap.FollowUp{Text: map[string]string{"ar": "ما هو الأهم بالنسبة لك هنا؟"}}
	for _, id := range reasons {
		text := map[string]string{}
		for _, lang := range languages {
			if text[lang] = assets.Text(lang, "reason."+id); lang == "ar" {
				text[lang] = arabicReasons[id]
			}
		}
		ask.Answers = append(ask.Answers, tap.Reason{ID: id, Text: text})
	}
	four := *ask
	four.Answers = ask.Answers[:4]
	page := &screen.PageShown{
		Lang: languages[0], Title: "Aujourd’hui", Number: 1, Of: 6, Keys: []string{"Retour", "Suite", "", "Quitter"},
		Rows: []screen.Row{
			{Name: "Satisfaits", Value: "80 %", Bar: true, Lo: 71, Hi: 87, Share: 80},
			{Name: "Matin", Value: "peu de réponses", Bar: true, Lo: 38, Hi: 96, Share: -1},
			{Name: "Après-midi", Value: "74 %", Bar: true, Lo: 61, Hi: 84, Share: 74},
			{Name: "Objectif 80 %", Value: "pas encore assez de réponses"},
			{Name: "Réponses", Value: "112"},
			{Name: "Le temps d’attente", Value: "31"},
			{Name: "Le passage en caisse", Value: "12"},
			{Name: "Même jour, quatre semaines", Value: "pas de différence nette"},
		},
	}
	all := map[string]screen.Scene{
		"starting": {Kind: screen.Starting}, "question": {Kind: screen.Question},
		"question-faces5": {Kind: screen.Question, Scale: tap.Faces5}, "question-yesno": {Kind: screen.Question, Scale: tap.YesNo},
		"question-nps": {Kind: screen.Question, Scale: tap.NPS},
		"question-said": {Kind: screen.Question, Voices: 143, Alert: true, Said: &screen.Said{
			You: map[string]string{"fr": "L’attente est longue", "en": "The wait is long", "ar": "الانتظار طويل"},
			We:  map[string]string{"fr": "Une caisse de plus le samedi", "en": "One more till on Saturdays", "ar": "صندوق إضافي يوم السبت"},
		}},
		"thanks": {Kind: screen.Thanks}, "thanks-reason": {Kind: screen.Thanks, FollowUp: ask, Reason: "waiting"},
		"followup": {Kind: screen.FollowUp, FollowUp: ask, Left: 6, Of: 8}, "followup-four": {Kind: screen.FollowUp, FollowUp: &four, Left: 8, Of: 8},
		"write":  {Kind: screen.Write, Link: "https://www.example.com/avis?magasin=lyon&r=3f9a1c77e20b4d58", Left: 14, Of: 20},
		"closed": {Kind: screen.Closed}, "asleep": {Kind: screen.Asleep}, "outoforder": {Kind: screen.OutOfOrder, Part: "disk"},
		"cleaning": {Kind: screen.Cleaning, Left: 42, Of: 60}, "test": {Kind: screen.Test, Left: 872, Of: 900},
		"pin": {Kind: screen.PIN, Left: 25, Of: 30, Pages: &screen.PageShown{
			Lang: languages[0], Title: "Code du responsable", Number: 1, Of: 1,
			Keys: []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "Effacer", "0", "OK"},
			Rows: []screen.Row{{Value: "••_"}, {Name: "Code erroné"}},
		}},
		"manager": {Kind: screen.Manager, Pages: page, Left: 25, Of: 30},
	}
	for _, name := range slices.Collect(maps.Keys(all)) {
		s := all[name]
		s.Languages, s.Texts = languages, map[string]map[string]string{"ar": arabic}
		s.Text = map[string]string{"ar": arabic["question"]}
		if s.Scale == "" {
			s.Scale = tap.Faces4
		}
		all[name] = s
	}
	return all
}
