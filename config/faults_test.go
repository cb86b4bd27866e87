package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every fault is told with its place, what is wrong and what would be right.
func TestFaults(t *testing.T) {
	const c = "clickbridge.yaml:"
	for _, tt := range []struct{ text, want string }{
		// The document.
		{"http: [\n" + trunks, c + "1:7: sequence end token ']' not found"},
		{"store: a\nstore: b\n", c + `2:1: mapping key "store" already defined at [1:1]`},
		{trunks + "---\nhttp: {}\n", c + "5:1: a second document begins here; a file holds one"},
		{"- a\n", c + "1:1: is a list; settings belong here: http, store, secret_key, sip, media, trunks, mail, sms, recordings, trace, speech, audio, limits, webhooks, console"},
		{"", `clickbridge.yaml: trunks: at least one is needed; write for example trunks: [{name: main, uri: "sip:127.0.0.1:5070;transport=udp"}]`},
		{"trunks: []", c + `1:9: trunks: at least one is needed; write for example trunks: [{name: main, uri: "sip:127.0.0.1:5070;transport=udp"}]`},
		// Keys.
		{trunks + "htpt: {}\n", c + "4:1: htpt: unknown setting; did you mean http?"},
		{trunks + "http:\n  lisen: x\n", c + "5:3: http.lisen: unknown setting; did you mean listen?"},
		{trunks + "http: {zzzzzzzz: 1}\n", c + "4:8: http.zzzzzzzz: unknown setting; known here: listen, public_url, tls, trusted_proxies"},
		{trunks + "    usernam: x\n", c + "4:5: trunks[0].usernam: unknown setting; did you mean username?"},
		{trunks + "    srtp: true\n", c + "4:5: trunks[0].srtp: not supported by this version: media is plain RTP"},
		{trunks + "    transport: tls\n", c + "4:5: trunks[0].transport: is written in uri, as ;transport=udp or ;transport=tcp"},
		{trunks + "sip:\n  tls: {}\n", c + "5:3: sip.tls: not supported by this version: SIP is spoken over udp and tcp"},
		{trunks + "x: &x {listen: a}\nhttp:\n  <<: *x\n", c + "4:1: x: unknown setting; known here: http, store, secret_key, sip, media, trunks, mail, sms, recordings, trace, speech, audio, limits, webhooks, console\n" +
			c + "6:3: http: merge keys (<<) are not supported; write the settings out"},
		{trunks + "store: *nowhere\n", c + "4:8: store: no anchor &nowhere stands before this alias"},
		{trunks + "store: !!str x\n", c + "4:8: store: tags are not supported; write the value without one"},
		// Shapes.
		{trunks + "http: 8080\n", c + "4:7: http: is a single value; settings belong here: listen, public_url, tls, trusted_proxies"},
		{trunks + "store: {a: b}\n", c + "4:8: store: is a group of settings; a single value belongs here"},
		{trunks + "store:\n  - x\n", c + "5:3: store: is a list; a single value belongs here"},
		{trunks + "sip: {listen: udp:127.0.0.1:5060}\n", c + "4:15: sip.listen: is a single value; a list belongs here: write [ … ] or lines that begin with a dash"},
		{trunks + "http:\n  trusted_proxies:\n    -\n", c + "6:7: http.trusted_proxies[0]: is empty; write a value or remove the line"},
		// Values.
		{trunks + "media:\n  ports: 3000-2000\n", c + `5:10: media.ports: "3000-2000" is not a range low-high of ports; write for example 20000-29999`},
		{trunks + "media: {ports: 80-100}\n", c + `4:16: media.ports: "80-100" is not within 1024-65535; write for example 20000-29999`},
		{trunks + "media: {ports: 20001-20100}\n", c + `4:16: media.ports: "20001-20100" begins with an odd port, RTP needs an even one; write 20002-20100`},
		{trunks + "media: {ports: 20000-20001}\n", c + `4:16: media.ports: "20000-20001" is too small: one call needs four ports; write for example 20000-29999`},
		{trunks + "media: {address: localhost}\n", c + `4:18: media.address: "localhost" is not an IP address; write for example 192.0.2.10`},
		{trunks + "media: {address: 0.0.0.0}\n", c + `4:18: media.address: "0.0.0.0" cannot be told to a phone; write this machine's address, or set sip.public_address`},
		{trunks + "sip: {listen: ['tls:127.0.0.1:5061']}\n", c + `4:16: sip.listen[0]: "tls:127.0.0.1:5061" asks for tls, which this version does not support; use udp or tcp`},
		{trunks + "sip: {listen: ['127.0.0.1:5060']}\n", c + `4:16: sip.listen[0]: "127.0.0.1:5060" is not transport:address:port; write for example udp:127.0.0.1:5060`},
		{trunks + "sip: {listen: ['udp:localhost:5060']}\n", c + `4:16: sip.listen[0]: "udp:localhost:5060" has no IP address; a name cannot be listened on, write an address of this machine`},
		{trunks + "sip: {listen: ['udp:127.0.0.1']}\n", c + `4:16: sip.listen[0]: "udp:127.0.0.1" has no port; write for example udp:127.0.0.1:5060`},
		{trunks + "sip: {listen: ['udp:127.0.0.1:99999']}\n", c + `4:16: sip.listen[0]: "udp:127.0.0.1:99999" has a port that is not 0 to 65535`},
		{trunks + "sip: {listen: ['udp:127.0.0.1:5', 'udp:127.0.0.1:5']}\n", c + `4:35: sip.listen[1]: "udp:127.0.0.1:5" is listed twice`},
		{trunks + "sip: {listen: ['udp:127.0.0.1:20100']}\n", c + `4:16: sip.listen[0]: "udp:127.0.0.1:20100" lies within media.ports 20000-29999; move one of them`},
		{trunks + "sip: {listen: []}\n", c + `4:15: sip.listen: at least one is needed; write for example [udp:127.0.0.1:5060]`},
		{trunks + "sip: {public_address: '192.0.2.1:5060'}\n", c + `4:23: sip.public_address: "192.0.2.1:5060" is not an IP address or a host name (no port, no scheme); write for example 192.0.2.10`},
		{trunks + "store: mysql://x\n", c + `4:8: store: the value is not a store; write for example sqlite:clickbridge.db or postgres://user@host/db`},
		{trunks + "store: 'sqlite:'\n", c + `4:8: store: the value names no file; write for example sqlite:clickbridge.db`},
		{trunks + "store: postgres://u:hush@h\n", c + `4:8: store: the value names no database; write for example postgres://user@host/db`},
		{trunks + "store: 'postgres://u:hu%zzsh@h/d'\n", c + `4:8: store: the value is not a URL; write for example postgres://user@host/db, with special characters of a password percent-encoded`},
		{trunks + "limits: {ring_timeout: 30}\n", c + `4:24: limits.ring_timeout: "30" has no unit; write for example 30s or 30m`},
		{trunks + "limits: {ring_timeout: soon}\n", c + `4:24: limits.ring_timeout: "soon" is not a length of time; write for example 30s, 15m, 4h or 1h30m`},
		{trunks + "limits: {ring_timeout: 10ms}\n", c + `4:24: limits.ring_timeout: 10ms is not within 1s to 5m`},
		{trunks + "limits: {drain_timeout: 25h}\n", c + `4:25: limits.drain_timeout: 25h is not within 0s to 24h`},
		{trunks + "limits: {visitor_clicks: -1}\n", c + `4:26: limits.visitor_clicks: -1 is not within 0 to 100000 (0 = no limit)`},
		{trunks + "limits: {max_call_duration: 0s}\n", c + `4:29: limits.max_call_duration: 0s is not within 1s to 24h`},
		{trunks + "webhooks: {allow_private_targets: yes}\n", c + `4:35: webhooks.allow_private_targets: "yes" is not true or false`},
		{trunks + "http: {listen: 8080}\n", c + `4:16: http.listen: "8080" is not host:port; write for example 127.0.0.1:8080`},
		{trunks + "http: {listen: 'localhost:http'}\n", c + `4:16: http.listen: "localhost:http" has a port that is not 0 to 65535`},
		{trunks + "http: {public_url: calls.example.com}\n", c + `4:20: http.public_url: "calls.example.com" is not an http or https URL; write for example https://calls.example.com`},
		{trunks + "http: {public_url: 'https://a.example/ibp_api.php'}\n", c + `4:20: http.public_url: "https://a.example/ibp_api.php" has more than scheme, host and port; write https://a.example`},
		{trunks + "http: {trusted_proxies: [10.0.0.1/8]}\n", c + `4:26: http.trusted_proxies[0]: "10.0.0.1/8" has bits beyond its length; write 10.0.0.0/8`},
		{trunks + "http: {trusted_proxies: [proxy]}\n", c + `4:26: http.trusted_proxies[0]: "proxy" is not an address or a network; write for example 10.0.0.0/8`},
		// Combinations.
		{trunks + "http: {tls: {listen: ':8443', cert: c}}\n", c + `4:13: http.tls.key: is needed with http.tls; name the private key's PEM file`},
		{trunks + "http: {tls: {listen: ':8443', key: k}}\n", c + `4:13: http.tls.cert: is needed with http.tls; name the certificate's PEM file`},
		{trunks + "http: {tls: {cert: c, key: k}}\n", c + `4:13: http.tls.listen: is needed with http.tls; write for example 0.0.0.0:8443`},
		{trunks + "mail: {smtp: 'smtp://localhost'}\n", c + `4:7: mail.from: is needed with mail.smtp; write for example ClickBridge <no-reply@example.com>`},
		{trunks + "mail: {from: nobody}\n", c + `4:14: mail.from: "nobody" is not a mail address; write for example ClickBridge <no-reply@example.com>`},
		{trunks + "mail: {from: a@b.c, smtp: 'http://u:hush@h'}\n", c + `4:27: mail.smtp: the value does not begin with smtp:// or smtps://; write for example smtp://user:secret@localhost:587`},
		{trunks + "mail: {from: a@b.c, smtp: 'smtp://u@h'}\n", c + `4:27: mail.smtp: the value has half of the credentials; both user and password are needed; write for example smtp://user:secret@localhost:587`},
		{trunks + "mail: {from: a@b.c, smtp: 'smtp://u:hu@sh@h:1x'}\n", c + `4:27: mail.smtp: the value is not a URL; special characters of a password are written percent-encoded, @ as %40; write for example smtp://user:secret@localhost:587`},
		{trunks + "mail: {from: a@b.c, smtp: 'smtp://h/x'}\n", c + `4:27: mail.smtp: the value has something after the port; write for example smtp://user:secret@localhost:587`},
		{trunks + "mail: {from: a@b.c, smtp: 'smtp://h:0'}\n", c + `4:27: mail.smtp: the value has a port that is not 1 to 65535; write for example smtp://user:secret@localhost:587`},
		{trunks + "sms: {provider: pigeon}\n", c + `4:17: sms.provider: "pigeon" is not one of twilio, http, log`},
		{trunks + "sms: {provider: http}\n", c + `4:6: sms.url: is needed with sms.provider http; write for example https://api.example.com`},
		{trunks + "sms: {provider: http, url: 'https://u:hush@a'}\n", c + `4:28: sms.url: is not an http or https URL without credentials; those are written as username and password`},
		// Trunks.
		{"trunks: [{uri: 'sip:h'}]", c + "1:10: trunks[0]: name is needed; write for example name: main"},
		{"trunks: [{name: a}]", c + "1:10: trunks[0]: uri is needed; write for example uri: sip:127.0.0.1:5070;transport=udp"},
		{"trunks: [{name: a b, uri: 'sip:h'}]", c + `1:17: trunks[0].name: "a b" is not a name of up to 64 letters, digits, - _ .`},
		{"trunks: [{name: a, uri: 'sip:h'}, {name: a, uri: 'sip:h'}]", c + `1:42: trunks[1].name: "a" is the name of two trunks`},
		{trunks + "    register: true\n", c + "4:15: trunks[0].register: needs username and password"},
		{trunks + "    password: hush\n", c + "4:15: trunks[0].password: needs username"},
		{trunks + "    max_calls: -1\n", c + "4:16: trunks[0].max_calls: -1 is not within 0 to 100000 (0 = no limit)"},
		{trunks + "    max_calls: few\n", c + `4:16: trunks[0].max_calls: "few" is not a whole number; write for example 30`},
		{trunks + "    calls_per_second: -0.5\n", c + "4:23: trunks[0].calls_per_second: -0.5 is not within 0 to 1000 (0 = no limit)"},
		{trunks + "    calls_per_second: .inf\n", c + `4:23: trunks[0].calls_per_second: ".inf" is not a number; write for example 2.5`},
		{trunks + "    number_format: E164\n", c + `4:20: trunks[0].number_format: "E164" is not one of national, e164, digits`},
	} {
		t.Run(tt.text, func(t *testing.T) {
			_, err := load(tt.text)
			if err == nil {
				t.Fatalf("no error; want\n%s", tt.want)
			}
			if d := cmp.Diff(tt.want, err.Error()); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
			if strings.Contains(err.Error(), "hush") {
				t.Error("a secret is told")
			}
		})
	}
}

func TestTrunkURIFaults(t *testing.T) {
	for in, want := range map[string]string{
		"sips:h":                    "asks for sips (TLS), which this version does not support",
		"sip:h;transport=tls":       "asks for transport=tls, which this version does not support",
		"sip:h;transport=ws":        "asks for transport=ws, which this version does not support",
		"sip:h;transport=pigeon":    "has an unknown transport",
		"sip:h;lr":                  "has a parameter other than transport",
		"sip:user@h":                "has a user part",
		"sip:_sip._udp.example.com": "names a SRV record, which this version does not look up",
		"sip:":                      "has no host",
		"sip:h:0":                   "has a port that is not 1 to 65535",
		"sip:h:x":                   "has a port that is not 1 to 65535",
		"sip:[::1":                  "has an address with [ and no ]",
		"sip:[h]":                   "has no IPv6 address between [ and ]",
		"sip:[::1]5060":             "has a port that is not 1 to 65535",
		"sip:::1":                   "has an IPv6 address without brackets",
		"sip:-h":                    "neither a name nor an IP address",
		"sip:1.2.3":                 "neither a name nor an IP address",
		"sip:a..b":                  "neither a name nor an IP address",
		"sip:0.0.0.0":               "names no single machine",
		"sip:h?x=y":                 "is not a SIP address",
		"h:5060":                    "is not a SIP address",
		"":                          "is not a SIP address",
	} {
		t.Run(in, func(t *testing.T) {
			if u, err := ParseTrunkURI(in); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, %v; want %q", u, err, want)
			}
		})
	}
}

func TestTrunkURI(t *testing.T) {
	for in, want := range map[string]TrunkURI{
		"sip:127.0.0.1:5070;transport=udp":  {"127.0.0.1", 5070, "udp"},
		"SIP:Carrier.example;Transport=TCP": {"Carrier.example", 5060, "tcp"},
		"sip:[2001:db8::1]:5080":            {"2001:db8::1", 5080, "udp"},
		"sip:[::1]":                         {"::1", 5060, "udp"},
		"sip:host.":                         {"host.", 5060, "udp"},
	} {
		u, err := ParseTrunkURI(in)
		if err != nil || u != want {
			t.Errorf("%s: got %+v, %v", in, u, err)
			continue
		}
		if again, err := ParseTrunkURI(u.String()); err != nil || again != u {
			t.Errorf("%s is written as %s, which reads as %+v, %v", in, u, again, err)
		}
	}
}

// All faults of a file are told at once, in reading order.
func TestFaultsTogether(t *testing.T) {
	_, err := load("trunks:\n  - {uri: 'sips:x', register: maybe}\nhttp:\n  lisen: x\nmedia: {ports: many}\n",
		"CLICKBRIDGE_LIMITS_RING_TIMEOUT=9")
	want := strings.Join([]string{
		`clickbridge.yaml:2:11: trunks[0].uri: "sips:x" asks for sips (TLS), which this version does not support; write sip: instead`,
		`clickbridge.yaml:2:31: trunks[0].register: "maybe" is not true or false`,
		`clickbridge.yaml:4:3: http.lisen: unknown setting; did you mean listen?`,
		`clickbridge.yaml:5:16: media.ports: "many" is not a range low-high of ports; write for example 20000-29999`,
		`environment CLICKBRIDGE_LIMITS_RING_TIMEOUT: limits.ring_timeout: "9" has no unit; write for example 9s or 9m`,
	}, "\n")
	if err == nil || cmp.Diff(want, err.Error()) != "" {
		t.Errorf("-want +got\n%s", cmp.Diff(want, err.Error()))
	}
}

func FuzzConfig(f *testing.F) {
	f.Add(whole)
	f.Add(trunks)
	f.Add("{\"http\": {\"listen\": [1, 2]}}")
	f.Add("a: &a [*a, *a]\nhttp: *a\n")
	f.Add("trunks: [{name: file:/etc/hostname}]")
	f.Add("? {a: b}\n: c\n")
	f.Add("http: |\n  x\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := load(text)
		if (c == nil) == (err == nil) {
			t.Fatalf("got %v and %v", c, err)
		}
		if err != nil && err.Error() == "" {
			t.Error("an error without text")
		}
		if err == nil && c.Validate() != nil {
			t.Errorf("loaded but not valid: %v", c.Validate())
		}
	})
}
