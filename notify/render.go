package notify

import (
	"encoding/xml"
	"strings"
	"time"

	"clickbridge"
)

// Render returns the notices a call owes because nobody on its list accepted:
// one of each kind the click asked for. attempts are the call's, in order; those
// that were not for the list are left out. Times and numbers are shown as the
// account's home country shows them.
func Render(call clickbridge.Call, attempts []clickbridge.Attempt, account *clickbridge.Account, now time.Time) []clickbridge.Notice {
	var out []clickbridge.Notice
	add := func(kind clickbridge.NoticeKind, n clickbridge.Notice) {
		n.ID, n.CallID, n.Kind = clickbridge.NewNoticeID(), call.ID, kind
		n.State, n.CreatedAt = clickbridge.NoticePending, now
		out = append(out, n)
	}
	list := onList(attempts)
	phone := call.Phone.Pretty(account.Country)
	if to := call.NoAnswer.Email; to != "" {
		add(clickbridge.NoticeEmail, clickbridge.Notice{
			To:      to,
			Subject: Title(call) + unsuccessful(phone),
			Body:    emailBody(phone, list, account.Country),
		})
	}
	if to := call.NoAnswer.SMS; to != "" {
		from, _ := account.SMSNumber() // none any more: delivery says so
		add(clickbridge.NoticeSMS, clickbridge.Notice{
			To: string(to), From: string(from),
			Body: oneMessage(Title(call), unsuccessful(phone)),
		})
	}
	if to := call.NoAnswer.URL; to != "" {
		add(clickbridge.NoticeURL, clickbridge.Notice{
			To:   to,
			Body: document(call.Phone.National(account.Country), list, account.Country),
		})
	}
	return out
}

func unsuccessful(phone string) string { return " unsuccessful for " + phone }

func onList(attempts []clickbridge.Attempt) []clickbridge.Attempt {
	var out []clickbridge.Attempt
	for _, a := range attempts {
		if a.Party == clickbridge.PartyFindMe {
			out = append(out, a)
		}
	}
	return out
}

// shown is an attempt's result in words. One that has no verdict when the hunt
// is over was cut short by a crash.
func shown(r clickbridge.AttemptResult) string {
	if r == clickbridge.AttemptDialing {
		r = clickbridge.AttemptInterrupted
	}
	return string(r)
}

func emailBody(phone string, list []clickbridge.Attempt, home string) string {
	lines := []string{
		"Attempts to connect an agent to " + phone + " were unsuccessful, with the following activity breakdown:",
		"",
	}
	for _, a := range list {
		lines = append(lines, a.Number.Pretty(home)+" "+shown(a.Result))
	}
	return strings.Join(lines, "\n")
}

// document is the XML of a URL notice. Fixed text, because the form is a
// contract: tabs, and no line end after the root.
func document(phone string, list []clickbridge.Attempt, home string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n<response>\n")
	b.WriteString("\t<phone_to_call>" + escape(phone) + "</phone_to_call>\n\t<attempts>\n")
	for _, a := range list {
		b.WriteString("\t\t<attempt>\n")
		b.WriteString("\t\t\t<called_number>" + escape(a.Number.National(home)) + "</called_number>\n")
		b.WriteString("\t\t\t<call_result>" + escape(shown(a.Result)) + "</call_result>\n")
		b.WriteString("\t\t</attempt>\n")
	}
	b.WriteString("\t</attempts>\n</response>")
	return b.String()
}

// escape makes text of any string; what XML 1.0 cannot carry becomes U+FFFD.
func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder cannot fail
	return b.String()
}
