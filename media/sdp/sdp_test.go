package sdp_test

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"clickbridge/media/sdp"
)

var (
	ours    = netip.MustParseAddr("192.0.2.10")
	compare = cmpopts.EquateComparable(netip.AddrPort{})
)

func start() *sdp.Negotiation { return sdp.New(ours, 20000, 77) }

// body is a description with these lines after the usual beginning.
func body(lines ...string) []byte {
	return []byte("v=0\r\no=- 1 1 IN IP4 198.51.100.1\r\ns=-\r\n" + strings.Join(lines, "\r\n") + "\r\n")
}

const (
	connection = "c=IN IP4 198.51.100.1"
	events     = "a=rtpmap:101 telephone-event/8000"
)

var remote = netip.MustParseAddrPort("198.51.100.1:4000")

func TestOffer(t *testing.T) {
	t.Parallel()
	n := start()
	want := strings.ReplaceAll(`v=0
o=- 77 1 IN IP4 192.0.2.10
s=-
c=IN IP4 192.0.2.10
t=0 0
m=audio 20000 RTP/AVP 0 8 101
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=ptime:20
a=sendrecv
`, "\n", "\r\n")
	if diff := cmp.Diff(want, string(n.Offer())); diff != "" {
		t.Error(diff)
	}
	if _, _, err := n.Reoffer(nil); err != nil {
		t.Fatal(err)
	}
	if string(n.Offer()) != want {
		t.Error("the offer changed")
	}
	six := sdp.New(netip.MustParseAddr("2001:db8::1"), 20000, 1)
	if !strings.Contains(string(six.Offer()), "c=IN IP6 2001:db8::1\r\n") {
		t.Error("no IP6")
	}
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	plain := sdp.Agreed{Remote: remote, Codec: sdp.PCMU, Event: 101, Send: true, Recv: true, Final: true}
	with := func(change func(*sdp.Agreed)) sdp.Agreed { a := plain; change(&a); return a }
	for _, c := range []struct {
		name string
		body []byte
		want sdp.Agreed
	}{
		{"as usual", body(connection, "t=0 0", "m=audio 4000 RTP/AVP 0 101", "a=rtpmap:0 PCMU/8000", events), plain},
		{"both laws, A first", body(connection, "m=audio 4000 RTP/AVP 8 0 101", events),
			with(func(a *sdp.Agreed) { a.Codec = sdp.PCMA })},
		{"another event type", body(connection, "m=audio 4000 RTP/AVP 0 96", "a=rtpmap:96 telephone-event/8000", "a=fmtp:96 0-15"),
			with(func(a *sdp.Agreed) { a.Event = 96 })},
		{"events at 16 kHz only", body(connection, "m=audio 4000 RTP/AVP 0 96", "a=rtpmap:96 telephone-event/16000"),
			with(func(a *sdp.Agreed) { a.Event = sdp.None })},
		{"no events", body(connection, "m=audio 4000 RTP/AVP 0"), with(func(a *sdp.Agreed) { a.Event = sdp.None })},
		{"names in lower case", body(connection, "m=audio 4000 RTP/AVP 0 101", "a=rtpmap:0 pcmu/8000/1", "a=rtpmap:101 Telephone-Event/8000"), plain},
		{"c= with the stream", body("c=IN IP4 203.0.113.1", "m=audio 4000 RTP/AVP 0 101", connection, events), plain},
		{"ptime and maxptime", body(connection, "m=audio 4000 RTP/AVP 0 101", events, "a=ptime:30", "a=maxptime:60"),
			with(func(a *sdp.Agreed) { a.PTime = 30 })},
		{"ptime out of range", body(connection, "m=audio 4000 RTP/AVP 0 101", events, "a=ptime:4000"), plain},
		{"session direction", body(connection, "a=sendonly", "m=audio 4000 RTP/AVP 0 101", events),
			with(func(a *sdp.Agreed) { a.Send, a.OnHold = false, true })},
		{"stream direction wins", body(connection, "a=inactive", "m=audio 4000 RTP/AVP 0 101", events, "a=sendrecv"), plain},
		{"sendonly", body(connection, "m=audio 4000 RTP/AVP 0 101", events, "a=sendonly"),
			with(func(a *sdp.Agreed) { a.Send, a.OnHold = false, true })},
		{"recvonly", body(connection, "m=audio 4000 RTP/AVP 0 101", events, "a=recvonly"),
			with(func(a *sdp.Agreed) { a.Recv = false })},
		{"inactive", body(connection, "m=audio 4000 RTP/AVP 0 101", events, "a=inactive"),
			with(func(a *sdp.Agreed) { a.Send, a.Recv, a.OnHold = false, false, true })},
		{"hold as in RFC 2543", body("c=IN IP4 0.0.0.0", "m=audio 4000 RTP/AVP 0 101", events),
			with(func(a *sdp.Agreed) { a.Remote, a.Send, a.OnHold = netip.AddrPort{}, false, true })},
		{"a host name", body("c=IN IP4 media.example.com", "m=audio 4000 RTP/AVP 0 101", events),
			with(func(a *sdp.Agreed) { a.Remote = netip.AddrPort{} })},
		{"several streams", body(connection, "m=video 0 RTP/AVP 31", "m=audio 0 RTP/AVP 0", "m=audio 4000 RTP/AVP 0 101", events), plain},
		{"AVPF, a port range, spaces, bare LF", []byte("v=0\nc=IN IP4  198.51.100.1/127 \nm=audio  4000/2 RTP/AVPF 0  101\na=rtpmap:101  telephone-event/8000\n"), plain},
		{"an unknown codec first", body(connection, "m=audio 4000 RTP/AVP 18 96 0 101", "a=rtpmap:96 opus/48000/2", events), plain},
	} {
		got, err := start().Answer(c.body, false)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(c.want, *got, compare); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestAnswerRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		body []byte
		want error
	}{
		{"nothing", nil, sdp.ErrMalformed},
		{"not SDP", []byte("<html>"), sdp.ErrMalformed},
		{"a port that is none", body(connection, "m=audio x RTP/AVP 0"), sdp.ErrMalformed},
		{"a port too high", body(connection, "m=audio 70000 RTP/AVP 0"), sdp.ErrMalformed},
		{"m= cut short", body(connection, "m=audio"), sdp.ErrMalformed},
		{"far too many streams", body(strings.Repeat("m=video 1 RTP/AVP 31\r\n", 40)), sdp.ErrMalformed},
		{"far too long", append(body(), make([]byte, 1<<17)...), sdp.ErrMalformed},
		{"no stream", body(connection), sdp.ErrNoAudio},
		{"video only", body(connection, "m=video 4000 RTP/AVP 31"), sdp.ErrNoAudio},
		{"refused", body(connection, "m=audio 0 RTP/AVP 0"), sdp.ErrNoAudio},
		{"SRTP", body(connection, "m=audio 4000 RTP/SAVP 0"), sdp.ErrNoAudio},
		{"G.729", body(connection, "m=audio 4000 RTP/AVP 18"), sdp.ErrNoCodec},
		{"type 0 is something else", body(connection, "m=audio 4000 RTP/AVP 0", "a=rtpmap:0 L16/8000"), sdp.ErrNoCodec},
		{"types out of range", body(connection, "m=audio 4000 RTP/AVP -1 300 x"), sdp.ErrNoCodec},
	} {
		n := start()
		if _, err := n.Answer(c.body, false); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if _, err := n.Answer(body(connection, "m=audio 4000 RTP/AVP 0"), false); err != nil {
			t.Errorf("%s: a good answer afterwards: %v", c.name, err)
		}
	}
}

func TestEarlyAnswers(t *testing.T) {
	t.Parallel()
	n := start()
	at := func(port int) []byte { return body(connection, fmt.Sprintf("m=audio %d RTP/AVP 0", port)) }
	for i, early := range []bool{true, true, false, true, false} {
		a, err := n.Answer(at(4000+i), early)
		if err != nil {
			t.Fatal(err)
		}
		if want := 4000 + min(i, 2); int(a.Remote.Port()) != want {
			t.Errorf("answer %d: port %d, want %d", i, a.Remote.Port(), want)
		}
		if a.Final != (i >= 2) {
			t.Errorf("answer %d: final %t", i, a.Final)
		}
	}
}

func TestReoffer(t *testing.T) {
	t.Parallel()
	n := start()
	if _, err := n.Answer(body(connection, "m=audio 4000 RTP/AVP 8 0 101", events), false); err != nil {
		t.Fatal(err)
	}
	// Their order is another now: the codec in use stays.
	got, a, err := n.Reoffer(body(connection, "m=video 5000 RTP/AVP 31 32", "m=audio 4000 RTP/AVP 0 8 96",
		"a=rtpmap:96 telephone-event/8000", "a=sendonly", "m=audio 6000 RTP/AVP 0", "m=image 7000 udptl t38"))
	if err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll(`v=0
o=- 77 2 IN IP4 192.0.2.10
s=-
c=IN IP4 192.0.2.10
t=0 0
m=video 0 RTP/AVP 31 32
m=audio 20000 RTP/AVP 8 96
a=rtpmap:8 PCMA/8000
a=rtpmap:96 telephone-event/8000
a=fmtp:96 0-16
a=ptime:20
a=recvonly
m=audio 0 RTP/AVP 0
m=image 0 udptl t38
`, "\n", "\r\n")
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	if !a.OnHold || a.Send || !a.Final || a.Event != 96 {
		t.Errorf("agreed %+v", a)
	}
	for i, c := range [][2]string{{"sendrecv", "sendrecv"}, {"recvonly", "sendonly"}, {"inactive", "inactive"}} {
		got, _, err := n.Reoffer(body(connection, "m=audio 4000 RTP/AVP 0", "a="+c[0]))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(got), "a="+c[1]+"\r\n") || !strings.Contains(string(got), fmt.Sprintf("o=- 77 %d ", 3+i)) {
			t.Errorf("%s answered with\n%s", c[0], got)
		}
		if strings.Contains(string(got), "telephone-event") {
			t.Error("answered with keys that were not offered")
		}
	}
}

func TestRefusedReofferChangesNothing(t *testing.T) {
	t.Parallel()
	n := start()
	if _, err := n.Answer(body(connection, "m=audio 4000 RTP/AVP 0"), false); err != nil {
		t.Fatal(err)
	}
	if _, _, err := n.Reoffer(body(connection, "m=audio 4000 RTP/AVP 18")); !errors.Is(err, sdp.ErrNoCodec) {
		t.Errorf("G.729: %v", err)
	}
	got, _, err := n.Reoffer(body(connection, "m=audio 4000 RTP/AVP 0"))
	if err != nil || !strings.Contains(string(got), "o=- 77 2 ") {
		t.Errorf("%v\n%s", err, got)
	}
}

func TestDelayedOffer(t *testing.T) {
	t.Parallel()
	n := start()
	if _, err := n.Answer(body(connection, "m=audio 4000 RTP/AVP 0"), false); err != nil {
		t.Fatal(err)
	}
	got, a, err := n.Reoffer(nil)
	if err != nil || a == nil || a.Remote != remote {
		t.Fatalf("%+v %v", a, err)
	}
	if !strings.Contains(string(got), "o=- 77 2 ") || !strings.Contains(string(got), "RTP/AVP 0 8 101") {
		t.Errorf("offer\n%s", got)
	}
	a, err = n.Answer(body("c=IN IP4 198.51.100.2", "m=audio 4002 RTP/AVP 8"), false)
	if err != nil || a.Remote.String() != "198.51.100.2:4002" || a.Codec != sdp.PCMA || !a.Final {
		t.Errorf("%+v %v", a, err)
	}
}

// FuzzSDP feeds answers and offers: whatever is taken must make sense, and
// our answer must be one we would take ourselves, stream for stream.
func FuzzSDP(f *testing.F) {
	f.Add(body(connection, "m=audio 4000 RTP/AVP 0 101", events, "a=sendonly"))
	f.Add(body("c=IN IP6 2001:db8::1", "m=video 1 RTP/AVP", "m=audio 4000/2 RTP/AVPF 8"))
	f.Add([]byte("v=0\nm=audio 1 RTP/AVP 0\nc=IN IP4 0.0.0.0\na=rtpmap:"))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := start().Answer(b, false)
		if err != nil {
			return
		}
		if a.Codec != sdp.PCMU && a.Codec != sdp.PCMA || a.Event < sdp.None || a.Event > 127 {
			t.Errorf("agreed on %+v", a)
		}
		answer, _, err := start().Reoffer(b)
		if len(b) == 0 {
			return
		}
		if err != nil {
			t.Fatalf("an answer, yet no offer: %v", err)
		}
		back, err := start().Answer(answer, false)
		if err != nil || back.Codec != a.Codec || back.Event != a.Event {
			t.Errorf("our answer is not usable: %v\n%s", err, answer)
		}
		if strings.Count(string(answer), "\r\n") != strings.Count(string(answer), "\n") {
			t.Errorf("a line does not end as it should: %q", answer)
		}
	})
}

func BenchmarkAnswer(b *testing.B) {
	text := body(connection, "t=0 0", "m=audio 4000 RTP/AVP 0 101", "a=rtpmap:0 PCMU/8000", events, "a=fmtp:101 0-15", "a=ptime:20", "a=sendrecv")
	b.ReportAllocs()
	n := start()
	for b.Loop() {
		if _, err := n.Answer(text, true); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOffer(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		start()
	}
}
