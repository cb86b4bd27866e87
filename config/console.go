package config

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// Console is who may use the server in person.
type Console struct {
	Enabled   bool          `yaml:"enabled" range:"true or false" doc:"Whether people can sign in. clickbridge users makes them."`
	Session   time.Duration `yaml:"session" range:"5m to 720h" doc:"How long a sign-in lasts, however busy."`
	Idle      time.Duration `yaml:"idle" range:"1m to 720h, session at most" doc:"A sign-in ends when nobody has used it for so long."`
	AuditKeep Days          `yaml:"audit_keep" range:"0 (for ever) or 1d to 3650d" doc:"How long the audit log remembers who did what."`
	OIDC      OIDC          `yaml:"oidc"`
}

// OIDC is a provider that knows people. Its issuer says whether there is one.
type OIDC struct {
	Issuer         string   `yaml:"issuer" range:"https URL" doc:"An OpenID Connect provider people may sign in with beside passwords. Its redirect address is http.public_url followed by /v1/session/oidc/callback. Empty: none."`
	ClientID       string   `yaml:"client_id" range:"text" doc:"This server's name there; needed with issuer."`
	ClientSecret   Secret   `yaml:"client_secret" secret:"true" range:"text" doc:"Its secret there; empty for a public client."`
	AllowedDomains []string `yaml:"allowed_domains" range:"domains of e-mails (example.com)" doc:"Whoever the provider has verified an e-mail of these for becomes a user by signing in. Users made before may come from any domain. None: nobody becomes a user by themselves."`
	Account        string   `yaml:"account" range:"an account's name" doc:"The account they have a role in. Empty: the only one there is."`
	Role           string   `yaml:"role" range:"owner, admin, supervisor or read_only" doc:"That role."`
}

func (c *Config) checkConsole(k *checker) {
	n := c.Console
	between(k, "console.session", n.Session, 5*time.Minute, 720*time.Hour)
	between(k, "console.idle", n.Idle, time.Minute, max(time.Minute, n.Session))
	keep := time.Duration(n.AuditKeep)
	k.need(keep == 0 || keep >= day && keep <= 3650*day, "console.audit_keep", "%s is not 0 (for ever) or within 1d to 3650d", n.AuditKeep)
	o := n.OIDC
	k.need(slices.Contains([]string{"owner", "admin", "supervisor", "read_only"}, o.Role),
		"console.oidc.role", "%q is not one of owner, admin, supervisor, read_only", o.Role)
	for _, d := range o.AllowedDomains {
		if checkHost(d) != nil || !strings.Contains(d, ".") {
			k.add("console.oidc.allowed_domains", "%q is not a domain; write for example example.com", d)
		}
	}
	if o.Issuer == "" {
		k.need(o.ClientID == "" && o.ClientSecret == "", "console.oidc.issuer", "is needed with client_id; write for example https://id.example.com")
		return
	}
	u, err := url.Parse(o.Issuer)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && (u.Scheme != "http" || !loopbackHost(u.Hostname())) {
		k.add("console.oidc.issuer", "is not an https URL without credentials; write for example https://id.example.com")
	}
	k.need(o.ClientID != "", "console.oidc.client_id", "is needed with console.oidc.issuer")
}
