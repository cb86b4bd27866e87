package notify

import (
	"fmt"
	"strings"
	"unicode"

	"clickbridge"
)

// Title is what a notice calls the click: the last path element of its page
// without the extension, else the FindMe's name. It is one line without
// control characters, so it can stand in a header.
func Title(call clickbridge.Call) string {
	for _, s := range []string{lastElement(call.Page), call.FindMeName} {
		if t := oneLine(s); t != "" {
			return t
		}
	}
	return fmt.Sprintf("FindMe %d", call.FindMeID)
}

// lastElement returns "LeadResponse" of LeadResponse.html and of
// https://a.b/x/LeadResponse.html?q=1, and "" of a URL that is a host alone.
func lastElement(page string) string {
	page = strings.TrimSpace(page)
	if i := strings.IndexAny(page, "?#"); i >= 0 {
		page = page[:i]
	}
	if _, rest, ok := strings.Cut(page, "://"); ok {
		_, page, _ = strings.Cut(rest, "/")
	}
	page = strings.TrimRight(page, "/")
	page = page[strings.LastIndex(page, "/")+1:]
	if i := strings.LastIndex(page, "."); i > 0 {
		page = page[:i]
	}
	return page
}

// oneLine turns runs of white space into one space and drops control and
// format characters (direction marks among them) and broken UTF-8.
func oneLine(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '\u2028', r == '\u2029':
			return ' '
		case unicode.IsControl(r), unicode.In(r, unicode.Bidi_Control):
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}
