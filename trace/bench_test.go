package trace

import (
	"log/slog"
	"strings"
	"syscall"
	"testing"
	"time"
)

const sdp = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 20000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n"

const common = "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKABCDEFGHIJKLMNOPQRSTUVWXYZ;rport\r\nMax-Forwards: 70\r\n" +
	"From: <sip:9998887777@192.0.2.1>;tag=ABCDEFGHIJKLMNOPQRSTUVWXYZ\r\nTo: <sip:5558688950@198.51.100.7>;tag=as5c2d\r\n" +
	"Call-ID: ABCDEFGHIJKLMNOPQRSTUVWXYZ\r\nCSeq: 2 INVITE\r\nUser-Agent: ClickBridge/1.0\r\nContact: <sip:9998887777@192.0.2.1:5060>\r\n" +
	"Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE\r\n"

const challenged = "INVITE sip:5558688950@198.51.100.7 SIP/2.0\r\n" + common +
	`Authorization: Digest username="acct", realm="carrier.example", nonce="0123456789abcdef", uri="sip:5558688950@198.51.100.7", response="0123456789abcdef0123456789abcdef", algorithm=MD5, cnonce="abcd", qop=auth, nc=00000001` +
	"\r\nContent-Type: application/sdp\r\nContent-Length: 250\r\n\r\n" + sdp

// BenchmarkClick is the trace of a click of two legs, 14 messages: what reaches the
// SIP side and, in cpu-us/click, what the writing costs too.
func BenchmarkClick(b *testing.B) {
	w := New(Config{Folder: b.TempDir(), Keep: time.Hour, MaxSize: 200e6, Logger: slog.New(slog.DiscardHandler)})
	var click [][]byte
	for range 2 {
		for _, s := range []string{challenged, "SIP/2.0 100 Trying\r\n" + common + "\r\n", "SIP/2.0 180 Ringing\r\n" + common + "\r\n", "SIP/2.0 200 OK\r\n" + common + "\r\n" + sdp,
			"ACK sip:5558688950@198.51.100.7 SIP/2.0\r\n" + common + "\r\n", "BYE sip:5558688950@198.51.100.7 SIP/2.0\r\n" + common + "\r\n", "SIP/2.0 200 OK\r\n" + common + "\r\n"} {
			click = append(click, []byte(s))
		}
	}
	size := 0
	for _, m := range click {
		size += len(m)
	}
	of := &About{Call: "0198a1b2-c3d4-7000-8000-000000006000", Attempt: "0198a1b2-c3d4-7000-8000-000000000000", Trunk: "main"}
	w.Close() // it is written from here
	b.ReportAllocs()
	start, n := cpu(), 0
	for b.Loop() {
		for _, m := range click {
			w.Add(of, Wire{Peer: peer, In: true}, m)
		}
		if n++; n%10 == 0 { // what comes in 0.1 s
			w.flush(time.Now())
		}
	}
	b.ReportMetric(float64((cpu()-start).Microseconds())/float64(b.N), "cpu-us/click")
	b.ReportMetric(float64(size), "B/click")
	if w.finish(); w.lost > 0 {
		b.Error(w.lost, "messages lost")
	}
}

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkRedacted(b *testing.B) {
	for name, s := range map[string]string{"challenged": challenged, "plain": "SIP/2.0 200 OK\r\n" + common + "\r\n" + sdp, "short": "SIP/2.0 100 Trying\r\n" + strings.TrimSpace(common) + "\r\n\r\n"} {
		b.Run(name, func(b *testing.B) {
			out := make([]byte, 0, 4096)
			for b.Loop() {
				out = appendRedacted(out[:0], []byte(s))
			}
		})
	}
}
