package dialog

import (
	"strings"
	"sync"

	"github.com/icholy/digest"
)

// maxRounds bounds how often one request is sent: bare, answered, and answered
// again when a nonce was stale or a second realm asked.
const maxRounds = 4

// auth answers digest challenges (RFC 3261 22, RFC 8760) and remembers them,
// so that later requests of the dialog need not be asked again.
type auth struct {
	username, password string

	mu    sync.Mutex
	asked []challenge
}

// challenge is one realm's, with how often its nonce was used.
type challenge struct {
	header string // of the answer
	digest.Challenge
	count int
}

// accept takes the challenges of a 401 or 407. It returns false when
// answering them would not help: no credentials, nothing we can compute, or the
// credentials were just refused. answered says that this very request was
// already sent with an answer to a challenge it had met.
func (d *auth) accept(res *message, answered bool) bool {
	if d.username == "" {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	asking, answering := "www-authenticate", "Authorization"
	if res.status == 407 {
		asking, answering = "proxy-authenticate", "Proxy-Authorization"
	}
	met, useful := make(map[string]bool), false
	for v, rest, ok := field(res.head, asking); ok; v, rest, ok = field(rest, asking) {
		for _, text := range splitChallenges(v) {
			c, err := digest.ParseChallenge(text)
			if err != nil || !computable(c) || met[c.Realm] {
				continue // the first of a realm's we can do: the carrier prefers it (RFC 8760 2.4)
			}
			met[c.Realm] = true
			if d.learn(challenge{header: answering, Challenge: *c}) || !answered || c.Stale {
				useful = true
			}
		}
	}
	return useful
}

// learn keeps a challenge and reports whether its realm is new. d.mu is held.
func (d *auth) learn(c challenge) bool {
	for i := range d.asked {
		if d.asked[i].header == c.header && d.asked[i].Realm == c.Realm {
			d.asked[i] = c
			return false
		}
	}
	d.asked = append(d.asked, c)
	return true
}

func computable(c *digest.Challenge) bool {
	for i := range c.QOP {
		c.QOP[i] = strings.TrimSpace(c.QOP[i])
	}
	return digest.CanDigest(c) && (len(c.QOP) == 0 || c.SupportsQOP("auth"))
}

// headers answers every challenge met so far for one request, in whole lines.
func (d *auth) headers(method, uri string) []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.asked) == 0 {
		return nil
	}
	var lines []string
	for i := range d.asked {
		c := &d.asked[i]
		c.count++
		cred, err := digest.Digest(&c.Challenge, digest.Options{
			Method: method, URI: uri, Count: c.count,
			Username: d.username, Password: d.password,
		})
		if err != nil {
			continue
		}
		lines = append(lines, c.header+": "+cred.String())
	}
	return lines
}

// splitChallenges separates what a carrier joined with commas into one header
// (RFC 9110 11.6.1): a new challenge begins where, outside quotes, a comma is
// followed by a scheme, that is by a word and a space before any "=".
func splitChallenges(v string) []string {
	var out []string
	start, quoted := 0, false
	for i := 0; i < len(v); i++ {
		switch {
		case quoted && v[i] == '\\':
			i++
		case v[i] == '"':
			quoted = !quoted
		case v[i] == ',' && !quoted && digest.IsDigest(strings.TrimLeft(v[i+1:], " \t")):
			out = append(out, strings.TrimSpace(v[start:i]))
			start = i + 1
		}
	}
	return append(out, strings.TrimSpace(v[start:]))
}
