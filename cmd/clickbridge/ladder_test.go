package main

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"

	"clickbridge"
	"clickbridge/config"
	"clickbridge/store"
	"clickbridge/trace"
)

// What an operator sees of one call.
func TestLadder(t *testing.T) {
	start := time.Date(2026, 1, 31, 12, 0, 0, 0, time.Local)
	far, other := netip.MustParseAddrPort("192.0.2.7:5060"), netip.MustParseAddrPort("192.0.2.8:5060")
	message := func(ms int, attempt string, in bool, text string) trace.Message {
		return trace.Message{At: start.Add(time.Duration(ms) * time.Millisecond), Text: strings.ReplaceAll(text, "\n", "\r\n"),
			About: trace.About{Call: "c", Attempt: clickbridge.AttemptID(attempt), Trunk: "main"}, Wire: trace.Wire{Peer: far, In: in}}
	}
	ms := []trace.Message{
		message(5, "a", false, "INVITE sip:2025550100@192.0.2.7 SIP/2.0\nCSeq: 1 INVITE\nAuthorization: Digest username=\"acct\"\n\nc=IN IP4 192.0.2.1\nm=audio 20000 RTP/AVP 0 101\na=rtpmap:0 PCMU/8000\na=rtpmap:101 telephone-event/8000\na=sendonly\n"),
		message(505, "a", false, "INVITE sip:2025550100@192.0.2.7 SIP/2.0\nCSeq: 1 INVITE\n\n"),
		message(600, "a", true, "SIP/2.0 401 Who\x1b[2J\nCSeq: 1 INVITE\nWWW-Authenticate: Digest realm=\"carrier\"\n\n"),
		message(2000, "b", true, "SIP/2.0 503 No\nCSeq: 1 INVITE\nRetry-After: 30\n\n"),
		message(2100, "a", false, "BYE sip:"+strings.Repeat("x", 200)+" SIP/2.0\nCSeq: 2 BYE\nReason: Q.850;cause=16;text=\""+strings.Repeat("why ", 50)+"\"\n\n"),
	}
	ms[1].Repeat, ms[3].Peer = true, other
	ms[4].Peer = other
	rec := store.Record{Call: clickbridge.Call{CreatedAt: start}, Attempts: []clickbridge.Attempt{{ID: "a", Seq: 1, Number: "+12025550100", Party: clickbridge.PartyPhone}}}
	var out bytes.Buffer
	newLadder(&out, rec, false).show(ms)
	_, got, _ := strings.Cut(out.String(), "\n\n")
	_, got, _ = strings.Cut(got, "\n\n")
	want := `   +0.005   1 ──▶ INVITE sip:2025550100@192.0.2.7             as acct · audio 192.0.2.1:20000 PCMU …
   +0.505   1 ──▶ INVITE sip:2025550100@192.0.2.7             again
   +0.600   1 ◀── 401 Who·[2J (INVITE)                        realm carrier

   +2.000   ? ◀── 503 No (INVITE)                             Retry-After 30
   +2.100   1 ──▶ BYE sip:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…  192.0.2.8:5060 · why why why why why …
`
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	out.Reset()
	newLadder(&out, rec, true).show(ms)
	if s := out.String(); strings.Contains(s, "\x1b") || !strings.Contains(s, "│ a=rtpmap:0 PCMU/8000\n") || !strings.Contains(s, "leg 1  +12025550100  phone_to_call") {
		t.Errorf("whole messages:\n%s", s)
	}
}

func TestRemarks(t *testing.T) {
	for text, want := range map[string]string{
		"SIP/2.0 302 Moved\r\nContact: <sip:b@c>\r\n\r\n":                        "to <sip:b@c>",
		"CANCEL sip:a SIP/2.0\r\nReason: SIP;cause=200\r\n\r\n":                  "SIP 200",
		"BYE sip:a SIP/2.0\r\nReason: odd\r\n\r\n":                               "odd",
		"SIP/2.0 401 Who\r\nWWW-Authenticate: Digest realm=\"open\r\n\r\n":       "",
		"SIP/2.0 200 OK\r\n\r\nm=audio\r\nm=audio ":                              "audio :? ",
		"REGISTER sip:a SIP/2.0\r\nExpires: 600\r\nWarning: 399 a \"b\"\r\n\r\n": "Warning 399 a \"b\" · Expires 600",
	} {
		if got := strings.Join(remarks(text), " · "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestSIPFlag(t *testing.T) {
	for args, want := range map[string]sipView{"": "", "--sip": sipList, "--sip=full": sipFull, "--sip=list": sipList, "--sip=some": "error", "--sip id2": "error"} {
		var cli struct {
			SIP sipView `name:"sip"`
			ID  string  `arg:""`
		}
		k, err := kong.New(&cli)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = k.Parse(append([]string{"id"}, strings.Fields(args)...)); err != nil {
			cli.SIP = "error"
		}
		if cli.SIP != want {
			t.Errorf("%q = %q, want %q (%v)", args, cli.SIP, want, err)
		}
	}
}

func TestNoSignalling(t *testing.T) {
	cfg, now := config.Default(), time.Now()
	old := &clickbridge.Call{CreatedAt: now.AddDate(0, 0, -10)}
	recent := &clickbridge.Call{CreatedAt: now, Node: "there"}
	for want, got := range map[string]string{
		"kept for 3d":            noSignalling(cfg, old, now),
		"in sip-trace":           noSignalling(cfg, recent, now),
		"(trace.keep, trace.max": noSignalling(&config.Config{}, recent, now),
		"there":                  noSignalling(&config.Config{Trace: cfg.Trace, Store: config.Store{Driver: config.Postgres}}, recent, now),
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q has no %q", got, want)
		}
	}
}
