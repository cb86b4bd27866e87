package system_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clickbridge/simulator"
)

// The vendor's two samples, as their PHP sends them: nothing encoded, a stray &
// after the question mark. Only the host and the addresses of the notices are
// ours, and the ring time is the shortest there is.
func TestVendorSamples(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, setup{
				dsn:      e.dsn(t, t.TempDir()),
				accounts: strings.Replace(readFile(t, "../accounts/example.yaml"), "timeout: 30", "timeout: 10", 1),
			})
			t.Run("1: the FindMe first, nobody answers", func(t *testing.T) { w.reverseFindMe(t) })
			t.Run("2: the phone first", func(t *testing.T) { w.normalFindMe(t) })
		})
	}
}

func (w *world) reverseFindMe(t *testing.T) {
	status, body := w.get("/ibp_api.php?&action=clickto.findme&access_key=foo&secret_access_key=bar&type=2&findme_id=98765" +
		"&phone_to_call=5551112222&page=LeadResponse.html&first_callerid=9998887777&second_callerid=8887776666" +
		"&no_answer_email=sales@example.com&no_answer_sms=5554443333&no_answer_url=" + w.web.URL() + "/no_answer_listener.php")
	if status != 200 || body != "Requeset Processed" {
		t.Fatalf("%d %q", status, body)
	}
	r := w.ended(t, 1)[0]
	if r.Result != "No Answer" {
		t.Errorf("result = %q", r.Result)
	}
	if d := cmp.Diff([]string{"5558688950 No Answer"}, r.results()); d != "" {
		t.Error(d)
	}
	w.vendorNotices(t)
}

// vendorNotices holds the notices against the vendor's page, byte for byte.
func (w *world) vendorNotices(t *testing.T) {
	eventually(t, 10*seconds, "the notices have come", func() bool {
		return len(w.mail.Messages()) == 1 && len(w.web.SMS()) == 1 && w.posted("/no_answer_listener.php") != nil
	})
	m := w.mail.Messages()[0]
	if m.Subject != "LeadResponse unsuccessful for (555) 111-2222" || m.To[0] != "sales@example.com" {
		t.Errorf("mail to %q: %q", m.To, m.Subject)
	}
	text := "Attempts to connect an agent to (555) 111-2222 were unsuccessful, with the following activity breakdown:\n\n(555) 868-8950 No Answer"
	if got := strings.TrimRight(strings.ReplaceAll(m.Body, "\r\n", "\n"), "\n"); got != text {
		t.Error(cmp.Diff(text, got))
	}
	if s := w.web.SMS()[0]; s.Text != "LeadResponse unsuccessful for (555) 111-2222" || s.To != "+15554443333" || s.From != "+15557585902" {
		t.Errorf("SMS = %+v", s)
	}
	r := w.posted("/no_answer_listener.php")
	document := "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<response>\n\t<phone_to_call>5551112222</phone_to_call>\n\t<attempts>\n" +
		"\t\t<attempt>\n\t\t\t<called_number>5558688950</called_number>\n\t\t\t<call_result>No Answer</call_result>\n\t\t</attempt>\n\t</attempts>\n</response>"
	if got := strings.TrimRight(string(r.Body), "\n"); got != document {
		t.Error(cmp.Diff(document, got))
	}
	if r.Header.Get("Content-Type") != "text/xml; charset=UTF-8" || r.Length != int64(len(r.Body)) {
		t.Errorf("Content-Type %q, Content-Length %d", r.Header.Get("Content-Type"), r.Length)
	}
}

func (w *world) normalFindMe(t *testing.T) {
	status, body := w.get("/click_to_xyz.php?&action=clickto.findme&access_key=foo&secret_access_key=bar&type=1&findme_id=98765" +
		"&phone_to_call=5551112222&page=LeadResponse.html&first_callerid=9998887777&second_callerid=8887776666")
	if status != 200 || body != "Call Connected" {
		t.Fatalf("%d %q", status, body)
	}
	r := w.ended(t, 2)[1]
	if d := cmp.Diff([]string{"5551112222 Answered", "5558688950 No Answer"}, r.results()); d != "" {
		t.Error(d)
	}
	for _, l := range w.legs("5551112222") {
		if l.Caller != "9998887777" {
			t.Errorf("phone_to_call saw %s", l.Caller)
		}
	}
	agents := w.legs("5558688950")
	if a := agents[len(agents)-1]; a.Caller != "8887776666" {
		t.Errorf("the agent saw %s", a.Caller)
	}
	w.noGhosts(t)
}

// legs returns what the carrier saw of a number.
func (w *world) legs(number string) []simulator.Leg {
	var out []simulator.Leg
	for _, l := range w.sim.Snapshot() {
		if l.Number == number {
			out = append(out, l)
		}
	}
	return out
}

// noGhosts waits until the carrier holds no leg.
func (w *world) noGhosts(t *testing.T) {
	t.Helper()
	var held string
	defer func() {
		if held != "" {
			t.Log(held)
		}
	}()
	eventually(t, 15*seconds, "the carrier holds no leg", func() bool {
		held = ""
		for _, l := range w.sim.Snapshot() {
			if l.Held() > 0 || !l.Over() && l.Scene != "never replies" {
				held += fmt.Sprintf("held: %s (%s), answered %v, last %q\n", l.Number, l.Scene, l.Answered(), l.LastWords)
			}
		}
		return held == ""
	})
}
