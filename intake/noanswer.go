package intake

import (
	"net/mail"
	"net/url"
	"slices"
	"strings"

	"clickbridge"
)

// checkNoAnswer reads where a type 2 click wants to be told that nobody
// accepted. With type 1 it is ignored and noted.
func checkNoAnswer(who Access, c Click, call *clickbridge.Call) error {
	if call.Order != clickbridge.FindMeFirst && !c.BothOrders {
		for _, p := range []struct{ name, value string }{
			{"no_answer_email", c.NoAnswerEmail}, {"no_answer_sms", c.NoAnswerSMS},
			{"no_answer_url", c.NoAnswerURL}, {"no_answer_phone", c.NoAnswerPhone},
		} {
			if p.value != "" {
				call.Notes = append(call.Notes, p.name+" was ignored: it is for type 2 only")
			}
		}
		return nil
	}
	for _, step := range []func(Access, Click, *clickbridge.NoAnswer) error{noAnswerEmail, noAnswerSMS, noAnswerURL, noAnswerPhone} {
		if err := step(who, c, &call.NoAnswer); err != nil {
			return err
		}
	}
	return nil
}

// permit holds a public key to the account's no_answer_targets.
func permit(who Access, name string, listed bool) error {
	if who.Public() && !listed {
		return denied("this key may not set " + name + " to this value")
	}
	return nil
}

func noAnswerEmail(who Access, c Click, na *clickbridge.NoAnswer) error {
	s := unquote(c.NoAnswerEmail)
	if s == "" {
		return nil
	}
	if !plainAddress(s) {
		return invalid("no_answer_email", "not an e-mail address")
	}
	na.Email = s
	return permit(who, "no_answer_email", slices.ContainsFunc(who.Account.NoAnswerTargets.Emails,
		func(t string) bool { return strings.EqualFold(t, s) }))
}

// plainAddress accepts one bare address of printable ASCII (RFC 5321 4.1.2),
// nothing that could carry a second one or a header.
func plainAddress(s string) bool {
	for _, r := range s {
		if r <= ' ' || r > '~' || strings.ContainsRune(`<>()[],;:\"`, r) {
			return false
		}
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 {
		return false
	}
	local, domain, _ := strings.Cut(s, "@")
	for _, label := range strings.Split(domain, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
	}
	return len(local) <= 64
}

func noAnswerSMS(who Access, c Click, na *clickbridge.NoAnswer) (err error) {
	if c.NoAnswerSMS == "" {
		return nil
	}
	if na.SMS, err = dialable(who.Account, "no_answer_sms", c.NoAnswerSMS); err != nil {
		return err
	}
	if _, ok := who.Account.SMSNumber(); !ok {
		return invalid("no_answer_sms", "the account has no SMS-enabled number to send from")
	}
	return permit(who, "no_answer_sms", slices.Contains(who.Account.NoAnswerTargets.SMS, na.SMS))
}

func noAnswerURL(who Access, c Click, na *clickbridge.NoAnswer) error {
	s := unquote(clean(c.NoAnswerURL))
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Hostname() == "":
		return invalid("no_answer_url", "must be an http or https address with a host")
	case !strings.EqualFold(u.Scheme, "http") && !strings.EqualFold(u.Scheme, "https"):
		return invalid("no_answer_url", "must be an http or https address with a host")
	}
	na.URL = s
	return permit(who, "no_answer_url", slices.Contains(who.Account.NoAnswerTargets.URLs, s))
}

func noAnswerPhone(who Access, c Click, na *clickbridge.NoAnswer) (err error) {
	if c.NoAnswerPhone == "" {
		return nil
	}
	if na.Phone, err = dialable(who.Account, "no_answer_phone", c.NoAnswerPhone); err != nil {
		return err
	}
	return permit(who, "no_answer_phone", slices.Contains(who.Account.NoAnswerTargets.Phones, na.Phone))
}
