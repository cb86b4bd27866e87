package intake_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"

	"clickbridge"
	"clickbridge/intake"
)

// listed makes a click bring its own list.
func listed(change func(*clickbridge.FindMe), numbers ...clickbridge.Number) func(*intake.Click) {
	return func(c *intake.Click) {
		c.FindMeID, c.Listed = "", "the list"
		c.List = func(*clickbridge.Account) (*clickbridge.FindMe, []string, error) {
			f := &clickbridge.FindMe{Name: "List", Timeout: clickbridge.DefaultRingTime, LoopCount: 1}
			for _, n := range numbers {
				f.Numbers = append(f.Numbers, clickbridge.FindMeNumber{Number: n})
			}
			if change != nil {
				change(f)
			}
			return f, []string{"a note"}, nil
		}
	}
}

func TestListClick(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if _, err := b.Click(t.Context(), click(listed(nil, "+13125550100", "+14165550123"))); err != nil {
		t.Fatal(err)
	}
	call, list := b.calls.last(t), b.conductor.list
	if call.FindMeID != 0 || call.FindMeName != "List" || len(call.Notes) != 1 || list.AccountID != 1 || list.ID >= 0 || len(list.Numbers) != 2 {
		t.Errorf("call %+v\nlist %+v", call, list)
	}
}

func TestListRefused(t *testing.T) {
	t.Parallel()
	open := func(c *intake.Click) { c.Credentials = intake.Credentials{PublicKey: openKey} }
	asPair := func(*intake.Click) {}
	end := func(e clickbridge.EndOfList) func(*clickbridge.FindMe) {
		return func(f *clickbridge.FindMe) { f.Settings.End = e }
	}
	tests := []struct {
		name   string
		who    func(*intake.Click)
		change func(*clickbridge.FindMe)
		number clickbridge.Number
		want   string
	}{
		{"AnyNumber", asPair, nil, "+13125550100", ""},
		{"Abroad", asPair, nil, "+18765550100", "Access denied: +18765550100: calls to JM are not allowed"},
		{"Setting", asPair, func(f *clickbridge.FindMe) { f.LoopCount = 9 }, "+13125550100", "Invalid loop_count 9: must be 0 to 5"},
		{"Clip", asPair, func(f *clickbridge.FindMe) { f.Settings.Hold.Music = "jazz" }, "+13125550100", `Invalid audio: "jazz" is not an uploaded clip of the account`},
		{"PublicOwn", open, nil, "+18887776666", ""},
		{"PublicAny", open, nil, "+13125550100", "Access denied: this key may not call 3125550100, which is not a number of the account"},
		{"PublicTransfer", open, end(clickbridge.EndOfList{Action: clickbridge.EndTransfer, Number: "+13125550100"}), "+18887776666", "Access denied: this key may not transfer calls to this number"},
		{"PublicTransferListed", open, end(clickbridge.EndOfList{Action: clickbridge.EndTransfer, Number: "+15555550100"}), "+18887776666", ""},
		{"PublicMessage", open, end(clickbridge.EndOfList{Action: clickbridge.EndVoicemail, Emails: []string{"me@evil.example"}}), "+18887776666", "Access denied: this key may not send messages to this address"},
		{"PublicMessageListed", open, end(clickbridge.EndOfList{Action: clickbridge.EndVoicemail, Emails: []string{"Sales@example.com"}}), "+18887776666", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			_, err := b.Click(t.Context(), click(tt.who, listed(tt.change, tt.number)))
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.want != "" && (err == nil || clickbridge.ErrorMessage(err) != tt.want):
				t.Errorf("got %v, want %q", err, tt.want)
			case tt.want != "" && (len(b.refusals) != 1 || b.refusals[0].FindMe != "the list"):
				t.Errorf("recorded %+v", b.refusals)
			}
		})
	}
}

// Two lists are the same click when all of them is the same.
func TestListTwins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		b.conductor.answer = nil
		var failed atomic.Int64
		for _, n := range []clickbridge.Number{"+13125550100", "+13125550100", "+13125550101"} {
			go func() {
				if _, err := b.Click(t.Context(), click(listed(nil, n))); err != nil {
					failed.Add(1)
				}
			}()
		}
		synctest.Wait()
		if n := b.calls.count(); n != 2 {
			t.Errorf("%d calls, want 2", n)
		}
		for _, ch := range b.conductor.told {
			ch <- connected
		}
		synctest.Wait()
		if n := failed.Load(); n != 0 {
			t.Errorf("%d failed", n)
		}
	})
}

// One of the two dialled numbers may be shown where the account says so, by a
// click that may, and never with a public key.
func TestShowDialled(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name                   string
		account, click, public bool
		number                 string
		want                   bool
	}{
		{"Phone", true, true, false, "5551112222", true},
		{"Other", true, true, false, "3125550100", true},
		{"Stranger", true, true, false, "3125550109", false},
		{"NotTheAccount", false, true, false, "5551112222", false},
		{"NotTheClick", true, false, false, "5551112222", false},
		{"PublicKey", true, true, true, "5551112222", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			dir := example()
			dir.Revision, dir.Accounts[0].ShowDialled = 2, tt.account
			b.source.set(dir, nil)
			if err := b.dir.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			_, err := b.Click(t.Context(), click(listed(nil, "+13125550100"), func(c *intake.Click) {
				c.ShowDialled, c.SecondCallerID = tt.click, tt.number
				if tt.public {
					c.Credentials = intake.Credentials{PublicKey: openKey}
				}
			}))
			if (err == nil) != tt.want {
				t.Errorf("got %v", err)
			}
			if tt.want && b.calls.last(t).SecondCallerID.National("US") != tt.number {
				t.Errorf("shown: %s", b.calls.last(t).SecondCallerID)
			}
		})
	}
}
