package wire

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// Verdict is what a digest check found.
type Verdict int

// The verdicts of Gate.Check.
const (
	Missing Verdict = iota // no credentials, not ours or not readable: challenge
	Stale                  // right form, but the nonce is too old: challenge again
	Wrong                  // known user, wrong digest
	Right
)

// Gate asks for digest credentials and checks them (RFC 3261 22, RFC 2617 and
// RFC 7616 with MD5 or SHA-256, qop auth or none).
type Gate struct {
	Realm string
	Key   []byte // signs nonces, so none has to be remembered
	// Password returns a user's password. known is false for a user nobody
	// told us of.
	Password func(user string) (password string, known bool)
	// Lenient accepts an unknown user whose digest is well formed.
	Lenient bool
	Now     func() time.Time
}

const nonceLife = 5 * time.Minute

// Challenge returns the value of a WWW-Authenticate or Proxy-Authenticate.
func (g *Gate) Challenge(stale bool) string {
	v := `Digest realm="` + g.Realm + `", nonce="` + g.nonce(g.Now().Unix()) + `", algorithm=MD5, qop="auth"`
	if stale {
		v += ", stale=true"
	}
	return v
}

func (g *Gate) nonce(unix int64) string {
	ts := strconv.FormatInt(unix, 16)
	mac := hmac.New(sha256.New, g.Key)
	mac.Write([]byte(ts))
	return ts + "-" + hex.EncodeToString(mac.Sum(nil)[:12])
}

// Check judges the value of an Authorization or Proxy-Authorization header.
func (g *Gate) Check(method, value string) Verdict {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(value), " ")
	if !strings.EqualFold(scheme, "Digest") {
		return Missing
	}
	p := pairs(rest)
	ts, _, _ := strings.Cut(p["nonce"], "-")
	unix, err := strconv.ParseInt(ts, 16, 64)
	if err != nil || p["nonce"] != g.nonce(unix) || p["realm"] != g.Realm ||
		p["username"] == "" || p["uri"] == "" || len(p["response"]) < 32 {
		return Missing
	}
	if g.Now().Sub(time.Unix(unix, 0)) > nonceLife {
		return Stale
	}
	password, known := g.Password(p["username"])
	switch {
	case !known && g.Lenient && wellFormed(p):
		return Right
	case !known:
		return Wrong
	case hmac.Equal([]byte(respond(method, password, p)), []byte(strings.ToLower(p["response"]))):
		return Right
	}
	return Wrong
}

func wellFormed(p map[string]string) bool {
	if _, err := hex.DecodeString(p["response"]); err != nil {
		return false
	}
	if p["qop"] == "" {
		return true
	}
	_, err := strconv.ParseUint(p["nc"], 16, 32)
	return p["qop"] == "auth" && err == nil && len(p["nc"]) == 8 && p["cnonce"] != ""
}

// respond computes the digest, RFC 7616 3.4.1.
func respond(method, password string, p map[string]string) string {
	sum := func(s string) string { m := md5.Sum([]byte(s)); return hex.EncodeToString(m[:]) }
	if strings.EqualFold(p["algorithm"], "SHA-256") {
		sum = func(s string) string { m := sha256.Sum256([]byte(s)); return hex.EncodeToString(m[:]) }
	}
	a1 := sum(p["username"] + ":" + p["realm"] + ":" + password)
	a2 := sum(method + ":" + p["uri"])
	if p["qop"] == "" {
		return sum(a1 + ":" + p["nonce"] + ":" + a2)
	}
	return sum(a1 + ":" + p["nonce"] + ":" + p["nc"] + ":" + p["cnonce"] + ":" + p["qop"] + ":" + a2)
}

// pairs reads key=value, key="value" lists.
func pairs(s string) map[string]string {
	out := map[string]string{}
	for s != "" {
		item := firstItem(s)
		k, v, ok := strings.Cut(item, "=")
		if ok {
			out[strings.ToLower(strings.TrimSpace(k))] = strings.Trim(strings.TrimSpace(v), `"`)
		}
		s = strings.TrimPrefix(s[len(item):], ",")
	}
	return out
}
