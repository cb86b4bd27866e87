package notify

import (
	"errors"
	"net"
	"net/url"
	"strings"
	"unicode/utf8"
)

// maxAnswer is how much of an answer is kept, in bytes.
const maxAnswer = 512

// answer makes one line of at most maxAnswer bytes of what a far end said.
func answer(s string) string {
	s = oneLine(s)
	if len(s) <= maxAnswer {
		return s
	}
	cut := maxAnswer - len("…")
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// plainError is the text of a network error without the URL that a *url.Error
// repeats: it may hold a customer's token.
func plainError(err error) string {
	var u *url.Error
	for errors.As(err, &u) {
		err = u.Err
		u = nil
	}
	var n net.Error
	if errors.As(err, &n) && n.Timeout() {
		return "no answer in time"
	}
	return strings.TrimSpace(err.Error())
}

// without takes a secret out of what a far end said, should it repeat it.
func without(s, secret string) string {
	if secret == "" {
		return s
	}
	return strings.ReplaceAll(s, secret, "(secret)")
}
