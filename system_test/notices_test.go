package system_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"clickbridge/simulator"
)

// noticeWorld is a world whose one agent is never reached, so that every type 2
// click owes its notices at once.
func noticeWorld(t *testing.T, tweak func(string) string) *world {
	return newWorld(t, setup{
		sim:      simulator.Config{Script: script(map[string]simulator.Scene{"3125550120": noNumber})},
		accounts: accountsWith(map[int][]string{1: {"3125550120"}}), tweak: tweak,
	})
}

// owe places a click that ends with the notices asked for.
func (w *world) owe(t *testing.T, ref string, to url.Values) {
	t.Helper()
	q := url.Values{"type": {"2"}, "findme_id": {"1"}, "phone_to_call": {"2025550150"}, "ref": {ref}, "page": {"LeadResponse.html"}}
	for k, v := range to {
		q[k] = v
	}
	if code, body := w.click(q); code != 200 || body != "Requeset Processed" {
		t.Errorf("%s: %d %q", ref, code, body)
	}
}

// Every way a receiver can fail, all at once; none keeps another waiting.
func TestNoticeFaults(t *testing.T) {
	t.Parallel()
	w := noticeWorld(t, nil)
	to := func(path string) string { return w.web.URL() + path }
	w.web.FailSMS(500, 1)
	w.owe(t, "all", url.Values{"no_answer_email": {"451x2@example.com"}, "no_answer_sms": {"9175550120"}, "no_answer_url": {to("/status/500x2/all")}})
	eventually(t, 5*seconds, "its text message has failed once", func() bool { return w.smsTries() == 1 })
	w.owe(t, "one dead", url.Values{"no_answer_email": {"451@example.com"}, "no_answer_sms": {"9175550121"}, "no_answer_url": {to("/fine")}})
	w.owe(t, "refused", url.Values{"no_answer_email": {"550@example.com"}, "no_answer_url": {to("/status/410x1/gone")}})
	w.owe(t, "nobody there", url.Values{"no_answer_email": {"fine@example.com"}, "no_answer_url": {"http://" + freeAddr(t, "tcp") + "/"}})
	for _, code := range []string{"301", "302", "307", "308"} {
		w.owe(t, code, url.Values{"no_answer_url": {to("/redirect/" + code + "/moved" + code)}})
	}
	w.owe(t, "303", url.Values{"no_answer_url": {to("/redirect/303/moved303")}})
	dialled := w.sim.Total()
	t.Run("one channel stops no other", func(t *testing.T) {
		eventually(t, 5*seconds, "the others have been sent", func() bool {
			return len(w.smsTo("+19175550121")) == 1 && len(w.posts("/fine")) == 1 && len(w.mailTo("fine@example.com")) == 1
		})
	})
	t.Run("a permanent refusal is not repeated", func(t *testing.T) {
		eventually(t, 5*seconds, "they have failed", func() bool {
			return w.noticeTo("550@example.com").State == "failed" && w.noticeTo(to("/status/410x1/gone")).State == "failed"
		})
		for _, address := range []string{"550@example.com", to("/status/410x1/gone")} {
			if r := w.noticeTo(address); r.Tries != "1" || r.Last == "" {
				t.Errorf("%+v", r)
			}
		}
		contains(t, w.noticeTo("550@example.com").Last, "550")
		contains(t, w.noticeTo(to("/status/410x1/gone")).Last, "410")
	})
	t.Run("redirects", func(t *testing.T) { redirects(t, w) })
	t.Run("repeats", func(t *testing.T) { repeats(t, w, to("/status/500x2/all")) })
	t.Run("retried by hand", func(t *testing.T) { retried(t, w, to("/status/410x1/gone")) })
	t.Run("signature", func(t *testing.T) {
		for _, r := range w.web.Requests() {
			if !strings.HasSuffix(r.Path, "/Messages.json") {
				signed(t, r.Header, string(r.Body))
			}
		}
	})
	t.Run("what waits", func(t *testing.T) {
		for _, address := range []string{"451@example.com", to("/redirect/303/moved303")} {
			if r := w.noticeTo(address); r.State != "pending" || r.Tries < "2" {
				t.Errorf("%+v", r)
			}
		}
		if n := len(w.posts("/moved303")); n != 0 {
			t.Error("a 303 was followed")
		}
	})
	if n := w.sim.Total(); n != dialled {
		t.Errorf("%d people were called for notices", n-dialled)
	}
}

// redirects are POSTed again, the document and the id unchanged.
func redirects(t *testing.T, w *world) {
	for _, code := range []string{"301", "302", "307", "308"} {
		first, moved := "/redirect/"+code+"/moved"+code, "/moved"+code
		eventually(t, 5*seconds, code+" is followed", func() bool { return len(w.posts(moved)) == 1 })
		a, b := w.posts(first)[0], w.posts(moved)[0]
		if b.Method != http.MethodPost || string(a.Body) != string(b.Body) || a.Header.Get("webhook-id") != b.Header.Get("webhook-id") || b.Length != int64(len(b.Body)) {
			t.Errorf("%s: %s %q under %q", code, b.Method, b.Body, b.Header.Get("webhook-id"))
		}
		if len(w.posts(first)) != 1 {
			t.Errorf("%s: %d POSTs to the old place", code, len(w.posts(first)))
		}
	}
}

// repeats looks at what failed twice: when it came again, and as what.
func repeats(t *testing.T, w *world, address string) {
	const path = "/status/500x2/all"
	eventually(t, 30*seconds, "the third try succeeds", func() bool { return len(w.posts(path)) == 3 && len(w.mailTo("451x2@example.com")) == 1 })
	sameID(t, w, path, 3)
	p := w.posts(path)
	if first := p[1].At.Sub(p[0].At); first < 900*time.Millisecond || first > 6*seconds {
		t.Errorf("first repeat after %v", first)
	}
	if second := p[2].At.Sub(p[1].At); second < 9*seconds || second > 21*seconds {
		t.Errorf("second repeat after %v", second)
	}
	if string(p[0].Body) != string(p[2].Body) {
		t.Errorf("the document changed: %q, then %q", p[0].Body, p[2].Body)
	}
	if n := len(w.smsTo("+19175550120")); n != 1 {
		t.Errorf("%d text messages", n)
	}
	eventually(t, 5*seconds, "the tries are on record", func() bool {
		url, mail := w.noticeTo(address), w.noticeTo("451x2@example.com")
		return url.State == "sent" && url.Tries == "3" && mail.State == "sent" && mail.Tries == "3" && w.noticeTo("+19175550120").Tries == "2"
	})
	list := w.tool("notices", "list")
	contains(t, list, "try 1", "try 3", "500 Internal Server Error", "200 OK", "451")
	if id := w.noticeTo("451x2@example.com").ID; !strings.Contains(w.mailTo("451x2@example.com")[0].MessageID, id) {
		t.Errorf("Message-ID %s of the notice %s", w.mailTo("451x2@example.com")[0].MessageID, id)
	}
}

// retried sends what had failed for good again, while the server runs.
func retried(t *testing.T, w *world, address string) {
	n := w.noticeTo(address)
	contains(t, w.tool("notices", "retry", n.ID), n.ID)
	eventually(t, 10*seconds, "it is sent", func() bool { return w.noticeTo(address).State == "sent" })
	sameID(t, w, "/status/410x1/gone", 2)
	contains(t, w.fails("notices", "retry", "--config", w.config, "no-such-notice"), "no-such-notice", "notices list")
	contains(t, w.tool("notices", "list", "--state", "failed"), "550@example.com")
	if strings.Contains(w.tool("notices", "list", "--state", "failed"), "gone") {
		t.Error("it is listed as failed still")
	}
}

// signed verifies a POST as the Standard Webhooks rule says, on its own.
func signed(t *testing.T, h http.Header, document string) {
	t.Helper()
	id, stamp := h.Get("webhook-id"), h.Get("webhook-timestamp")
	m := hmac.New(sha256.New, []byte(signingSecret))
	fmt.Fprintf(m, "%s.%s.%s", id, stamp, document)
	if want := "v1," + base64.StdEncoding.EncodeToString(m.Sum(nil)); id == "" || h.Get("webhook-signature") != want {
		t.Errorf("webhook-signature %q of id %q, want %q", h.Get("webhook-signature"), id, want)
	}
	at, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || time.Since(time.Unix(at, 0)).Abs() > 2*time.Minute {
		t.Errorf("webhook-timestamp %q", stamp)
	}
}

// Customers' URLs may not lead into the operator's network; the operator's own
// mail and SMS servers may be there.
func TestNoticesToPrivateAddresses(t *testing.T) {
	t.Parallel()
	w := noticeWorld(t, func(c string) string {
		return strings.Replace(c, "allow_private_targets: true", "allow_private_targets: false", 1)
	})
	port := w.web.URL()[strings.LastIndex(w.web.URL(), ":"):]
	targets := []string{
		w.web.URL() + "/loopback", "http://localhost" + port + "/name", "http://[::ffff:127.0.0.1]" + port + "/mapped",
		"http://0.0.0.0" + port + "/any", "http://169.254.169.254/latest", "http://10.0.0.1/private", "http://[::1]" + port + "/six",
	}
	w.owe(t, "own servers", url.Values{"no_answer_email": {"fine@example.com"}, "no_answer_sms": {"9175550120"}})
	for i, target := range targets {
		w.owe(t, fmt.Sprint(i), url.Values{"no_answer_url": {target}})
	}
	eventually(t, 10*seconds, "mail and SMS are sent", func() bool {
		return len(w.mailTo("fine@example.com")) == 1 && len(w.smsTo("+19175550120")) == 1
	})
	eventually(t, 10*seconds, "every URL was tried", func() bool {
		for _, target := range targets {
			if w.noticeTo(target).Tries == "0" {
				return false
			}
		}
		return true
	})
	for _, target := range targets {
		if r := w.noticeTo(target); r.State == "sent" || !strings.Contains(r.Last, "allow_private_targets") {
			t.Errorf("%s: %s, %q", target, r.State, r.Last)
		}
	}
	for _, r := range w.web.Requests() {
		if !strings.HasSuffix(r.Path, "/Messages.json") {
			t.Errorf("a POST came to %s", r.Path)
		}
	}
}
