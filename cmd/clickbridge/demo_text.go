package main

import (
	"fmt"
	"net/url"
	"strings"
)

// welcome prints what was started and lines to paste.
func (d *demo) welcome() {
	d.live.say(`
ClickBridge demo. Everything is on this machine: no real telephone can ring.

  Open %s in a browser: a sample page, a button, and the call as it
  happens beside it. The console is at %s (%s, password %q).

  server    %-28s account "Example": access_key foo, secret_access_key bar
  carrier   %-28s simulated; the number called decides what happens
  notices   shown below as they are sent

One HTTP request phones one person and bridges them to whoever on a list presses 1.
Paste into another terminal; curl prints the answer when there is one:

  # The vendor's sample 1: the list first (type=2). Its one agent never answers, so after
  # 30 seconds the email, the text message and the XML go out, and curl gets its answer:
  # "Requeset Processed", in the vendor's spelling.
  curl -s '%s'; echo

  # The vendor's sample 2: the customer first (type=1). The customer hears hold music and,
  # as the one agent never answers, an apology.
  curl -s '%s'; echo

  # A hunt that succeeds: busy, declined, voicemail, then a person who presses 1.
  curl -s '%s'; echo

  # Nobody accepts, and the call goes on to another number (blind transfer).
  curl -s '%s'; echo

  # The report: one row per click (format=xml is the other form).
  curl -s '%s'

  # Nobody accepts: the customer leaves a message, which is mailed as an attachment.
  curl -s '%s'; echo

FindMes 98700 to 98719 play one scene each, 98801 to 98817 hunt in every way (all at once,
round robin, schedules …), 98820 to 98833 speak in every way, 98840 to 98843 end in every way;
clickbridge demo --lists shows them with their names. Ctrl-C ends the demo.
`,
		d.base()+"/demo-page", d.base()+"/", demoEmail, demoPassword,
		d.base(), fmt.Sprintf("sip:%s", d.sim.Addr()),
		d.clickURL("ibp_api.php", "type=2&findme_id=98765&phone_to_call=5551112222&page=LeadResponse.html"+
			"&first_callerid=9998887777&second_callerid=8887776666&no_answer_email=sales@example.com"+
			"&no_answer_sms=5554443333&no_answer_url="+d.web.URL()+"/no_answer_listener.php"),
		d.clickURL("click_to_xyz.php", "type=1&findme_id=98765&phone_to_call=5551112222&page=LeadResponse.html"+
			"&first_callerid=9998887777&second_callerid=8887776666"),
		d.clickURL("click_to_xyz.php", "type=1&findme_id=98800&phone_to_call=5551112222"),
		d.clickURL("ibp_api.php", "type=2&findme_id=98703&phone_to_call=5551112222&no_answer_phone=3125550100"),
		d.url("ibp_api.php", "report.clickto", "format=csv"),
		d.clickURL("click_to_xyz.php", "type=1&findme_id=98841&phone_to_call=6175550100"),
	)
}

// base is where the demo is.
func (d *demo) base() string { return "http://" + d.server.web.plain.String() }

// lists prints every FindMe.
func (d *demo) lists() {
	var b strings.Builder
	for _, f := range d.server.directory.Whole().FindMes {
		fmt.Fprintf(&b, "  %d  %s\n", f.ID, f.Name)
	}
	d.live.say("Put one of these for findme_id:\n\n%s", b.String())
}

func (d *demo) clickURL(path, params string) string {
	return d.url(path, "clickto.findme", params)
}

// url writes an address as the vendor's samples do, with nothing encoded.
func (d *demo) url(path, action, params string) string {
	u := url.URL{Scheme: "http", Host: d.server.web.plain.String(), Path: "/" + path}
	return fmt.Sprintf("%s?&action=%s&access_key=foo&secret_access_key=bar&%s", u.String(), action, params)
}

// quoted indents a text as part of a notice.
func quoted(text string) string {
	lines := strings.Split(strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n")
	for i, l := range lines {
		lines[i] = "           │ " + l
	}
	return strings.Join(lines, "\n") + "\n"
}
