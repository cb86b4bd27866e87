package people

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"clickbridge"
)

// Codes as RFC 6238 and every authenticator app have them by default: SHA-1, six
// digits, 30 seconds.
const (
	codeStep   = 30
	codeBytes  = 20 // RFC 4226 4: as long as the hash
	codeWindow = 1  // steps before and after: clocks differ, people are slow
	codeDigits = 6
	recoveries = 10
)

// codeAt returns the code of a step (RFC 4226 5.3).
func codeAt(secret []byte, step int64) string {
	m := hmac.New(sha1.New, secret)
	_ = binary.Write(m, binary.BigEndian, step)
	sum := m.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff
	return fmt.Sprintf("%06d", n%1_000_000)
}

// stepOf returns the step whose code this is, later than the last one taken:
// a code is good once (RFC 6238 5.2).
func stepOf(secret []byte, code string, now time.Time, last int64) (step int64, ok bool) {
	at := now.Unix() / codeStep
	for s := at - codeWindow; s <= at+codeWindow; s++ {
		if subtle.ConstantTimeCompare([]byte(codeAt(secret, s)), []byte(code)) == 1 && s > last {
			step, ok = s, true
		}
	}
	return step, ok
}

// plainCode is a code without what people put into it.
func plainCode(code string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, code))
}

func newCodeSecret() []byte {
	b := make([]byte, codeBytes)
	_, _ = rand.Read(b) // never fails
	return b
}

// codeURI is what authenticator apps read from a QR code.
func codeURI(email, secret string) string {
	label := url.PathEscape("ClickBridge:" + email)
	return "otpauth://totp/" + label + "?" + url.Values{"secret": {secret}, "issuer": {"ClickBridge"}}.Encode()
}

// writtenSecret is a secret as people type it into an app (RFC 4648 6).
func writtenSecret(b []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)
}

// newRecovery draws recovery codes of 80 bits, as they are shown.
func newRecovery() []string {
	out := make([]string, recoveries)
	for i := range out {
		b := make([]byte, 10)
		_, _ = rand.Read(b)
		s := strings.ToLower(base32.StdEncoding.EncodeToString(b))
		out[i] = s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
	}
	return out
}

func sealedFor(user int64) string { return "totp " + strconv.FormatInt(user, 10) }

// takeCode uses a code, of the app or for recovery, up: c is then to be kept.
// errCredentials.
func (s *Service) takeCode(c *clickbridge.Credentials, code string, now time.Time) error {
	code = plainCode(code)
	if len(code) != codeDigits {
		return s.takeRecovery(c, code)
	}
	secret, err := s.keys.opened(c.TOTP, sealedFor(c.UserID))
	if err != nil {
		return &clickbridge.Error{Code: clickbridge.EINTERNAL, Message: "the secret of a user's codes cannot be read: secret_key is another one; users totp-reset helps", Err: err}
	}
	step, ok := stepOf(secret, code, now, c.TOTPStep)
	if !ok {
		return errCredentials
	}
	c.TOTPStep = step
	return nil
}

func (s *Service) takeRecovery(c *clickbridge.Credentials, code string) error {
	kept := s.keys.recovery(code)
	for i, h := range c.Recovery {
		if subtle.ConstantTimeCompare([]byte(h), []byte(kept)) == 1 {
			c.Recovery = slices.Delete(slices.Clone(c.Recovery), i, i+1)
			return nil
		}
	}
	return errCredentials
}
