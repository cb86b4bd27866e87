package config

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// contract lists every key of the operator's contract with its default.
func contract() map[string]string {
	return map[string]string{
		"http.listen": "127.0.0.1:8080", "http.public_url": "(empty)",
		"http.tls.listen": "(empty)", "http.tls.cert": "(empty)", "http.tls.key": "(empty)",
		"http.trusted_proxies": "[]", "store": "sqlite:clickbridge.db", "secret_key": "(empty)",
		"sip.listen": "[udp:127.0.0.1:5060]", "sip.public_address": "(empty)",
		"media.address": "127.0.0.1", "media.ports": "20000-29999",
		"trunks[].name": "(empty)", "trunks[].uri": "(empty)", "trunks[].username": "(empty)",
		"trunks[].password": "(empty)", "trunks[].register": "false", "trunks[].number_format": "national",
		"trunks[].max_calls": "0", "trunks[].calls_per_second": "0",
		"mail.smtp": "(empty)", "mail.from": "(empty)",
		"sms.provider": "(empty)", "sms.url": "(empty)", "sms.username": "(empty)", "sms.password": "(empty)",
		"recordings.folder": "recordings", "recordings.keep": "90d", "recordings.min_free": "500MB",
		"recordings.s3.endpoint": "(empty)", "recordings.s3.region": "(empty)", "recordings.s3.bucket": "(empty)",
		"recordings.s3.access_key": "(empty)", "recordings.s3.secret_key": "(empty)", "recordings.s3.prefix": "(empty)",
		"recordings.s3.path_style": "false",
		"trace.folder":             "sip-trace", "trace.keep": "3d", "trace.max_size": "1GB",
		"speech.engine": "auto", "speech.url": "(empty)", "speech.header": "(empty)", "speech.voice": "(empty)",
		"speech.cache": "speech-cache", "speech.cache_size": "200MB",
		"audio.max_size": "10MB", "audio.max_length": "10m",
		"limits.drain_timeout": "30m", "limits.ring_timeout": "30s", "limits.max_call_duration": "4h",
		"limits.visitor_clicks": "10", "limits.number_clicks": "4",
		"webhooks.allow_private_targets": "false", "webhooks.signing_secret": "(empty)",
		"console.enabled": "true", "console.session": "12h", "console.idle": "1h", "console.audit_keep": "400d",
		"console.oidc.issuer": "(empty)", "console.oidc.client_id": "(empty)", "console.oidc.client_secret": "(empty)",
		"console.oidc.allowed_domains": "[]", "console.oidc.account": "(empty)", "console.oidc.role": "read_only",
	}
}

func TestDescribeNamesEverySetting(t *testing.T) {
	var out bytes.Buffer
	if err := Describe(&out); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for line := range strings.Lines(out.String()) {
		if name, def, ok := strings.Cut(strings.TrimSpace(line), "  default "); ok {
			got[strings.TrimSpace(name)] = def
		}
		if n := len([]rune(strings.TrimRight(line, "\n"))); n > 120 {
			t.Errorf("line of %d characters: %s", n, line)
		}
	}
	if d := cmp.Diff(contract(), got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

// Every field that a file can set is described with a range, or is a group of
// such fields: none is forgotten.
func TestEveryFieldIsDescribed(t *testing.T) {
	settings := leaves(reflect.ValueOf(Default()).Elem(), "", false)
	if len(settings) != len(contract()) {
		t.Errorf("%d settings, want %d", len(settings), len(contract()))
	}
	for _, s := range settings {
		if s.tag.Get("range") == "" || !strings.HasSuffix(s.tag.Get("doc"), ".") {
			t.Errorf("%s: no range, or no sentence that says what it is", s.path)
		}
	}
}
