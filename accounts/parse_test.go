package accounts

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
)

func noFiles(string) ([]byte, error) { return nil, errors.New("no such file") }

// read parses text as a.yaml.
func read(text string) (*File, error) { return parse("a.yaml", []byte(text), noFiles) }

// one is an account with body, indented, below its name.
func one(body string) string { return "accounts:\n  - name: A\n" + body }

func TestFaults(t *testing.T) {
	const f = "a.yaml:"
	const example = `; write for example "5558688950" or "+15558688950"`
	for _, tt := range []struct{ text, want string }{
		{"", "a.yaml: accounts: at least one is needed; write for example accounts: [{name: Example}]"},
		{"acounts: []", f + "1:1: acounts: unknown setting; did you mean accounts?"},
		{"accounts: [{country: US}]", f + "1:12: accounts[0]: name is needed"},
		{"accounts: [{name: ' A'}]", f + `1:19: accounts[0].name: " A" is not one line of up to 100 characters without spaces around it`},
		{one("    country: USA\n"), f + `3:14: accounts[0].country: "USA" is not a country; write its two letters, for example US`},
		{one("    time_zone: Chicago\n"), f + `3:16: accounts[0].time_zone: "Chicago" is not a time zone; write for example America/Chicago or UTC`},
		{one("    time_zone: Local\n"), f + `3:16: accounts[0].time_zone: "Local" is not a time zone; write for example America/Chicago or UTC`},
		{one("    destinations: [US, XX]\n"), f + `3:24: accounts[0].destinations[1]: "XX" is not a country; write its two letters, for example CA`},
		{one("    daily_calls: -1\n"), f + "3:18: accounts[0].daily_calls: -1 is below 0; 0 means no limit"},
		{one("    daily_calls: many\n"), f + `3:18: accounts[0].daily_calls: "many" is not a whole number; write for example 30`},
		{one("    default_caller_id: 555-PHONE\n"), f + `3:24: accounts[0].default_caller_id: 'P' is not a digit` + example},
		{one("    numbers: [{number: '911'}]\n"), f + `3:24: accounts[0].numbers[0].number: 911 is an emergency number` + example},
		{one("    numbers: [{number: 12345}]\n"), f + `3:24: accounts[0].numbers[0].number: 12345 is too short` + example},
		{one("    numbers: [{kind: tracking}]\n"), f + `3:15: accounts[0].numbers[0].number: a number is needed` + example},
		{one("    numbers: [{number: '5557585902', kind: mobile}]\n"), f + `3:44: accounts[0].numbers[0].kind: "mobile" is not tracking or registered`},
		{one("    numbers: ['5557585902', '+1 555 758 5902']\n"), f + `3:29: accounts[0].numbers[1].number: +15557585902 is listed twice`},
		{one("    no_answer_targets: {emails: [sales], urls: ['ftp://x'], sms: ['1'], phones: ['2']}\n"),
			f + `3:34: accounts[0].no_answer_targets.emails[0]: "sales" is not a mail address; write for example sales@example.com` + "\n" +
				f + `3:49: accounts[0].no_answer_targets.urls[0]: "ftp://x" is not an http or https URL; write for example https://www.example.com/no_answer` + "\n" +
				f + `3:67: accounts[0].no_answer_targets.sms[0]: 1 is not a phone number` + example + "\n" +
				f + `3:82: accounts[0].no_answer_targets.phones[0]: 2 is not a phone number` + example},
		// Keys.
		{one("    keys: [{name: k}]\n"), f + "3:12: accounts[0].keys[0]: needs access_key and secret_access_key, or api_key, or key"},
		{one("    keys: [{access_key: hush, secret_access_key: hush}]\n"), f + "3:12: accounts[0].keys[0]: name is needed"},
		{one("    keys: [{name: k, access_key: hush}]\n"), f + "3:12: accounts[0].keys[0]: has half of a pair; access_key and secret_access_key go together"},
		{one("    keys: [{name: k, access_key: hush, api_key: hush}]\n"), f + "3:12: accounts[0].keys[0]: mixes kinds of key; write access_key and secret_access_key, or api_key, or key, each in an entry of its own"},
		{one("    keys: [{name: k, api_key: ' hush'}]\n"), f + "3:31: accounts[0].keys[0].api_key: is not one line of 1 to 256 characters without spaces around it"},
		{one("    keys: [{name: k, key: hush, findmes: [1]}]\n"), f + "3:27: accounts[0].keys[0].key: is not 40 hexadecimal digits"},
		{one("    keys: [{name: k, key: " + public + "}]\n"), f + "3:12: accounts[0].keys[0]: findmes is needed: the FindMes that a public key may click"},
		{one("    keys: [{name: k, api_key: hush, findmes: [1], origins: [a]}]\n"),
			f + "3:46: accounts[0].keys[0].findmes: only a public key (key) has findmes; this kind may click every FindMe of the account\n" +
				f + "3:60: accounts[0].keys[0].origins: only a public key (key) has origins"},
		{one("    keys: [{name: k, key: " + public + ", findmes: [1], origins: [www.example.com, 'https://a.b/x', 'https://*.b']}]\n"),
			f + `3:93: accounts[0].keys[0].origins[0]: "www.example.com" is not an origin; write for example https://www.example.com` + "\n" +
				f + `3:110: accounts[0].keys[0].origins[1]: "https://a.b/x" is a page, not an origin; write https://a.b` + "\n" +
				f + `3:127: accounts[0].keys[0].origins[2]: "https://*.b" is not an origin; write for example https://www.example.com`},
		{one("    keys: [{name: k, acess_key: hush, secret_access_key: hush}]\n"), f + "3:22: accounts[0].keys[0].acess_key: unknown setting; did you mean access_key?"},
		// FindMes.
		{one("    findmes: [{name: S}]\n"), f + "3:15: accounts[0].findmes[0]: id is needed: the number that pages send as findme_id"},
		{one("    findmes: [{id: 0}]\n"), f + "3:20: accounts[0].findmes[0].id: 0 is not a whole number above 0"},
		{one("    findmes: [{id: 1, timeout: 9}]\n"), f + "3:32: accounts[0].findmes[0].timeout: 9 is not within 10 to 60 seconds"},
		{one("    findmes: [{id: 1, timeout: 30s}]\n"), f + `3:32: accounts[0].findmes[0].timeout: "30s" is not a whole number; write for example 30`},
		{one("    findmes: [{id: 1, loop_count: 6}]\n"), f + "3:35: accounts[0].findmes[0].loop_count: 6 is not within 0 to 5"},
		{one("    findmes: [{id: 1, numbers: ['x']}]\n"), f + `3:33: accounts[0].findmes[0].numbers[0].number: 'x' is not a digit` + example},
		{one("    findmes: [{id: 1, numbers: [{number: '5558688950', timeout: 61}]}]\n"), f + "3:65: accounts[0].findmes[0].numbers[0].timeout: 61 is not within 10 to 60 seconds"},
		{one("    findmes: [{id: 1, lop_count: 1}]\n"), f + "3:23: accounts[0].findmes[0].lop_count: unknown setting; did you mean loop_count?"},
	} {
		t.Run(tt.text, func(t *testing.T) {
			_, err := read(tt.text)
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

const public = "0123456789abcdef0123456789abcdef01234567"

func TestNumbersAreReadWithTheAccountsCountry(t *testing.T) {
	f, err := read("accounts: [{name: A, country: gb, numbers: ['020 7946 0000', +15558688950], default_caller_id: '02079460000'}]")
	if err != nil {
		t.Fatal(err)
	}
	changes, _, err := Plan(nil, []*File{f}, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	want := &clickbridge.Account{
		Name: "A", Country: "GB", TimeZone: "UTC", DefaultCallerID: "+442079460000",
		Numbers: []clickbridge.OwnedNumber{{Number: "+442079460000", Kind: "tracking"}, {Number: "+15558688950", Kind: "tracking"}},
	}
	if d := cmp.Diff(want, changes[0].Account); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

func TestOriginsAreWrittenAsBrowsersDo(t *testing.T) {
	for in, want := range map[string]string{
		"https://WWW.Example.com/": "https://www.example.com", "https://a.b:443": "https://a.b",
		"http://a.b:80": "http://a.b", "http://a.b:8080": "http://a.b:8080", "https://a.b:80": "https://a.b:80",
	} {
		f, err := read(one("    keys: [{name: k, key: " + public + ", findmes: [1], origins: ['" + in + "']}]\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := (*f.accounts[0].keys[0].origins)[0]; got != want {
			t.Errorf("%s: got %s", in, got)
		}
	}
}

// Neither a printed File nor a message shows what a secret's file holds.
func TestSecretsAreNotShown(t *testing.T) {
	hidden := func(string) ([]byte, error) { return []byte(" hush\n"), nil }
	f, err := parse("a.yaml", []byte(one("    keys: [{name: k, api_key: hush}]\n")), noFiles)
	if err != nil {
		t.Fatal(err)
	}
	if s := fmt.Sprintf("%v %+v %#v %s", f, f, f, []*File{f}); strings.Contains(s, "hush") {
		t.Errorf("printed: %s", s)
	}
	for _, key := range []string{"api_key", "access_key: x, secret_access_key", "findmes: [1], key"} {
		_, err = parse("a.yaml", []byte(one("    keys: [{name: k, "+key+": file:/run/key}]\n")), hidden)
		if err == nil || strings.Contains(err.Error(), "hush") || !strings.Contains(err.Error(), "the content of /run/key is not right") {
			t.Errorf("%s: got %v", key, err)
		}
	}
}

func TestSecretFromFile(t *testing.T) {
	text := one("    keys: [{name: k, access_key: file:/a, secret_access_key: file:/b}]\n")
	f, err := parse("a.yaml", []byte(text), func(path string) ([]byte, error) { return []byte("content of " + path + "\n"), nil })
	if err != nil {
		t.Fatal(err)
	}
	changes, _, err := Plan(nil, []*File{f}, []byte("server"), false)
	if err != nil {
		t.Fatal(err)
	}
	k := changes[1].Key
	if k.Lookup != clickbridge.HashSecret([]byte("server"), clickbridge.PairKey, "content of /a") ||
		k.Secret != clickbridge.HashSecret([]byte("server"), clickbridge.PairKey, "content of /b") {
		t.Errorf("got %+v", k)
	}
}

func FuzzAccounts(f *testing.F) {
	f.Add(example)
	f.Add(one("    keys: [{name: k, access_key: a, secret_access_key: b}]\n"))
	f.Add("accounts: [{name: A, findmes: [{id: 1, numbers: [&n '5558688950', *n]}]}]")
	f.Add("accounts:\n- name: A\n- name: A\n")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := read(text)
		if (file == nil) == (err == nil) {
			t.Fatalf("got %v and %v", file, err)
		}
		if err != nil {
			return
		}
		changes, _, err := Plan(nil, []*File{file}, []byte("k"), false)
		if err != nil {
			return
		}
		again, _, err := Plan(apply(t, nil, changes), []*File{file}, []byte("k"), true)
		if err != nil || len(again) != 0 {
			t.Errorf("a second plan makes %d changes, %v", len(again), err)
		}
	})
}
