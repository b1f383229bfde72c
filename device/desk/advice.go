package desk

import (
	"sourire/assets"
	"sourire/device/screen"
	"sourire/device/tally"
	"sourire/device/tap"
)

// Advice is what to do: one thing, the most pressing.
type Advice struct {
	Key  string // what it is about
	Do   string // "Go and see: …"
	Why  string
	Link string // where it goes on; empty: nowhere
	To   string // what the link says
}

// known is what advice is made of.
type known struct {
	shown  tally.Counts // of the period that can speak
	recent tally.Counts // of the last seven days
	before tally.Counts // of the three weeks before them
	worst  string       // the part of the day that is clearly worse than the rest, in words; empty: none is
	asked  string       // what the unhappy, or if that is not known all, ask for most, in words; empty: not clear
}

// advise says what to do.
func (r Report) advise(k known, lang string) Advice {
	say := func(key string, args ...any) Advice {
		return Advice{Key: key, Do: assets.Textf(lang, "manager.do."+key, args...), Why: assets.Text(lang, "manager.do."+key+".why")}
	}
	link := func(a Advice, path, key string) Advice {
		a.Link, a.To = path, assets.Text(lang, key)
		return a
	}
	_, standing, aims := k.shown.Target(r.Targets)
	_, _, change := k.recent.Since(k.before)
	speaks := !k.shown.Few() && !r.Staff || k.shown.N() >= tally.FewAnswers
	switch {
	case r.State == screen.OutOfOrder:
		return say("broken")
	case r.Clock == tap.Unknown:
		return say("clock")
	case urgent(r.Alerts):
		return say("alert")
	case !speaks:
		return say("few")
	case k.worst != "":
		a := link(say("worst", k.worst), "/manager/when", "manager.do.worst.link")
		return a
	case aims && standing == tally.Missed && k.asked != "":
		return link(say("asked", k.asked), "/manager/actions", "manager.do.act")
	case aims && standing == tally.Missed:
		return link(say("missed"), "/manager/when", "manager.do.worst.link")
	case change == tally.Worse:
		return link(say("worse"), "/manager/why", "manager.do.worse.link")
	case k.asked != "":
		return link(say("next", k.asked), "/manager/actions", "manager.do.act")
	case change == tally.Better:
		return link(say("better"), "/manager/actions", "manager.do.better.link")
	case aims && standing == tally.Met:
		return say("met")
	}
	return say("steady")
}

// urgent reports whether nobody has seen to an alert that is no good news.
func urgent(all []Alert) bool {
	for _, a := range all {
		if a.Rule != "good" && !a.Seen {
			return true
		}
	}
	return false
}
