package dialog

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
	"clickbridge/leg"
	"clickbridge/trace"
)

// traced is a bundle whose messages are kept; the ladder reads those of its call
// once the agent has closed.
func traced(t *testing.T) (b *bundle, ladder func(outside bool) []string) {
	folder := t.TempDir()
	w := trace.New(trace.Config{Folder: folder, Keep: time.Hour, MaxSize: 1e9, Logger: slog.New(slog.DiscardHandler)})
	b = setup(t, func(c *Config) { c.Trace = w })
	t.Cleanup(func() { // whatever a message held
		files, _ := filepath.Glob(filepath.Join(folder, "*"))
		for _, f := range files {
			if data, _ := os.ReadFile(f); strings.Contains(string(data), "secret") {
				t.Errorf("%s holds the password", f)
			}
		}
	})
	return b, func(outside bool) []string {
		t.Helper()
		w.Close()
		now, r := time.Now(), trace.Reader{Folder: folder}
		ms, err := r.Call(t.Context(), "call", now.Add(-time.Minute), now)
		if outside {
			ms, err = r.Outside(t.Context(), "main", now.Add(-time.Minute), now)
		}
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, m := range ms {
			way := "out"
			if m.In {
				way = "in"
			}
			if !outside && (m.Attempt != "attempt" || m.Trunk != "main") || m.Peer != b.carrier.addr {
				t.Errorf("%+v", m)
			}
			first, _, _ := strings.Cut(m.Text, " sip:")
			first, _, _ = strings.Cut(first, "\r\n")
			if m.Repeat {
				first += " again"
			}
			lines = append(lines, fmt.Sprint(way, " ", first))
		}
		return lines
	}
}

// Every message of a call, once for each time it was on the wire.
func TestTraceOfACall(t *testing.T) {
	b, ladder := traced(t)
	b.invite.Username, b.invite.Password = "acct", "secret"
	out := b.dial(context.Background())
	first := b.carrier.expect("INVITE")
	for b.carrier.read(time.Second).start != first.start { // T1 passes
	}
	b.carrier.reply(first, "407 Proxy Authentication Required", "proxy", "", `Proxy-Authenticate: Digest realm="carrier",nonce="n1",qop="auth"`)
	b.carrier.expect("ACK")
	second := b.carrier.expect("INVITE")
	b.carrier.reply(second, "180 Ringing", "far", "")
	b.carrier.ok(second, "far")
	b.carrier.expect("ACK")
	o := b.wait(out)
	if o.err != nil {
		t.Fatal(o.err)
	}
	o.session.Hangup(nil)
	bye := b.carrier.expect("BYE")
	b.carrier.reply(bye, "200 OK", "", "")
	eventually(t, func() bool { return b.agent.Dialogs() == 0 })
	got := ladder(false)
	var once []string // how often the INVITE was repeated is the scheduler's
	for i, l := range got {
		if i == 0 || l != got[i-1] {
			once = append(once, l)
		}
	}
	want := []string{"out INVITE", "out INVITE again", "in SIP/2.0 407 Proxy Authentication Required", "out ACK", "out INVITE",
		"in SIP/2.0 180 Ringing", "in SIP/2.0 200 OK", "out ACK", "out BYE", "in SIP/2.0 200 OK"}
	if d := cmp.Diff(want, once); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

// The carrier's requests and our answers belong to the call too.
func TestTraceOfTheFarEndsRequests(t *testing.T) {
	b, ladder := traced(t)
	inv, _ := b.answer()
	b.carrier.write(b.carrier.request("INFO", 12, inv, "far", "Signal=5\r\n", "Content-Type: application/dtmf-relay"))
	b.carrier.expect("SIP/2.0 200")
	got := ladder(false)
	if d := cmp.Diff([]string{"in INFO", "out SIP/2.0 200 OK"}, got[len(got)-2:]); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

// What is left of an earlier life is ended under its call's name.
func TestTraceOfRecovery(t *testing.T) {
	b, ladder := traced(t)
	done := make(chan error, 1)
	go func() {
		done <- b.agent.Release(context.Background(), clickbridge.LegRecord{
			ID: "x", CallID: "call", AttemptID: "attempt", Trunk: "main", State: clickbridge.LegAnswered, SIPCallID: "old",
			LocalURI: "sip:a@b", LocalTag: "l", RemoteURI: "sip:c@d", RemoteTag: "r", RequestURI: "sip:c@d",
			NextHop: b.carrier.addr.String(), Transport: "udp", CSeq: 1,
		})
	}()
	b.carrier.reply(b.carrier.expect("BYE"), "200 OK", "", "")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"out BYE", "in SIP/2.0 200 OK"}, ladder(false)); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

func TestTraceOutsideCalls(t *testing.T) {
	b, ladder := traced(t)
	go func() {
		_, _ = b.agent.Options(context.Background(), leg.Peer{Trunk: "main", Host: "x", NextHop: b.carrier.addr, Transport: "udp"})
	}()
	b.carrier.reply(b.carrier.expect("OPTIONS"), "200 OK", "", "")
	eventually(t, func() bool {
		b.agent.clients.mu.Lock()
		defer b.agent.clients.mu.Unlock()
		return len(b.agent.clients.byKey) == 0
	})
	if d := cmp.Diff([]string{"out OPTIONS", "in SIP/2.0 200 OK"}, ladder(true)); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}
