package system_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestConsoleWatchesACall: who is signed in sees a call as it happens, and hangs
// it up.
func TestConsoleWatchesACall(t *testing.T) {
	t.Parallel()
	w, b := watcher(t, setup{})
	b.open("/")
	b.do("a wrong password", chromedp.SendKeys("input[type=email]", consoleEmail), chromedp.SendKeys("input[type=password]", "not the one"), chromedp.Click("button.main"))
	b.sees("The e-mail, the password or the code is wrong")
	b.signIn("/")
	b.sees("No call at the moment", "Live")

	// 03 is busy, 07 declines by key, 12 accepts after five seconds.
	must(t, post(b, "/v1/findmes", `{"name":"Watched","timeout":20,"numbers":[{"number":"3125550103","name":"Front desk"},{"number":"3125550107","name":"Showroom"},{"number":"3125550112","name":"Workshop"}]}`))
	id := says[float64](b, `fetch("/v1/findmes?limit=500").then(r => r.json()).then(l => l.items.find(f => f.name === "Watched").id)`)
	began := time.Now()
	answer := w.clicking(url.Values{"type": {"1"}, "findme_id": {fmt.Sprint(int(id))}, "phone_to_call": {"5551112222"}, "page": {"shop.html"}})
	b.sees("Watched")
	if d := time.Since(began); d > 1500*time.Millisecond {
		t.Errorf("the board has the call after %v", d)
	}
	b.sees("Front desk", "Busy", "Showroom", "Declined", "Workshop", "shop.html")
	b.do("the two talk", chromedp.WaitVisible("article.talking"))
	b.press("Hang up")
	b.sees("The two people who talk are cut off.")
	b.do("confirm", chromedp.Click("dialog .danger"))
	b.sees("Just ended", "Connected")
	<-answer
	b.noFaults()
}

// post has the page make a request of its own; an error names what came.
func post(b *browser, path, body string) error {
	b.t.Helper()
	got := says[string](b, fmt.Sprintf(`fetch("/v1/session").then(r => r.json()).then(s => fetch(%q, {method: "POST", body: %q,
		headers: {"Content-Type": "application/json", "X-CSRF-Token": s.csrf_token}})).then(async r => r.status + " " + await r.text())`, path, body))
	if !strings.HasPrefix(got, "2") {
		return fmt.Errorf("%s: %s", path, got)
	}
	return nil
}

// TestConsoleFindMe: a list is made, refused at its field, put in another order
// by keyboard, given hours, and called.
func TestConsoleFindMe(t *testing.T) {
	t.Parallel()
	_, b := watcher(t, setup{})
	b.signIn("/findmes/new")
	b.sees("New FindMe", "Nobody is on the list yet")
	b.fill("Name", "Night desk")
	b.press("Add a number")
	b.fill("Number", "12")
	b.press("Save")
	b.sees("Please look at the fields marked red.")
	if n := says[int](b, `document.querySelectorAll("#agents [aria-invalid=true]").length`); n != 1 {
		t.Errorf("%d agents' fields are marked", n)
	}
	b.fill("Number", "3125550100")
	b.press("Add a number")
	b.do("a second", chromedp.SendKeys("#agents li:nth-child(2) input[type=tel]", "3125550112"))
	b.do("move it up", chromedp.Focus("#agents li:nth-child(2) .handle"), chromedp.KeyEvent(kb.ArrowUp))
	b.sees("3125550112")
	b.do("hours", chromedp.Click("section[aria-labelledby=hours] input[type=checkbox]"), chromedp.WaitVisible("[role=grid]"))
	b.do("eight o'clock", chromedp.Focus(`[data-d="1"][data-m="480"]`), chromedp.KeyEvent(" "))
	b.press("Save")
	b.sees("Saved", "All is saved")
	got := says[string](b, `fetch("/v1" + location.pathname).then(r => r.json()).then(f => f.name + " " + f.numbers.map(n => n.number) + " " + f.schedule.hours.map(h => h.day + h.from + "-" + h.to).join(" "))`)
	if want := "Night desk +13125550112,+13125550100 mon08:00-08:30 mon09:00-17:00"; !strings.HasPrefix(got, want) {
		t.Errorf("kept: %s", got)
	}
	b.press("Test call")
	b.fill("Your phone", "5551112222")
	b.press("Call now")
	b.sees("Live calls", "Night desk")
	b.noFaults()
}

// TestConsoleReport: what was asked stands in the address, and a call opens.
func TestConsoleReport(t *testing.T) {
	t.Parallel()
	w, b := watcher(t, setup{})
	w.click(url.Values{"type": {"2"}, "findme_id": {"98703"}, "phone_to_call": {"5551112222"}, "page": {"busy.html"}, "no_answer_email": {"sales@example.com"}})
	w.click(url.Values{"type": {"2"}, "findme_id": {"98713"}, "phone_to_call": {"5551112222"}, "page": {"taken.html"}})
	b.signIn("/report?page=busy.html")
	b.sees("busy.html", "1 call shown", "Calls by hour of the day")
	if says[bool](b, `document.querySelector("table").innerText.includes("taken.html")`) {
		t.Error("the other page's call is shown too")
	}
	b.do("open the call", chromedp.Click("tbody button[aria-expanded=false]"))
	b.sees("Scene 03", "SIP 486")
	b.press("Clear")
	b.sees("taken.html", "2 calls shown")

	b.open("/notices")
	b.sees("E-mail to sales@example.com")
	b.do("read it", chromedp.Click(".what"))
	b.sees("1 try")
	before := len(w.mail.Messages())
	b.press("Send again")
	eventually(t, 10*time.Second, "the mail goes out again", func() bool { return len(w.mail.Messages()) > before })
	b.noFaults()
}

// TestConsoleKeys: a key is shown once, works, and is not on the page again.
func TestConsoleKeys(t *testing.T) {
	t.Parallel()
	w, b := watcher(t, setup{})
	b.signIn("/keys")
	b.press("New key")
	b.press("Make it")
	b.do("refused at its field", chromedp.WaitVisible("dialog [aria-invalid=true]"))
	b.fill("Name", "shop server")
	b.press("Make it")
	b.sees("It is not shown again.", "curl -u")
	access := says[string](b, `document.querySelectorAll(".secret")[0].innerText`)
	secret := says[string](b, `document.querySelectorAll(".secret")[1].innerText`)
	req, err := http.NewRequest(http.MethodGet, "http://"+w.http+"/v1/me", http.NoBody)
	must(t, err)
	req.SetBasicAuth(access, secret)
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("the new key: %s", res.Status)
	}
	b.open("/keys")
	b.sees("shop server")
	if says[bool](b, fmt.Sprintf(`document.documentElement.outerHTML.includes(%q)`, secret)) {
		t.Error("the secret is on the page again")
	}
	b.press("Delete the key shop server")
	b.do("confirm", chromedp.Click("dialog .danger"))
	eventually(t, 5*time.Second, "the key is refused", func() bool {
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return false
		}
		_ = res.Body.Close()
		return res.StatusCode == http.StatusUnauthorized
	})
	b.open("/numbers")
	b.fill("Register a number", "123")
	b.press("Register")
	b.do("refused at its field", chromedp.WaitVisible(".content [aria-invalid=true]"))
	b.fill("Register a number", "3125550142")
	b.press("Register")
	b.sees("(312) 555-0142")
	b.noFaults()
}

// TestConsoleUsers: who is added signs in, and sees what their role may see.
func TestConsoleUsers(t *testing.T) {
	t.Parallel()
	w, b := watcher(t, setup{})
	b.signIn("/users")
	b.press("Add a user")
	b.fill("E-mail", "reader@example.com")
	b.fill("Password", "short")
	b.do("read only", chromedp.SetValue("dialog select", "read_only"), chromedp.Evaluate(`document.querySelector("dialog select").dispatchEvent(new Event("change", {bubbles: true}))`, nil))
	b.press("Add")
	b.do("refused at its field", chromedp.WaitVisible("dialog [aria-invalid=true]"))
	b.fill("Password", "seven bells 2291 north")
	b.press("Add")
	b.sees("reader@example.com")
	b.press("Sign out")
	b.do("the sign-in page", chromedp.WaitVisible("input[type=email]"))
	b.do("sign in as reader", chromedp.SendKeys("input[type=email]", "reader@example.com"), chromedp.SendKeys("input[type=password]", "seven bells 2291 north"),
		chromedp.Click("button.main"), chromedp.WaitVisible("nav"))
	if nav := says[string](b, `document.querySelector("nav").innerText`); !strings.Contains(nav, "Report") || strings.Contains(nav, "Keys") || strings.Contains(nav, "Users") {
		t.Errorf("a reader sees %q", nav)
	}
	b.open("/keys")
	b.sees("Not for your role")
	if !strings.Contains(w.logs.String(), "signed in") || strings.Contains(w.logs.String(), "seven bells") {
		t.Error("the log: who signed in belongs there, the password does not")
	}
	b.noFaults()
}

// TestOldPathsStayTheOldAPIs: what is at / takes nothing from who has called
// this server for years.
func TestOldPathsStayTheOldAPIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	for path, want := range map[string]string{
		"/":                   "text/html",
		"/report":             "text/html",
		"/ibp_api.php":        "",
		"//ibp_api.php":       "",
		"/click_to_xyz.php":   "",
		"/healthz":            "",
		"/no-such-thing":      "",
		"/assets/no-such.js":  "",
		"/v1/nothing-of-that": "",
	} {
		res, err := http.Get("http://" + w.http + path)
		must(t, err)
		_ = res.Body.Close()
		isPage := res.Header.Get("Content-Security-Policy") != "" && strings.HasPrefix(res.Header.Get("Content-Type"), "text/html")
		if isPage != (want == "text/html") {
			t.Errorf("%s: %s %q", path, res.Status, res.Header)
		}
	}
}
