package sqlite_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
	"clickbridge/store"
	"clickbridge/store/sqlite"
)

// version1 makes a file as the first version left it when it was killed: with
// a call that had ended, one in flight, and a leg of each.
func version1(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	first, err := os.ReadFile("migrations/00001_first.sql")
	if err != nil {
		t.Fatal(err)
	}
	const call = `INSERT INTO calls (id, account_id, key_name, node, ord, findme_id, findme_name, phone, first_caller_id,
		second_caller_id, page, ref, no_answer, notes, created_at, state, result, cause, agent, agent_name, accepted_at,
		hunt_ended, bridged_at, ended_at, ended) VALUES (?, 1, 'key', 'a', 2, 3, 'Sales', '+15551110000', '', '', '', 'r', '', '', 1000000,
		?, ?, '', '', '', 0, 0, 0, ?, ?)`
	const attempt = `INSERT INTO attempts VALUES (?, ?, 1, 'findme', '+15558688950', '', 1, 'main', 2000000, 0, 0, ?, 0, '')`
	const leg = `INSERT INTO legs VALUES (?, ?, 'a', ?, ?)`
	for _, q := range [][]any{
		{string(first)},
		{`PRAGMA journal_mode = wal`},
		{`CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL,
			is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')))`},
		{`INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1), (1, 1)`},
		{call, "ended", "ended", "Connected", 5000000, 1}, {attempt, "ended", "x", "Accepted"},
		{call, "flying", "hunting", "In Progress", 0, 0}, {attempt, "flying", "y", ""},
		{leg, "leg x", "ended", 1, sqlite.Leg1("leg x", "ended")}, {leg, "leg y", "flying", 0, sqlite.Leg1("leg y", "flying")},
		{`INSERT INTO account_days VALUES (1, 'd', 2)`},
		{`INSERT INTO notices VALUES ('n', 'flying', 'email', '', '', '', '', 'sent', 1, 1)`},
	} {
		if _, err := db.Exec(q[0].(string), q[1:]...); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// TestFileOfVersion1: what was in flight under the first version is recovered
// by this one, also when the first process to open it only looks.
func TestFileOfVersion1(t *testing.T) {
	ctx := context.Background()
	path := version1(t)
	for i := range 2 {
		s := open(t, path)
		r, err := s.Call(ctx, "flying")
		if err != nil || !r.Call.InFlight() || len(r.Attempts) != 1 || len(r.Notices) != 1 {
			t.Errorf("open %d: the call in flight: %+v, %v", i, r, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, path)
	defer s.Close()
	n := 0
	if err := s.EachCall(ctx, store.Filter{}, func(store.Record) error { n++; return nil }); err != nil || n != 2 {
		t.Errorf("%d calls, %v", n, err)
	}
	os, rest, err := s.ClaimOwn(ctx, "a")
	if err != nil || len(os) != 1 || len(rest) != 1 || len(os[0].Legs) != 1 {
		t.Fatalf("claimed %+v, %+v, %v", os, rest, err)
	}
	o := os[0]
	if o.Call.ID != "flying" || o.Call.Ref != "r" || o.Attempts[0].ID != "y" || o.Legs[0].ID != "leg y" || rest[0].ID != "leg x" {
		t.Errorf("claimed %+v, %+v", o, rest)
	}
	want := clickbridge.LegRecord{ID: "leg y", CallID: "flying", AttemptID: "attempt", Trunk: "main", State: clickbridge.LegInviting,
		SIPCallID: "abc@127.0.0.1", CSeq: 1, Routes: []string{"<sip:a;lr>"}}
	if d := cmp.Diff(want, o.Legs[0]); d != "" {
		t.Error(d)
	}
	early := o.Legs[0]
	early.ID, early.RemoteTag = "leg x", "late" // it was answered
	s.Early(early)
	s.Gone("leg y")
	if err := s.CreateCall(ctx, clickbridge.Call{ID: "new", AccountID: 1, Node: "a"}, store.Daily{Day: "d", Limit: 3}); err != nil {
		t.Error(err)
	}
	if err := s.CreateCall(ctx, clickbridge.Call{ID: "newer", AccountID: 1, Node: "a"}, store.Daily{Day: "d", Limit: 3}); err == nil {
		t.Error("the day's clicks were forgotten")
	}
	if err := s.CreateCall(ctx, clickbridge.Call{ID: "ended", AccountID: 1, Node: "a"}, store.Daily{Day: "e"}); err == nil {
		t.Error("a call was made twice")
	}
	os, rest, err = s.ClaimOwn(ctx, "a")
	if err != nil || len(os) != 2 || len(os[0].Legs)+len(os[1].Legs) != 0 || len(rest) != 1 || rest[0].RemoteTag != "" {
		t.Errorf("then claimed %+v, %+v, %v", os, rest, err)
	}
	for _, gone := range []string{"legs_v1", "calls_in_flight"} {
		var n int
		if err := s.DB().QueryRow(`SELECT count(*) FROM sqlite_schema WHERE name = ?`, gone).Scan(&n); err != nil || n != 0 {
			t.Errorf("%s is still there, %v", gone, err)
		}
	}
}

// TestTornFactsAreTold: a file from which something is missing is not taken for
// one without calls.
func TestTornFactsAreTold(t *testing.T) {
	ctx := context.Background()
	for what, q := range map[string]string{
		"a slot is missing": `DELETE FROM facts WHERE seq = 2`,
		"the head is gone":  `UPDATE facts SET data = x'01' WHERE seq = 3`,
		"an empty slot":     `UPDATE facts SET data = x'' WHERE seq = 1`,
		"another language":  `UPDATE facts SET data = x'01010000000000000063010000000200' WHERE seq = 2`,
		"a length too long": `UPDATE facts SET data = x'01010000000000000001ffffff0000' WHERE seq = 2`,
	} {
		path := empty(t)
		s := open(t, path)
		for range 3 {
			if err := s.CreateCall(ctx, clickbridge.Call{ID: clickbridge.NewCallID(), Node: "a"}, store.Daily{Day: "d"}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.DB().Exec(q); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open(t, path)
		for range 2 {
			if _, _, err := s.ClaimOwn(ctx, "a"); err == nil || !strings.Contains(err.Error(), "broken") {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := s.Heartbeat(ctx, "a", at(0)); err != nil {
			t.Errorf("%s: the rest of the file: %v", what, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
