package ibp

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// decode undoes the URL encoding of a name or a value the way the old server's
// clients count on: what is not a valid escape stays as it is written. A plus
// sign is a space unless keepPlus says that it is data.
func decode(raw string, keepPlus bool) string {
	if !strings.ContainsAny(raw, "%+") {
		return raw
	}
	b := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '+' && !keepPlus:
			b = append(b, ' ')
		case c == '%' && i+2 < len(raw) && isHex(raw[i+1]) && isHex(raw[i+2]):
			b = append(b, unhex(raw[i+1])<<4|unhex(raw[i+2]))
			i += 2
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}

// lines is text of a value that may have several lines.
func lines(s string) string {
	all := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i := range all {
		all[i] = text(all[i])
	}
	return strings.TrimSpace(strings.Join(all, "\n"))
}

// text makes of a value's bytes what the rest of the server may rely on: valid
// UTF-8 without control characters or blanks around it. Bytes that are not
// UTF-8 come from pages in Windows-1252.
func text(s string) string {
	if !utf8.ValidString(s) {
		var b strings.Builder
		for i := range len(s) {
			b.WriteRune(charmap.Windows1252.DecodeByte(s[i]))
		}
		s = b.String()
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}
