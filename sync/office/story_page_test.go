package office_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sourire/assets/webtest"
	"sourire/device/tap"
	"sourire/sync/wire"
)

func texts(en, fr string) map[string]string { return map[string]string{"en": en, "fr": fr} }

// asks is the survey of a box that asks for reasons.
func asks(audience string) *tap.ConfigEvent {
	return &tap.ConfigEvent{
		Question: "exit", Version: "1", Audience: audience, Scale: tap.Faces4, Text: texts("Are you happy?", "Êtes-vous satisfait ?"),
		FollowUp: &tap.FollowUp{Text: texts("What matters most?", "Qu’est-ce qui compte ?"), Answers: []tap.Reason{
			{ID: "waiting", Text: texts("The waiting time", "Le temps d’attente")}, {ID: "welcome", Text: texts("The welcome", "L’accueil")},
			{ID: "choice", Text: texts("The choice", "Le choix")}, {ID: "price", Text: texts("The prices", "Les prix")},
		}},
	}
}

// hours has a box tell 10 h a day on the last n days before noon's: per hour
// three answers, of which one or two are satisfied, and reasons.
func (b *box) hours(audience string, n int, reasons map[string]int) {
	for d := n; d > 0; d-- {
		day := noon.AddDate(0, 0, -d)
		hour := tap.FormatTime(time.Date(day.Year(), day.Month(), day.Day(), 10, 0, 0, 0, time.UTC))
		good := 6 + d%3
		b.add(&tap.TallyEvent{
			Hour: &hour, Question: "exit", Audience: audience, Scale: tap.Faces4, Counts: []int{1, 2, good, 2}, Raw: 14, Reasons: reasons,
		}, tap.KindTally)
	}
}

// chainOfStories is an office with three terminals that tell something.
func chainOfStories(t *testing.T) *rig {
	r := newRig(t)
	named := func(store, name string, epoch uint64) *box {
		return newBox(tap.Identity{Chain: "demo", Store: store, Terminal: name}, epoch, newKey(1), nil)
	}
	lyon, nice, staff := named("lyon-part-dieu", "exit-1", 1), named("nice", "exit-1", 2), named("nice", "staff-1", 3)
	lyon.add(asks("customer"), tap.KindConfig)
	lyon.hours("customer", 60, map[string]int{"waiting": 3, "choice": 1, "welcome": 1})
	lyon.add(&tap.NoteEvent{Type: tap.NoteStructural, Text: "The shelves are lower", Day: "2026-11-22"}, tap.KindNote)
	lyon.add(&tap.NoteEvent{Type: tap.NoteQuick, Text: "A second till is open from 17:00 on", Day: "2026-11-10"}, tap.KindNote)
	lyon.add(&tap.NoteEvent{Type: tap.NoteObservation, Text: "Works in front of the entrance", Day: "2026-11-18"}, tap.KindNote)
	lyon.add(&tap.NoteEvent{Type: tap.NoteStructural, Text: "The welcome desk has moved next to the exit <b>&</b>"}, tap.KindNote)
	lyon.add(&tap.AlertEvent{Rule: "unhappy", State: tap.AlertRaised, Figures: map[string]int{"unhappy": 4, "answers": 9, "minutes": 60, "usual": 12}}, tap.KindAlert)
	raised := lyon.last()
	lyon.add(&tap.AlertEvent{Rule: "reason", State: tap.AlertRaised, Reason: "waiting", Figures: map[string]int{"answers": 5, "minutes": 60}}, tap.KindAlert)
	lyon.add(&tap.AlertEvent{Rule: "unhappy", State: tap.AlertAcknowledged, Alert: raised, Text: "A till was broken; it works again"}, tap.KindAlert)
	lyon.add(&tap.TestEvent{On: true, By: "office"}, tap.KindTest)
	lyon.taps(4)
	nice.add(asks("customer"), tap.KindConfig)
	nice.hours("customer", 2, map[string]int{"price": 2, "waiting": 1})
	nice.add(&tap.NoteEvent{Type: tap.NoteQuick, Text: "Baskets stand at the entrance", Day: "2026-11-22"}, tap.KindNote)
	nice.add(&tap.AlertEvent{Rule: "good", State: tap.AlertRaised, Figures: map[string]int{"satisfied": 86, "before": 71}}, tap.KindAlert)
	staff.add(asks("staff"), tap.KindConfig)
	staff.hours("staff", 1, map[string]int{"waiting": 3})
	staff.add(&tap.NoteEvent{Type: tap.NoteQuick, Text: "The break room has a new coffee machine", Day: "2026-11-02"}, tap.KindNote)
	staff.add(&tap.AlertEvent{Rule: "silence", State: tap.AlertRaised, Figures: map[string]int{"minutes": 600, "usual": 4}}, tap.KindAlert)
	staff.taps(3)
	for _, b := range []*box{lyon, nice, staff} {
		for first := uint64(1); first <= b.last(); first += 100 {
			r.batches(b, first, min(first+99, b.last()))
		}
		r.send(b, wire.LeafState, b.says(1))
	}
	forged := strings.Replace(string(nice.says(1)), `"health":{}`, `"health":{"rejected":2}`, 1)
	r.send(nice, wire.LeafState, []byte(forged))
	return r
}

// The page tells what is open, what is asked for and what was done, in both
// languages, on a large screen and a small one.
func TestStoryPage(t *testing.T) {
	r := chainOfStories(t)
	srv := httptest.NewServer(r.Handler())
	defer srv.Close()
	for lang, want := range map[string][]string{
		"en": {
			"has refused 2 messages", "4 of 9 customers unhappy within 60 minutes", "seen to", "5 answers within 60 minutes: The waiting time", "A better week: 86", "Test mode since",
			"Named clearly most: The waiting time", "What customers ask for, over the chain", "A second till is open", "No clear difference", "Begin test mode",
		},
		"fr": {
			"a refusé 2 messages", "4 clients mécontents sur 9 en 60 minutes", "vue", "5 réponses en 60 minutes", "Une meilleure semaine", "Mode essai depuis",
			"Cité nettement le plus", "dans toute la chaîne", "Pas de différence nette", "Lancer le mode essai",
		},
	} {
		ctx := webtest.Open(t, chromedp.Flag("accept-lang", lang))
		tab := webtest.Tab{T: t, Ctx: ctx}
		for _, width := range []int64{1280, 390} {
			tab.Do(chromedp.EmulateViewport(width, 1500), chromedp.Navigate(srv.URL+"/#demo/lyon-part-dieu/exit-1"))
			tab.Wait(`document.querySelectorAll(".detail .timeline > li").length === 4 && document.querySelectorAll("tbody tr").length > 20 && !document.getElementById("chain").hidden`)
			text := webtest.Value[string](tab, `document.body.innerText`)
			for _, w := range want {
				if !strings.Contains(strings.ReplaceAll(text, "\u202f", " "), w) {
					t.Errorf("%s at %d px: no %q in\n%s", lang, width, w, text)
				}
			}
			webtest.Accessible(ctx, t, fmt.Sprintf("%s at %d px", lang, width))
			if over := webtest.Value[int](tab, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
				t.Errorf("%s: %d px wider than %d", lang, over, width)
			}
			picture(t, tab, fmt.Sprintf("office-%s-%d", lang, width))
		}
		tab.Do(chromedp.Click(`.command button[value="off"]`))
		tab.Wait(`document.querySelector(".command li")?.innerText.includes(T.outcome({status: "sent"}))`)
		tab.Do(chromedp.Navigate(srv.URL + "/?again#demo/nice/staff-1")) // another address: a page of its own
		tab.Wait(`document.querySelectorAll(".detail .timeline > li").length === 1 && document.querySelectorAll("tbody tr").length > 5`)
		text := webtest.Value[string](tab, `document.querySelector(".open").innerText`)
		for _, no := range []string{"3 of 4", "3 sur 4", "The waiting time", "Le temps d’attente", "about 4"} {
			if strings.Contains(text, no) {
				t.Errorf("%s: of the staff it says %q:\n%s", lang, no, text)
			}
		}
		webtest.Accessible(ctx, t, lang+", staff")
		webtest.Value[bool](tab, `(document.querySelector(".open").scrollIntoView(), true)`)
		picture(t, tab, "office-staff-"+lang)
	}
}

// picture keeps what a page shows where $SOURIRE_PICTURES says.
func picture(t *testing.T, tab webtest.Tab, name string) {
	t.Helper()
	dir := os.Getenv("SOURIRE_PICTURES")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(tab.Ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
