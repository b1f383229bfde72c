package desk

import (
	"regexp"
	"testing"
)

// No share in a list, no index and no NPS stands without its interval.
func TestNoFigureIsBare(t *testing.T) {
	bare := regexp.MustCompile(`<span>\d+ % <span class="n">|<dd>[+−]?\d+\.\d</dd>|<dd>[+−]\d+</dd>|title="[^"]*: \d+ % of`)
	whole := regexp.MustCompile(`\d+ % \(\d+–\d+\)`)
	h := deskOf(t, shop())
	found := 0
	for _, path := range []string{
		"/manager", "/manager/week/2026-W47", "/manager/month/2026-11", "/manager/when", "/manager/why", "/manager/actions",
		"/manager/moments", "/manager/report/week/2026-W47",
	} {
		page := plain(get(t, h, path, header("Accept-Language", "en")))
		for _, lone := range bare.FindAllString(page, -1) {
			t.Errorf("%s shows %q", path, lone)
		}
		found += len(whole.FindAllString(page, -1))
	}
	if found < 40 {
		t.Errorf("%d shares with their interval in all", found)
	}
}
