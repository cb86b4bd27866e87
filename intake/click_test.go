package intake_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/intake"
	"clickbridge/store"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// The vendor's first sample, as its parameters arrive, becomes this call.
func TestClickMakesTheCall(t *testing.T) {
	t.Parallel()
	b := setup(t)
	o, err := b.Click(t.Context(), intake.Click{
		Credentials: pair, Type: "2", FindMeID: "98765", PhoneToCall: "5551112222", Page: "LeadResponse.html", Ref: "A-1",
		FirstCallerID: "9998887777", SecondCallerID: "8887776666", NoAnswerEmail: "sales@example.com",
		NoAnswerSMS: "5554443333", NoAnswerURL: "https://test.com/no_answer_listener.php", NoAnswerPhone: "5555550100",
	})
	if err != nil || o.Kind != clickbridge.OutcomeConnected {
		t.Fatalf("got %+v, %v", o, err)
	}
	want := clickbridge.Call{
		AccountID: 1, KeyName: "website backend", Node: "node-1", Order: clickbridge.FindMeFirst,
		FindMeID: 98765, FindMeName: "Sales", Phone: "+15551112222",
		FirstCallerID: "+19998887777", SecondCallerID: "+18887776666", Page: "LeadResponse.html", Ref: "A-1",
		NoAnswer: clickbridge.NoAnswer{Email: "sales@example.com", SMS: "+15554443333",
			URL: "https://test.com/no_answer_listener.php", Phone: "+15555550100"},
		State: clickbridge.CallQueued, Result: clickbridge.ResultInProgress,
	}
	got := b.calls.last(t)
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(clickbridge.Call{}, "ID", "CreatedAt")); diff != "" {
		t.Errorf("call (-want +got):\n%s", diff)
	}
	if got.ID == "" || time.Since(got.CreatedAt) > time.Minute {
		t.Errorf("id %q, made at %v", got.ID, got.CreatedAt)
	}
	if conducted := <-b.conductor.begun; conducted.ID != got.ID {
		t.Errorf("conducted %s, committed %s", conducted.ID, got.ID)
	}
}

func TestClickAccepts(t *testing.T) {
	t.Parallel()
	long := "https://a.example/" + strings.Repeat("é", 300)
	tests := []struct {
		name  string
		click intake.Click
		want  func(clickbridge.Call) bool
	}{
		{"Type1ByDefault", click(), func(c clickbridge.Call) bool { return c.Order == clickbridge.PhoneFirst && c.Notes == nil }},
		{"Type1", click(func(c *intake.Click) { c.Type = "1" }), func(c clickbridge.Call) bool { return c.Order == clickbridge.PhoneFirst }},
		{"QuotedValues", click(func(c *intake.Click) { c.Type, c.FindMeID, c.PhoneToCall = `"2"`, `'98765'`, `"555-111-2222"` }),
			func(c clickbridge.Call) bool { return c.Order == clickbridge.FindMeFirst && c.Phone == "+15551112222" }},
		{"DefaultCallerIDs", click(), func(c clickbridge.Call) bool {
			return c.FirstCallerID == "+19998887777" && c.SecondCallerID == "+19998887777"
		}},
		{"Canada", click(func(c *intake.Click) { c.PhoneToCall = "4165550123" }), func(c clickbridge.Call) bool { return c.Phone == "+14165550123" }},
		{"EmptyFindMe", click(func(c *intake.Click) { c.FindMeID, c.Type = "98766", "2" }), func(c clickbridge.Call) bool { return c.FindMeID == 98766 }},
		{"LongPageIsCut", click(func(c *intake.Click) { c.Page = long }), func(c clickbridge.Call) bool {
			return len([]rune(c.Page)) == 255 && strings.HasPrefix(long, c.Page) && cmp.Equal(c.Notes, []string{"page was cut to 255 characters"})
		}},
		{"PageOf255IsKept", click(func(c *intake.Click) { c.Page = strings.Repeat("é", 255) }), func(c clickbridge.Call) bool {
			return len([]rune(c.Page)) == 255 && c.Notes == nil
		}},
		{"LongRefIsCut", click(func(c *intake.Click) { c.Ref = strings.Repeat("r", 33) }), func(c clickbridge.Call) bool {
			return c.Ref == strings.Repeat("r", 32) && cmp.Equal(c.Notes, []string{"ref was cut to 32 characters"})
		}},
		{"ControlCharactersAreDropped", click(func(c *intake.Click) { c.Page = "a\r\nBcc: x\x00" }), func(c clickbridge.Call) bool { return c.Page == "aBcc: x" }},
		{"Type1IgnoresNoAnswer", click(func(c *intake.Click) {
			c.NoAnswerEmail, c.NoAnswerSMS, c.NoAnswerURL, c.NoAnswerPhone = "not an address", "911", "ftp://x", "letters"
		}), func(c clickbridge.Call) bool {
			return c.NoAnswer == clickbridge.NoAnswer{} && len(c.Notes) == 4 && strings.HasPrefix(c.Notes[0], "no_answer_email was ignored")
		}},
		{"PlusInEmail", click(func(c *intake.Click) { c.Type, c.NoAnswerEmail = "2", "a.b+leads@example.co.uk" }),
			func(c clickbridge.Call) bool { return c.NoAnswer.Email == "a.b+leads@example.co.uk" }},
		{"HTTPURLWithPort", click(func(c *intake.Click) { c.Type, c.NoAnswerURL = "2", "HTTP://10.0.0.1:8080/x?y=1" }),
			func(c clickbridge.Call) bool { return c.NoAnswer.URL == "HTTP://10.0.0.1:8080/x?y=1" }},
		{"APIKey", click(func(c *intake.Click) { c.Credentials = intake.Credentials{APIKey: apiKey} }),
			func(c clickbridge.Call) bool { return c.KeyName == "old admin script" }},
		{"PairBesideStalePublicKey", click(func(c *intake.Click) { c.PublicKey = "stale" }),
			func(c clickbridge.Call) bool { return c.KeyName == "website backend" }},
		{"HalfAPairBesidePublicKey", click(func(c *intake.Click) {
			c.Credentials = intake.Credentials{AccessKey: "foo", PublicKey: openKey}
		}), func(c clickbridge.Call) bool { return c.KeyName == "open button" }},
		{"ExplicitRegisteredCallerIDs", click(func(c *intake.Click) {
			c.Credentials = intake.Credentials{AccessKey: "bare", SecretAccessKey: "bare"}
			c.FindMeID, c.FirstCallerID, c.SecondCallerID = "500", "5555550150", "5555550150"
		}), func(c clickbridge.Call) bool { return c.FirstCallerID == "+15555550150" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			if _, err := b.Click(t.Context(), tt.click); err != nil {
				t.Fatal(err)
			}
			if got := b.calls.last(t); !tt.want(got) {
				t.Errorf("call %+v", got)
			}
			if len(b.refusals) != 0 {
				t.Errorf("refusals %+v", b.refusals)
			}
		})
	}
}

func TestClickRefuses(t *testing.T) {
	t.Parallel()
	two := func(f func(*intake.Click)) intake.Click {
		return click(func(c *intake.Click) { c.Type = "2" }, f)
	}
	tests := []struct {
		name  string
		click intake.Click
		code  clickbridge.Code
		want  string
	}{
		{"NoCredentials", click(func(c *intake.Click) { c.Credentials = intake.Credentials{} }), clickbridge.EUNAUTHORIZED, "Invalid access key"},
		{"WrongAccessKey", click(func(c *intake.Click) { c.AccessKey = "fo" }), clickbridge.EUNAUTHORIZED, "Invalid access key"},
		{"WrongSecret", click(func(c *intake.Click) { c.SecretAccessKey = "baz" }), clickbridge.EUNAUTHORIZED, "Invalid access key"},
		{"NoSecret", click(func(c *intake.Click) { c.SecretAccessKey = "" }), clickbridge.EUNAUTHORIZED, "Invalid access key"},
		{"WrongPairBesideGoodPublicKey", click(func(c *intake.Click) { c.SecretAccessKey, c.PublicKey = "baz", openKey }), clickbridge.EUNAUTHORIZED, "Invalid access key"},
		{"APIKeyAsSecret", click(func(c *intake.Click) { c.SecretAccessKey, c.APIKey = "", "bar" }), clickbridge.EUNAUTHORIZED, "Invalid access key"},
		{"PublicKeyAsAPIKey", click(func(c *intake.Click) { c.Credentials = intake.Credentials{APIKey: openKey} }), clickbridge.EUNAUTHORIZED, "Invalid access key"},
		{"APIKeyAsPublicKey", click(func(c *intake.Click) { c.Credentials = intake.Credentials{PublicKey: apiKey} }), clickbridge.EUNAUTHORIZED, "Invalid access key"},
		{"AccessKeyAsPublicKey", click(func(c *intake.Click) { c.Credentials = intake.Credentials{PublicKey: "foo"} }), clickbridge.EUNAUTHORIZED, "Invalid access key"},
		{"KeyOfNoAccount", click(func(c *intake.Click) { c.Credentials = intake.Credentials{APIKey: "orphan"} }), clickbridge.EUNAUTHORIZED, "Invalid access key"},

		{"NoFindMe", click(func(c *intake.Click) { c.FindMeID = "" }), clickbridge.EINVALID, "Missing parameter: findme_id"},
		{"NoPhone", click(func(c *intake.Click) { c.PhoneToCall = "" }), clickbridge.EINVALID, "Missing parameter: phone_to_call"},
		{"UnknownFindMe", click(func(c *intake.Click) { c.FindMeID = "11111" }), clickbridge.EINVALID, "Invalid findme_id: 11111 does not exist"},
		{"OthersFindMe", click(func(c *intake.Click) { c.FindMeID = "500" }), clickbridge.EINVALID, "Invalid findme_id: 500 does not exist"},
		{"LettersAsFindMe", click(func(c *intake.Click) { c.FindMeID = "Sales" }), clickbridge.EINVALID, "Invalid findme_id: Sales is not a FindMe id"},
		{"Type3", click(func(c *intake.Click) { c.Type = "3" }), clickbridge.EINVALID, "Invalid type: must be 1 or 2"},
		{"ShortPhone", click(func(c *intake.Click) { c.PhoneToCall = "5551234" }), clickbridge.EINVALID, "Invalid phone_to_call: 5551234 is too short"},
		{"Emergency", click(func(c *intake.Click) { c.PhoneToCall = "9-1-1" }), clickbridge.EINVALID, "Invalid phone_to_call: 911 is an emergency number"},
		{"Letters", click(func(c *intake.Click) { c.PhoneToCall = "1-800-FLOWERS" }), clickbridge.EINVALID, "Invalid phone_to_call: 'F' is not a digit"},
		{"Jamaica", click(func(c *intake.Click) { c.PhoneToCall = "8765550100" }), clickbridge.EFORBIDDEN, "Access denied: calls to JM are not allowed"},
		{"Britain", click(func(c *intake.Click) { c.PhoneToCall = "+442079460123" }), clickbridge.EFORBIDDEN, "Access denied: calls to GB are not allowed"},
		{"Satellite", click(func(c *intake.Click) { c.PhoneToCall = "+882123456789" }), clickbridge.EFORBIDDEN, "Access denied: calls to +882123456789 are not allowed"},
		{"Premium", click(func(c *intake.Click) { c.PhoneToCall = "9005551212" }), clickbridge.EFORBIDDEN, "Access denied: calls to premium-rate numbers are not allowed"},
		{"ForeignCallerID", click(func(c *intake.Click) { c.FirstCallerID = "5551110000" }), clickbridge.EINVALID, "Invalid first_callerid: 5551110000 is not a registered or tracking number of the account"},
		{"SecondCallerIDOfAnother", click(func(c *intake.Click) { c.SecondCallerID = "5555550150" }), clickbridge.EINVALID, "Invalid second_callerid: 5555550150 is not a registered or tracking number of the account"},
		{"CallerIDNoNumber", click(func(c *intake.Click) { c.SecondCallerID = "anonymous" }), clickbridge.EINVALID, "Invalid second_callerid: 'a' is not a digit"},
		{"NoCallerID", click(func(c *intake.Click) {
			c.Credentials, c.FindMeID = intake.Credentials{AccessKey: "bare", SecretAccessKey: "bare"}, "500"
		}), clickbridge.EFORBIDDEN, "Access denied: the account has no caller id to show"},
		{"HomeOnlyByDefault", click(func(c *intake.Click) {
			c.Credentials, c.FindMeID, c.PhoneToCall = intake.Credentials{AccessKey: "bare", SecretAccessKey: "bare"}, "500", "4165550123"
		}), clickbridge.EFORBIDDEN, "Access denied: calls to CA are not allowed"},

		{"VendorsObfuscatedAddress", two(func(c *intake.Click) { c.NoAnswerEmail = "[email protected]" }), clickbridge.EINVALID, "Invalid no_answer_email: not an e-mail address"},
		{"TwoAddresses", two(func(c *intake.Click) { c.NoAnswerEmail = "a@example.com,b@example.com" }), clickbridge.EINVALID, "Invalid no_answer_email: not an e-mail address"},
		{"NamedAddress", two(func(c *intake.Click) { c.NoAnswerEmail = "Sales <a@example.com>" }), clickbridge.EINVALID, "Invalid no_answer_email: not an e-mail address"},
		{"HeaderInjection", two(func(c *intake.Click) { c.NoAnswerEmail = "a@example.com\r\nBcc: b@example.com" }), clickbridge.EINVALID, "Invalid no_answer_email: not an e-mail address"},
		{"NoDomain", two(func(c *intake.Click) { c.NoAnswerEmail = "sales@" }), clickbridge.EINVALID, "Invalid no_answer_email: not an e-mail address"},
		{"DomainLabel", two(func(c *intake.Click) { c.NoAnswerEmail = "sales@-example.com" }), clickbridge.EINVALID, "Invalid no_answer_email: not an e-mail address"},
		{"SMSEmergency", two(func(c *intake.Click) { c.NoAnswerSMS = "911" }), clickbridge.EINVALID, "Invalid no_answer_sms: 911 is an emergency number"},
		{"SMSAbroad", two(func(c *intake.Click) { c.NoAnswerSMS = "+442079460123" }), clickbridge.EFORBIDDEN, "Access denied: calls to GB are not allowed"},
		{"NoSMSNumber", two(func(c *intake.Click) {
			c.Credentials, c.FindMeID = intake.Credentials{AccessKey: "bare", SecretAccessKey: "bare"}, "500"
			c.FirstCallerID, c.SecondCallerID, c.NoAnswerSMS = "5555550150", "5555550150", "5554443333"
		}), clickbridge.EINVALID, "Invalid no_answer_sms: the account has no SMS-enabled number to send from"},
		{"URLScheme", two(func(c *intake.Click) { c.NoAnswerURL = "ftp://example.com/" }), clickbridge.EINVALID, "Invalid no_answer_url: must be an http or https address with a host"},
		{"URLFile", two(func(c *intake.Click) { c.NoAnswerURL = "file:///etc/passwd" }), clickbridge.EINVALID, "Invalid no_answer_url: must be an http or https address with a host"},
		{"URLWithoutHost", two(func(c *intake.Click) { c.NoAnswerURL = "https:///x" }), clickbridge.EINVALID, "Invalid no_answer_url: must be an http or https address with a host"},
		{"URLOnlyPort", two(func(c *intake.Click) { c.NoAnswerURL = "https://:443/x" }), clickbridge.EINVALID, "Invalid no_answer_url: must be an http or https address with a host"},
		{"URLOpaque", two(func(c *intake.Click) { c.NoAnswerURL = "http:example.com" }), clickbridge.EINVALID, "Invalid no_answer_url: must be an http or https address with a host"},
		{"TransferAbroad", two(func(c *intake.Click) { c.NoAnswerPhone = "8765550100" }), clickbridge.EFORBIDDEN, "Access denied: calls to JM are not allowed"},
		{"TransferPremium", two(func(c *intake.Click) { c.NoAnswerPhone = "9005551212" }), clickbridge.EFORBIDDEN, "Access denied: calls to premium-rate numbers are not allowed"},
		{"TransferEmergency", two(func(c *intake.Click) { c.NoAnswerPhone = "911" }), clickbridge.EINVALID, "Invalid no_answer_phone: 911 is an emergency number"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			_, err := b.Click(t.Context(), tt.click)
			if clickbridge.ErrorCode(err) != tt.code || clickbridge.ErrorMessage(err) != tt.want {
				t.Fatalf("got %s %q, want %s %q", clickbridge.ErrorCode(err), clickbridge.ErrorMessage(err), tt.code, tt.want)
			}
			if len(b.calls.days) != 0 || len(b.conductor.begun) != 0 {
				t.Error("a refused click reached the store or the conductor")
			}
			if len(b.refusals) != 1 || b.refusals[0].Reason != tt.want || b.refusals[0].Code != tt.code || b.refusals[0].RemoteAddr != "192.0.2.7" {
				t.Errorf("recorded %+v", b.refusals)
			}
			if !strings.Contains(b.log.String(), "click refused") {
				t.Errorf("logged %s", b.log)
			}
		})
	}
}

// Neither the log nor the record of a refused click holds what it was signed
// with, whichever way it was wrong.
func TestRefusalsHoldNoSecret(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, c := range []intake.Credentials{
		{AccessKey: "foo", SecretAccessKey: "hunter2-hunter2"}, {APIKey: "hunter2-hunter2"}, {PublicKey: "hunter2-hunter2"},
	} {
		_, _ = b.Click(t.Context(), click(func(k *intake.Click) { k.Credentials = c }))
	}
	_, _ = b.Click(t.Context(), click(func(k *intake.Click) { k.PhoneToCall = "911" }))
	seen := b.log.String()
	for _, r := range b.refusals {
		seen += r.Key + r.Reason + r.FindMe + r.Phone
	}
	if len(b.refusals) != 4 || strings.Contains(seen, "hunter2") || strings.Contains(seen, "bar") {
		t.Errorf("%d refusals; seen: %s", len(b.refusals), seen)
	}
	if last := b.refusals[3]; last.AccountID != 1 || last.Key != "website backend" || last.Phone != "911" || last.FindMe != "98765" {
		t.Errorf("recorded %+v", last)
	}
}

func TestClickUnavailable(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		ready error
		store error
		code  clickbridge.Code
		want  string
	}{
		{"Draining", errors.New("the server is draining"), nil, clickbridge.EUNAVAILABLE, "Service unavailable: the server is draining"},
		{"Full", &clickbridge.Error{Code: clickbridge.EUNAVAILABLE, Message: "Service unavailable: every line is in use", RetryAfter: 5 * time.Second}, nil,
			clickbridge.EUNAVAILABLE, "Service unavailable: every line is in use"},
		{"StoreFails", nil, errors.New("disk full"), clickbridge.EUNAVAILABLE, "Service unavailable: the call could not be stored"},
		{"DailyLimit", nil, store.ErrDailyLimit, clickbridge.ELIMIT, "Too many requests: the account's 5000 calls of the day are used up"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.ready = func() error { return tt.ready }
			b.calls.err = tt.store
			for range 2 { // a refusal is not remembered as an answer
				_, err := b.Click(t.Context(), click())
				var e *clickbridge.Error
				if !errors.As(err, &e) || e.Code != tt.code || e.Message != tt.want || e.RetryAfter <= 0 {
					t.Fatalf("got %#v", err)
				}
			}
			if len(b.refusals) != 2 || len(b.conductor.begun) != 0 {
				t.Errorf("%d refusals, %d conducted", len(b.refusals), len(b.conductor.begun))
			}
			b.ready, b.calls.err = nil, nil
			if _, err := b.Click(t.Context(), click()); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}
