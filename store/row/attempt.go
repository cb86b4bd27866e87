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

// AppendAttempt appends an attempt; [Decoder.Attempt] is the reverse. What is
// added to it later goes to its end.
func AppendAttempt(b []byte, a *clickbridge.Attempt) []byte {
	b = AppendText(b, a.CallID)
	b = AppendText(b, a.ID)
	b = AppendInt(b, a.Seq)
	b = AppendText(b, a.Party)
	b = AppendText(b, a.Number)
	b = AppendText(b, a.Name)
	b = AppendInt(b, a.Pass)
	b = AppendText(b, a.Trunk)
	b = appendTime(b, a.StartedAt)
	b = appendTime(b, a.AnsweredAt)
	b = appendTime(b, a.EndedAt)
	b = AppendText(b, a.Result)
	b = AppendInt(b, a.SIPCode)
	return AppendText(b, a.Text)
}

// Attempt reads an attempt.
func (d *Decoder) Attempt() *clickbridge.Attempt {
	return &clickbridge.Attempt{
		CallID: clickbridge.CallID(d.Text()), ID: clickbridge.AttemptID(d.Text()), Seq: int(d.Int()),
		Party: clickbridge.Party(d.Text()), Number: clickbridge.Number(d.Text()), Name: d.Text(),
		Pass: int(d.Int()), Trunk: d.Text(),
		StartedAt: d.time(), AnsweredAt: d.time(), EndedAt: d.time(),
		Result: clickbridge.AttemptResult(d.Text()), SIPCode: int(d.Int()), Text: d.Text(),
	}
}
