package config

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"sourire/assets"
	"sourire/device/tap"
)

// Check returns all that is wrong, a line each: the key, its value, and what it
// should be.
func (c *Config) Check() error {
	return errors.Join(slices.Concat(c.checkTerminal(), c.checkBoard(), c.checkSurvey(), c.checkFollowUp(), c.checkPublic(), c.checkBroker(), c.checkPages(), c.checkTargets(), c.checkTexts())...)
}

func wrong(key string, value any, want string) error {
	if s, ok := value.(string); ok && s == "" {
		return fmt.Errorf("%s is missing: %s", key, want)
	}
	return fmt.Errorf("%s = %q: %s", key, value, want)
}

func (c *Config) checkTerminal() (errs []error) {
	const id = "want 1 to 20 of a-z, 0-9, - and _, beginning with a letter or digit"
	for _, k := range []struct{ key, value string }{
		{"terminal.chain", c.Terminal.Chain}, {"terminal.store", c.Terminal.Store}, {"terminal.id", c.Terminal.ID},
	} {
		if !tap.ValidID(k.value) {
			errs = append(errs, wrong(k.key, k.value, id))
		}
	}
	if !filepath.IsAbs(c.Terminal.Data) {
		errs = append(errs, wrong("terminal.data", c.Terminal.Data, "want the full path of a folder, such as /var/lib/sourire"))
	}
	if _, err := time.LoadLocation(c.Terminal.Timezone); err != nil || c.Terminal.Timezone == "" || c.Terminal.Timezone == "Local" {
		errs = append(errs, wrong("terminal.timezone", c.Terminal.Timezone, "want a name such as Europe/Paris"))
	}
	if len(c.Terminal.Languages) == 0 {
		errs = append(errs, errors.New("terminal.languages is empty: want at least one, such as [\"fr\"]"))
	}
	return errs
}

func (c *Config) checkSurvey() (errs []error) {
	if !tap.ValidID(c.Survey.Question) {
		errs = append(errs, wrong("survey.question", c.Survey.Question, "want an id such as exit"))
	}
	if c.Survey.Scale.Choices() == 0 {
		errs = append(errs, wrong("survey.scale", string(c.Survey.Scale), fmt.Sprintf("want one of %q", tap.Scales)))
	}
	if a := c.Survey.Audience; a != "customer" && a != "staff" {
		errs = append(errs, wrong("survey.audience", a, `want "customer" or "staff"`))
	}
	for _, lang := range c.Terminal.Languages {
		text, given := c.Survey.Text[lang]
		known := slices.Contains(assets.Languages(), lang)
		if given && strings.TrimSpace(text) == "" || !given && !known {
			errs = append(errs, fmt.Errorf("survey.text.%s is missing: want the question in that language", lang))
		}
		if len(text) > 400 {
			errs = append(errs, fmt.Errorf("survey.text.%s has %d bytes: want a question that fits a screen, 400 at most", lang, len(text)))
		}
	}
	for _, lang := range slices.Sorted(maps.Keys(c.Survey.Text)) {
		if !slices.Contains(c.Terminal.Languages, lang) {
			errs = append(errs, fmt.Errorf("survey.text.%s: terminal.languages does not list %q", lang, lang))
		}
	}
	if _, err := tap.ParseHours(c.Survey.Hours); err != nil {
		errs = append(errs, fmt.Errorf("survey.hours: %w", err))
	}
	return errs
}

func (c *Config) checkBroker() (errs []error) {
	b := &c.Broker
	u, err := url.Parse(b.URL)
	switch {
	case err != nil || u.Scheme != "tcp" && u.Scheme != "tls" || u.Hostname() == "" || !ValidPort(u.Port()):
		errs = append(errs, wrong("broker.url", b.URL, "want tcp://host:1883 or tls://host:8883, with a port of 1 to 65535"))
	case u.User != nil || strings.Trim(u.Path, "/")+u.RawQuery+u.Fragment != "":
		errs = append(errs, wrong("broker.url", u.Redacted(), "want no more than tcp://host:port or tls://host:port; who we are is broker.username and password_file, or broker.cert"))
	case u.Scheme == "tcp" && b.CA+b.Cert+b.Key != "":
		errs = append(errs, fmt.Errorf("broker.ca, cert and key are for tls://, but broker.url = %q", b.URL))
	}
	if k := b.Confirm; k != "office" && k != "puback" {
		errs = append(errs, wrong("broker.confirm", k, `want "office" or "puback"`))
	}
	if (b.Cert == "") != (b.Key == "") {
		errs = append(errs, errors.New("broker.cert and broker.key belong together: give both or none"))
	}
	if (b.Username == "") != (b.PasswordFile == "") {
		errs = append(errs, errors.New("broker.username and broker.password_file belong together: give both or none"))
	}
	return errs
}

func (c *Config) checkPages() (errs []error) {
	host, port, err := net.SplitHostPort(c.Panel.Listen)
	if ip := net.ParseIP(host); err != nil || !ValidPort(port) || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		errs = append(errs, wrong("panel.listen", c.Panel.Listen, "want a loopback address and a port of 1 to 65535, such as 127.0.0.1:8080: whoever reaches it can vote"))
	}
	if _, port, err := net.SplitHostPort(c.Manager.Listen); err != nil || !ValidPort(port) {
		errs = append(errs, wrong("manager.listen", c.Manager.Listen, "want host:port with a port of 1 to 65535, such as 127.0.0.1:8081"))
	}
	if c.Manager.PIN != "" && c.Manager.Listen == c.Panel.Listen {
		errs = append(errs, wrong("manager.listen", c.Manager.Listen, "want another port than panel.listen has"))
	}
	if p := c.Manager.PIN; p != "" && !strings.HasPrefix(p, "$argon2id$") && (len(p) < 4 || len(p) > 12) {
		errs = append(errs, errors.New("manager.pin: want 4 to 12 characters, or a hash that begins with $argon2id$"))
	}
	return errs
}

// ValidPort reports whether a text is the number of a port, 1 to 65535.
func ValidPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0
}
