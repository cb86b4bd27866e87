package row

import (
	"context"
	"fmt"
	"strings"

	"clickbridge"
	"clickbridge/store"
)

// recordingColumns are in the order of recordingValues and recordingDest.
const recordingColumns = `id, call_id, account_id, findme_id, node, kind, state, file, consent, note,
	started_at, length, bytes, keep_until`

const putRecordingSQL = `INSERT INTO recordings (` + recordingColumns + `)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
	ON CONFLICT (id) DO UPDATE SET call_id = excluded.call_id, account_id = excluded.account_id,
	findme_id = excluded.findme_id, node = excluded.node, kind = excluded.kind, state = excluded.state,
	file = excluded.file, consent = excluded.consent, note = excluded.note, started_at = excluded.started_at,
	length = excluded.length, bytes = excluded.bytes, keep_until = excluded.keep_until`

func recordingValues(r *clickbridge.Recording) []any {
	return []any{
		Text(string(r.ID)), Text(string(r.CallID)), r.AccountID, r.FindMeID, Text(r.Node),
		Text(string(r.Kind)), Text(string(r.State)), Text(r.File), Text(r.Consent), Text(r.Note),
		Micros(r.StartedAt), r.Length.Microseconds(), r.Bytes, Micros(r.KeepUntil),
	}
}

func recordingDest(r *clickbridge.Recording) []any {
	return []any{
		&r.ID, &r.CallID, &r.AccountID, &r.FindMeID, &r.Node, &r.Kind, &r.State, &r.File, &r.Consent, &r.Note,
		timeColumn{&r.StartedAt}, durationColumn{&r.Length}, &r.Bytes, timeColumn{&r.KeepUntil},
	}
}

// PutRecording implements [store.Recordings].
func (t Tables) PutRecording(ctx context.Context, r clickbridge.Recording) error {
	values := recordingValues(&r)
	return t.db.Write(ctx, func(tx Tx) error { return exec(tx, putRecordingSQL, values...) })
}

// Recording implements [store.Recordings].
func (t Tables) Recording(ctx context.Context, id clickbridge.RecordingID) (clickbridge.Recording, error) {
	return one(t.db.Look(ctx), recordingDest, "recording "+string(id),
		`SELECT `+recordingColumns+` FROM recordings WHERE id = $1`, Text(string(id)))
}

// ListRecordings implements [store.Recordings].
func (t Tables) ListRecordings(ctx context.Context, f store.RecordingFilter) ([]clickbridge.Recording, error) {
	query, args := recordingsQuery(f)
	return list(t.db.Look(ctx), recordingDest, query, args...)
}

// recordingsQuery builds the WHERE from what is asked, so that an index can be
// used.
func recordingsQuery(f store.RecordingFilter) (string, []any) {
	var where []string
	var args []any
	add := func(cond string, value any) {
		args = append(args, value)
		where = append(where, fmt.Sprintf("%s $%d", cond, len(args)))
	}
	if f.AccountID != 0 {
		add("account_id =", f.AccountID)
	}
	if f.FindMeID != 0 {
		add("findme_id =", f.FindMeID)
	}
	if f.CallID != "" {
		add("call_id =", Text(string(f.CallID)))
	}
	if f.Node != "" {
		add("node =", Text(f.Node))
	}
	if f.State != "" {
		add("state =", Text(string(f.State)))
	}
	if !f.Expired.IsZero() {
		add("keep_until <> 0 AND keep_until <", Micros(f.Expired))
	}
	if f.Local {
		where = append(where, "substr(file, 1, 3) <> 's3:'")
	}
	if f.BeforeID != "" {
		args = append(args, Micros(f.Before), Text(string(f.BeforeID)))
		where = append(where, fmt.Sprintf("(started_at, id) < ($%d, $%d)", len(args)-1, len(args)))
	}
	query := "SELECT " + recordingColumns + " FROM recordings"
	if len(where) > 0 {
		query += " WHERE " + strings.Join(where, " AND ")
	}
	args = append(args, orAll(f.Limit))
	return query + fmt.Sprintf(" ORDER BY started_at DESC, id DESC LIMIT $%d", len(args)), args
}
