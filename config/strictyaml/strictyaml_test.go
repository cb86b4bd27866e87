package strictyaml

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type room struct {
	Name  string  `yaml:"name" scalar:"true"`
	Size  *int    `yaml:"size"`
	Lists []group `yaml:"lists"`
}

type group struct {
	Members []member `yaml:"members"`
}

type member struct {
	Tags []string `yaml:"tags"`
}

func decode(t *testing.T, text string) (room, error) {
	t.Helper()
	d, err := Parse("f", []byte(text))
	if err != nil {
		return room{}, err
	}
	var r room
	d.Decode(&r, Rules{})
	return r, d.Err()
}

func TestAbsentAndNullLeavePointersNil(t *testing.T) {
	for text, want := range map[string]*int{"name: a": nil, "name: a\nsize:\n": nil, "size: ~": nil, "size: 0": new(int)} {
		got, err := decode(t, text)
		if err != nil || !cmp.Equal(want, got.Size) {
			t.Errorf("%q: got %v, %v", text, got.Size, err)
		}
	}
}

func TestPlainValueStandsForStruct(t *testing.T) {
	if got, err := decode(t, "somebody"); err != nil || got.Name != "somebody" {
		t.Errorf("got %+v, %v", got, err)
	}
}

// A string is what was written, not what YAML would make of it.
func TestStringsKeepTheirText(t *testing.T) {
	for text, want := range map[string]string{
		"name: 0123": "0123", "name: 1e5": "1e5", "name: true": "true", "name: +15551112222": "+15551112222",
		"name: 1_000": "1_000", "name: '~'": "~", "name: |\n  two\n  lines\n": "two\nlines\n",
	} {
		if got, err := decode(t, text); err != nil || got.Name != want {
			t.Errorf("%q: got %q, %v", text, got.Name, err)
		}
	}
}

// A few hundred bytes of aliases must not become a billion values.
func TestAliasesAreBounded(t *testing.T) {
	tens := func(alias string) string { return "[" + strings.TrimSuffix(strings.Repeat(alias+",", 400), ",") + "]" }
	text := "lists:\n - &g {members: [&m {tags: " + tens("x") + "}," + strings.Trim(tens("*m"), "[]") + "]}\n" + strings.Repeat(" - *g\n", 400)
	_, err := decode(t, text)
	if err == nil || !strings.Contains(err.Error(), "too large once its aliases are followed") {
		t.Errorf("got %v", err)
	}
}

func TestTooLarge(t *testing.T) {
	if _, err := Parse("f", make([]byte, MaxBytes+1)); err == nil || err.Error() != "f: is larger than 16 MiB" {
		t.Errorf("got %v", err)
	}
}

func TestSuggest(t *testing.T) {
	known := []string{"listen", "public_url", "tls"}
	for word, want := range map[string]string{
		"lisen": "did you mean listen?", "Listen": "did you mean listen?", "publicurl": "did you mean public_url?",
		"tsl": "did you mean tls?", "elephant": "known here: listen, public_url, tls",
	} {
		if got := Suggest(word, known); got != want {
			t.Errorf("%s: got %s", word, got)
		}
	}
}

func TestSecretFiles(t *testing.T) {
	read := func(path string) ([]byte, error) {
		if path == "/big" {
			return make([]byte, maxSecret+1), nil
		}
		if path == "/none" {
			return nil, errors.New("/none: no such file")
		}
		return []byte("line\n\n"), nil
	}
	for text, want := range map[string]string{
		"name: file:/some": "", "name: file:/big": "f:1:7: name: the file /big is larger than 64 KiB",
		"name: file:/none": "f:1:7: name: cannot read the file it names: /none: no such file",
	} {
		d, err := Parse("f", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		var r room
		d.Decode(&r, Rules{ReadFile: read})
		if err := d.Err(); (want == "") != (err == nil) || err != nil && err.Error() != want {
			t.Errorf("%s: got %v", text, err)
		}
		if want == "" && r.Name != "line\n" {
			t.Errorf("%s: got %q: only the last newline is taken off", text, r.Name)
		}
	}
}

// A colon inside a plain value is part of it, in brackets within braces too.
func TestColonsInFlowLists(t *testing.T) {
	for text, want := range map[string][]string{
		"lists: [{members: [{tags: [udp:127.0.0.1:5060]}]}]":                   {"udp:127.0.0.1:5060"},
		"lists: [{members: [{tags: [a, b:1 , https://c.d:8443/e?f=g:h, i]}]}]": {"a", "b:1", "https://c.d:8443/e?f=g:h", "i"},
		"lists: [{members: [{tags: [fd00::/8, 06:00]}]}]":                      {"fd00::/8", "06:00"},
		"lists: [{members: [{tags: [é:x, 'a':b]}]}]":                           nil,
		"lists: [{members: [{tags: [a: b]}]}]":                                 nil,
		"lists: [{members: [{tags: [{a:1}]}]}]":                                nil,
	} {
		got, err := decode(t, text)
		if want == nil {
			if err == nil || !strings.Contains(err.Error(), "is a group of settings") {
				t.Errorf("%q: got %v, %v", text, got, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if d := cmp.Diff(want, got.Lists[0].Members[0].Tags); d != "" {
			t.Errorf("%q: -want +got\n%s", text, d)
		}
	}
}

// What was misread, and what is missing beside it, need not be checked again.
func TestMisread(t *testing.T) {
	d, err := Parse("f", []byte("size: many\nlists:\n  - members: [{tasg: [a]}, {tags: [a]}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	var r room
	d.Decode(&r, Rules{})
	for path, want := range map[string]bool{
		"size": true, "size.unit": true, "lists": true, "lists[0].members[0]": true, "lists[0].members[0].tags": true,
		"lists[0].members[1]": false, "lists[0].members[1].tags": false, "name": true,
	} {
		if got := d.Misread(path); got != want {
			t.Errorf("%s: got %v", path, got)
		}
	}
	if d = Empty("f"); d.Misread("size") {
		t.Error("nothing was read, and something of it wrongly")
	}
}
