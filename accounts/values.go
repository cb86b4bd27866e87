package accounts

import (
	"fmt"
	"net/mail"
	"net/url"
	"strings"
	"time"
	"unicode"

	"clickbridge"
)

func (r *reader) home(at string, country *string) string {
	if country == nil {
		return "US"
	}
	c := strings.ToUpper(*country)
	if !knownCountry(c) {
		r.fault(at+".country", "%q is not a country; write its two letters, for example US", *country)
		return "US"
	}
	return c
}

func knownCountry(c string) bool { return len(c) == 2 && clickbridge.KnownCountry(c) }

func (r *reader) countries(at string, list *[]string) *[]string {
	if list == nil {
		return nil
	}
	out := make([]string, len(*list))
	for i, c := range *list {
		out[i] = strings.ToUpper(c)
		if !knownCountry(out[i]) {
			r.fault(fmt.Sprintf("%s[%d]", at, i), "%q is not a country; write its two letters, for example CA", c)
		}
	}
	return &out
}

func (r *reader) zone(at string, name *string) *string {
	if name == nil {
		return nil
	}
	// "" and "Local" load as well, but mean another place on every machine.
	if _, err := time.LoadLocation(*name); err != nil || *name == "" || *name == "Local" {
		r.fault(at, "%q is not a time zone; write for example America/Chicago or UTC", *name)
	}
	return name
}

func (r *reader) number(at, raw string) clickbridge.Number {
	if raw == "" {
		r.fault(at, "a number is needed; write for example \"5558688950\" or \"+15558688950\"")
		return ""
	}
	n, err := clickbridge.ParseNumber(raw, r.country)
	if err != nil {
		r.fault(at, "%v; write for example \"5558688950\" or \"+15558688950\"", err)
	}
	return n
}

func (r *reader) numberList(at string, list *[]string) *[]clickbridge.Number {
	if list == nil {
		return nil
	}
	out := make([]clickbridge.Number, len(*list))
	for i, s := range *list {
		out[i] = r.number(fmt.Sprintf("%s[%d]", at, i), s)
	}
	return &out
}

func (r *reader) emails(at string, list *[]string) *[]string {
	if list == nil {
		return nil
	}
	for i, s := range *list {
		r.email(fmt.Sprintf("%s[%d]", at, i), s)
	}
	return list
}

func (r *reader) email(at, s string) {
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s || strings.ContainsFunc(s, unicode.IsControl) {
		r.fault(at, "%q is not a mail address; write for example sales@example.com", s)
	}
}

func (r *reader) urls(at string, list *[]string) *[]string {
	if list == nil {
		return nil
	}
	for i, s := range *list {
		u, err := url.Parse(s)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			r.fault(fmt.Sprintf("%s[%d]", at, i), "%q is not an http or https URL; write for example https://www.example.com/no_answer", s)
		}
	}
	return list
}

// origin reads what a browser sends as Origin: scheme, host and port, in small
// letters (RFC 6454 6.2).
func (r *reader) origin(at, s string) string {
	u, err := url.Parse(strings.ToLower(s))
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || strings.Contains(u.Host, "*"):
		r.fault(at, "%q is not an origin; write for example https://www.example.com", s)
		return ""
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		r.fault(at, "%q is a page, not an origin; write %s://%s", s, u.Scheme, u.Host)
		return ""
	}
	host := u.Host
	if port := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]; strings.HasSuffix(host, port) {
		host = strings.TrimSuffix(host, port) // browsers leave a scheme's own port out
	}
	return u.Scheme + "://" + host
}
