// Package config holds the sample configurations to what the programs read.
package config

import (
	"iter"
	"os"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"github.com/BurntSushi/toml"

	"sourire/device/config"
)

// setting is a line of a sample that is commented out, or the heading of a table.
var setting = regexp.MustCompile(`(?m)^#(\w+ = |\[)`)

func sample(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// decode reads a sample strictly.
func decode(t *testing.T, text string, into any) toml.MetaData {
	t.Helper()
	meta, err := toml.Decode(text, into)
	if err != nil {
		t.Fatal(err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		t.Errorf("unknown keys: %v", unknown)
	}
	return meta
}

func fields(t reflect.Type) iter.Seq[reflect.StructField] {
	return slices.Values(reflect.VisibleFields(t))
}

func TestTerminalSampleIsGood(t *testing.T) {
	c := config.Default()
	decode(t, sample(t, "terminal.toml"), &c)
	if err := c.Check(); err != nil {
		t.Error(err)
	}
}

// With every line of its board in force, on real buttons.
func TestTerminalSampleIsGoodWithButtons(t *testing.T) {
	c := config.Default()
	decode(t, setting.ReplaceAllString(sample(t, "terminal.toml"), "$1"), &c)
	c.Board.Kind = config.BoardGPIO
	c.Broker.URL = "tls://broker.example:8883" // the certificates are in force, too
	if err := c.Check(); err != nil {
		t.Error(err)
	}
}

// With every line in force: no key is missing, none is unknown, and what is
// shown as a default is one.
func TestTerminalSampleShowsEverything(t *testing.T) {
	whole := setting.ReplaceAllString(sample(t, "terminal.toml"), "$1")
	var c config.Config
	shown := decode(t, whole, &c)

	for section := range fields(reflect.TypeFor[config.Config]()) {
		if section.Type.Kind() != reflect.Struct {
			if name := section.Tag.Get("toml"); !shown.IsDefined(name) {
				t.Errorf("%s is not shown", name)
			}
			continue
		}
		for key := range fields(section.Type) {
			if name := []string{section.Tag.Get("toml"), key.Tag.Get("toml")}; !shown.IsDefined(name...) {
				t.Errorf("%v is not shown", name)
			}
		}
	}

	d := config.Default()
	if c.Terminal.Timezone != d.Terminal.Timezone || !slices.Equal(c.Terminal.Languages, d.Terminal.Languages) ||
		c.Survey.Question != d.Survey.Question || c.Survey.Scale != d.Survey.Scale || c.Survey.Audience != d.Survey.Audience ||
		!slices.Equal(c.Board.Buttons, d.ButtonLines()) || c.Board.Pull != d.Board.Pull || c.Board.Active != d.Board.Active ||
		c.Board.Debounce != d.Board.Debounce || c.Board.Quiet != d.Board.Quiet || c.Board.I2C != d.Board.I2C || c.Board.Address != d.Board.Address ||
		c.Board.SPI != d.Board.SPI || !slices.Equal([]string{c.Board.DC, c.Board.RST, c.Board.Busy}, []string{d.Board.DC, d.Board.RST, d.Board.Busy}) ||
		c.Board.Framebuffer != d.Board.Framebuffer || c.Board.Rotate != d.Board.Rotate ||
		c.Broker.Confirm != d.Broker.Confirm || c.Panel != d.Panel || c.Manager.Listen != d.Manager.Listen ||
		c.Alerts != d.Alerts || c.Survey.Targets != d.Survey.Targets || !slices.Equal(c.Survey.FollowUp.Answers, d.Survey.FollowUp.Answers) {
		t.Errorf("a default of the sample is another than the program's:\n%+v\n%+v", c, d)
	}
}

// The keys of the office's file, as the contract has them.
type office struct {
	Office struct{ Chain, Data, Listen string }
	Broker struct {
		URL, Listen, Username, CA, Cert, Key string
		PasswordFile                         string `toml:"password_file"`
	}
	Store struct{ URL string }
}

func TestOfficeSample(t *testing.T) {
	var short, whole office
	decode(t, sample(t, "office.toml"), &short)
	if short.Office.Chain == "" || short.Office.Data == "" || short.Office.Listen == "" || short.Broker.URL == "" {
		t.Errorf("a setting is missing: %+v", short)
	}
	decode(t, setting.ReplaceAllString(sample(t, "office.toml"), "$1"), &whole)
	if whole.Broker.Listen == "" || whole.Store.URL != "sqlite" {
		t.Errorf("a setting is not shown: %+v", whole)
	}
}
