package intake_test

import (
	"testing"

	"clickbridge"
	"clickbridge/intake"
)

func TestPublicKey(t *testing.T) {
	t.Parallel()
	listed := intake.Credentials{PublicKey: publicKey}
	open := intake.Credentials{PublicKey: openKey}
	tests := []struct {
		name   string
		change func(*intake.Click)
		want   string // "" = accepted
	}{
		{"FromItsPage", func(c *intake.Click) { c.Origin = "https://www.example.com" }, ""},
		{"FromItsPageByReferer", func(c *intake.Click) { c.Referer = "https://www.example.com/contact?x=1" }, ""},
		{"CaseAndPort", func(c *intake.Click) { c.Origin = "HTTPS://WWW.Example.com:443" }, ""},
		{"OriginBeatsReferer", func(c *intake.Click) { c.Origin, c.Referer = "https://evil.example", "https://www.example.com/" },
			"Access denied: this key may not be used from this web page"},
		{"OtherScheme", func(c *intake.Click) { c.Origin = "http://www.example.com" }, "Access denied: this key may not be used from this web page"},
		{"OtherPort", func(c *intake.Click) { c.Origin = "https://www.example.com:8443" }, "Access denied: this key may not be used from this web page"},
		{"SuffixOfAHost", func(c *intake.Click) { c.Origin = "https://www.example.com.evil.example" }, "Access denied: this key may not be used from this web page"},
		{"HostAsUser", func(c *intake.Click) { c.Referer = "https://www.example.com@evil.example/" }, "Access denied: this key may not be used from this web page"},
		{"NullOrigin", func(c *intake.Click) { c.Origin = "null" }, "Access denied: this key may not be used from this web page"},
		{"NoOrigin", func(*intake.Click) {}, "Access denied: this key may only be used from its web pages"},
		{"OpenKeyFromAServer", func(c *intake.Click) { c.Credentials = open }, ""},
		{"OpenKeyFromAnyPage", func(c *intake.Click) { c.Credentials, c.Origin = open, "https://else.example" }, ""},
		{"OtherFindMe", func(c *intake.Click) { c.Credentials, c.FindMeID = open, "98766" }, "Access denied: this key may not use findme_id 98766"},
		{"FreePhone", func(c *intake.Click) { c.Credentials, c.PhoneToCall = open, "2135550100" }, ""},
		{"PhoneAbroad", func(c *intake.Click) { c.Credentials, c.PhoneToCall = open, "8765550100" }, "Access denied: calls to JM are not allowed"},
		{"OwnCallerID", func(c *intake.Click) { c.Credentials, c.FirstCallerID = open, "8887776666" }, ""},
		{"ForeignCallerID", func(c *intake.Click) { c.Credentials, c.FirstCallerID = open, "5551112222" },
			"Invalid first_callerid: 5551112222 is not a registered or tracking number of the account"},
		{"ListedTargets", func(c *intake.Click) {
			c.Credentials, c.Type = open, "2"
			c.NoAnswerEmail, c.NoAnswerSMS = "Sales@Example.com", "555-444-3333"
			c.NoAnswerURL, c.NoAnswerPhone = "https://test.com/no_answer_listener.php", "(555) 555-0100"
		}, ""},
		{"OtherEmail", func(c *intake.Click) { c.Credentials, c.Type, c.NoAnswerEmail = open, "2", "me@evil.example" },
			"Access denied: this key may not set no_answer_email to this value"},
		{"OtherSMS", func(c *intake.Click) { c.Credentials, c.Type, c.NoAnswerSMS = open, "2", "5554443334" },
			"Access denied: this key may not set no_answer_sms to this value"},
		{"OtherURL", func(c *intake.Click) {
			c.Credentials, c.Type, c.NoAnswerURL = open, "2", "https://test.com/no_answer_listener.php?x"
		}, "Access denied: this key may not set no_answer_url to this value"},
		{"OtherPhone", func(c *intake.Click) { c.Credentials, c.Type, c.NoAnswerPhone = open, "2", "5555550101" },
			"Access denied: this key may not set no_answer_phone to this value"},
		{"Type1IgnoresTargets", func(c *intake.Click) { c.Credentials, c.NoAnswerEmail = open, "me@evil.example" }, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			_, err := b.Click(t.Context(), click(func(c *intake.Click) { c.Credentials = listed }, tt.change))
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.want != "" && (err == nil || clickbridge.ErrorMessage(err) != tt.want):
				t.Errorf("got %v, want %q", err, tt.want)
			case (b.calls.count() == 1) != (tt.want == ""):
				t.Errorf("%d calls", b.calls.count())
			}
		})
	}
}

// A pair is not held to pages or targets.
func TestPairIsFree(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.Click(t.Context(), click(func(c *intake.Click) {
		c.Type, c.NoAnswerEmail, c.Origin = "2", "anyone@elsewhere.example", "https://else.example"
	}))
	if err != nil {
		t.Error(err)
	}
}

func TestAllowsOrigin(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tests := []struct {
		key, origin string
		want        bool
	}{
		{publicKey, "https://www.example.com", true},
		{publicKey, "https://evil.example", false},
		{publicKey, "null", false},
		{openKey, "https://anywhere.example", true},
		{"no such key", "https://anywhere.example", true},
	}
	for _, tt := range tests {
		if got := b.AllowsOrigin(tt.key, tt.origin); got != tt.want {
			t.Errorf("%s from %s: %v, want %v", tt.key, tt.origin, got, tt.want)
		}
	}
}

// An entry without a scheme stands for both.
func TestBareHostOrigin(t *testing.T) {
	t.Parallel()
	b := setup(t)
	dir := example()
	dir.Revision, dir.Keys[2].Origins = 2, []string{"shop.example:8080/"}
	b.source.set(dir, nil)
	if err := b.dir.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	for origin, want := range map[string]bool{
		"http://shop.example:8080": true, "https://shop.example:8080": true, "https://shop.example": false, "ftp://shop.example:8080": false,
	} {
		if got := b.AllowsOrigin(publicKey, origin); got != want {
			t.Errorf("%s: %v, want %v", origin, got, want)
		}
	}
}
