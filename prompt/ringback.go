package prompt

import (
	"time"

	"clickbridge/leg"
	"clickbridge/media/g711"
	"clickbridge/media/tone"
)

// cadence is a ringing tone (ITU-T E.180, supplement 2): which frequencies,
// and how long they sound and rest by turns.
type cadence struct {
	freqs []float64
	turns []time.Duration // sound, rest, sound, rest …
}

// ringLevel is each tone's peak as a share of full scale: about -19 dBm0
// together, what exchanges send.
const ringLevel = 0.15

var cadences = map[string]cadence{
	"us": {[]float64{440, 480}, []time.Duration{2 * time.Second, 4 * time.Second}},
	"gb": {[]float64{400, 450}, []time.Duration{
		400 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond, 2 * time.Second}},
	"eu": {[]float64{425}, []time.Duration{time.Second, 4 * time.Second}},
}

func (c cadence) sound() []byte {
	var out []byte
	for i, d := range c.turns {
		freqs := c.freqs
		if i%2 == 1 {
			freqs = nil
		}
		out = append(out, g711.EncodeULawAll(tone.Generate(freqs, d, ringLevel))...)
	}
	return out
}

// Ringback is the ringing tone of a country (ISO 3166 code), one turn of it;
// play it in a loop. Countries without one of their own here get the European
// tone.
func Ringback(country string) []*leg.Clip {
	switch country {
	case "", "US", "CA", "PR", "JM", "DO", "BS", "BB", "TT":
		return wordless().take("ringback-us")
	case "GB", "IE", "AU", "NZ", "SG", "HK", "MY", "IN", "ZA":
		return wordless().take("ringback-gb")
	}
	return wordless().take("ringback-eu")
}
