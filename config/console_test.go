package config

import (
	"strings"
	"testing"
	"time"
)

func TestConsole(t *testing.T) {
	c, err := load(trunks + `console: {session: 8h, idle: 30m, audit_keep: 0, oidc: {issuer: "https://id.example.com/x", client_id: cb, client_secret: s, allowed_domains: [example.com, a.example.org], account: Example, role: supervisor}}`)
	if err != nil {
		t.Fatal(err)
	}
	if n := c.Console; !n.Enabled || n.Session != 8*time.Hour || n.Idle != 30*time.Minute || n.AuditKeep != 0 || n.OIDC.Role != "supervisor" || len(n.OIDC.AllowedDomains) != 2 {
		t.Errorf("%+v", n)
	}
	for text, want := range map[string]string{
		`session: 1m`:                                            "console.session: 1m is not within 5m to 720h",
		`{session: 10m, idle: 11m}`:                              "console.idle: 11m is not within 1m to 10m",
		`audit_keep: 1h`:                                         "console.audit_keep: 1h is not 0 (for ever) or within 1d to 3650d",
		`oidc: {role: root}`:                                     `console.oidc.role: "root" is not one of`,
		`oidc: {client_id: x}`:                                   "console.oidc.issuer: is needed with client_id",
		`oidc: {issuer: "https://id.example"}`:                   "console.oidc.client_id: is needed",
		`oidc: {issuer: "http://id.example", client_id: x}`:      "console.oidc.issuer: is not an https URL",
		`oidc: {issuer: "https://u:p@id.example", client_id: x}`: "console.oidc.issuer: is not an https URL",
		`oidc: {issuer: "http://127.0.0.1:1", client_id: x}`:     "",
		`oidc: {allowed_domains: ["@example.com"]}`:              `console.oidc.allowed_domains: "@example.com" is not a domain`,
		`oidc: {allowed_domains: ["com"]}`:                       `"com" is not a domain`,
	} {
		if !strings.HasPrefix(text, "{") {
			text = "{" + text + "}"
		}
		if _, err := load(trunks + "console: " + text + "\n"); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
