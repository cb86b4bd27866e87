package people

import (
	"encoding/base32"
	"slices"
	"strings"
	"testing"
	"time"

	"clickbridge"
)

// The codes of RFC 6238 appendix B, their last six digits.
func TestCodes(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if got := codeAt(secret, at/codeStep); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
	now := time.Unix(1111111111, 0)
	at := now.Unix() / codeStep
	for d, want := range map[int64]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
		step, ok := stepOf(secret, codeAt(secret, at+d), now, 0)
		if ok != want || ok && step != at+d {
			t.Errorf("%d steps away: %v", d, ok)
		}
	}
	if _, ok := stepOf(secret, codeAt(secret, at), now, at); ok {
		t.Error("a code is good twice")
	}
}

func TestTOTP(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		ctx := t.Context()
		u := b.add(t, "a@example.com", clickbridge.RoleAdmin, "")
		p := b.in(t, "a@example.com").Person
		_, err := b.EnrolTOTP(ctx, p, "wrong")
		coded(t, "without the password", err, clickbridge.EFORBIDDEN)
		_, err = b.ConfirmTOTP(ctx, p, "123456")
		coded(t, "nothing to confirm", err, clickbridge.EINVALID)
		e, err := b.EnrolTOTP(ctx, p, good)
		must(t, err)
		if !strings.Contains(e.URI, "secret="+e.Secret) || !strings.HasPrefix(e.URI, "otpauth://totp/ClickBridge:a@example.com?") {
			t.Errorf("%+v", e)
		}
		secret, err := base32.StdEncoding.DecodeString(e.Secret)
		must(t, err)
		code := func() string { return codeAt(secret, time.Now().Unix()/codeStep) }
		b.in(t, "a@example.com") // not asked for yet
		_, err = b.ConfirmTOTP(ctx, p, "000000")
		coded(t, "a wrong code", err, clickbridge.EINVALID)
		spare, err := b.ConfirmTOTP(ctx, p, code())
		must(t, err)
		if len(spare) != recoveries {
			t.Errorf("%v", spare)
		}
		c, err := b.st.Credentials(ctx, u.ID)
		must(t, err)
		if strings.Contains(string(c.TOTP), string(secret)) || slices.Contains(c.Recovery, plainCode(spare[0])) {
			t.Error("the secret or a code lies open in the store")
		}
		try := func(code string) error {
			_, err := b.SignIn(ctx, SignIn{Email: "a@example.com", Password: good, Code: code, RemoteAddr: "192.0.2.1"})
			return err
		}
		if err := try(""); err != error(errCodeNeeded) {
			t.Errorf("without: %v", err)
		}
		coded(t, "the code that confirmed", try(code()), clickbridge.EUNAUTHORIZED)
		pass(codeStep * time.Second)
		must(t, try(code()[:3]+" "+code()[3:]))
		coded(t, "twice", try(code()), clickbridge.EUNAUTHORIZED)
		must(t, try(strings.ToUpper(spare[3])))
		coded(t, "a recovery code twice", try(spare[3]), clickbridge.EUNAUTHORIZED)
		must(t, try(spare[4]))

		_, err = b.EnrolTOTP(ctx, p, good)
		coded(t, "enrolled over", err, clickbridge.EINVALID)
		coded(t, "off with a wrong code", b.DisableTOTP(ctx, p, good, "000000"), clickbridge.EFORBIDDEN)
		pass(codeStep * time.Second)
		must(t, b.DisableTOTP(ctx, p, good, code()))
		must(t, try(""))
		for range 10 {
			_, _ = b.ConfirmTOTP(ctx, p, "000000")
		}
		_, err = b.ConfirmTOTP(ctx, p, "000000")
		coded(t, "guessing", err, clickbridge.ELIMIT)
	})
}

// Who reads the store and has another key, or moves a secret to another user,
// has nothing.
func TestSealed(t *testing.T) {
	one, err := deriveKeys([]byte("one"))
	must(t, err)
	two, err := deriveKeys([]byte("two"))
	must(t, err)
	box := one.sealed([]byte("secret"), sealedFor(1))
	if got, err := one.opened(box, sealedFor(1)); err != nil || string(got) != "secret" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := one.opened(box, sealedFor(2)); err == nil {
		t.Error("another user opens it")
	}
	if _, err := two.opened(box, sealedFor(1)); err == nil {
		t.Error("another key opens it")
	}
	if one.recovery("a") == two.recovery("a") {
		t.Error("hashes are of no key")
	}
	if _, err := deriveKeys(nil); err == nil {
		t.Error("no key is a key")
	}
}
