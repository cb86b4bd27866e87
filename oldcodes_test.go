package clickbridge_test

import (
	"strings"
	"testing"

	"clickbridge"
)

// Every word and every old code means one thing, and what it means is written
// as the word.
func TestWords(t *testing.T) {
	for setting, codes := range map[string]struct {
		parse func(string) (string, error)
		want  string // "input=word"
	}{
		"strategy":    {reads(clickbridge.ParseStrategy, clickbridge.Strategy.Word), "in_order=in_order all_at_once=all_at_once 1=random 2=round_robin Random=random least_recent=least_recent weighted=weighted"},
		"list_type":   {reads(clickbridge.ParseListType, clickbridge.ListTypeWord), "1=individual 2=group group=group"},
		"auto_accept": {reads(clickbridge.ParseAutoAccept, clickbridge.AutoAccept.Word), "0=off 1=first 2=last_asked 3=last_unasked last_asked=last_asked"},
		"screen":      {reads(clickbridge.ParseScreenMethod, clickbridge.ScreenMethod.Word), "0=record_name 1=whisper_text 2=whisper_audio announce=announce none=none"},
		"holdrepeat":  {reads(clickbridge.ParseHoldRepeat, clickbridge.HoldRepeat.Word), "0=once 1=between 2=always always=always"},
		"end":         {reads(clickbridge.ParseEndAction, clickbridge.EndAction.Word), "0=hangup 1=transfer 2=voicemail 3=call_later hangup=hangup"},
		"announce":    {reads(clickbridge.ParseAnnounce, clickbridge.Announce.Word), "both=both customer=customer agent=agent nobody=nobody"},
	} {
		for pair := range strings.FieldsSeq(codes.want) {
			in, want, _ := strings.Cut(pair, "=")
			if got, err := codes.parse(in); err != nil || got != want {
				t.Errorf("%s %s: got %q, %v; want %s", setting, in, got, err, want)
			}
		}
		for _, in := range []string{"", "9", "-", "01"} {
			if got, err := codes.parse(in); err == nil {
				t.Errorf("%s %q: got %q, want an error", setting, in, got)
			}
		}
	}
}

func reads[T any](parse func(string) (T, error), word func(T) string) func(string) (string, error) {
	return func(s string) (string, error) {
		v, err := parse(s)
		return word(v), err
	}
}

func TestUnknownWordNamesTheKnown(t *testing.T) {
	_, err := clickbridge.ParseListType("team")
	if err == nil || err.Error() != "is not one of individual, group (old codes: 1 individual, 2 group)" {
		t.Errorf("got %v", err)
	}
	_, err = clickbridge.ParseAnnounce("1")
	if err == nil || err.Error() != "is not one of both, customer, agent, nobody" {
		t.Errorf("got %v", err)
	}
}

// What is answered as a code is read back as the same.
func TestCodes(t *testing.T) {
	if c := clickbridge.RoundRobin.Code(); c != "2" {
		t.Errorf("round robin is %q", c)
	}
	if c := clickbridge.WeightedOrder.Code(); c != "" {
		t.Errorf("weighted is %q, which the old API had not", c)
	}
	for _, group := range []bool{false, true} {
		if got, err := clickbridge.ParseListType(clickbridge.ListTypeCode(group)); err != nil || got != group {
			t.Errorf("%v: %v, %v", group, got, err)
		}
	}
	for _, a := range []clickbridge.AutoAccept{clickbridge.AcceptByKey, clickbridge.AcceptFirst, clickbridge.AcceptLastAsked, clickbridge.AcceptLastUnasked} {
		if got, err := clickbridge.ParseAutoAccept(a.Code()); err != nil || got != a {
			t.Errorf("%v: %v, %v", a, got, err)
		}
	}
	for _, h := range []clickbridge.HoldRepeat{clickbridge.HoldOnce, clickbridge.HoldBetween, clickbridge.HoldAlways} {
		if got, err := clickbridge.ParseHoldRepeat(h.Code()); err != nil || got != h {
			t.Errorf("%v: %v, %v", h, got, err)
		}
	}
	for _, e := range []clickbridge.EndAction{clickbridge.EndHangup, clickbridge.EndTransfer, clickbridge.EndVoicemail, clickbridge.EndCallLater} {
		if got, err := clickbridge.ParseEndAction(e.Code()); err != nil || got != e {
			t.Errorf("%v: %v, %v", e, got, err)
		}
	}
	if got, err := clickbridge.ParseScreenMethod(clickbridge.ScreenName.Code()); err != nil || got != clickbridge.ScreenName {
		t.Errorf("record_name: %v, %v", got, err)
	}
}
