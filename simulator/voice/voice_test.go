package voice

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"clickbridge/media/tone"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 15 * time.Second

func desk(t *testing.T) *Desk {
	t.Helper()
	d := NewDesk(netip.MustParseAddr("127.0.0.1"), 4)
	t.Cleanup(d.Close)
	return d
}

// whole matches a tone of the test's own making.
func whole(hz float64) int {
	for _, want := range []int{500, 620} {
		if hz > float64(want)-2 && hz < float64(want)+2 {
			return want
		}
	}
	return 0
}

// pair opens two lines that have agreed to talk to each other.
func pair(t *testing.T, ear Ear, prepare func(a, b *Line)) (a, b *Line) {
	t.Helper()
	d := desk(t)
	a, err := d.Open(Ear{})
	if err != nil {
		t.Fatal(err)
	}
	if b, err = d.Open(ear); err != nil {
		t.Fatal(err)
	}
	if prepare != nil {
		prepare(a, b)
	}
	answer, err := b.Answer(a.Offer("sendrecv"))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Accept(answer); err != nil {
		t.Fatal(err)
	}
	return a, b
}

func wait[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("waited in vain for %s", what)
		panic("unreachable")
	}
}

func TestToneIsHeard(t *testing.T) {
	t.Parallel()
	for _, codec := range []string{"PCMU", "PCMA", ""} {
		heard := make(chan int, 10)
		a, b := pair(t, Ear{Match: whole, Tone: func(hz int) { heard <- hz }}, func(_, b *Line) { b.Prefer(codec) })
		began := time.Now()
		a.Say(a.desk.Tone(500))
		if hz := wait(t, "the tone", heard); hz != 500 {
			t.Errorf("%s: heard %d Hz", codec, hz)
		}
		a.Say(a.desk.Tone(620))
		for hz := 0; hz != 620; { // a window with both tones is neither
			hz = wait(t, "the other tone", heard)
		}
		took := time.Since(began)
		packets := a.Stats().PacketsOut
		if want := uint64(took / (20 * time.Millisecond)); packets > want+3 || packets < want/2 {
			t.Errorf("%d packets in %v", packets, took)
		}
		a.Hush()
		if tones, _ := b.Hearing(); len(tones) != 2 || tones[0].Hz != 500 || tones[0].For < 200*time.Millisecond {
			t.Errorf("%s: %+v", codec, tones)
		}
		if b.HeardSound() < 400*time.Millisecond || b.Stats().PacketsIn == 0 {
			t.Errorf("%s: %v of sound, %+v", codec, b.HeardSound(), b.Stats())
		}
	}
}

func TestTwoTonesAtOnceAreNoVoice(t *testing.T) {
	t.Parallel()
	a, b := pair(t, Ear{Match: whole}, nil)
	s := newSound(tone.Generate([]float64{500, 620}, time.Second, 0.5), false)
	a.Say(s)
	for b.HeardSound() < 600*time.Millisecond {
		if tones, _ := b.Hearing(); len(tones) != 0 {
			t.Fatalf("heard %+v", tones)
		}
		if a.Stats().PacketsOut >= 50 {
			break
		}
	}
}

func TestKeysAreHeardOnce(t *testing.T) {
	t.Parallel()
	for _, sparse := range []bool{false, true} {
		keys := make(chan byte, 20)
		a, _ := pair(t, Ear{Key: func(k byte) { keys <- k }}, nil)
		up := make(chan struct{}, 1)
		for _, k := range []byte("1*D") {
			if !a.Press(k, 0, sparse, func() { up <- struct{}{} }) {
				t.Fatalf("%c was not pressed", k)
			}
			if a.Press('9', 0, sparse, nil) {
				t.Error("a second key went down with the first")
			}
			wait(t, "the key to come up", up)
			if got := wait(t, "the key", keys); got != k {
				t.Errorf("heard %c, want %c", got, k)
			}
		}
		if len(keys) != 0 {
			t.Errorf("%d keys too many", len(keys))
		}
		if a.Press('x', 0, sparse, nil) {
			t.Error("x is no key")
		}
	}
}

func TestHoldStopsAudio(t *testing.T) {
	t.Parallel()
	a, b := pair(t, Ear{}, nil)
	a.Say(a.desk.Tone(500))
	answer, err := a.Answer(b.Offer("sendonly"))
	if err != nil || !strings.Contains(string(answer), "a=recvonly") {
		t.Fatalf("%v\n%s", err, answer)
	}
	before := a.Stats().PacketsOut
	up := make(chan struct{}, 1)
	a.Press('5', 0, false, func() { up <- struct{}{} }) // eight frames pass meanwhile
	wait(t, "the key to come up", up)
	if n := a.Stats().PacketsOut - before; n != 8 {
		t.Errorf("%d packets, want the key's eight and no audio", n)
	}
}

func TestSilentLineSendsNothing(t *testing.T) {
	t.Parallel()
	a, _ := pair(t, Ear{}, func(a, _ *Line) { a.NoRTP() })
	a.Say(a.desk.Tone(500))
	if a.Press('1', 0, false, nil) || a.Stats().PacketsOut != 0 {
		t.Error("it sent")
	}
	a.Close()
	a.Close()
}

func TestGreetingEnds(t *testing.T) {
	t.Parallel()
	d := desk(t)
	g := d.Greeting()
	n := 0
	for ok := true; ok; n++ {
		_, ok = g.frame(n, PCMA)
	}
	if s := time.Duration(n) * 20 * time.Millisecond; s < 3*time.Second || s > 8*time.Second {
		t.Errorf("the greeting lasts %v", s)
	}
	if _, ok := d.Ringback().frame(1_000_000, PCMU); !ok {
		t.Error("ringback ends")
	}
}

func TestParseSDP(t *testing.T) {
	const head = "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"
	type facts struct {
		Remote, Direction string
		Codecs            []int
		Event             int
	}
	for name, tc := range map[string]struct {
		body string
		want facts
		err  error
	}{
		"plain":       {head + "m=audio 4000 RTP/AVP 8 0 97\r\na=rtpmap:97 telephone-event/8000\r\n", facts{"10.0.0.1:4000", "sendrecv", []int{8, 0}, 97}, nil},
		"media c=":    {head + "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 10.0.0.2\r\na=sendonly\r\n", facts{"10.0.0.2:4000", "sendonly", []int{0}, -1}, nil},
		"old hold":    {head + "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n", facts{"0.0.0.0:4000", "inactive", []int{0}, -1}, nil},
		"session a=":  {head + "a=inactive\r\nm=audio 4000 RTP/AVP 0\r\n", facts{"10.0.0.1:4000", "inactive", []int{0}, -1}, nil},
		"video first": {head + "m=video 6 RTP/AVP 0\r\na=sendonly\r\nm=audio 4000 RTP/AVP 0\r\n", facts{"10.0.0.1:4000", "sendrecv", []int{0}, -1}, nil},
		"bare LF":     {strings.ReplaceAll(head, "\r", "") + "m=audio 4000 RTP/AVP 0\n", facts{"10.0.0.1:4000", "sendrecv", []int{0}, -1}, nil},
		"wideband te": {head + "m=audio 4000 RTP/AVP 0 97\r\na=rtpmap:97 telephone-event/16000\r\n", facts{"10.0.0.1:4000", "sendrecv", []int{0}, -1}, nil},
		"no G.711":    {head + "m=audio 4000 RTP/AVP 18\r\n", facts{"10.0.0.1:4000", "sendrecv", nil, -1}, ErrNoAudio},
		"refused":     {head + "m=audio 0 RTP/AVP 0\r\n", facts{"invalid AddrPort", "sendrecv", []int{0}, -1}, ErrNoAudio},
		"nothing":     {"", facts{"invalid AddrPort", "sendrecv", nil, -1}, ErrNoAudio},
	} {
		d, err := parseSDP([]byte(tc.body))
		if !errors.Is(err, tc.err) {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(tc.want, facts{d.remote.String(), d.direction, d.codecs, d.event}); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestAnswerKeepsEveryStream(t *testing.T) {
	t.Parallel()
	l, err := desk(t).Open(Ear{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := l.Answer([]byte("v=0\r\nc=IN IP4 127.0.0.1\r\nm=video 6 RTP/AVP 99\r\nm=audio 9 RTP/AVP 0\r\nm=image 7 udptl t38\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(string(a)) {
		if strings.HasPrefix(line, "m=") {
			got = append(got, strings.Fields(line)[0]+" "+strings.Fields(line)[1])
		}
	}
	if d := cmp.Diff([]string{"m=video 0", "m=audio " + strings.Split(l.Addr().String(), ":")[1], "m=image 0"}, got); d != "" {
		t.Error(d)
	}
}

// FuzzMedia reads descriptions and packets from outside.
func FuzzMedia(f *testing.F) {
	f.Add([]byte("v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 9 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"))
	f.Add([]byte("\x80\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00"))
	f.Add([]byte("\x90\xe5\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00\x01\x8a\x00\xa0"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if d, err := parseSDP(b); err == nil {
			l := local{addr: netip.MustParseAddrPort("127.0.0.1:4000"), codecs: []int{PCMU}, event: d.event, direction: "sendrecv"}
			if _, err := parseSDP(l.bytes(d.lines, d.audio)); err != nil {
				t.Errorf("our answer to %q: %v", b, err)
			}
		}
		l := &Line{own: local{event: 101}, event: -1, ear: Ear{Match: whole}}
		for range 12 {
			l.take(b)
		}
	})
}

func BenchmarkLook(b *testing.B) {
	w := tone.Generate([]float64{500}, 200*time.Millisecond, 0.4)
	h := hearing{}
	for b.Loop() {
		h.look(w, whole)
	}
}
