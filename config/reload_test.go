package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReload(t *testing.T) {
	base, err := load(whole)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, old, new   string
		applied, restart []string
	}{
		{name: "nothing"},
		{name: "certificate", old: `cert: "c.pem"`, new: `cert: "d.pem"`, applied: []string{"http.tls.cert"}},
		{name: "mail", old: "user:secret@", new: "user:other@", applied: []string{"mail.smtp"}},
		{name: "sms", old: "provider: twilio", new: "provider: http", applied: []string{"sms.provider"}},
		{name: "limits", old: "ring_timeout: 20s", new: "ring_timeout: 21s", applied: []string{"limits.ring_timeout"}},
		{name: "webhooks", old: `signing_secret: "s"`, new: `signing_secret: "t"`, applied: []string{"webhooks.signing_secret"}},
		{name: "uploads", old: "max_size: 20MB", new: "max_size: 21MB", applied: []string{"audio.max_size"}},
		{name: "recordings", old: "keep: 30d", new: "keep: 31d", restart: []string{"recordings.keep"}},
		{name: "trace", old: "max_size: 20GB", new: "max_size: 30GB", restart: []string{"trace.max_size"}},
		{name: "bucket", old: "bucket: calls", new: "bucket: kept", restart: []string{"recordings.s3.bucket"}},
		{name: "speech", old: "voice: anna", new: "voice: otto", restart: []string{"speech.voice"}},
		{name: "listen", old: "listen: 127.0.0.1:8081", new: "listen: 127.0.0.1:8082", restart: []string{"http.listen"}},
		{name: "https listen", old: `listen: "0.0.0.0:8443"`, new: `listen: "0.0.0.0:8444"`, restart: []string{"http.tls.listen"}},
		{name: "sip listen", old: `, "udp::5064"`, new: "", restart: []string{"sip.listen"}},
		{name: "secret key", old: "0123456789abcdef0123456789abcdef", new: "another secret of the server", restart: []string{"secret_key"}},
		{name: "trunk", old: `password: "p"`, new: `password: "q"`, restart: []string{"trunks (main)"}},
		{name: "trunk renamed", old: "name: second", new: "name: third", restart: []string{"trunks (third, second)"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fresh, err := load(strings.Replace(whole, tt.old, tt.new, 1))
			if err != nil {
				t.Fatal(err)
			}
			next, applied, restart := Reload(base, fresh)
			if d := cmp.Diff([][]string{tt.applied, tt.restart}, [][]string{applied, restart}); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
			want := base
			if tt.applied != nil {
				want = fresh
			}
			if d := cmp.Diff(want, next, equal); d != "" {
				t.Errorf("next: -want +got\n%s", d)
			}
		})
	}
}

func TestReloadTrunkOrder(t *testing.T) {
	one, _ := load("trunks: [{name: a, uri: 'sip:127.0.0.1'}, {name: b, uri: 'sip:127.0.0.2'}]")
	two, _ := load("trunks: [{name: b, uri: 'sip:127.0.0.2'}, {name: a, uri: 'sip:127.0.0.1'}]")
	if _, _, restart := Reload(one, two); len(restart) != 1 || restart[0] != "trunks (their order)" {
		t.Errorf("got %v", restart)
	}
}
