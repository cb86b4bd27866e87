package row_test

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"clickbridge"
	"clickbridge/store/row"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"":                "",
		"plain":           "plain",
		"\x00":            "",
		"a\x00b":          "ab",
		"\xffa\xfe\xfdb":  "\uFFFDa\uFFFDb",
		"\xc3\x00\xa9":    "é", // NUL goes first: what it had parted is whole again
		"🙂\u2028":         "🙂\u2028",
		"\xed\xa0\x80end": "\uFFFDend",
	} {
		if got := row.Text(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// FuzzText: whatever comes in, what is stored is storable and stays as it is.
func FuzzText(f *testing.F) {
	f.Add("a\x00\xff\xc3", 3)
	f.Add(strings.Repeat("é", 300), 512)
	f.Fuzz(func(t *testing.T, s string, n int) {
		n = max(n%1000, 0)
		for _, got := range []string{row.Text(s), row.CutText(s, n)} {
			if !utf8.ValidString(got) || strings.Contains(got, "\x00") || row.Text(got) != got {
				t.Errorf("%q became %q", s, got)
			}
		}
		if cut := row.CutText(s, n); len(cut) > n || !strings.HasPrefix(row.Text(s), cut) {
			t.Errorf("%q cut to %d: %q", s, n, cut)
		}
	})
}

func TestTimes(t *testing.T) {
	if row.Micros(time.Time{}) != 0 || !row.Time(0).IsZero() {
		t.Error("the zero time is not 0")
	}
	rapid.Check(t, func(t *rapid.T) {
		us := rapid.Int64Range(1, 4e15).Draw(t, "us")
		if got := row.Micros(row.Time(us)); got != us {
			t.Errorf("%d came back as %d", us, got)
		}
	})
	zone := time.FixedZone("x", -5*3600)
	if got := row.Time(row.Micros(time.Date(2026, 1, 2, 3, 4, 5, 6789, zone))); !got.Equal(time.Date(2026, 1, 2, 8, 4, 5, 6000, time.UTC)) || got.Location() != time.UTC {
		t.Errorf("a local time came back as %s", got)
	}
}

// TestValuesMatchColumns counts: a column that is added must be added in three
// places.
func TestValuesMatchColumns(t *testing.T) {
	for _, test := range []struct {
		name, columns string
		values, dest  int
	}{
		{"call", row.CallColumns, len(row.CallValues(&clickbridge.Call{})), len(row.CallDest(&clickbridge.Call{}))},
		{"attempt", row.AttemptColumns, len(row.AttemptValues(&clickbridge.Attempt{})), len(row.AttemptDest(&clickbridge.Attempt{}))},
		{"notice", row.NoticeColumns, len(row.NoticeValues(&clickbridge.Notice{})), len(row.NoticeDest(&clickbridge.Notice{}))},
		{"try", row.TryColumns, len(row.TryValues(&clickbridge.NoticeTry{})), len(row.TryDest(&clickbridge.NoticeTry{}))},
		{"refusal", row.RefusalColumns, len(row.RefusalValues(&clickbridge.Refusal{})), len(row.RefusalDest(&clickbridge.Refusal{}))},
	} {
		if n := 1 + strings.Count(test.columns, ","); n != test.values || n != test.dest {
			t.Errorf("%s: %d columns, %d values, %d destinations", test.name, n, test.values, test.dest)
		}
	}
}

func TestLegData(t *testing.T) {
	l := clickbridge.LegRecord{ID: "1", Agent: "+15558688950", Exclusive: true, CSeq: 4294967295, State: clickbridge.LegAnswered, Routes: []string{"<sip:a;lr>", "b"}, RemoteURI: "sip:\"é\"@x"}
	got, err := row.Leg(row.LegData(&l))
	if d := cmp.Diff(l, got); err != nil || d != "" {
		t.Errorf("%v\n%s", err, d)
	}
	l = clickbridge.LegRecord{}
	if got, err = row.Leg(row.LegData(&l)); err != nil || !cmp.Equal(l, got) {
		t.Errorf("an empty record: %+v, %v", got, err)
	}
	whole := row.LegData(&l)
	for _, broken := range []string{"", "{", "3 " + whole[2:], whole[:len(whole)-1], whole + "9", whole + "-1:", whole[:len(whole)-4]} {
		if _, err := row.Leg(broken); err == nil {
			t.Errorf("broken data was read: %q", broken)
		}
	}
}

// TestLegDataOfVersion1: records of the first version, which knew no agent, are
// read for ever.
func TestLegDataOfVersion1(t *testing.T) {
	got, err := row.Leg("1 1:a1:b1:c4:main8:answered1:d1:e1:f1:g1:h1:i1:j1:k1:l3:udp1:m10:42949672951:r0:")
	want := clickbridge.LegRecord{
		ID: "a", CallID: "b", AttemptID: "c", Trunk: "main", State: clickbridge.LegAnswered, SIPCallID: "d",
		LocalURI: "e", LocalTag: "f", RemoteURI: "g", RemoteTag: "h", RequestURI: "i", Branch: "j",
		RemoteTarget: "k", NextHop: "l", Transport: "udp", LocalAddr: "m", CSeq: 4294967295, Routes: []string{"r", ""},
	}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v\n%s", err, d)
	}
}

// TestCodes: a call and an attempt come back from their coded form as from
// their columns, and a form that lacks what was added later has zeros there.
func TestCodes(t *testing.T) {
	at := row.Time(1_772_000_000_123_456)
	c := &clickbridge.Call{
		ID: "1", AccountID: -2, KeyName: "key", Node: "n", Order: clickbridge.FindMeFirst, FindMeID: 98765, FindMeName: "f",
		Phone: "+15551112222", FirstCallerID: "a", SecondCallerID: "b", Page: "p", Ref: "r", Callback: "cb", CreatedAt: at,
		NoAnswer: clickbridge.NoAnswer{Email: "e", SMS: "s", URL: "u", Phone: "p"}, Notes: []string{"", "x"},
		State: clickbridge.CallBridged, Result: "Connected", Cause: "é", Agent: "ag", AgentName: "an",
		AcceptedAt: at, HuntEnded: at.Add(1000), BridgedAt: at, EndedAt: at,
	}
	a := &clickbridge.Attempt{
		CallID: "1", ID: "2", Seq: 3, Party: "p", Number: "n", Name: "m", Pass: 4, Trunk: "t",
		StartedAt: at, AnsweredAt: at, EndedAt: at, Result: "Busy", SIPCode: 486, Text: "x",
	}
	coded := row.AppendAttempt(row.AppendCall(nil, c), a)
	d := row.Decode(coded)
	if diff := cmp.Diff([]any{c, a}, []any{d.Call(), d.Attempt()}); diff != "" || d.Err() != nil {
		t.Errorf("%v\n%s", d.Err(), diff)
	}
	if d = row.Decode(coded); d.Call() == nil || d.Err() == nil {
		t.Error("what is left over is not told")
	}
	zero := row.Decode(nil)
	if diff := cmp.Diff(&clickbridge.Call{}, zero.Call()); diff != "" || zero.Err() != nil {
		t.Errorf("nothing: %v\n%s", zero.Err(), diff)
	}
	odd := row.Decode(row.AppendCall(nil, &clickbridge.Call{ID: "a\x00", Ref: "\xff", CreatedAt: at.Local().Add(999)}))
	if got := odd.Call(); got.ID != "a" || got.Ref != "\uFFFD" || !got.CreatedAt.Equal(at) || got.CreatedAt.Location() != time.UTC {
		t.Errorf("odd values came back as %+v", got)
	}
}

// FuzzDecode: what is found in a file never makes it panic, or eat memory.
func FuzzDecode(f *testing.F) {
	f.Add(row.AppendCall(nil, &clickbridge.Call{ID: "1", Notes: []string{"x"}}))
	f.Add(row.AppendAttempt(nil, &clickbridge.Attempt{ID: "1"}))
	f.Add(row.AppendInt(row.AppendCall(nil, &clickbridge.Call{})[:24], 1<<62))
	f.Fuzz(func(t *testing.T, b []byte) {
		d := row.Decode(b)
		c := d.Call()
		if d.Err() != nil {
			return
		}
		coded := row.AppendCall(nil, c)
		if again := row.AppendCall(nil, row.Decode(coded).Call()); !bytes.Equal(coded, again) {
			t.Errorf("%q: %q, %q", b, coded, again)
		}
		row.Decode(b).Attempt()
	})
}

// FuzzLeg: what recovery finds in the file never makes it panic, and what it can
// read it can write.
func FuzzLeg(f *testing.F) {
	f.Add(row.LegData(&clickbridge.LegRecord{ID: "1:", Routes: []string{"", "a"}, CSeq: 7}))
	f.Add("1 99999999999999999999:x")
	f.Fuzz(func(t *testing.T, data string) {
		l, err := row.Leg(data)
		if err != nil {
			return
		}
		kept := row.LegData(&l)
		again, err := row.Leg(kept)
		if err != nil || row.LegData(&again) != kept {
			t.Errorf("%q: %q, %v", data, kept, err)
		}
	})
}
