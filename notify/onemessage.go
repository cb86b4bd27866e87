package notify

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// What one text message holds: 160 characters of the GSM 7-bit alphabet, those
// of its extension counting twice, or 70 UTF-16 units when there is any other
// character (3GPP TS 23.038 6.2.1, 6.2.3).
const (
	gsmUnits = 160
	ucsUnits = 70
)

const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtended = "\f^{}\\[~]|€"
)

// oneMessage joins title and tail and shortens the title until both fit one
// message. The tail, which holds the number to call back, is never cut.
func oneMessage(title, tail string) string {
	if fitsOne(title + tail) {
		return title + tail
	}
	for title != "" {
		_, n := utf8.DecodeLastRuneInString(title)
		rest := title[:len(title)-n]
		last, _ := utf8.DecodeLastRuneInString(title)
		if title = rest; unicode.Is(unicode.Mn, last) || last == '\u200d' {
			continue // a mark goes with the letter before it
		}
		if short := strings.TrimRightFunc(title, joiner) + tail; fitsOne(short) {
			return short
		}
	}
	return strings.TrimSpace(tail)
}

// joiner reports what must not stand last: a space, or half of a joined sign.
func joiner(r rune) bool { return unicode.IsSpace(r) || r == '\u200d' }

func fitsOne(s string) bool {
	if n, ok := gsmLength(s); ok {
		return n <= gsmUnits
	}
	return len(utf16.Encode([]rune(s))) <= ucsUnits
}

// gsmLength counts the 7-bit units of s; ok is false when the alphabet lacks a
// character of it.
func gsmLength(s string) (n int, ok bool) {
	for _, r := range s {
		switch {
		case strings.ContainsRune(gsmBasic, r):
			n++
		case strings.ContainsRune(gsmExtended, r):
			n += 2
		default:
			return 0, false
		}
	}
	return n, true
}
