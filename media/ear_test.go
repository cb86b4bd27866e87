package media

import (
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"clickbridge/leg"
	"clickbridge/media/g711"
	"clickbridge/media/rtp"
	"clickbridge/media/sdp"
	"clickbridge/media/tone"
)

// sound is 8 kHz audio under construction.
type sound []float64

func (s sound) quiet(ms float64) sound { return append(s, make(sound, int(8*ms))...) }

// tones adds sines of given frequencies and levels (dBm0).
func (s sound) tones(ms float64, freqs, levels []float64) sound {
	for n := range int(8 * ms) {
		v := 0.0
		for i, f := range freqs {
			v += 22300 * math.Pow(10, levels[i]/20) * math.Sin(2*math.Pi*f*float64(n)/8000+float64(i))
		}
		s = append(s, v)
	}
	return s
}

// key adds a press of an event code at -10 dBm0 a tone.
func (s sound) key(ms float64, code uint8) sound {
	low, high := tonesOf(code)
	return s.tones(ms, []float64{low, high}, []float64{-10, -10})
}

func (s sound) noise(level float64) sound {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range s {
		s[i] += r.NormFloat64() * 22300 / math.Sqrt2 * math.Pow(10, level/20)
	}
	return s
}

func tonesOf(code uint8) (low, high float64) {
	for i, row := range keypad {
		for j, c := range row {
			if c == code {
				low, high = lowTones[i], highTones[j]
			}
		}
	}
	return low, high
}

// heardIn returns the keys an ear finds.
func heardIn(s sound, law int, skip func(packet int) bool) string {
	e, h, keys := &ear{}, rtp.Header{Type: uint8(law), TS: 4294967000}, ""
	for n := 0; len(s) >= frameSize; n++ {
		payload := make([]byte, frameSize)
		for i, v := range s[:frameSize] {
			v := int16(max(-32768, min(32767, v)))
			payload[i] = g711.EncodeULaw(v)
			if law == sdp.PCMA {
				payload[i] = g711.EncodeALaw(v)
			}
		}
		if skip == nil || !skip(n) {
			if began, _ := e.listen(h, payload); began != noKey {
				k, _ := rtp.KeyOf(began)
				keys += string(k)
			}
		}
		h.TS += frameSize
		s = s[frameSize:]
	}
	return keys
}

// Every key that ITU-T Q.24 asks to be heard, wherever in a packet it begins.
func TestEarHearsKeys(t *testing.T) {
	t.Parallel()
	for code := range uint8(16) {
		low, high := tonesOf(code)
		want, _ := rtp.KeyOf(code)
		for name, c := range map[string]struct {
			ms              float64
			offLow, offHigh float64 // in %
			atLow, atHigh   float64
			noise           float64
		}{
			"a person's":          {ms: 100, atLow: -8, atHigh: -6, noise: -60},
			"the shortest":        {ms: 40, atLow: -8, atHigh: -6, noise: -60},
			"loud":                {ms: 40, atLow: -3, atHigh: -3, noise: -60},
			"faint":               {ms: 40, atLow: -25, atHigh: -25, noise: -70},
			"high tone louder":    {ms: 40, atLow: -14, atHigh: -10, noise: -60},
			"low tone louder":     {ms: 40, atLow: -8, atHigh: -16, noise: -60},
			"off its frequencies": {ms: 50, offLow: 1.5, offHigh: 1.5, atLow: -10, atHigh: -10, noise: -60},
			"off the other way":   {ms: 50, offLow: -1.5, offHigh: -1.5, atLow: -10, atHigh: -10, noise: -60},
			"noise":               {ms: 50, atLow: -10, atHigh: -10, noise: -22},
			"long":                {ms: 500, atLow: -10, atHigh: -10, noise: -40},
		} {
			for start := 0.0; start < 20; start += 3.7 {
				for _, law := range []int{sdp.PCMU, sdp.PCMA} {
					s := sound{}.quiet(60+start).tones(c.ms, []float64{low * (1 + c.offLow/100), high * (1 + c.offHigh/100)}, []float64{c.atLow, c.atHigh}).quiet(100).noise(c.noise)
					if got := heardIn(s, law, nil); got != string(want) {
						t.Errorf("%c, %s, %.1f ms into a packet, law %d: heard %q", want, name, start, law, got)
					}
				}
			}
		}
	}
}

func TestEarCountsPresses(t *testing.T) {
	t.Parallel()
	lose := func(packets ...int) func(int) bool {
		return func(n int) bool {
			for _, p := range packets {
				if n == p {
					return true
				}
			}
			return false
		}
	}
	for _, c := range []struct {
		name string
		s    sound
		skip func(int) bool
		want string
	}{
		{"one key twice", sound{}.key(60, 5).quiet(40).key(60, 5), nil, "55"},
		{"two keys without a pause", sound{}.key(60, 5).key(60, 6), nil, "56"},
		{"a number", sound{}.key(40, 1).quiet(40).key(40, 2).quiet(40).key(40, 2).quiet(40).key(40, 10).quiet(60), nil, "122*"},
		{"an interruption", sound{}.key(60, 5).quiet(10).key(60, 5), nil, "5"},
		{"a lost packet", sound{}.key(200, 5).quiet(40), lose(4), "5"},
		{"two lost packets", sound{}.key(200, 5).quiet(40), lose(4, 5), "5"},
		{"a pause that was not sent", sound{}.key(100, 5).quiet(200).key(100, 5).quiet(20), lose(6, 7, 8, 9, 10, 11, 12, 13, 14), "55"},
		{"too short", sound{}.quiet(7).key(20, 5).quiet(60), nil, ""},
	} {
		if got := heardIn(c.s.quiet(40).noise(-60), sdp.PCMU, c.skip); got != c.want {
			t.Errorf("%s: heard %q, want %q", c.name, got, c.want)
		}
	}
}

// A packet that comes late is left out; a stream that begins anew is heard.
func TestEarAndDisorder(t *testing.T) {
	t.Parallel()
	e := &ear{}
	frame := dtmfTone(1)[:frameSize]
	for i, c := range []struct {
		ts   uint32
		want uint8
	}{{1000, noKey}, {1160, 1}, {1000, noKey}, {1320, noKey}, {4_000_000_000, noKey}, {4_000_000_160, 1}} {
		if began, _ := e.listen(rtp.Header{TS: c.ts}, frame); began != c.want {
			t.Errorf("packet %d begins %d, want %d", i, began, c.want)
		}
	}
}

func TestEarLeavesTonesAlone(t *testing.T) {
	t.Parallel()
	for name, freqs := range map[string][]float64{
		"dial tone":      {350, 440},
		"ringback":       {440, 480},
		"busy":           {480, 620},
		"European":       {425},
		"fax calls":      {1100},
		"fax answers":    {2100},
		"special":        {950, 1400, 1800},
		"one low tone":   {770},
		"one high tone":  {1336},
		"two low tones":  {697, 852},
		"two high tones": {1209, 1477},
		"three of a key": {697, 1209, 1477},
		"a vowel":        {700, 1400, 2100, 2800},
		"with an octave": {770, 1336, 2672},
		"a low overtone": {770, 1209, 1540},
		"far off":        {697 * 1.08, 1209 * 0.93},
		"too much twist": nil,
	} {
		levels := make([]float64, len(freqs))
		for i := range levels {
			levels[i] = -12
		}
		if freqs == nil {
			freqs, levels = []float64{770, 1336}, []float64{-5, -20}
		}
		if got := heardIn(sound{}.quiet(33).tones(500, freqs, levels).noise(-50), sdp.PCMU, nil); got != "" {
			t.Errorf("%s: heard %q", name, got)
		}
	}
	if got := heardIn(make(sound, 80_000).noise(-10), sdp.PCMU, nil); got != "" {
		t.Errorf("noise: heard %q", got)
	}
}

// Speech is no key, whoever speaks: every clip of the program, in all its
// languages, at voices from a third lower to a third higher.
func TestEarIsNotTalkedOff(t *testing.T) {
	t.Parallel()
	seconds := 0.0
	for name, said := range speech(t) {
		for speed := 0.70; speed < 1.35; speed += 0.15 {
			if filepath.Base(name) == "hold.ul" && speed != 1 {
				continue // music has pure tones: at some pitch it is a key
			}
			s := spoken(said, speed)
			seconds += float64(len(s)) / 8000
			if got := heardIn(s, sdp.PCMU, nil); got != "" {
				t.Errorf("%s at speed %.2f: heard %q", name, speed, got)
			}
		}
	}
	t.Logf("%.0f minutes of speech", seconds/60)
}

// speech returns the samples of all clips by their names.
func speech(t testing.TB) map[string][]int16 {
	t.Helper()
	all := map[string][]int16{}
	err := filepath.WalkDir("../prompt/clips", func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".ul" {
			return err
		}
		b, err := os.ReadFile(path)
		all[path] = g711.DecodeULawAll(b)
		return err
	})
	if err != nil || len(all) == 0 {
		t.Fatalf("%d clips: %v", len(all), err)
	}
	return all
}

// spoken returns speech at another speed, and so at another pitch.
func spoken(said []int16, speed float64) (s sound) {
	for at := 0.0; at < float64(len(said)-1); at += speed {
		i := int(at)
		f := at - float64(i)
		s = append(s, float64(said[i])*(1-f)+float64(said[i+1])*f)
	}
	return s
}

// Keys come as tones only where they cannot come as events, from the answer on
// and outside a bridge; by whatever ways, once.
func TestKeysInBand(t *testing.T) {
	t.Parallel()
	agree := func(event int, final bool) sdp.Agreed {
		return sdp.Agreed{Remote: here, Event: event, Send: true, Recv: true, Final: final}
	}
	for _, c := range []struct {
		name string
		do   func(s, other *session)
		want string
	}{
		{"a tone", func(s, _ *session) { s.negotiated(agree(sdp.None, true)); toneTo(s, 1, 100) }, "1"},
		{"with events agreed", func(s, _ *session) { s.negotiated(agree(101, true)); toneTo(s, 1, 100) }, ""},
		{"before the answer", func(s, _ *session) { s.negotiated(agree(sdp.None, false)); toneTo(s, 1, 100) }, ""},
		{"in a bridge", func(s, o *session) {
			s.negotiated(agree(sdp.None, true))
			s.bridge(o)
			toneTo(s, 1, 100)
		}, ""},
		{"after a bridge", func(s, o *session) {
			s.negotiated(agree(sdp.None, true))
			s.bridge(o)
			o.close()
			toneTo(s, 2, 100)
		}, "2"},
		{"with INFO at its end", func(s, _ *session) {
			s.negotiated(agree(sdp.None, true))
			toneTo(s, 3, 700)
			s.info(leg.Key('3'))
			s.shard.now += 1e9
			s.info(leg.Key('3'))
		}, "33"},
		{"after INFO", func(s, _ *session) {
			s.negotiated(agree(sdp.None, true))
			s.info(leg.Key('4'))
			toneTo(s, 4, 100)
		}, "4"},
	} {
		_, s := standing(sdp.PCMU, sdp.PCMU)
		c.do(s[0], s[1])
		got := ""
		for len(s[0].keys) > 0 {
			got += string(<-s[0].keys)
		}
		if got != c.want {
			t.Errorf("%s: keys %q, want %q", c.name, got, c.want)
		}
	}
}

// toneTo has a far end press a key as a tone.
func toneTo(s *session, code uint8, ms int) {
	low, high := tonesOf(code)
	samples := tone.Generate([]float64{low, high}, 1e6*1000, 0.5)
	all := g711.EncodeULawAll(samples)
	h := rtp.Header{SSRC: 1, TS: uint32(s.shard.now / 125000)}
	b := make([]byte, rtp.HeaderSize+frameSize)
	for i := range ms / 20 {
		s.shard.now += frameTime
		h.Put(b)
		copy(b[rtp.HeaderSize:], all[i*frameSize:])
		s.receive(b, here)
		h.Seq, h.TS = h.Seq+1, h.TS+frameSize
	}
}

// BenchmarkEar is what a packet of speech costs, and one of a key.
func BenchmarkEar(b *testing.B) {
	var said []byte
	for _, c := range speech(b) {
		said = append(said, g711.EncodeULawAll(c)...)
	}
	for name, audio := range map[string][]byte{"speech": said, "key": dtmfTone(5)} {
		b.Run(name, func(b *testing.B) {
			e, h := &ear{}, rtp.Header{}
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				at := n * frameSize % (len(audio) - frameSize)
				e.listen(h, audio[at:at+frameSize])
				h.TS += frameSize
			}
		})
	}
}
