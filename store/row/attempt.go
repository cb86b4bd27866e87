package row

import "clickbridge"

// AttemptColumns are the columns of an attempt in the order of [AttemptValues]
// and [AttemptDest].
const AttemptColumns = `call_id, id, seq, party, number, name, pass, trunk,
	started_at, answered_at, ended_at, result, sip_code, cause`

// AttemptValues returns what an upsert of an attempt binds.
func AttemptValues(a *clickbridge.Attempt) []any {
	return []any{
		Text(string(a.CallID)), Text(string(a.ID)), int64(a.Seq), Text(string(a.Party)),
		Text(string(a.Number)), Text(a.Name), int64(a.Pass), Text(a.Trunk),
		Micros(a.StartedAt), Micros(a.AnsweredAt), Micros(a.EndedAt),
		Text(string(a.Result)), int64(a.SIPCode), Text(a.Text),
	}
}

// AttemptDest returns where a row of [AttemptColumns] is scanned to.
func AttemptDest(a *clickbridge.Attempt) []any {
	return []any{
		&a.CallID, &a.ID, &a.Seq, &a.Party, &a.Number, &a.Name, &a.Pass, &a.Trunk,
		timeColumn{&a.StartedAt}, timeColumn{&a.AnsweredAt}, timeColumn{&a.EndedAt},
		&a.Result, &a.SIPCode, &a.Text,
	}
}
