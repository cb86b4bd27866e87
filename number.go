package clickbridge

import (
	"fmt"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Number is a telephone number in E.164 form with its plus sign
// ("+15558688950"). The zero value means "no number".
type Number string

// ParseNumber reads what a client wrote as a number of the home country
// (ISO 3166 code, "US") unless it begins with a plus sign, and returns its
// E.164 form. A possible length is enough: whether it is assigned is the
// carrier's business. Letters, short codes and emergency numbers are refused
// with an error that says why, fit to follow "Invalid X: ".
func ParseNumber(raw, country string) (Number, error) {
	s := tidyNumber(raw)
	if s == "" {
		return "", fmt.Errorf("no digits in it")
	}
	for _, r := range strings.TrimPrefix(s, "+") {
		if r < '0' || r > '9' {
			return "", fmt.Errorf("%q is not a digit", r)
		}
	}
	if isEmergency(s, country) {
		return "", fmt.Errorf("%s is an emergency number", s)
	}
	n, err := phonenumbers.Parse(s, country)
	if err != nil {
		return "", fmt.Errorf("%s is not a phone number", s)
	}
	switch phonenumbers.IsPossibleNumberWithReason(n) {
	case phonenumbers.IS_POSSIBLE:
	case phonenumbers.TOO_SHORT, phonenumbers.IS_POSSIBLE_LOCAL_ONLY:
		return "", fmt.Errorf("%s is too short", s)
	case phonenumbers.TOO_LONG:
		return "", fmt.Errorf("%s is too long", s)
	default:
		return "", fmt.Errorf("%s has no possible length", s)
	}
	return Number(phonenumbers.Format(n, phonenumbers.E164)), nil
}

// tidyNumber drops what old clients put around digits: quotes, spaces,
// dashes, dots, brackets, slashes and a tel: scheme. Everything else stays,
// to be refused by name.
func tidyNumber(raw string) string {
	s := strings.TrimSpace(raw)
	s = strings.Trim(s, `"'`)
	if len(s) > 4 && strings.EqualFold(s[:4], "tel:") {
		s = s[4:]
	}
	s = strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '-', '.', '(', ')', '[', ']', '/', '"', '\'', '\u00a0', '\u2010', '\u2011', '\u2012', '\u2013':
			return -1
		}
		return r
	}, s)
	if rest, ok := strings.CutPrefix(s, "00"); ok && len(rest) > 8 {
		return "+" + rest
	}
	return s
}

// emergency holds short codes that summon help somewhere; they are refused
// everywhere, because a wrong refusal costs a click and a wrong call costs an
// ambulance.
var emergency = map[string]bool{
	"911": true, "112": true, "999": true, "000": true, "110": true, "111": true,
	"113": true, "114": true, "115": true, "117": true, "118": true, "119": true,
	"933": true, "988": true, "100": true, "101": true, "102": true, "103": true,
	"15": true, "17": true, "18": true, "190": true, "191": true, "192": true,
	"193": true, "066": true, "08": true, "995": true, "997": true, "998": true,
	"1911": true, "9911": true,
}

func isEmergency(s, country string) bool {
	d := strings.TrimPrefix(s, "+")
	if emergency[d] {
		return true
	}
	// A home calling code before the short code is still the short code.
	cc := fmt.Sprint(phonenumbers.GetCountryCodeForRegion(country))
	return strings.HasPrefix(s, "+"+cc) && emergency[strings.TrimPrefix(d, cc)]
}

// Country returns the ISO code of the country the number belongs to. A number
// with the home country's calling code and no country of its own (all of the
// vendor's samples) counts as home; "" means the country is not known.
func (n Number) Country(home string) string {
	p, err := phonenumbers.Parse(string(n), "")
	if err != nil {
		return ""
	}
	if r := phonenumbers.GetRegionCodeForNumber(p); r != "" && r != "ZZ" {
		return r
	}
	if int(p.GetCountryCode()) == phonenumbers.GetCountryCodeForRegion(home) {
		return home
	}
	return phonenumbers.GetRegionCodeForCountryCode(int(p.GetCountryCode()))
}

// Premium reports whether calling the number costs its caller extra
// (premium-rate and shared-cost ranges).
func (n Number) Premium() bool {
	p, err := phonenumbers.Parse(string(n), "")
	if err != nil {
		return false
	}
	switch phonenumbers.GetNumberType(p) {
	case phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST:
		return true
	}
	return false
}

// National returns the digits a person of the home country dials
// ("5558688950"), or E.164 for a number of another country. XML, reports and
// national trunks use it.
func (n Number) National(home string) string {
	cc := callingCode(home)
	if cc == "" || !strings.HasPrefix(string(n), "+"+cc) || !n.isHome(home) {
		return string(n)
	}
	return string(n[1+len(cc):])
}

// Pretty returns the number as mail and SMS show it: "(555) 868-8950" for a
// North American home number, national digits for another home country's,
// E.164 for a foreign one.
func (n Number) Pretty(home string) string {
	nat := n.National(home)
	if callingCode(home) != "1" || len(nat) != 10 || nat[0] == '+' {
		return nat
	}
	return "(" + nat[:3] + ") " + nat[3:6] + "-" + nat[6:]
}

// Digits returns the number without its plus sign.
func (n Number) Digits() string { return strings.TrimPrefix(string(n), "+") }

func (n Number) isHome(home string) bool { return n.Country(home) == home }

func callingCode(country string) string {
	if cc := phonenumbers.GetCountryCodeForRegion(country); cc != 0 {
		return fmt.Sprint(cc)
	}
	return ""
}

// KnownCountry reports whether the ISO 3166 code names a country with
// telephone numbers.
func KnownCountry(code string) bool { return callingCode(code) != "" }
