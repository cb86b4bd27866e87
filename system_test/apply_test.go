package system_test

import (
	bin "encoding/binary"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"clickbridge/simulator"
)

const twoAccounts = `accounts:
  - name: Example
    country: US
    default_caller_id: "9998887777"
    keys:
      - {name: website, access_key: foo, secret_access_key: bar}
      - {name: partner, access_key: partner, secret_access_key: partner-secret}
    numbers:
      - {number: "9998887777", kind: tracking}
    findmes:
      - {id: 1, name: Sales, numbers: ["3125550120"]}
      - {id: 98765, name: Old pages, numbers: ["3125550120"]}
      - {id: 7, name: Rings on, timeout: 60, numbers: ["3125550121"]}
  - name: Second
    country: US
    default_caller_id: "9998887771"
    keys: [{name: website, access_key: second, secret_access_key: second-secret}]
    numbers: [{number: "9998887771", kind: tracking}]
    findmes: [{id: 500, name: Theirs, numbers: ["3125550120"]}]
`

// actsWithin is how soon a running server is to act on an apply; the contract
// says a second, which begins when the command ends.
const actsWithin = 1500 * time.Millisecond

// An operator changes the accounts of a server that runs.
func TestApply(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{
		sim:      simulator.Config{Script: script(map[string]simulator.Scene{"3125550120": noNumber, "3125550121": ringsOn})},
		accounts: twoAccounts,
	})
	click := func(key, secret, findMe string) string {
		_, body := w.click(url.Values{"access_key": {key}, "secret_access_key": {secret}, "type": {"2"}, "findme_id": {findMe}, "phone_to_call": {"2025550150"}})
		return body
	}
	const processed, wrongKey = "Requeset Processed", "Invalid access key"
	acts := func(what, key, secret, findMe, want string) {
		t.Helper()
		eventually(t, actsWithin, what, func() bool { return click(key, secret, findMe) == want })
	}
	more := strings.Replace(twoAccounts, "name: Old pages,", "name: Renamed, timeout: 45,", 1)
	more = strings.Replace(more, "    findmes:\n", "    findmes:\n      - {id: 4242, name: New, numbers: [\"3125550120\"]}\n", 1)

	out := w.apply(twoAccounts)
	contains(t, out, "nothing to change")
	out = w.apply(more, "--dry-run")
	contains(t, out, "create", "FindMe 4242", "update", "FindMe 98765", "dry run")
	during(t, actsWithin, "a dry run changes nothing", func() bool {
		return click("foo", "bar", "4242") == "Invalid findme_id: 4242 does not exist"
	})
	contains(t, w.apply(more), "create  FindMe 4242", "timeout: 30s -> 45s", "changes made")
	acts("a new FindMe can be clicked", "foo", "bar", "4242", processed)
	if got := click("foo", "bar", "98765"); got != processed {
		t.Errorf("the id in old pages: %q", got)
	}
	contains(t, w.apply(more), "nothing to change")

	// What a file leaves out stays, until it is pruned; a call that uses it goes on.
	running := w.clicking(url.Values{"type": {"2"}, "findme_id": {"7"}, "phone_to_call": {"2025550151"}, "ref": {"running"}})
	eventually(t, 5*seconds, "an agent rings", func() bool { return w.rings("3125550121") })
	less := strings.Replace(more, "      - {name: partner, access_key: partner, secret_access_key: partner-secret}\n", "", 1)
	less = strings.Replace(less, "      - {id: 7, name: Rings on, timeout: 60, numbers: [\"3125550121\"]}\n", "", 1)
	less, _, _ = strings.Cut(less, "  - name: Second")
	contains(t, w.apply(less), "keep", "partner", "FindMe 7", "nothing to change")
	if got := click("partner", "partner-secret", "1"); got != processed {
		t.Errorf("a key that the file does not name: %q", got)
	}
	out = w.apply(less, "--prune", "--dry-run")
	contains(t, out, "remove", "partner", "FindMe 7", "Second", "dry run")
	if got := click("partner", "partner-secret", "1"); got != processed {
		t.Errorf("after a dry run: %q", got)
	}
	contains(t, w.apply(less, "--prune"), "remove", "partner", "FindMe 7", "Second")
	acts("a removed key is refused", "partner", "partner-secret", "1", wrongKey)
	acts("a removed account is refused", "second", "second-secret", "500", wrongKey)
	if got := click("foo", "bar", "7"); got != "Invalid findme_id: 7 does not exist" {
		t.Errorf("a removed FindMe: %q", got)
	}
	if got := click("foo", "bar", "1"); got != processed {
		t.Errorf("what stays: %q", got)
	}
	if !w.rings("3125550121") || len(running) > 0 {
		t.Error("the call that was running has ended")
	}
	contains(t, w.apply(less, "--prune"), "nothing to change")
	if strings.Contains(out, "partner-secret") {
		t.Error("apply printed a secret")
	}
}

// A wrong accounts file is refused as a whole, with the place.
func TestApplyRefuses(t *testing.T) {
	t.Parallel()
	w := &world{t: t, dir: t.TempDir(), logs: &logBuffer{}}
	w.offline(t)
	for name, c := range map[string]struct{ from, to, place, says string }{
		"unknown setting":    {"    country: US\n    default_caller_id: \"9998887777\"", "    county: US", "3:5", "county"},
		"not YAML":           {"    keys: [{", "    keys: [{{", "", ""},
		"a name twice":       {"name: Second", "name: Example", "14:11", "Example"},
		"an id twice":        {"id: 500", "id: 1", "19:", "1"},
		"wrong number":       {`"9998887771", kind`, `"12", kind`, "18:", "12"},
		"emergency number":   {`Theirs, numbers: ["3125550120"]`, `Theirs, numbers: ["911"]`, "19:", "911"},
		"not the account's":  {`default_caller_id: "9998887771"`, `default_caller_id: "2125550100"`, "16:", "2125550100"},
		"timeout too short":  {"timeout: 60", "timeout: 5", "13:", "10"},
		"a credential twice": {"access_key: second,", "access_key: foo,", "17:", "credential"},
		"half of a pair":     {", secret_access_key: second-secret", "", "17:", "secret_access_key"},
		"unknown country":    {"    country: US\n    default_caller_id: \"9998887771\"", "    country: UX\n    default_caller_id: \"9998887771\"", "15:", "UX"},
		"out of range":       {"name: Rings on,", "name: Rings on, simul: 30,", "13:", "1 to 20"},
		"no such word":       {"name: Rings on,", "name: Rings on, strategy: fastest,", "13:", "round_robin"},
		"not supported":      {`{id: 1, name: Sales, numbers: ["3125550120"]}`, `{id: 1, numbers: [{number: "3125550120", record: 1}]}`, "11:", "not supported"},
		"no such clip":       {"name: Rings on,", "name: Rings on, holdmusic: jazz,", "13:", "jazz"},
	} {
		text := strings.Replace(twoAccounts, c.from, c.to, 1)
		if text == twoAccounts {
			t.Fatalf("%s: nothing replaced", name)
		}
		path := filepath.Join(w.dir, "wrong.yaml")
		must(t, os.WriteFile(path, []byte(text), 0o600))
		out := w.fails("apply", "--config", w.config, path)
		if !strings.Contains(out, "wrong.yaml:"+c.place) || !strings.Contains(out, c.says) {
			t.Errorf("%s: want wrong.yaml:%s and %q, got:\n%s", name, c.place, c.says, out)
		}
		if strings.Contains(out, "second-secret") || strings.Contains(out, "partner-secret") {
			t.Errorf("%s: a secret is shown:\n%s", name, out)
		}
	}
	out, err := w.run("calls", "list", "--config", w.config)
	if err != nil || !strings.Contains(out, "no calls") {
		t.Errorf("%v\n%s", err, out)
	}
	contains(t, w.apply(twoAccounts, "--dry-run"), "create  account Second", "dry run")
}

// Every setting is kept as it was written, under its old names too: a second
// apply finds nothing to do.
func TestApplyEverySetting(t *testing.T) {
	t.Parallel()
	w := &world{t: t, dir: t.TempDir(), logs: &logBuffer{}}
	w.offline(t)
	example, err := os.ReadFile("../accounts/example.yaml")
	must(t, err)
	contains(t, w.apply(string(example)), "strategy: weighted", "screen.text: ", "end: voicemail, mailed to sales@example.com", "changes made")
	for _, prune := range [][]string{nil, {"--prune"}} {
		contains(t, w.apply(string(example), prune...), "nothing to change")
	}
	const moved = `accounts:
  - name: Example
    time_zone: America/Chicago
    findmes:
      - {id: 98765, usr_findme_type: 2, randomize: 1, screen_method: 1, whisper_phrase: "For {name}", holdrepeat: 0, record: 1, nextaction: 1, nextactionitem: "3125550104", dtmf_only: 0}
`
	contains(t, w.apply(moved), "note: ", "dtmf_only", "list_type: individual -> group", "strategy: in_order -> random",
		"screen.method: announce -> whisper_text", "hold.repeat: always -> once", "record: off -> on", "end: hangup -> transfer, to +13125550104", "1 changes made")
	contains(t, w.apply(moved), "nothing to change")
	contains(t, w.apply(string(example), "--prune"), "strategy: random -> in_order", "end: transfer, to +13125550104 -> hangup")
}

// A sound file is converted when it is applied, and one that is none is told.
func TestApplySounds(t *testing.T) {
	t.Parallel()
	w := &world{t: t, dir: t.TempDir(), logs: &logBuffer{}}
	w.offline(t)
	must(t, os.WriteFile(filepath.Join(w.dir, "tone.wav"), ulawFile(make([]byte, 8000)), 0o600))
	must(t, os.WriteFile(filepath.Join(w.dir, "text.wav"), []byte("no sound at all"), 0o600))
	const text = `accounts:
  - name: Example
    audio: [{name: tone, file: tone.wav}]
    findmes: [{id: 1, hold: {music: tone}, numbers: ["3125550120"]}]
`
	contains(t, w.apply(text), `create  audio "tone" of account Example`, "length: 1s", "hold.music: tone")
	contains(t, w.apply(text), "nothing to change")
	path := filepath.Join(w.dir, "wrong.yaml")
	must(t, os.WriteFile(path, []byte(strings.Replace(text, "tone.wav", "text.wav", 1)), 0o600))
	contains(t, w.fails("apply", "--config", w.config, path), "wrong.yaml:3:32: accounts[0].audio[0].file: text.wav is ")
}

// ulawFile is mu-law at 8 kHz in the file of its kind (RFC 2361 A).
func ulawFile(ulaw []byte) []byte {
	le := bin.LittleEndian
	out := append([]byte("RIFF"), le.AppendUint32(nil, uint32(36+len(ulaw)))...)
	out = append(out, "WAVEfmt "...)
	out = le.AppendUint32(out, 16)
	for _, v := range []uint16{7, 1, 8000, 0, 8000, 0, 1, 8} { // µ-law, one channel, rates, block, bits
		out = le.AppendUint16(out, v)
	}
	return append(le.AppendUint32(append(out, "data"...), uint32(len(ulaw))), ulaw...)
}

// offline writes a configuration for commands that need no server.
func (w *world) offline(t *testing.T) {
	t.Helper()
	w.config = filepath.Join(w.dir, "clickbridge.yaml")
	must(t, os.WriteFile(w.config, []byte(`http: {listen: "127.0.0.1:1"}
store: "sqlite:`+filepath.Join(w.dir, "clickbridge.db")+`"
sip: {listen: ["udp:127.0.0.1:5060"]}
trunks: [{name: sim, uri: "sip:127.0.0.1:5070"}]
`), 0o600))
}

// A wrong configuration ends every command, with the place and what to write;
// what this version cannot do is refused by name.
func TestWrongConfiguration(t *testing.T) {
	t.Parallel()
	w := &world{t: t, dir: t.TempDir(), logs: &logBuffer{}}
	for name, c := range map[string]struct{ text, place, says string }{
		"unknown setting":     {"http: {lisen: x}\ntrunks: [{name: a, uri: \"sip:h\"}]\n", "1:8", "did you mean listen"},
		"TLS trunk":           {"trunks:\n  - name: a\n    uri: sip:h;transport=tls\n", "3:10", "transport=tls, which this version does not support"},
		"sips trunk":          {"trunks:\n  - name: a\n    uri: sips:h\n", "3:10", "sips (TLS), which this version does not support"},
		"SRTP":                {"trunks:\n  - name: a\n    uri: sip:h\n    srtp: true\n", "4:5", "srtp: not supported by this version"},
		"SIP over TLS":        {"sip: {listen: [\"tls:127.0.0.1:5061\"]}\ntrunks: [{name: a, uri: \"sip:h\"}]\n", "1:16", "tls, which this version does not support"},
		"no trunk":            {"store: sqlite:x.db\n", "", "trunks: at least one is needed"},
		"several at once":     {"store: mysql://x\nmedia: {ports: 1-2}\ntrunks: [{name: a, uri: \"sip:h\"}]\n", "1:8", "2:16"},
		"not a configuration": {"store: [\n", "1:8", ""},
	} {
		w.config = filepath.Join(w.dir, "wrong.yaml")
		must(t, os.WriteFile(w.config, []byte(c.text), 0o600))
		for _, args := range [][]string{{"serve"}, {"check"}, {"apply", "../accounts/example.yaml"}, {"calls", "list"}, {"notices", "list"}} {
			out := w.fails(append(args, "--config", w.config)...)
			if !strings.Contains(out, "wrong.yaml:"+c.place) || !strings.Contains(out, c.says) {
				t.Errorf("%s, %v: want wrong.yaml:%s and %q, got:\n%s", name, args, c.place, c.says, out)
			}
		}
	}
	for _, args := range [][]string{{"serve"}, {"serve", "--config", w.dir + "/missing.yaml"}, {"no-such-command"}, {"apply", "--config", w.config, "missing.yaml"}} {
		if out, err := w.run(args...); exitCode(err) < 1 {
			t.Errorf("%v: exit code %d\n%s", args, exitCode(err), out)
		}
	}
}
