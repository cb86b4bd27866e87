package row

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
	"clickbridge/store"
)

// TestTablesMatchColumns counts, as TestValuesMatchColumns does.
func TestTablesMatchColumns(t *testing.T) {
	for _, test := range []struct {
		name, columns string
		values, dest  int
	}{
		{"account", accountColumns, 1 + len(accountValues(&clickbridge.Account{})), len(accountDest(&clickbridge.Account{}))},
		{"key", keyColumns, 1 + len(keyValues(&clickbridge.Key{}, 1)), len(keyDest(&clickbridge.Key{}))},
		{"FindMe", findMeColumns, len(findMeValues(&clickbridge.FindMe{}, 1)), len(findMeDest(&clickbridge.FindMe{}))},
		{"audio", audioColumns, len(audioValues(&clickbridge.Audio{}, 1)), len(audioDest(&clickbridge.Audio{}))},
		{"callback", callbackColumns, len(CallbackValues(&clickbridge.Callback{})), len(callbackDest(&clickbridge.Callback{}))},
		{"recording", recordingColumns, len(recordingValues(&clickbridge.Recording{})), len(recordingDest(&clickbridge.Recording{}))},
	} {
		if n := 1 + strings.Count(test.columns, ","); n != test.values || n != test.dest {
			t.Errorf("%s: %d columns, %d values, %d destinations", test.name, n, test.values, test.dest)
		}
	}
}

// TestClean: texts are clean however deep, and what was given is not touched.
func TestClean(t *testing.T) {
	odd := "a\x00\xff"
	repeat := clickbridge.HoldOnce
	settings := func(s string, none []string) clickbridge.FindMeSettings {
		return clickbridge.FindMeSettings{
			Schedule: &clickbridge.Schedule{TimeZone: s, Hours: []clickbridge.Hours{{Day: time.Friday, From: 1, To: 2}}, Closed: []string{s}},
			Screen:   clickbridge.Screening{Text: s, AcceptKey: '#'},
			Hold:     clickbridge.Hold{Repeat: &repeat},
			End:      clickbridge.EndOfList{Number: clickbridge.Number(s), Emails: none},
		}
	}
	given := settings(odd, []string{})
	if d := cmp.Diff(settings("a\uFFFD", nil), Clean(given)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if d := cmp.Diff(settings(odd, []string{}), given); d != "" {
		t.Errorf("what was given is changed:\n%s", d)
	}
	if got := Clean(clickbridge.FindMeSettings{}); !cmp.Equal(got, clickbridge.FindMeSettings{}) {
		t.Errorf("the zero value became %+v", got)
	}
}

// TestRecordingsQuery: only what is asked is in the WHERE.
func TestRecordingsQuery(t *testing.T) {
	for _, test := range []struct {
		f    store.RecordingFilter
		want string
		args int
	}{
		{store.RecordingFilter{}, " FROM recordings ORDER BY started_at DESC, id DESC LIMIT $1", 1},
		{store.RecordingFilter{AccountID: 1, Limit: 5}, " WHERE account_id = $1 ORDER BY started_at DESC, id DESC LIMIT $2", 2},
		{store.RecordingFilter{Node: "a", State: "ready", Local: true},
			" WHERE node = $1 AND state = $2 AND substr(file, 1, 3) <> 's3:' ORDER BY started_at DESC, id DESC LIMIT $3", 3},
	} {
		if query, args := recordingsQuery(test.f); !strings.HasSuffix(query, test.want) || len(args) != test.args {
			t.Errorf("%+v: %s with %v", test.f, query, args)
		}
	}
}
