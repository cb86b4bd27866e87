package people

import (
	"strings"
	"testing"
)

func TestPasswords(t *testing.T) {
	for password, want := range map[string]string{
		good:                        "",
		"correct horse staple":      "",
		"ünïcödé wörds":             "",
		strings.Repeat("ab9!x", 25): "",
		"elevenchars":               "must have 12",
		strings.Repeat("x7 ", 43):   "must have 12 to 128",
		"aaaaaaaaaaaaaaaa":          "tried first",
		"abcabcabcabcabc":           "tried first",
		"123456789012":              "tried first",
		"qwertyuiopas":              "tried first",
		"Password123456":            "tried first",
		"P@ssw0rd!2024":             "tried first",
		"welcomewelcome1":           "tried first",
		"AdminPassword1":            "tried first",
		"grace.hopper1":             "own e-mail",
		"gracehopper!!":             "own e-mail",
		"example.com-1234":          "own e-mail",
		"tab\tin a password":        "cannot be typed",
		"bad \xff bytes in it":      "cannot be typed",
	} {
		err := checkPassword(password, "grace.hopper@example.com", "Grace Hopper")
		if got := ""; want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q%s", password, err, want, got)
		}
		if err != nil && strings.Contains(err.Error(), password) {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}

func TestHash(t *testing.T) {
	kept := hashPassword("cafe\u0301 au lait")
	if right, old := verify(kept, "café au lait"); !right || old {
		t.Error("the same characters, typed on another machine")
	}
	if right, _ := verify(kept, "cafe au lait"); right {
		t.Error("another password")
	}
	if kept == hashPassword("cafe\u0301 au lait") {
		t.Error("no salt")
	}
	if production.memory < 19*1024 || production.passes < 2 {
		t.Errorf("less than OWASP recommends: %+v", production)
	}
	for _, bad := range []string{"", "x", "$argon2id$v=19$m=99999999,t=2,p=1$c2FsdHNhbHQ$" + strings.Repeat("A", 43), "$argon2i" + kept[9:], kept + "$"} {
		if right, _ := verify(bad, "x"); right {
			t.Errorf("%q lets in", bad)
		}
	}
	if right, _ := verify(nobodys(), ""); right {
		t.Error("nobody's password is known")
	}
}

func FuzzPHC(f *testing.F) {
	f.Add(hashPassword("x"))
	f.Add(nobodys())
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$$")
	f.Fuzz(func(t *testing.T, s string) {
		c, salt, hash, err := parsePHC(s)
		if err == nil && phc(c, salt, hash) != s {
			t.Errorf("%q is not its own form", s)
		}
	})
}

func FuzzPassword(f *testing.F) {
	f.Add("P@ssw0rd!2024", "a@example.com", "A B")
	f.Fuzz(func(_ *testing.T, password, email, name string) {
		_ = checkPassword(password, email, name)
	})
}

func FuzzOwnPath(f *testing.F) {
	for _, s := range []string{"/", "/calls?x=1#y", "//evil", "/\\evil", "https://evil", "javascript:x", "/%2f/evil", "/\t/evil"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p := ownPath(s)
		if !strings.HasPrefix(p, "/") || strings.HasPrefix(p, "//") || strings.ContainsAny(p, "\\\r\n\t") {
			t.Errorf("%q leads to %q", s, p)
		}
	})
}

func BenchmarkHash(b *testing.B) {
	salt := []byte("1234567890123456")
	b.ReportAllocs()
	for b.Loop() {
		production.hash(good, salt)
	}
}
