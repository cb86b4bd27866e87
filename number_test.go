package clickbridge_test

import (
	"strings"
	"testing"

	"clickbridge"

	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"
)

func TestParseNumber(t *testing.T) {
	t.Parallel()
	tests := []struct {
		raw, country string
		want         clickbridge.Number
	}{
		// The vendor's samples: none of them is an assigned number.
		{"5551112222", "US", "+15551112222"},
		{"9998887777", "US", "+19998887777"},
		{"8887776666", "US", "+18887776666"},
		{"5554443333", "US", "+15554443333"},
		{"5558688950", "US", "+15558688950"},
		{"15551112222", "US", "+15551112222"},
		// What old clients put around digits.
		{`"5551112222"`, "US", "+15551112222"},
		{"'555.111.2222'", "US", "+15551112222"},
		{"(555) 111-2222", "US", "+15551112222"},
		{"[555]111/2222", "US", "+15551112222"},
		{"+1 (555) 111-2222", "US", "+15551112222"},
		{"1-555-111-2222", "US", "+15551112222"},
		{"tel:+1-555-111-2222", "US", "+15551112222"},
		{" 555 111 2222\t", "US", "+15551112222"},
		{"555\u2011111\u20132222", "US", "+15551112222"},
		{"\u201c5551112222\u201d", "US", "+15551112222"},
		{"\u202a555\u00a0111\u00a02222\u202c", "US", "+15551112222"},
		// A form's encoded spaces, the plus in front being meant.
		{"(555)+111-2222", "US", "+15551112222"},
		{"555+111+2222+", "US", "+15551112222"},
		{"+1+555+111+2222", "US", "+15551112222"},
		{"++15551112222", "US", "+15551112222"},
		// Abroad.
		{"011 44 20 7946 0123", "US", "+442079460123"},
		{"0044 20 7946 0123", "US", "+442079460123"},
		{"+44 20 7946 0123", "US", "+442079460123"},
		{"8765550100", "US", "+18765550100"},
		{"+9115551234", "IN", "+9115551234"},
		// Other homes.
		{"020 7946 0123", "GB", "+442079460123"},
		{"06 12345678", "IT", "+390612345678"},
		{"030 123456", "DE", "+4930123456"},
		{"416 555 0123", "CA", "+14165550123"},
		{"+15551112222", "GB", "+15551112222"},
	}
	for _, tt := range tests {
		t.Run(tt.country+" "+tt.raw, func(t *testing.T) {
			t.Parallel()
			got, err := clickbridge.ParseNumber(tt.raw, tt.country)
			if err != nil || got != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func TestParseNumberRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ raw, country, why string }{
		{"", "US", "no digits"},
		{"+", "US", "no digits"},
		{`" "`, "US", "no digits"},
		{"911", "US", "emergency"},
		{"9-1-1", "US", "emergency"},
		{"1911", "US", "emergency"},
		{"+1911", "US", "emergency"},
		{"1 (911)", "US", "emergency"},
		{"9911", "US", "emergency"},
		{"112", "US", "emergency"},
		{"999", "US", "emergency"},
		{"933", "US", "emergency"},
		{"9115551234", "US", "emergency"},
		{"+1 911 555 1234", "US", "emergency"},
		{"999", "GB", "emergency"},
		{"+44999", "GB", "emergency"},
		{"110", "DE", "emergency"},
		{"+49110", "DE", "emergency"},
		{"000", "AU", "emergency"},
		{"411", "US", "too short"},
		{"72345", "US", "too short"},
		{"5551234", "US", "too short"},
		{"555111222", "US", "too short"},
		{"55511122222", "US", "too long"},
		{"+155511122223", "US", "too long"},
		{"1-800-FLOWERS", "US", "not a digit"},
		{"5551112222x12", "US", "not a digit"},
		{"5551112222,,1", "US", "not a digit"},
		{"5551112222;ext=1", "US", "not a digit"},
		{"5551112222@evil.example", "US", "not a digit"},
		{"٥٥٥١١١٢٢٢٢", "US", "not a digit"},
		{"*67 555 111 2222", "US", "not a digit"},
		{"+999 123 4567", "US", "not a phone number"},
		{"11833", "DE", "short code"},
		{strings.Repeat("5", 10_000), "US", "too long"},
	}
	for _, tt := range tests {
		name := tt.raw
		if len(name) > 20 {
			name = name[:20]
		}
		t.Run(tt.country+" "+name, func(t *testing.T) {
			t.Parallel()
			n, err := clickbridge.ParseNumber(tt.raw, tt.country)
			if err == nil || !strings.Contains(err.Error(), tt.why) {
				t.Fatalf("got %q, %v; want an error with %q", n, err, tt.why)
			}
			if len(err.Error()) > 80 {
				t.Errorf("the error echoes %d bytes", len(err.Error()))
			}
		})
	}
}

// The short way for North American numbers must agree with the library.
func TestParseNumberAgreesWithLibrary(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.StringMatching(`(\+?1)?[2-9][0-9]{8,10}`).Draw(t, "raw")
		got, err := clickbridge.ParseNumber(raw, "US")
		if err != nil && strings.Contains(err.Error(), "emergency") {
			return
		}
		n, libErr := phonenumbers.Parse(raw, "US")
		ok := libErr == nil && phonenumbers.IsPossibleNumberWithReason(n) == phonenumbers.IS_POSSIBLE
		if ok != (err == nil) {
			t.Fatalf("%s: ours %q, %v; library possible: %v", raw, got, err, ok)
		}
		if ok && string(got) != phonenumbers.Format(n, phonenumbers.E164) {
			t.Fatalf("%s: ours %s, library %s", raw, got, phonenumbers.Format(n, phonenumbers.E164))
		}
	})
}

func TestNumberCountry(t *testing.T) {
	t.Parallel()
	tests := []struct {
		n          clickbridge.Number
		home, want string
	}{
		{"+15551112222", "US", "US"}, // no country of its own: home's
		{"+15551112222", "CA", "CA"},
		{"+15551112222", "GB", "US"},
		{"+19998887777", "US", "US"},
		{"+12135550100", "US", "US"},
		{"+14165550123", "US", "CA"},
		{"+18765550100", "US", "JM"},
		{"+18091112222", "US", "DO"}, // not assigned, but the area code is theirs
		{"+17875550100", "US", "PR"},
		{"+12425550100", "US", "BS"},
		{"+18005551212", "US", "US"},
		{"+442079460123", "US", "GB"},
		{"+882123456789", "US", "001"},
		{"+80012345678", "US", "001"},
		{"", "US", ""},
		{"nonsense", "US", ""},
	}
	for _, tt := range tests {
		if got := tt.n.Country(tt.home); got != tt.want {
			t.Errorf("%s at home in %s: %q, want %q", tt.n, tt.home, got, tt.want)
		}
	}
}

func TestNumberPremium(t *testing.T) {
	t.Parallel()
	for n, want := range map[clickbridge.Number]bool{
		"+19005551212":  true,
		"+19001112222":  true, // never assigned, and still 900
		"+15551112222":  false,
		"+18005551212":  false,
		"+449012345678": true,
		"+442079460123": false,
		"+33899123456":  true,
		"":              false,
	} {
		if got := n.Premium(); got != want {
			t.Errorf("%s: premium %v, want %v", n, got, want)
		}
	}
}

func TestNumberShown(t *testing.T) {
	t.Parallel()
	tests := []struct {
		n                      clickbridge.Number
		home, national, pretty string
	}{
		{"+15551112222", "US", "5551112222", "(555) 111-2222"},
		{"+15558688950", "US", "5558688950", "(555) 868-8950"},
		{"+15551112222", "CA", "5551112222", "(555) 111-2222"},
		{"+18765550100", "US", "+18765550100", "+18765550100"},
		{"+14165550123", "US", "+14165550123", "+14165550123"},
		{"+442079460123", "US", "+442079460123", "+442079460123"},
		{"+442079460123", "GB", "02079460123", "02079460123"},
		{"+33912345678", "FR", "0912345678", "0912345678"},
		{"+390612345678", "IT", "0612345678", "0612345678"},
		{"+15551112222", "XX", "+15551112222", "+15551112222"},
		{"", "US", "", ""},
	}
	for _, tt := range tests {
		if got := tt.n.National(tt.home); got != tt.national {
			t.Errorf("%s in %s: national %q, want %q", tt.n, tt.home, got, tt.national)
		}
		if got := tt.n.Pretty(tt.home); got != tt.pretty {
			t.Errorf("%s in %s: pretty %q, want %q", tt.n, tt.home, got, tt.pretty)
		}
	}
	if got := clickbridge.Number("+15551112222").Digits(); got != "15551112222" {
		t.Errorf("digits %q", got)
	}
}

// What is shown leads back to the number, in every country there is.
func TestNationalLeadsBack(t *testing.T) {
	t.Parallel()
	national := 0
	for region := range phonenumbers.GetSupportedRegions() {
		n := clickbridge.Number(phonenumbers.Format(phonenumbers.GetExampleNumber(region), phonenumbers.E164))
		shown := n.National(region)
		back, err := clickbridge.ParseNumber(shown, region)
		if err != nil || back != n {
			t.Errorf("%s: %s is shown as %s, which reads as %q, %v", region, n, shown, back, err)
		}
		if shown != string(n) {
			national++
		}
	}
	if national < 200 {
		t.Errorf("only %d countries show national digits", national)
	}
}

func TestKnownCountry(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]bool{"US": true, "JM": true, "XX": false, "": false, "us": false} {
		if got := clickbridge.KnownCountry(code); got != want {
			t.Errorf("%q: %v, want %v", code, got, want)
		}
	}
}

func FuzzParseNumber(f *testing.F) {
	for _, s := range []string{"5551112222", "+1 (555) 111-2222", "tel:+", "00", "++", "911", "\xff\xfe", "+0", "００１２"} {
		f.Add(s, "US")
		f.Add(s, "DE")
	}
	f.Fuzz(func(t *testing.T, raw, country string) {
		n, err := clickbridge.ParseNumber(raw, country)
		if err != nil {
			return
		}
		if again, err := clickbridge.ParseNumber(string(n), country); err != nil || again != n {
			t.Fatalf("%q gave %s, which gives %q, %v", raw, n, again, err)
		}
		if n[0] != '+' || strings.Trim(string(n[1:]), "0123456789") != "" {
			t.Fatalf("%q gave %q", raw, n)
		}
		n.Country(country)
		n.Premium()
		n.National(country)
	})
}

func BenchmarkParseNumber(b *testing.B) {
	for b.Loop() {
		if _, err := clickbridge.ParseNumber("(555) 111-2222", "US"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNumberCountry(b *testing.B) {
	for b.Loop() {
		if clickbridge.Number("+15551112222").Country("US") != "US" {
			b.Fatal("not at home")
		}
	}
}
