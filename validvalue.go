package clickbridge

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// under places a fault below a setting.
func under(setting string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s.%w", setting, err)
}

func validRange(what string, n, low, high int, unit string) error {
	if n >= low && n <= high {
		return nil
	}
	return fmt.Errorf("%s %d: must be %s", what, n, strings.TrimSpace(fmt.Sprintf("%d to %d %s", low, high, unit)))
}

func validSeconds(what string, d, low, high time.Duration) error {
	if d >= low && d <= high {
		return nil
	}
	return fmt.Errorf("%s %g: must be %d to %d seconds", what, d.Seconds(), low/time.Second, high/time.Second)
}

func validRing(what string, d time.Duration) error {
	return validSeconds(what, d, MinRingTime, MaxRingTime)
}

// validOptional is for what has a default, which 0 stands for.
func validOptional(what string, d, low, high time.Duration) error {
	if d == 0 {
		return nil
	}
	return validSeconds(what, d, low, high)
}

func validWord[T comparable](what string, value T, words []word[T]) error {
	var texts []string
	for _, w := range words {
		if w.value == value {
			return nil
		}
		texts = append(texts, w.text)
	}
	return fmt.Errorf("%s %v: must be one of %s", what, value, strings.Join(texts, ", "))
}

// validNumber holds a number to its E.164 shape: whoever stored it has parsed it.
func validNumber(what string, n Number) error {
	d := n.Digits()
	if len(n) == len(d)+1 && len(d) >= 5 && len(d) <= 15 && strings.Trim(d, "0123456789") == "" {
		return nil
	}
	return fmt.Errorf("%s %q: must be in E.164 form as +15558688950", what, n)
}

// validName is for one line, as people and files are named.
func validName(what, s string) error {
	if len(s) <= MaxName && utf8.ValidString(s) && strings.TrimSpace(s) == s && !strings.ContainsFunc(s, unicode.IsControl) {
		return nil
	}
	return fmt.Errorf("%s %q: must be one line of up to %d bytes, without spaces around it", what, s, MaxName)
}

func validText(what, s string) error {
	n := utf8.RuneCountInString(s)
	switch {
	case n > MaxText:
		return fmt.Errorf("%s of %d characters: must have up to %d", what, n, MaxText)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		return fmt.Errorf("%s %q: must be without characters that cannot be spoken", what, s)
	}
	return nil
}

// validKeys is for an extension.
func validKeys(s string) error {
	if len(s) <= MaxExtension && strings.Trim(s, "0123456789*#ABCD,") == "" {
		return nil
	}
	return fmt.Errorf("extension %q: must be up to %d keys of 0-9 * # A-D, with a comma for half a second", s, MaxExtension)
}

// validPlaceholders refuses what would be read out as it stands.
func validPlaceholders(text string) error {
	for _, part := range strings.Split(text, "{")[1:] {
		word, _, closed := strings.Cut(part, "}")
		switch {
		case closed && (word == "name" || word == "number" || word == "ref" || word == "page"):
		default:
			return fmt.Errorf("text %q: must have no braces but {name}, {number}, {ref} and {page}", text)
		}
	}
	return nil
}

// isLanguage goes by the shape of a tag (RFC 5646 2.1): two or three letters,
// then parts of up to eight letters and digits. "" is one.
func isLanguage(tag string) bool {
	for i, part := range strings.Split(tag, "-") {
		letters := strings.Trim(strings.ToLower(part), "abcdefghijklmnopqrstuvwxyz")
		switch {
		case i == 0 && (letters != "" || len(part) < 2 || len(part) > 3):
			return tag == ""
		case strings.Trim(letters, "0123456789") != "" || part == "" || len(part) > 8:
			return false
		}
	}
	return true
}
