package system_test

import (
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"clickbridge/button"
	"clickbridge/v1"
)

// pageKey is the public key of the pages of these tests.
const pageKey = "b0770000000000000000000000000000000000aa"

// site is a web site of somebody, on another address of this machine, under a
// policy that lets it load and ask a server's button and nothing else.
type site struct {
	*httptest.Server
	tags   map[string]string // a page's path: what stands in it
	server func() string     // host:port of the server
}

func newSite(t *testing.T, host string, server func() string) *site {
	t.Helper()
	s := &site{tags: map[string]string{}, server: server}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", host+":0")
	must(t, err)
	s.Server = &httptest.Server{Listener: l, Config: &http.Server{Handler: s, ReadHeaderTimeout: time.Second}}
	s.Start()
	t.Cleanup(s.Close)
	return s
}

const siteStyle = `html { color-scheme: light dark; font-family: system-ui, sans-serif } body { margin: 2rem } .clickbridge::part(button) { border-radius: 99px }`

// ServeHTTP implements http.Handler.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if r.URL.Path == "/style.css" {
		h.Set("Content-Type", "text/css")
		_, _ = fmt.Fprint(w, siteStyle)
		return
	}
	tag, ok := s.tags[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	from := "http://" + s.server()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src "+from+"; connect-src "+from+
		"; form-action 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'")
	h.Set("Cross-Origin-Embedder-Policy", "require-corp")
	_, _ = fmt.Fprintf(w, `<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width"><title>A shop</title>
<link rel="stylesheet" href="/style.css"></head><body><main><h1>A shop</h1>%s</main></body></html>`,
		strings.ReplaceAll(tag, "SRC", from+"/button.js"))
}

// shopping makes a world whose page key may be used on one site, and opens that.
func shopping(t *testing.T, limits string) (*world, *site, *browser) {
	t.Helper()
	var w *world
	shop := newSite(t, "127.0.0.2", func() string { return w.http })
	text := readFile(t, "../accounts/example.yaml")
	text = strings.Replace(text, "    keys:\n", fmt.Sprintf("    keys:\n      - {name: the shop, key: %s, origins: [%q], findmes: [98712, 98750]}\n", pageKey, shop.URL), 1)
	text = strings.Replace(text, "    findmes:\n", "    findmes:\n      - {id: 98750, name: Closed, schedule: {hours: [\"sun 03:00-03:01\"]}, numbers: [\"3125550100\"]}\n", 1)
	w = newWorld(t, setup{accounts: text, limits: limits})
	return w, shop, newBrowser(t, w)
}

// made are the calls there are, the last one first.
func (w *world) made() []v1.Call {
	w.t.Helper()
	var l v1.List[v1.Call]
	w.v1("GET", "/v1/calls", "", &l)
	return l.Items
}

// hangUp ends the last call.
func (w *world) hangUp() {
	w.t.Helper()
	if status, _ := w.v1("DELETE", "/v1/calls/"+string(w.made()[0].ID), "", nil); status != http.StatusAccepted {
		w.t.Errorf("the call is not ended: %d", status)
	}
}

// visit opens a page of the site.
func (b *browser) visit(s *site, path string) {
	b.t.Helper()
	b.do("visit "+path, chromedp.Navigate(s.URL+path), chromedp.Poll(buttonTree+` !== undefined`, nil))
}

// buttonTree is the tree that the button is in.
const buttonTree = `document.querySelector(".clickbridge")?.shadowRoot`

// said waits until the button says a text.
func (b *browser) said(text string) {
	b.t.Helper()
	b.do("hear "+text, chromedp.Poll(fmt.Sprintf(buttonTree+`.querySelector("[role=status]").textContent.includes(%q)`, text), nil, chromedp.WithPollingInterval(10*time.Millisecond)))
}

// writes puts a number into the field the keyboard is at, in place of what it
// has, and presses Enter.
func (b *browser) writes(number string) {
	b.t.Helper()
	b.do("write "+number, chromedp.Evaluate(`(() => { let e = document.activeElement; while (e.shadowRoot) e = e.shadowRoot.activeElement; e.select() })()`, nil),
		input.InsertText(number), chromedp.KeyEvent(kb.Enter))
}

// TestButton: a visitor of another site's page asks to be called, by keyboard
// alone, and reads what becomes of it.
func TestButton(t *testing.T) {
	t.Parallel()
	w, shop, b := shopping(t, "{visitor_clicks: 2}")
	shop.tags["/"] = fmt.Sprintf(`<script src="SRC" data-key=%q data-findme="98712" defer></script>`, pageKey)
	b.visit(shop, "/")
	b.looks("the button")

	b.do("tab to the field", chromedp.KeyEvent(kb.Tab))
	b.writes("12")
	b.said("Please check the phone number.")
	if got := says[string](b, buttonTree+`.activeElement.outerHTML`); !strings.Contains(got, "<input") || !strings.Contains(got, `aria-invalid="true"`) {
		t.Errorf("the keyboard is at %s", got)
	}
	b.looks("the button, a wrong number")

	rung := w.sim.Total()
	b.writes("555-111-2222")
	b.said("Calling you now…")
	b.said("Finding somebody to talk to you…")
	if w.sim.Total() == rung {
		t.Error("nobody's phone rings")
	}
	b.writes("555-111-2222") // nothing happens: it calls
	b.looks("the button, calling")
	b.said("You are connected.")
	if calls := w.made(); len(calls) != 1 || calls[0].Key != "the shop" || calls[0].Page != shop.URL+"/" || calls[0].Phone != "+15551112222" {
		t.Errorf("calls: %+v", calls)
	}
	w.hangUp()
	b.said("The call has ended.")
	if got := says[string](b, buttonTree+`.querySelector("button").getAttribute("aria-disabled") + " " + `+buttonTree+`.querySelector("input").getAttribute("aria-invalid")`); got != "false false" {
		t.Errorf("after the call: %s", got)
	}

	b.writes("Jamaica")
	b.said("Please check the phone number.")
	b.writes("+1 876 555 0100")
	b.said("This call is not allowed.")
	b.writes("555-111-2222")
	b.said("Finding somebody to talk to you…")
	w.hangUp()
	b.said("The call has ended.")
	b.writes("555-111-2222")
	b.said("Too many calls. Please try again in ")
	if got := says[string](b, buttonTree+`.querySelector("[role=status]").textContent`); !strings.HasSuffix(got, " seconds.") {
		t.Errorf("it says %q", got)
	}
	b.noFaults()

	w.kill()
	b.writes("555-111-2222")
	b.said("No connection.")
}

// TestButtonOfOthers: a page that the key does not name makes no call.
func TestButtonOfOthers(t *testing.T) {
	t.Parallel()
	w, shop, b := shopping(t, "")
	thief := newSite(t, "127.0.0.3", func() string { return w.http })
	thief.tags["/"] = fmt.Sprintf(`<script src="SRC" data-key=%q data-findme="98712" defer></script>`, pageKey)
	b.visit(thief, "/")
	b.do("tab to the field", chromedp.KeyEvent(kb.Tab))
	b.writes("555-111-2222")
	b.said("No connection.")
	shop.tags["/secret"] = `<script src="SRC" data-key="foo:bar" data-findme="98712" defer></script>`
	b.visit(shop, "/secret")
	b.do("tab to the field", chromedp.KeyEvent(kb.Tab))
	b.writes("555-111-2222")
	b.said("No connection.")
	if !strings.Contains(w.logs.String(), "a web page holds a secret key") {
		t.Error("the log does not say that a secret key is in a page")
	}
	if calls := w.made(); len(calls) != 0 || w.sim.Total() != 0 {
		t.Errorf("calls: %v", calls)
	}
}

// TestButtonInAPage: the page's own field, its place, language and text; pinned to
// a version; and nobody is there.
func TestButtonInAPage(t *testing.T) {
	t.Parallel()
	_, shop, b := shopping(t, "")
	sum := sha512.Sum384(button.Script("de"))
	shop.tags["/"] = fmt.Sprintf(`<label for="tel">Ihre Nummer</label> <input id="tel" type="tel"><p id="here"></p>
<script src="SRC?lang=de" data-key=%q data-findme="98750" data-order="findme_first" data-phone="#tel" data-at="#here" data-text="Jetzt anrufen"
 integrity="sha384-%s" crossorigin="anonymous" defer></script>`, pageKey, base64.StdEncoding.EncodeToString(sum[:]))
	b.visit(shop, "/")
	b.looks("the button in a page")
	if got := says[string](b, `document.querySelector("#here > .clickbridge").lang + " " + `+buttonTree+`.querySelector("form").innerText.trim()`); got != "de Jetzt anrufen" {
		t.Errorf("shown: %q", got)
	}
	b.do("write, tab, press", chromedp.KeyEvent(kb.Tab), input.InsertText("12"), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(" "))
	b.said("Bitte prüfen Sie die Telefonnummer.")
	if got := says[string](b, `document.activeElement.id + document.activeElement.getAttribute("aria-invalid")`); got != "teltrue" {
		t.Errorf("the keyboard is at %q", got)
	}
	b.do("write, tab, press", chromedp.Evaluate(`document.activeElement.select()`, nil), input.InsertText("5551112222"), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(" "))
	b.said("Wir haben geschlossen.")
	b.noFaults()
}
