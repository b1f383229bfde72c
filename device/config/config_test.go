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
		`broker.url = "tcp://x:99999"`:         func(c *config.Config) { c.Broker.URL = "tcp://x:99999" },
		`broker.url = "tcp://x:0"`:             func(c *config.Config) { c.Broker.URL = "tcp://x:0" },
		`broker.url = "tcp://x:mqtt"`:          func(c *config.Config) { c.Broker.URL = "tcp://x:mqtt" },
		`broker.url = "tcp://x"`:               func(c *config.Config) { c.Broker.URL = "tcp://x" },
		`broker.url = "tcp://:1883"`:           func(c *config.Config) { c.Broker.URL = "tcp://:1883" },
		`broker.url = "tcp://x:1/mqtt"`:        func(c *config.Config) { c.Broker.URL = "tcp://x:1/mqtt" },
		`broker.url = "tcp://me:xxxxx@x:1"`:    func(c *config.Config) { c.Broker.URL = "tcp://me:secret@x:1" },
		"broker.ca, cert and key are for tls":  func(c *config.Config) { c.Broker.CA = "/x" },
		`broker.confirm = "maybe"`:             func(c *config.Config) { c.Broker.Confirm = "maybe" },
		"broker.cert and broker.key":           func(c *config.Config) { c.Broker.Cert = "/x" },
		"broker.username and":                  func(c *config.Config) { c.Broker.Username = "x" },
		`panel.listen = "0.0.0.0:8080"`:        func(c *config.Config) { c.Panel.Listen = "0.0.0.0:8080" },
		`panel.listen = "127.0.0.1:99999"`:     func(c *config.Config) { c.Panel.Listen = "127.0.0.1:99999" },
		`panel.listen = "127.0.0.1:0"`:         func(c *config.Config) { c.Panel.Listen = "127.0.0.1:0" },
		`panel.listen = "127.0.0.1:http"`:      func(c *config.Config) { c.Panel.Listen = "127.0.0.1:http" },
		`panel.listen = "127.0.0.1"`:           func(c *config.Config) { c.Panel.Listen = "127.0.0.1" },
		`manager.listen = ":99999"`:            func(c *config.Config) { c.Manager.Listen = ":99999" },
		`manager.listen = ":0"`:                func(c *config.Config) { c.Manager.Listen = ":0" },
		`"127.0.0.1:8080": want another port`:  func(c *config.Config) { c.Manager.PIN, c.Manager.Listen = "4711", c.Panel.Listen },
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
