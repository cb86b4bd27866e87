package clickbridge

import (
	"strings"
	"testing"
)

func TestCheckFindMe(t *testing.T) {
	a := &Account{Country: "US", Destinations: []string{"US", "CA"}}
	was := &FindMe{ID: 1, Timeout: DefaultRingTime, LoopCount: 1, Numbers: []FindMeNumber{{Number: "+442079460123"}}}
	was.Settings.Hold.Music = "lost"
	tests := []struct {
		name   string
		change func(*FindMe)
		want   string
		code   Code
	}{
		{"Same", func(*FindMe) {}, "", ""},
		{"Home", func(f *FindMe) { f.Numbers[0].Number = "+13125550100" }, "", ""},
		{"Abroad", func(f *FindMe) { f.Numbers[0].Number = "+442079460124" }, "Access denied: +442079460124: calls to GB are not allowed", EFORBIDDEN},
		{"Premium", func(f *FindMe) { f.Numbers[0].Number = "+19005550100" }, "Access denied: 9005550100: calls to premium-rate numbers are not allowed", EFORBIDDEN},
		{"TransferAbroad", func(f *FindMe) { f.Settings.End = EndOfList{Action: EndTransfer, Number: "+18765550100"} },
			"Access denied: +18765550100: calls to JM are not allowed", EFORBIDDEN},
		{"Loops", func(f *FindMe) { f.LoopCount = 6 }, "Invalid loop_count 6", EINVALID},
		{"Clip", func(f *FindMe) { f.Settings.Hold.Music = "here" }, "", ""},
		{"NoClip", func(f *FindMe) { f.Settings.Hold.Music = "gone" }, `Invalid audio: "gone" is not an uploaded clip`, EINVALID},
	}
	for _, tt := range tests {
		f := *was
		f.Numbers = []FindMeNumber{was.Numbers[0]}
		tt.change(&f)
		err := a.CheckFindMe(&f, was, func(name string) bool { return name == "here" })
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.want != "" && (!strings.HasPrefix(ErrorMessage(err), tt.want) || ErrorCode(err) != tt.code):
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
	if err := a.CheckFindMe(was, nil, func(string) bool { return true }); ErrorCode(err) != EFORBIDDEN {
		t.Errorf("a new one: %v", err)
	}
}
