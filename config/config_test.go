package config

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"clickbridge"
)

const trunks = "trunks:\n  - name: main\n    uri: sip:127.0.0.1:5070;transport=udp\n"

var equal = cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{}, netip.Prefix{})

// load reads text as clickbridge.yaml, without files for secrets.
func load(text string, env ...string) (*Config, error) {
	return parse("clickbridge.yaml", []byte(text), env, func(path string) ([]byte, error) {
		return nil, fmt.Errorf("%s: no such file or directory", path)
	})
}

func TestDefaultsHold(t *testing.T) {
	got, err := load(trunks)
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Trunks = []Trunk{{Name: "main", URI: TrunkURI{"127.0.0.1", 5070, "udp"}, NumberFormat: clickbridge.FormatNational}}
	if d := cmp.Diff(want, got, equal); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

// The file of the operator's contract, every key of it.
const whole = `
http:
  listen: 127.0.0.1:8081
  public_url: https://calls.example.com      # optional
  tls: {listen: "0.0.0.0:8443", cert: "c.pem", key: "k.pem"}
  trusted_proxies: [10.0.0.0/8, "::1"]
store: postgres://user:pw@host/db
secret_key: "0123456789abcdef0123456789abcdef"
sip:
  listen: [udp:192.0.2.1:5060, "tcp:[::1]:5062", "udp::5064"]
  public_address: "sip.example.com"
media:
  address: 192.0.2.1
  ports: 30000-30999
trunks:
  - name: main
    uri: sip:carrier.example.com;transport=tcp
    username: "u"
    password: "p"
    register: true
    number_format: e164
    max_calls: 30
    calls_per_second: 2.5
  - {name: second, uri: "sip:[2001:db8::1]:5070"}
mail:
  smtp: smtp://user:secret@localhost
  from: ClickBridge <no-reply@example.com>
sms:
  provider: twilio
  url: https://api.example.com
  username: "AC1"
  password: "t"
trace: {folder: /var/lib/sip-trace, keep: 7d, max_size: 20GB}
recordings:
  folder: /var/lib/recordings
  keep: 30d
  min_free: 2GB
  s3: {endpoint: "http://127.0.0.1:9000", region: eu, bucket: calls, access_key: a, secret_key: b, prefix: x/, path_style: true}
speech: {engine: http, url: "https://speech.example.com/say", header: "Authorization: Bearer c", voice: anna, cache: /var/cache/speech, cache_size: 1GB}
audio: {max_size: 20MB, max_length: 5m}
limits:
  drain_timeout: 10m
  ring_timeout: 20s
  max_call_duration: 1h30m
webhooks:
  allow_private_targets: true
  signing_secret: "s"
`

func TestEverySetting(t *testing.T) {
	got, err := load(whole)
	if err != nil {
		t.Fatal(err)
	}
	want := &Config{
		HTTP: HTTP{
			Listen: "127.0.0.1:8081", PublicURL: "https://calls.example.com",
			TLS:            TLS{Listen: "0.0.0.0:8443", Cert: "c.pem", Key: "k.pem"},
			TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")},
		},
		Store:     Store{Driver: Postgres, Source: "postgres://user:pw@host/db"},
		SecretKey: "0123456789abcdef0123456789abcdef",
		SIP: SIP{
			Listen: []Listen{
				{"udp", netip.MustParseAddrPort("192.0.2.1:5060")},
				{"tcp", netip.MustParseAddrPort("[::1]:5062")},
				{"udp", netip.MustParseAddrPort("0.0.0.0:5064")},
			},
			PublicAddress: "sip.example.com",
		},
		Media: Media{Address: netip.MustParseAddr("192.0.2.1"), Ports: PortRange{30000, 30999}},
		Trunks: []Trunk{
			{
				Name: "main", URI: TrunkURI{"carrier.example.com", 5060, "tcp"}, Username: "u", Password: "p",
				Register: true, NumberFormat: "e164", MaxCalls: 30, CallsPerSecond: 2.5,
			},
			{Name: "second", URI: TrunkURI{"2001:db8::1", 5070, "udp"}, NumberFormat: "national"},
		},
		Mail: Mail{
			SMTP: SMTP{Host: "localhost", Port: 587, Username: "user", Password: "secret"},
			From: "ClickBridge <no-reply@example.com>",
		},
		SMS:   SMS{Provider: "twilio", URL: "https://api.example.com", Username: "AC1", Password: "t"},
		Trace: Trace{Folder: "/var/lib/sip-trace", Keep: Days(7 * 24 * time.Hour), MaxSize: 20e9},
		Recordings: Recordings{
			Folder: "/var/lib/recordings", Keep: Days(30 * 24 * time.Hour), MinFree: 2_000_000_000,
			S3: S3{Endpoint: "http://127.0.0.1:9000", Region: "eu", Bucket: "calls", AccessKey: "a", SecretKey: "b", Prefix: "x/", PathStyle: true},
		},
		Speech: Speech{
			Engine: "http", URL: "https://speech.example.com/say", Header: "Authorization: Bearer c", Voice: "anna",
			Cache: "/var/cache/speech", CacheSize: 1_000_000_000,
		},
		Audio:    Audio{MaxSize: 20_000_000, MaxLength: 5 * time.Minute},
		Limits:   Limits{10 * time.Minute, 20 * time.Second, 90 * time.Minute, 10, 4},
		Webhooks: Webhooks{AllowPrivateTargets: true, SigningSecret: "s"},
		Console:  Default().Console,
	}
	if d := cmp.Diff(want, got, equal); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if err := got.Validate(); err != nil {
		t.Errorf("Validate after Load: %v", err)
	}
	wantTrunk := clickbridge.Trunk{
		Name: "main", Host: "carrier.example.com", Port: 5060, Transport: "tcp", Username: "u", Password: "p",
		Register: true, NumberFormat: "e164", MaxCalls: 30, CallsPerSecond: 2.5,
	}
	if d := cmp.Diff(wantTrunk, got.TrunkList()[0]); d != "" {
		t.Errorf("TrunkList: -want +got\n%s", d)
	}
}

// The documented file, its example values and all, is a configuration.
func TestTheDocumentedFileLoads(t *testing.T) {
	got, err := Load(filepath.Join("testdata", "documented.yaml"), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.HTTP.PublicURL = "https://calls.example.com"
	want.HTTP.TrustedProxies = []netip.Prefix{}
	want.Trunks = []Trunk{{Name: "main", URI: TrunkURI{"127.0.0.1", 5070, "udp"}, NumberFormat: "national"}}
	want.Mail.SMTP = SMTP{Host: "localhost", Port: 587, Username: "user", Password: "secret"}
	want.Mail.From = "ClickBridge <no-reply@example.com>"
	want.SMS = SMS{Provider: "twilio", URL: "https://api.example.com"}
	want.Warnings = []string{"sms.username is empty: a twilio provider wants the account's SID there"}
	if d := cmp.Diff(want, got, equal); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

func TestJSONIsYAMLToo(t *testing.T) {
	got, err := load(`{"http": {"listen": "127.0.0.1:9"}, "trunks": [{"name": "a", "uri": "sip:127.0.0.1"}]}`)
	if err != nil || got.HTTP.Listen != "127.0.0.1:9" || got.Trunks[0].URI.Port != 5060 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestAliasesAreFollowed(t *testing.T) {
	got, err := load("http: {listen: &a '127.0.0.1:9', tls: {listen: *a}}\n" + trunks)
	if err == nil || !strings.Contains(err.Error(), `clickbridge.yaml:1:48: http.tls.listen: "127.0.0.1:9" is http.listen already`) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestEnvironmentWins(t *testing.T) {
	got, err := load("http: {listen: '127.0.0.1:1'}\n"+trunks,
		"CLICKBRIDGE_HTTP_LISTEN=127.0.0.1:2",
		"CLICKBRIDGE_SIP_LISTEN=udp:127.0.0.1:5, tcp:127.0.0.1:5",
		"CLICKBRIDGE_MEDIA_PORTS=40000-40099",
		"CLICKBRIDGE_TRUNKS_0_PASSWORD=pw",
		"CLICKBRIDGE_TRUNKS_0_USERNAME=u",
		"CLICKBRIDGE_TRUNKS_1_NAME=second",
		"CLICKBRIDGE_TRUNKS_1_URI=sip:127.0.0.2",
		"CLICKBRIDGE_LIMITS_RING_TIMEOUT=2s",
		"CLICKBRIDGE_WEBHOOKS_ALLOW_PRIVATE_TARGETS=true",
		"CLICKBRIDGE_STORE=", // empty: not set
		"CLICKBRIDGE_PORT=tcp://10.0.0.1:80",
		"HOME=/root",
	)
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.HTTP.Listen = "127.0.0.1:2"
	want.SIP.Listen = []Listen{{"udp", netip.MustParseAddrPort("127.0.0.1:5")}, {"tcp", netip.MustParseAddrPort("127.0.0.1:5")}}
	want.Media.Ports = PortRange{40000, 40099}
	want.Trunks = []Trunk{
		{Name: "main", URI: TrunkURI{"127.0.0.1", 5070, "udp"}, Username: "u", Password: "pw", NumberFormat: "national"},
		{Name: "second", URI: TrunkURI{"127.0.0.2", 5060, "udp"}, NumberFormat: "national"},
	}
	want.Limits.RingTimeout = 2 * time.Second
	want.Webhooks.AllowPrivateTargets = true
	want.Warnings = []string{"the environment variable CLICKBRIDGE_PORT sets nothing this version knows"}
	if d := cmp.Diff(want, got, equal); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

func TestEnvironmentAlone(t *testing.T) {
	got, err := Load("", []string{"CLICKBRIDGE_TRUNKS_0_NAME=main", "CLICKBRIDGE_TRUNKS_0_URI=sip:127.0.0.1:5070"})
	if err != nil || len(got.Trunks) != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
	_, err = Load("", nil)
	const want = `configuration: trunks: at least one is needed; write for example trunks: [{name: main, uri: "sip:127.0.0.1:5070;transport=udp"}]`
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func TestLoadReadsFileAndSecrets(t *testing.T) {
	dir := t.TempDir()
	secret, file := filepath.Join(dir, "pw"), filepath.Join(dir, "c.yaml")
	write(t, secret, "hush hush\r\n")
	write(t, file, trunks+"    username: u\n    password: file:"+secret+"\n")
	got, err := Load(file, nil)
	if err != nil || got.Trunks[0].Password != "hush hush" {
		t.Errorf("got %v, %v", got, err)
	}
	missing := filepath.Join(dir, "none")
	if _, err := Load(missing, nil); err == nil || err.Error() != missing+": cannot be read: no such file or directory" {
		t.Errorf("got %v", err)
	}
}

// Whatever is wrong with a value kept in a file, its content is not told.
func TestFileContentIsNeverTold(t *testing.T) {
	for _, key := range []string{
		"http: {listen: %s}", "http: {public_url: %s}", "http: {trusted_proxies: [%s]}", "store: %s", "sip: {listen: [%s]}",
		"sip: {public_address: %s}", "media: {address: %s}", "media: {ports: %s}", "trunks: [{uri: %s}]",
		"trunks: [{max_calls: %s}]", "trunks: [{calls_per_second: %s}]", "trunks: [{register: %s}]",
		"trunks: [{name: %s, uri: 'sip:a'}]", "trunks: [{name: a, number_format: %s, uri: 'sip:a'}]",
		"mail: {smtp: %s}", "mail: {from: %s}", "sms: {provider: %s}", "sms: {provider: http, url: %s}", "limits: {ring_timeout: %s}",
	} {
		t.Run(key, func(t *testing.T) {
			text := fmt.Sprintf(key, "file:/run/hidden") + "\n"
			if !strings.HasPrefix(key, "trunks") {
				text += trunks
			}
			_, err := parse("clickbridge.yaml", []byte(text), nil, func(string) ([]byte, error) { return []byte("hu sh!:x@\n"), nil })
			if err == nil || !strings.Contains(err.Error(), "the content of /run/hidden ") || strings.Contains(err.Error(), "hu sh") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	c, err := load(strings.NewReplacer(
		"user:pw@", "user:HUSH@", `"p"`, "HUSH", `"t"`, "HUSH", `"s"`, "HUSH",
		"user:secret@", "user:HUSH@", "0123456789abcdef0123456789abcdef", "HUSHHUSHHUSHHUSHHUSH").Replace(whole))
	if err != nil {
		t.Fatal(err)
	}
	if c.Trunks[0].Password != "HUSH" || c.Mail.SMTP.Password != "HUSH" || c.Webhooks.SigningSecret != "HUSH" {
		t.Fatalf("the test's secrets did not arrive")
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "%v %+v %#v %s\n", *c, *c, *c, c.Mail.SMTP)
	slog.New(slog.NewTextHandler(&out, nil)).Info("config", "config", *c, "smtp", c.Mail.SMTP, "key", c.SecretKey, "store", c.Store)
	if strings.Contains(out.String(), "HUSH") {
		t.Errorf("a secret is printed:\n%s", out.String())
	}
}

func TestRemarks(t *testing.T) {
	got, err := load("secret_key: short\nsms: {provider: http, url: 'http://sms.example.com', username: u, password: p}\n" +
		"speech: {engine: espeak, url: 'http://speech.example.com', header: 'Key: x'}\n" +
		"recordings: {s3: {endpoint: 'http://s3.example.com', bucket: calls, access_key: a, secret_key: b}}\n" +
		"trunks: [{name: main, uri: 'sip:carrier.example.com', max_calls: 1}]\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"secret_key is shorter than 16 characters; stored credentials could be guessed from their hashes",
		"sms.url is http: sms.password leaves this machine unencrypted",
		"speech.url is http: speech.header leaves this machine unencrypted",
		"recordings.s3.endpoint is http: recordings leave this machine unencrypted",
		"speech.url is not used with speech.engine espeak",
		"trunk main has max_calls 1 and is the only one: a call has two legs, so nobody can be connected",
		"trunk main is not on this machine, but sip.listen is loopback only: it cannot answer",
		"trunk main is not on this machine, but media.address is loopback: its audio cannot arrive",
	}
	if d := cmp.Diff(want, got.Warnings); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
