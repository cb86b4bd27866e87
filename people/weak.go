package people

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lengths of a password in characters.
const (
	MinPassword = 12
	MaxPassword = 128
)

// leastOwn is how much of a password must be left without the user's own e-mail
// and name.
const leastOwn = 8

// common are the words most passwords are made of.
var common = []string{
	"abc", "access", "admin", "administrator", "aaaaaaaaaaaa", "baseball", "basketball", "batman", "changeme", "chocolate",
	"clickbridge", "computer", "correcthorsebatterystaple", "default", "dragon", "football", "freedom", "hello", "iloveyou",
	"jesus", "jordan", "killer", "letmein", "login", "lovely", "loveyou", "manager", "master", "michael", "monkey", "mustang", "myself",
	"operator", "pass", "passphrase", "password", "pokemon", "princess", "qazwsx", "qwerty", "root", "secret", "server", "shadow", "soccer", "starwars",
	"summer", "sunshine", "superman", "supervisor", "system", "telephone", "temporary", "test", "trustno", "user", "welcome", "whatever",
	"winter", "spring", "autumn", "zaq", "zxcvbn",
}

// runs are what fingers do without thinking.
var runs = []string{
	"01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz", "zyxwvutsrqponmlkjihgfedcba",
	"qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0",
}

// checkPassword says what is wrong with a password that user wants.
func checkPassword(password, email, name string) error {
	n := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		return invalid("Invalid password: it has characters that cannot be typed")
	case n < MinPassword || n > MaxPassword:
		return invalid(fmt.Sprintf("Invalid password: must have %d to %d characters", MinPassword, MaxPassword))
	case len(own(password, email, name)) < leastOwn:
		return invalid("Invalid password: it is little more than the user's own e-mail or name")
	case weak(password):
		return invalid("Invalid password: it is one of those that are tried first")
	}
	return nil
}

// own is a password without what everybody knows of its user.
func own(password, email, name string) string {
	s := strings.ToLower(password)
	local, domain, _ := strings.Cut(strings.ToLower(email), "@")
	words := append([]string{strings.ToLower(email), local, domain, strings.ToLower(name)}, strings.Fields(strings.ToLower(name))...)
	host, _, _ := strings.Cut(domain, ".")
	words = append(words, host)
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
	for _, w := range words {
		if len(w) >= 3 {
			s = strings.ReplaceAll(s, w, "")
		}
	}
	return s
}

// leet are the letters that signs stand for.
var leet = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i")

// weak reports whether a password is a common word with trimmings, something
// repeated, or a row of keys.
func weak(password string) bool {
	s := strings.ToLower(password)
	if repeated(s) {
		return true
	}
	for _, r := range runs {
		if strings.Contains(r+r, s) {
			return true
		}
	}
	for _, form := range []string{s, leet.Replace(s)} {
		if boring(strings.TrimFunc(form, func(r rune) bool { return !unicode.IsLetter(r) })) {
			return true
		}
	}
	return boring(strings.TrimFunc(leet.Replace(strings.TrimRight(s, "0123456789!.?")), func(r rune) bool { return !unicode.IsLetter(r) }))
}

// boring reports whether letters are nothing but common words.
func boring(s string) bool {
	for rest := s; rest != ""; {
		longest := 0
		for _, w := range common {
			if strings.HasPrefix(rest, w) {
				longest = max(longest, len(w))
			}
		}
		if longest == 0 {
			return false
		}
		rest = rest[longest:]
	}
	return true
}

// repeated reports whether s is one short piece over and over.
func repeated(s string) bool {
	for n := 1; n <= len(s)/2 && n <= 4; n++ {
		if strings.HasPrefix(strings.Repeat(s[:n], len(s)/n+1), s) {
			return true
		}
	}
	return false
}
