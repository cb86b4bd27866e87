package ibp_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/ibp"
	"clickbridge/intake"
	"clickbridge/report"
	"clickbridge/store"
)

const good = "/ibp_api.php?&action=clickto.findme&access_key=foo&secret_access_key=bar&findme_id=98765&phone_to_call=5551112200"

func (b *world) get(target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
	return w
}

func TestLimits(t *testing.T) {
	t.Parallel()
	daily := "/ibp_api.php?action=clickto.findme&access_key=limited&secret_access_key=bar&findme_id=200&phone_to_call=5551112200"
	tests := []struct {
		name, target string
		ready        error
		status       int
		body         string
		least, most  int
	}{
		{"Daily", daily, nil, 429, "Too many requests: the account's 1 calls of the day are used up", 1, 86400},
		{"Draining", good, errors.New("the server is draining"), 503, "Service unavailable", 30, 30},
		{"Full", good, &clickbridge.Error{Code: clickbridge.EUNAVAILABLE, Message: "Service unavailable: every trunk is at its max_calls", RetryAfter: 1100 * time.Millisecond}, 503, "Service unavailable", 2, 2},
		{"NoTimeSaid", good, &clickbridge.Error{Code: clickbridge.EUNAVAILABLE, Message: "Service unavailable"}, 503, "Service unavailable", 30, 30},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.ready = func() error { return tt.ready }
			w := b.get(tt.target)
			wait, err := strconv.Atoi(w.Header().Get("Retry-After"))
			if w.Code != tt.status || w.Body.String() != tt.body || err != nil || wait < tt.least || wait > tt.most {
				t.Errorf("%d %q, Retry-After %q", w.Code, w.Body, w.Header().Get("Retry-After"))
			}
			// The client is not told why there is no room; the operator is.
			if len(b.refusals) != 1 || tt.ready != nil && !strings.Contains(b.refusals[0].Reason, tt.ready.Error()) {
				t.Errorf("recorded %+v", b.refusals)
			}
		})
	}
}

// Refused clicks can be listed, those that this room turns away too.
func TestRefusalsAreRecorded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.get("/click_to_xyz.php?app=ctvr&access_key=foo&secret_access_key=bar&phone_to_call=5551112200")
	b.get("/ibp_api.php?action=clickto.findme&access_key=foo&secret_access_key=wr0ng&phone_to_call=5551112200")
	b.get("/click_to_xyz.php")
	b.get("/ibp_api.php?action=make.coffee") // not a click
	want := []clickbridge.Refusal{
		{AccountID: 1, Key: "website backend", Code: clickbridge.EINVALID, Reason: "Unsupported: ctvr", Phone: "5551112200"},
		{Code: clickbridge.EUNAUTHORIZED, Reason: "Invalid access key", Phone: "5551112200"},
		{Code: clickbridge.EINVALID, Reason: "Missing Application Specification"},
	}
	if len(b.refusals) != len(want) {
		t.Fatalf("%d refusals: %+v", len(b.refusals), b.refusals)
	}
	for i, r := range b.refusals {
		if r.At.IsZero() || r.RemoteAddr != "192.0.2.1" {
			t.Errorf("refusal %+v", r)
		}
		r.At, r.RemoteAddr = time.Time{}, ""
		if r != want[i] {
			t.Errorf("got %+v, want %+v", r, want[i])
		}
	}
	b.checkLog(t)
}

func TestBodyTooLarge(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := httptest.NewRecorder()
	body := strings.NewReader("page=" + strings.Repeat("x", 300<<10))
	b.handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, good, body))
	if w.Code != http.StatusRequestEntityTooLarge || len(b.made()) != 0 {
		t.Errorf("%d %s, %d calls", w.Code, w.Body, len(b.made()))
	}
}

func TestBodyBreaksOff(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := httptest.NewRecorder()
	body := io.MultiReader(strings.NewReader("type=2&"), errReader{})
	b.handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, good, body))
	if w.Code != http.StatusBadRequest || len(b.made()) != 0 {
		t.Errorf("%d %s, %d calls", w.Code, w.Body, len(b.made()))
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

// failing is a Clicks whose clicks fail for reasons of ours.
type failing struct{ ibp.Clicks }

func (failing) Click(context.Context, intake.Click) (clickbridge.Outcome, error) {
	return clickbridge.Outcome{}, errors.New("pq: password authentication failed for user clickbridge")
}
func (failing) AllowsOrigin(string, string) bool { return false }

func TestInternalErrorsAreNotShown(t *testing.T) {
	t.Parallel()
	h := ibp.New(ibp.Config{Clicks: failing{}, Log: slog.New(slog.DiscardHandler)})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, good, nil))
	if w.Code != http.StatusInternalServerError || w.Body.String() != "Internal error" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func record(id string) store.Record {
	return store.Record{Call: clickbridge.Call{ID: clickbridge.CallID(id), AccountID: 1, Page: strings.Repeat("p", 255), Result: clickbridge.ResultConnected}}
}

func TestReport(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.records = []store.Record{record("one"), record("two")}
	w := b.get("/ibp_api.php?action=report.clickto&access_key=foo&secret_access_key=bar&start_date=20260308&end_date=20260308&click_id=98765&ref=A")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/xml; charset=utf-8" || strings.Count(w.Body.String(), "<record>") != 2 {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	f := b.filter
	if f.AccountID != 1 || f.FindMeID != 98765 || f.Ref != "A" || f.To.Sub(f.From) != 23*time.Hour {
		t.Errorf("asked for %+v", f)
	}
	w = b.get("/ibp_api.php?action=report.clickto&api_key=" + apiKey + "&format=csv")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/csv; charset=utf-8" || strings.Count(w.Body.String(), "\n") != 3 {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}

// A report that fails at once is an error; one that fails later breaks off,
// so that nobody takes half of it for the whole.
func TestReportFails(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for range 200 {
		b.records = append(b.records, record("x"))
	}
	srv := httptest.NewServer(b.handler)
	t.Cleanup(srv.Close)
	target := srv.URL + "/ibp_api.php?action=report.clickto&access_key=foo&secret_access_key=bar"

	b.failAt = 1
	resp, err := http.Get(target)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil || resp.StatusCode != 500 || !strings.Contains(string(body), "<result>failed</result><result_description>Internal error</result_description>") {
		t.Errorf("at once: %d %s, %v", resp.StatusCode, body, err)
	}

	b.failAt = 200
	if resp, err = http.Get(target); err == nil {
		_, err = io.ReadAll(resp.Body)
		_ = resp.Body.Close()
	}
	if err == nil {
		t.Error("half a report arrived whole")
	}
}

// Over a real connection: a client that hangs up does not cancel its call, and
// its repeat gets the answer of the first.
func TestRepeatOverTheWire(t *testing.T) {
	t.Parallel()
	b := setup(t)
	gone, told := make(chan struct{}), make(chan clickbridge.Outcome, 1)
	dir := intake.NewDirectory(b, serverKey, slog.New(slog.DiscardHandler))
	if err := dir.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	in := intake.New(intake.Config{Directory: dir, Calls: b, Conductor: conductor(told), Log: slog.New(slog.DiscardHandler)})
	h := ibp.New(ibp.Config{Clicks: in, Reports: report.New(b), Log: slog.New(slog.DiscardHandler)})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		context.AfterFunc(r.Context(), func() {
			select {
			case <-gone:
			default:
				close(gone)
			}
		})
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)

	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "GET "+good+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	for deadline := time.After(10 * time.Second); len(b.made()) == 0; {
		select {
		case <-deadline:
			t.Fatal("no call was made")
		case <-time.After(time.Millisecond):
		}
	}
	_ = conn.Close()
	<-gone
	told <- clickbridge.Outcome{Kind: clickbridge.OutcomeProcessed}
	resp, err := http.Get(srv.URL + good)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil || string(body) != "Requeset Processed" || len(b.made()) != 1 {
		t.Errorf("%q, %v, %d calls", body, err, len(b.made()))
	}
}

// conductor tells every call what comes out of the channel.
type conductor chan clickbridge.Outcome

func (c conductor) Conduct(clickbridge.Call, *clickbridge.Account, *clickbridge.FindMe) <-chan clickbridge.Outcome {
	return c
}

func TestClientAddr(t *testing.T) {
	t.Parallel()
	proxies := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	tests := []struct {
		name, peer string
		forwarded  []string
		want       string
	}{
		{"Direct", "192.0.2.7:5000", nil, "192.0.2.7"},
		{"DirectLies", "192.0.2.7:5000", []string{"198.51.100.1"}, "192.0.2.7"},
		{"Proxy", "127.0.0.1:5000", []string{"198.51.100.1"}, "198.51.100.1"},
		{"ProxyWithoutHeader", "127.0.0.1:5000", nil, "127.0.0.1"},
		{"ClientLiesToProxy", "127.0.0.1:5000", []string{"203.0.113.9, 198.51.100.1"}, "198.51.100.1"},
		{"TwoProxies", "127.0.0.1:5000", []string{"203.0.113.9, 198.51.100.1, 10.1.1.1"}, "198.51.100.1"},
		{"TwoHeaders", "127.0.0.1:5000", []string{"203.0.113.9", "198.51.100.1"}, "198.51.100.1"},
		{"AllTrusted", "127.0.0.1:5000", []string{"10.1.1.2, 10.1.1.1"}, "10.1.1.2"},
		{"Garbage", "127.0.0.1:5000", []string{"198.51.100.1, <script>"}, "127.0.0.1"},
		{"WithPort", "127.0.0.1:5000", []string{"198.51.100.1:1234"}, "198.51.100.1"},
		{"IPv6", "[fd00::1]:5000", []string{"2001:db8::7"}, "2001:db8::7"},
		{"IPv6Brackets", "[fd00::1]:5000", []string{"[2001:db8::7]:99"}, "2001:db8::7"},
		{"MappedPeer", "[::ffff:127.0.0.1]:5000", []string{"198.51.100.1"}, "198.51.100.1"},
		{"NoAddress", "@", []string{"198.51.100.1"}, "@"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = tt.peer
			r.Header["X-Forwarded-For"] = tt.forwarded
			if got := ibp.ClientAddr(proxies)(r); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// The whole of a click but the dialling: parse, authorise, check, answer.
func BenchmarkClick(b *testing.B) {
	s := setup(b)
	target := "/ibp_api.php?&action=clickto.findme&access_key=foo&secret_access_key=bar&type=2&findme_id=98765&phone_to_call=5551112222" +
		"&page=LeadResponse.html&first_callerid=9998887777&second_callerid=8887776666&no_answer_email=sales@example.com" +
		"&no_answer_sms=5554443333&no_answer_url=https://test.com/no_answer_listener.php"
	for b.Loop() {
		if w := s.get(target); w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
}
