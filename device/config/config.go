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
	Terminal Terminal                     `toml:"terminal"`
	Board    Board                        `toml:"board"`
	Survey   Survey                       `toml:"survey"`
	Broker   Broker                       `toml:"broker"`
	Panel    Panel                        `toml:"panel"`
	Manager  Manager                      `toml:"manager"`
	Alerts   Alerts                       `toml:"alerts"`
	Texts    map[string]map[string]string `toml:"texts"`   // the chain's own, by language and key of assets/locales
	Moments  []Moment                     `toml:"moments"` // critical ones, by name
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
	FollowUp FollowUp          `toml:"followup"`
	Targets  Targets           `toml:"targets"`
	Public   Public            `toml:"public"`
	Write    string            `toml:"write"` // where those go who want to write: a URL with {ref}; empty: no QR code
}

// FollowUp is the question after each answer.
type FollowUp struct {
	Ask     bool                         `toml:"ask"`
	Text    map[string]string            `toml:"text"`    // by language; our own where it is missing
	Answers []string                     `toml:"answers"` // ids of reasons, in the order of the buttons
	Labels  map[string]map[string]string `toml:"labels"`  // of a reason, by its id and language, where it is not one of ours
}

// Targets are what the store has set itself.
type Targets struct {
	Satisfied int `toml:"satisfied"` // percent, at least; 0: none
	NPS       int `toml:"nps"`       // at least; 0: none
}

// Public is what customers are told of all answers.
type Public struct {
	Counter bool   `toml:"counter"` // how many there were today
	Said    []Said `toml:"said"`
}

// Said is something that customers asked for, and what was done, by language.
type Said struct {
	You map[string]string `toml:"you"`
	We  map[string]string `toml:"we"`
}

// Alerts say when the manager is told.
type Alerts struct {
	Unhappy int  `toml:"unhappy"` // answers of the worse half in [Alerts.Minutes], at least; 0: never
	Minutes int  `toml:"minutes"`
	Reason  int  `toml:"reason"`  // answers with one reason in that time; 0: never
	Silence int  `toml:"silence"` // minutes of opening hours without a press; 0: never
	Good    bool `toml:"good"`    // good news, too
}

// Moment is a critical time that is looked at by itself.
type Moment struct {
	Name string `toml:"name"`
	From string `toml:"from"` // a day, "2027-01-13"
	To   string `toml:"to"`   // the last day; empty: the same
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
		Survey: Survey{
			Question: "exit", Scale: tap.Faces4, Audience: "customer",
			FollowUp: FollowUp{Answers: []string{"waiting", "welcome", "choice", "price"}},
		},
		Broker:  Broker{Confirm: "office"},
		Panel:   Panel{Listen: "127.0.0.1:8080"},
		Manager: Manager{Listen: "127.0.0.1:8081"},
		Alerts:  Alerts{Unhappy: 3, Minutes: 60, Reason: 5, Silence: 180, Good: true},
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
		Text: c.text(), Timezone: c.Terminal.Timezone, Hours: c.Survey.Hours,
		FollowUp: c.followUp(), Targets: c.targets(), Office: officeKey,
	}
	raw, _ := json.Marshal(e) // maps of strings and strings: cannot fail
	sum := sha256.Sum256(raw)
	e.Version = hex.EncodeToString(sum[:8])
	return e
}

// text is the question in each of the store's languages: the one configured,
// or our own that the scale answers.
func (c *Config) text() map[string]string {
	key := "question"
	if own := string(c.Survey.Scale) + ".question"; assets.Has(assets.DefaultLanguage, own) {
		key = own
	}
	all := map[string]string{}
	for _, lang := range c.Terminal.Languages {
		all[lang] = assets.Text(lang, key)
		if own := c.Survey.Text[lang]; own != "" {
			all[lang] = own
		}
	}
	return all
}
