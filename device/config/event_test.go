package config_test

import (
	"maps"
	"strings"
	"testing"

	"sourire/assets"
	"sourire/device/config"
	"sourire/device/tap"
)

// All that is wrong is said at once, a line each.
func TestCheckSaysAllThatIsWrong(t *testing.T) {
	var c config.Config
	err := c.Check()
	if err == nil {
		t.Fatal("an empty configuration is good")
	}
	lines := strings.Split(err.Error(), "\n")
	for i, key := range []string{
		"terminal.chain", "terminal.store", "terminal.id", "terminal.data", "terminal.timezone", "terminal.languages",
		"board.kind", "survey.question", "survey.scale", "survey.audience", "broker.url", "broker.confirm",
		"panel.listen", "manager.listen",
	} {
		if i >= len(lines) || !strings.HasPrefix(lines[i], key+" ") {
			t.Fatalf("want line %d about %s in\n%s", i+1, key, err)
		}
	}
}

func TestCheckTakes(t *testing.T) {
	for name, change := range map[string]func(*config.Config){
		"a language of the store's own": func(c *config.Config) {
			c.Terminal.Languages = []string{"de"}
			c.Survey.Text = map[string]string{"de": "Zufrieden?"}
			c.Texts = map[string]map[string]string{"de": {}}
			for _, key := range assets.CustomerKeys() {
				c.Texts["de"][key] = "auf Deutsch"
			}
			for _, key := range []string{"question", "yesno.question", "nps.question", "followup"} {
				delete(c.Texts["de"], key) // survey.text and survey.followup.text have them
			}
		},
		"a follow-up": func(c *config.Config) { c.Survey.FollowUp.Ask = true },
		"a reason of the store's own": func(c *config.Config) {
			c.Survey.FollowUp.Ask, c.Survey.FollowUp.Answers = true, []string{"waiting", "parking"}
			c.Survey.FollowUp.Labels = map[string]map[string]string{"parking": {"fr": "Le parking", "en": "The car park"}}
		},
		"a page to write on": func(c *config.Config) { c.Survey.Write = "https://example.com/avis?r={ref}" },
		"a target":           func(c *config.Config) { c.Survey.Targets.Satisfied = 80 },
		"other words":        func(c *config.Config) { c.Texts = map[string]map[string]string{"fr": {"thanks": "Grand merci !"}} },
		"no alerts":          func(c *config.Config) { c.Alerts = config.Alerts{Minutes: 60} },
		"a critical moment": func(c *config.Config) {
			c.Moments = []config.Moment{{Name: "Soldes", From: "2027-01-13", To: "2027-02-09"}, {Name: "Fête", From: "2027-12-18"}}
		},
		"staff": func(c *config.Config) { c.Survey.Audience = "staff" },
		"hours": func(c *config.Config) { c.Survey.Hours = map[string]string{"mon": "09:00-12:00,14:00-19:00"} },
		"a client's key": func(c *config.Config) {
			c.Broker.URL, c.Broker.Cert, c.Broker.Key = "tls://broker.example:8883", "/c.pem", "/k.pem"
		},
		"a user":            func(c *config.Config) { c.Broker.Username, c.Broker.PasswordFile = "u", "/p" },
		"puback":            func(c *config.Config) { c.Broker.Confirm = "puback" },
		"IPv6 loopback":     func(c *config.Config) { c.Panel.Listen = "[::1]:8080" },
		"localhost":         func(c *config.Config) { c.Panel.Listen = "localhost:8080" },
		"the store's lan":   func(c *config.Config) { c.Manager.Listen = "0.0.0.0:8081" },
		"a pin":             func(c *config.Config) { c.Manager.PIN = "4711" },
		"the hash of a pin": func(c *config.Config) { c.Manager.PIN = "$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA" },
	} {
		c := minimal()
		change(&c)
		if err := c.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The journal keeps the question in each of the store's languages: its own
// words, or ours.
func TestEventKeepsTheQuestion(t *testing.T) {
	c := minimal()
	c.Survey.Text = map[string]string{"fr": "Ça va ?"}
	e := c.Event("a key")
	want := map[string]string{"fr": "Ça va ?", "en": assets.Text("en", "question")}
	if !maps.Equal(e.Text, want) || want["en"] == "" {
		t.Errorf("texts %q, want %q", e.Text, want)
	}
	if e.Question != "exit" || e.Audience != "customer" || e.Scale != "faces4" || e.Timezone != "Europe/Paris" || e.Office != "a key" {
		t.Errorf("%+v", e)
	}
}

// A scale that answers another question has another one of ours.
func TestTheQuestionFitsTheScale(t *testing.T) {
	for scale, key := range map[tap.Scale]string{tap.Faces4: "question", tap.Faces5: "question", tap.YesNo: "yesno.question", tap.NPS: "nps.question"} {
		c := minimal()
		c.Survey.Scale = scale
		if got, want := c.Event("").Text["fr"], assets.Text("fr", key); got != want {
			t.Errorf("%s: asks %q, want %q", scale, got, want)
		}
	}
}

func TestIdentityAndLocation(t *testing.T) {
	c := minimal()
	if got, want := c.Identity().String(), "demo/lyon-part-dieu/exit-1"; got != want {
		t.Errorf("identity %s, want %s", got, want)
	}
	if got := c.Location().String(); got != "Europe/Paris" {
		t.Errorf("location %s", got)
	}
}
