package config_test

import (
	"strings"
	"testing"

	"sourire/device/config"
)

func minimal() config.Config {
	c := config.Default()
	c.Terminal.Chain, c.Terminal.Store, c.Terminal.ID = "demo", "lyon-part-dieu", "exit-1"
	c.Terminal.Data = "/var/lib/sourire"
	c.Board.Kind = "panel"
	c.Broker.URL = "tcp://127.0.0.1:1883"
	return c
}

func TestTheMinimumIsEnough(t *testing.T) {
	c := minimal()
	if err := c.Check(); err != nil {
		t.Error(err)
	}
}

func TestCheckNamesTheKeyAndTheRemedy(t *testing.T) {
	for want, spoil := range map[string]func(*config.Config){
		"terminal.chain is missing":            func(c *config.Config) { c.Terminal.Chain = "" },
		`terminal.store = "Lyon"`:              func(c *config.Config) { c.Terminal.Store = "Lyon" },
		`terminal.id = "a/b"`:                  func(c *config.Config) { c.Terminal.ID = "a/b" },
		`terminal.data = "data"`:               func(c *config.Config) { c.Terminal.Data = "data" },
		`terminal.timezone = "Paris"`:          func(c *config.Config) { c.Terminal.Timezone = "Paris" },
		"terminal.languages is empty":          func(c *config.Config) { c.Terminal.Languages = nil },
		"board.kind is missing":                func(c *config.Config) { c.Board.Kind = "" },
		`board.kind = "gpio"`:                  func(c *config.Config) { c.Board.Kind = "gpio" },
		`survey.scale = "stars"`:               func(c *config.Config) { c.Survey.Scale = "stars" },
		`survey.audience = "all"`:              func(c *config.Config) { c.Survey.Audience = "all" },
		"survey.text.de is missing":            func(c *config.Config) { c.Terminal.Languages = []string{"de"} },
		"survey.text.it: terminal.languages":   func(c *config.Config) { c.Survey.Text = map[string]string{"it": "Felice?"} },
		"survey.hours":                         func(c *config.Config) { c.Survey.Hours = map[string]string{"mon": "9-19"} },
		`broker.url = "http://x:1"`:            func(c *config.Config) { c.Broker.URL = "http://x:1" },
		`broker.confirm = "maybe"`:             func(c *config.Config) { c.Broker.Confirm = "maybe" },
		"broker.cert and broker.key":           func(c *config.Config) { c.Broker.Cert = "/x" },
		"broker.username and":                  func(c *config.Config) { c.Broker.Username = "x" },
		`panel.listen = "0.0.0.0:8080"`:        func(c *config.Config) { c.Panel.Listen = "0.0.0.0:8080" },
		`manager.listen = "8081"`:              func(c *config.Config) { c.Manager.Listen = "8081" },
		"manager.pin: want 4 to 12 characters": func(c *config.Config) { c.Manager.PIN = "1" },
	} {
		c := minimal()
		spoil(&c)
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v; want %q", err, want)
		}
	}
}

func TestVersionFollowsWhatIsAsked(t *testing.T) {
	a, b := minimal(), minimal()
	if a.Event("").Version != b.Event("").Version {
		t.Error("the same survey has two versions")
	}
	b.Survey.Text = map[string]string{"fr": "Ça va ?"}
	if a.Event("").Version == b.Event("").Version {
		t.Error("another question has the same version")
	}
}
