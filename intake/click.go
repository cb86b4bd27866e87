package intake

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"clickbridge"
)

// Click is a request to connect phone_to_call with a FindMe, its parameters as
// the client wrote them; "" means not given.
type Click struct {
	Credentials

	FindMeID       string
	PhoneToCall    string
	Type           string // "1", "2"
	FirstCallerID  string
	SecondCallerID string
	Page           string
	Ref            string
	NoAnswerEmail  string
	NoAnswerSMS    string
	NoAnswerURL    string
	NoAnswerPhone  string
	// BothOrders has the no-answer actions count with either type; else they are
	// for type 2 alone.
	BothOrders bool

	Origin     string // the header, where a browser sent one
	Referer    string
	RemoteAddr string // the client's address: limits of public keys go by it

	// List makes the FindMe of a click that brings its own instead of naming one;
	// nil = FindMeID counts. It is asked with the account that clicks, once that is
	// known. notes are kept on the call. The FindMe's id means nothing.
	List func(*clickbridge.Account) (f *clickbridge.FindMe, notes []string, err error)
	// ShowDialled says that it may show one of the two numbers it dials, where the
	// account may.
	ShowDialled bool
	Listed      string // what the client wrote of it, for the record of a refusal
}

// Limits of what is kept of a click, in characters.
const (
	maxPage = 255
	maxRef  = 32
	maxEcho = 64 // of a value shown in an answer or a refusal
)

func invalid(name, why string) error {
	return &clickbridge.Error{Code: clickbridge.EINVALID, Message: "Invalid " + name + ": " + why}
}

func missing(name string) error {
	return &clickbridge.Error{Code: clickbridge.EINVALID, Message: "Missing parameter: " + name}
}

func denied(why string) error {
	return &clickbridge.Error{Code: clickbridge.EFORBIDDEN, Message: "Access denied: " + why}
}

// cut shortens s to n characters and reports whether it had to.
func cut(s string, n int) (string, bool) {
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s, false
	}
	return string([]rune(s)[:n]), true
}

// clean drops what no text should carry: bytes that are not UTF-8 and control
// characters.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}

// echo is a client's value as an answer or a refusal shows it.
func echo(s string) string {
	s, _ = cut(clean(s), maxEcho)
	return s
}

// unquote drops blanks and quotes that old clients put around plain values.
func unquote(s string) string { return strings.Trim(s, " \t\"'") }
