package config

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// refMark stands in survey.write where the one-time reference comes.
const refMark = "{ref}"

func (c *Config) checkPublic() (errs []error) {
	if w := c.Survey.Write; w != "" {
		u, err := url.Parse(w)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || !strings.Contains(w, refMark) || len(w) > 200 {
			errs = append(errs, wrong("survey.write", w, "want a URL of 200 characters at most that has {ref} in it, such as https://example.com/avis?r={ref}"))
		}
		if c.Survey.Audience == "staff" {
			errs = append(errs, wrong("survey.write", w, `a terminal with audience = "staff" shows no QR code: leave it out`))
		}
	}
	for i, s := range c.Survey.Public.Said {
		for _, lang := range c.Terminal.Languages {
			if s.You[lang] == "" || s.We[lang] == "" {
				errs = append(errs, fmt.Errorf("survey.public.said, number %d, has no you.%s or no we.%s: want what customers said and what was done", i+1, lang, lang))
			}
		}
	}
	return errs
}

func (c *Config) checkTargets() (errs []error) {
	t := c.Survey.Targets
	if t.Satisfied < 0 || t.Satisfied > 100 {
		errs = append(errs, fmt.Errorf("survey.targets.satisfied = %d: want 1 to 100 percent, or 0 for none", t.Satisfied))
	}
	if t.NPS < -100 || t.NPS > 100 {
		errs = append(errs, fmt.Errorf("survey.targets.nps = %d: want -100 to 100, or 0 for none", t.NPS))
	}
	if nps := c.Survey.Scale == "nps"; nps && t.Satisfied != 0 || !nps && t.NPS != 0 {
		errs = append(errs, fmt.Errorf("survey.targets: %q has no such figure: satisfied is for faces and yes/no, nps for 0 to 10", c.Survey.Scale))
	}
	a := c.Alerts
	if a.Unhappy < 0 || a.Unhappy > 0 && a.Unhappy < 3 {
		errs = append(errs, fmt.Errorf("alerts.unhappy = %d: want 3 or more, or 0 for never: two unhappy customers are chance", a.Unhappy))
	}
	if a.Minutes < 10 || a.Minutes > 240 {
		errs = append(errs, fmt.Errorf("alerts.minutes = %d: want 10 to 240", a.Minutes))
	}
	if a.Reason < 0 || a.Reason > 0 && a.Reason < 2 {
		errs = append(errs, fmt.Errorf("alerts.reason = %d: want 2 or more, or 0 for never", a.Reason))
	}
	if a.Silence < 0 || a.Silence > 0 && a.Silence < 30 {
		errs = append(errs, fmt.Errorf("alerts.silence = %d: want 30 minutes or more, or 0 for never", a.Silence))
	}
	for i, m := range c.Moments {
		from, err := time.Parse(time.DateOnly, m.From)
		to := from
		if err == nil && m.To != "" {
			to, err = time.Parse(time.DateOnly, m.To)
		}
		if strings.TrimSpace(m.Name) == "" || len(m.Name) > 60 || err != nil || to.Before(from) {
			errs = append(errs, fmt.Errorf("moments, number %d (%.60q): want a name of 60 bytes at most, and from, and to where it is longer than a day: days such as 2027-01-13", i+1, m.Name))
		}
	}
	return errs
}
