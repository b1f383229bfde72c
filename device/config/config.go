// Package config is the terminal's configuration: its keys, their defaults, and
// what is wrong with them. See deploy/config/terminal.toml for a commented
// sample.
package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"sourire/assets"
	"sourire/device/tap"
)

// Config is the file terminal.toml.
type Config struct {
	Terminal Terminal `toml:"terminal"`
	Board    Board    `toml:"board"`
	Survey   Survey   `toml:"survey"`
	Broker   Broker   `toml:"broker"`
	Panel    Panel    `toml:"panel"`
	Manager  Manager  `toml:"manager"`
}

// Terminal says which terminal this is and where it keeps its data.
type Terminal struct {
	Chain     string   `toml:"chain"`
	Store     string   `toml:"store"`
	ID        string   `toml:"id"`
	Data      string   `toml:"data"`
	Timezone  string   `toml:"timezone"`
	Languages []string `toml:"languages"`
}

// Survey is what the terminal asks, and when.
type Survey struct {
	Question string            `toml:"question"`
	Scale    tap.Scale         `toml:"scale"`
	Audience string            `toml:"audience"`
	Text     map[string]string `toml:"text"`  // the question, by language
	Hours    map[string]string `toml:"hours"` // mon..sun: "09:00-19:30"
}

// Broker is where the feed goes.
type Broker struct {
	URL          string `toml:"url"`
	CA           string `toml:"ca"`
	Cert         string `toml:"cert"`
	Key          string `toml:"key"`
	Username     string `toml:"username"`
	PasswordFile string `toml:"password_file"`
	OfficeKey    string `toml:"office_key"`
	Confirm      string `toml:"confirm"` // office or puback
}

// Panel is the customer's page.
type Panel struct {
	Listen string `toml:"listen"`
}

// Manager is the manager's pages.
type Manager struct {
	Listen string `toml:"listen"`
	PIN    string `toml:"pin"`
}

// Default is what a small shop would want. Chain, store, id, data, the board's
// kind and the broker's url have no default.
func Default() Config {
	return Config{
		Terminal: Terminal{Timezone: "Europe/Paris", Languages: []string{"fr", "en"}},
		Board: Board{
			Pull: "up", Active: "low", Debounce: 12, Quiet: "21:00-08:00",
			I2C: "1", SPI: "0.0", DC: "GPIO25", RST: "GPIO17", Busy: "GPIO24", Framebuffer: "/dev/fb0",
		},
		Survey:  Survey{Question: "exit", Scale: tap.Faces4, Audience: "customer"},
		Broker:  Broker{Confirm: "office"},
		Panel:   Panel{Listen: "127.0.0.1:8080"},
		Manager: Manager{Listen: "127.0.0.1:8081"},
	}
}

// Identity is whose journal and feed it is.
func (c *Config) Identity() tap.Identity {
	return tap.Identity{Chain: c.Terminal.Chain, Store: c.Terminal.Store, Terminal: c.Terminal.ID}
}

// Location is the store's time zone. [Config.Check] has made sure of it.
func (c *Config) Location() *time.Location {
	loc, err := time.LoadLocation(c.Terminal.Timezone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// Event is the survey as the journal keeps it. The version is a hash of what
// is asked.
func (c *Config) Event(officeKey string) tap.ConfigEvent {
	e := tap.ConfigEvent{
		Question: c.Survey.Question, Audience: c.Survey.Audience, Scale: c.Survey.Scale,
		Text: c.text(), Timezone: c.Terminal.Timezone, Hours: c.Survey.Hours, Office: officeKey,
	}
	raw, _ := json.Marshal(e) // maps of strings and strings: cannot fail
	sum := sha256.Sum256(raw)
	e.Version = hex.EncodeToString(sum[:8])
	return e
}

// text is the question in each of the store's languages: the one configured,
// or our own.
func (c *Config) text() map[string]string {
	all := map[string]string{}
	for _, lang := range c.Terminal.Languages {
		all[lang] = assets.Text(lang, "question")
		if own := c.Survey.Text[lang]; own != "" {
			all[lang] = own
		}
	}
	return all
}
