package system_test

import (
	_ "embed"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// axe finds faults of accessibility (axe-core 4.14, MPL-2.0, as its makers built
// it).
//
//go:embed testdata/axe.min.js
var axe string

// violation is a fault that axe found.
type violation struct {
	ID, Impact, Help string
	Nodes            []struct{ HTML, FailureSummary string }
}

// TestConsoleIsAccessible has axe look at every page, dark and light, for what
// WCAG 2.1 A and AA ask.
func TestConsoleIsAccessible(t *testing.T) {
	t.Parallel()
	w, b := watcher(t, setup{})
	w.click(url.Values{"type": {"2"}, "findme_id": {"98703"}, "phone_to_call": {"5551112222"}, "no_answer_email": {"sales@example.com"}})
	b.open("/")
	b.looks("sign-in")
	b.signIn("/")
	for _, page := range []string{
		"/", "/report", "/recordings", "/notices", "/callbacks", "/findmes", "/findmes/98765", "/findmes/new", "/numbers", "/keys",
		"/blocks", "/trunks", "/users", "/audit", "/account", "/setup",
	} {
		b.open(page)
		b.do("settle", chromedp.Poll(`!document.body.innerText.includes("Loading…")`, nil))
		b.looks(page)
	}
	b.noFaults()
}

// looks has axe look at what is shown.
func (b *browser) looks(page string) {
	b.t.Helper()
	b.do("axe", chromedp.Evaluate(axe+"; true", nil))
	for _, dark := range []bool{false, true} {
		b.dark(dark)
		out := says[string](b, `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}).then(r => JSON.stringify(r.violations))`)
		var vs []violation
		if err := json.Unmarshal([]byte(out), &vs); err != nil {
			b.t.Fatal(err)
		}
		for _, v := range vs {
			for _, n := range v.Nodes[:min(3, len(v.Nodes))] {
				b.t.Errorf("%s, dark %v: %s (%s): %s\n%s\n%s", page, dark, v.ID, v.Impact, v.Help, n.HTML, strings.TrimSpace(n.FailureSummary))
			}
		}
	}
}
