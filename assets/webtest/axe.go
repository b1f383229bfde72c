package webtest

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// axe is axe-core 4.14.1 as npm has it, under the MPL 2.0 (axe/LICENSE.txt; the
// source is at https://github.com/dequelabs/axe-core). It is of the tests only:
// no program of ours has it in it.
//
//go:embed axe/axe.min.js
var axe string

// Accessible reports to t what axe-core finds wrong with the page that shows,
// by WCAG 2.2 A and AA and by its own best practices. What names the page in
// the report.
func Accessible(ctx context.Context, t *testing.T, what string) {
	t.Helper()
	wrong, err := Violations(ctx)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if len(wrong) > 0 {
		t.Errorf("%s: axe-core finds\n%s", what, strings.Join(wrong, "\n"))
	}
}

// Violations is what axe-core finds wrong with the page that shows, a line a
// place.
func Violations(ctx context.Context) ([]string, error) {
	loaded, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`typeof axe === "object"`))
	if err == nil && !loaded {
		err = chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](axe+";0"))
	}
	if err != nil {
		return nil, fmt.Errorf("load axe-core: %w", err)
	}
	wrong, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`
		axe.run({resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then((r) =>
			r.violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + v.help + ": " + n.html + ": " + n.failureSummary)))`, chromedp.EvalAwaitPromise))
	if err != nil {
		return nil, fmt.Errorf("run axe-core: %w", err)
	}
	return wrong, nil
}
