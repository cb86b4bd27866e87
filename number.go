package clickbridge

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

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
	if len(s) > maxNumber {
		return "", fmt.Errorf("%s… is too long", s[:maxNumber])
	}
	if isEmergency(s, country) {
		return "", fmt.Errorf("%s is an emergency number", s)
	}
	if n, ok := northAmerican(s, country); ok {
		return n, nil
	}
	return parsePossible(s, country)
}

// maxNumber bounds what is worth parsing and echoing: 15 digits of E.164 and
// the longest international prefix before them.
const maxNumber = 24

func parsePossible(s, country string) (Number, error) {
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
	// Some countries have subscriber numbers as short as their short codes.
	if len(s) < 7 && phonenumbers.IsValidShortNumberForRegion(n, country) {
		return "", fmt.Errorf("%s is a short code", s)
	}
	return Number(phonenumbers.Format(n, phonenumbers.E164)), nil
}

// northAmerican is the form nearly every click is in (10 digits, or 11 with a
// leading 1), without the general parser's 20 µs. Their length is all that the
// parser would check.
func northAmerican(s, country string) (n Number, ok bool) {
	switch {
	case len(s) == 12 && s[:2] == "+1":
		return Number(s), true
	case s[0] == '+' || callingCode(country) != "1":
		return "", false
	case len(s) == 10:
		return Number("+1" + s), true
	case len(s) == 11 && s[0] == '1':
		return Number("+" + s), true
	}
	return "", false
}

// tidyNumber drops what old clients put around digits: quotes, spaces,
// dashes, dots, brackets, slashes and a tel: scheme. Everything else stays,
// to be refused by name. A plus sign means something only in front: a later
// one is a space that a form encoded.
func tidyNumber(raw string) string {
	s := strings.Map(keepInNumber, raw)
	if len(s) > 4 && strings.EqualFold(s[:4], "tel:") {
		s = s[4:]
	}
	if strings.Contains(s, "+") {
		plus := s[0] == '+'
		s = strings.ReplaceAll(s, "+", "")
		if plus && s != "" {
			return "+" + s
		}
	}
	if rest, ok := strings.CutPrefix(s, "00"); ok && len(rest) > 8 {
		return "+" + rest
	}
	return s
}

// keepInNumber maps punctuation to -1. The format characters (Cf) are the
// invisible marks that come along when a number is copied from an address
// book.
func keepInNumber(r rune) rune {
	switch {
	case r >= '0' && r <= '9':
		return r
	case strings.ContainsRune(`.()[]/"'`+"`", r), unicode.IsSpace(r),
		unicode.In(r, unicode.Pd, unicode.Pi, unicode.Pf, unicode.Cf):
		return -1
	}
	return r
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
	cc := callingCode(country)
	if len(d) > 4+len(cc) {
		// 911 is nobody's area code, and a switch that reads digit by digit
		// hears the short code in it.
		return cc == "1" && isArea(s, "911")
	}
	if emergency[d] {
		return true
	}
	// A home calling code before the short code is still the short code.
	return s[0] == '+' && strings.HasPrefix(d, cc) && emergency[d[len(cc):]]
}

// isArea reports whether a North American number begins with the area code.
func isArea(s, area string) bool {
	if len(s) == 12 {
		s = strings.TrimPrefix(s, "+")
	}
	if len(s) == 11 {
		s = strings.TrimPrefix(s, "1")
	}
	return len(s) == 10 && s[:3] == area
}

// Country returns the ISO code of the country the number belongs to. A number
// with the home country's calling code and no country of its own (all of the
// vendor's samples) counts as home; "" means the country is not known, and
// "001" is a network of no country (satellites, international toll-free).
func (n Number) Country(home string) string {
	if home == "US" && len(n) == 12 && n[:2] == "+1" && !abroad(string(n[2:5])) {
		return home // assigned to it, or to nobody
	}
	return n.lookup(home)
}

// abroad reports whether a North American area code is another country's than
// the United States'. Asking the library costs 7 to 17 µs, more than anything
// else a click is asked; a test holds this list against it.
func abroad(area string) bool {
	switch area {
	case "204", "226", "236", "249", "250", "257", "263", "289", "306", "343", "354", "365", "367", "368", "382",
		"403", "416", "418", "428", "431", "437", "438", "450", "468", "474", "506", "514", "519", "548", "579", "581",
		"584", "587", "600", "604", "613", "622", "633", "639", "647", "672", "683", "705", "709", "742", "753", "778",
		"780", "782", "807", "819", "825", "867", "873", "879", "902", "905", "942", // Canada
		"242", "246", "264", "268", "284", "340", "345", "441", "473", "649", "658", "664", "670", "671", "684", "721",
		"758", "767", "784", "787", "809", "829", "849", "868", "869", "876", "939": // islands
		return true
	}
	return false
}

// lookup asks the library.
func (n Number) lookup(home string) string {
	p := n.parsed()
	if p == nil {
		return ""
	}
	if r := phonenumbers.GetRegionCodeForNumber(p); r != "" && r != "ZZ" {
		return r
	}
	if int(p.GetCountryCode()) == phonenumbers.GetCountryCodeForRegion(home) {
		return home
	}
	if r := phonenumbers.GetRegionCodeForCountryCode(int(p.GetCountryCode())); r != "ZZ" {
		return r
	}
	return ""
}

// parsed returns the library's form of n, nil when n is no number. North
// American ones need no parser: all their digits after the 1 are national.
func (n Number) parsed() *phonenumbers.PhoneNumber {
	if len(n) == 12 && n[:2] == "+1" {
		if v, err := strconv.ParseUint(string(n[2:]), 10, 64); err == nil && n[2] != '0' {
			one := int32(1)
			return &phonenumbers.PhoneNumber{CountryCode: &one, NationalNumber: &v}
		}
	}
	p, err := phonenumbers.Parse(string(n), "")
	if err != nil {
		return nil
	}
	return p
}

// Premium reports whether calling the number costs its caller extra
// (premium-rate and shared-cost ranges). All of area code 900 does, assigned
// or not.
func (n Number) Premium() bool {
	if len(n) == 12 && n[:2] == "+1" {
		return n[2:5] == "900"
	}
	p := n.parsed()
	if p == nil {
		return false
	}
	switch phonenumbers.GetNumberType(p) {
	case phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST:
		return true
	}
	return false
}

// National returns the digits a person of the home country dials
// ("5558688950", in Britain "02079460123"), or E.164 for a number of another
// country and where dialling the digits would not lead back to the number.
// XML, reports and national trunks use it.
func (n Number) National(home string) string {
	cc := callingCode(home)
	if cc == "" || !strings.HasPrefix(string(n), "+"+cc) || !n.isHome(home) {
		return string(n)
	}
	if cc == "1" {
		return string(n[2:])
	}
	p := n.parsed()
	d := phonenumbers.NormalizeDigitsOnly(phonenumbers.Format(p, phonenumbers.NATIONAL))
	if back, err := ParseNumber(d, home); err != nil || back != n {
		return string(n)
	}
	return d
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
		return strconv.Itoa(cc)
	}
	return ""
}

// KnownCountry reports whether the ISO 3166 code names a country with
// telephone numbers.
func KnownCountry(code string) bool { return callingCode(code) != "" }
