package row

import "clickbridge"

// CallColumns are the columns of a call in the order of [CallValues] and
// [CallDest].
const CallColumns = `id, account_id, key_name, node, ord, findme_id, findme_name, phone,
	first_caller_id, second_caller_id, page, ref, no_answer, created_at, callback,
	state, result, cause, agent, agent_name, accepted_at, hunt_ended, bridged_at, ended_at, notes`

// CallValues returns what an INSERT of a call binds.
func CallValues(c *clickbridge.Call) []any {
	no := clickbridge.NoAnswer{
		Email: Text(c.NoAnswer.Email), SMS: number(c.NoAnswer.SMS),
		URL: Text(c.NoAnswer.URL), Phone: number(c.NoAnswer.Phone),
	}
	return append([]any{
		Text(string(c.ID)), c.AccountID, Text(c.KeyName), Text(c.Node), int64(c.Order),
		c.FindMeID, Text(c.FindMeName), Text(string(c.Phone)),
		Text(string(c.FirstCallerID)), Text(string(c.SecondCallerID)), Text(c.Page), Text(c.Ref),
		JSON(no, no == clickbridge.NoAnswer{}), Micros(c.CreatedAt), Text(string(c.Callback)),
	}, CallChanges(c)...)
}

// CallChanges returns the columns a call changes while it lives: state, result,
// cause, agent, agent_name, accepted_at, hunt_ended, bridged_at, ended_at,
// notes.
func CallChanges(c *clickbridge.Call) []any {
	return []any{
		Text(string(c.State)), Text(string(c.Result)), Text(c.Cause),
		Text(string(c.Agent)), Text(c.AgentName),
		Micros(c.AcceptedAt), Micros(c.HuntEnded), Micros(c.BridgedAt), Micros(c.EndedAt),
		JSON(Texts(c.Notes), len(c.Notes) == 0),
	}
}

// CallDest returns where a row of [CallColumns] is scanned to.
func CallDest(c *clickbridge.Call) []any {
	return []any{
		&c.ID, &c.AccountID, &c.KeyName, &c.Node, &c.Order, &c.FindMeID, &c.FindMeName, &c.Phone,
		&c.FirstCallerID, &c.SecondCallerID, &c.Page, &c.Ref,
		jsonColumn{&c.NoAnswer}, timeColumn{&c.CreatedAt}, &c.Callback,
		&c.State, &c.Result, &c.Cause, &c.Agent, &c.AgentName,
		timeColumn{&c.AcceptedAt}, timeColumn{&c.HuntEnded}, timeColumn{&c.BridgedAt}, timeColumn{&c.EndedAt},
		jsonColumn{&c.Notes},
	}
}

// AppendCall appends a call; [Decoder.Call] is the reverse. What is added to it
// later goes to its end.
func AppendCall(b []byte, c *clickbridge.Call) []byte {
	b = AppendText(b, c.ID)
	b = AppendInt(b, c.AccountID)
	b = AppendText(b, c.KeyName)
	b = AppendText(b, c.Node)
	b = AppendInt(b, c.Order)
	b = AppendInt(b, c.FindMeID)
	b = AppendText(b, c.FindMeName)
	b = AppendText(b, c.Phone)
	b = AppendText(b, c.FirstCallerID)
	b = AppendText(b, c.SecondCallerID)
	b = AppendText(b, c.Page)
	b = AppendText(b, c.Ref)
	b = AppendText(b, c.NoAnswer.Email)
	b = AppendText(b, c.NoAnswer.SMS)
	b = AppendText(b, c.NoAnswer.URL)
	b = AppendText(b, c.NoAnswer.Phone)
	b = AppendText(b, c.Callback)
	b = appendTime(b, c.CreatedAt)
	return AppendChanges(b, c)
}

// Call reads a call.
func (d *Decoder) Call() *clickbridge.Call {
	c := &clickbridge.Call{
		ID: clickbridge.CallID(d.Text()), AccountID: d.Int(), KeyName: d.Text(), Node: d.Text(),
		Order: clickbridge.Order(d.Int()), FindMeID: d.Int(), FindMeName: d.Text(),
		Phone: clickbridge.Number(d.Text()), FirstCallerID: clickbridge.Number(d.Text()),
		SecondCallerID: clickbridge.Number(d.Text()), Page: d.Text(), Ref: d.Text(),
		NoAnswer: clickbridge.NoAnswer{
			Email: d.Text(), SMS: clickbridge.Number(d.Text()), URL: d.Text(), Phone: clickbridge.Number(d.Text()),
		},
		Callback: clickbridge.CallbackID(d.Text()), CreatedAt: d.time(),
	}
	d.Changes(c)
	return c
}

// AppendChanges appends what a call changes while it lives; [Decoder.Changes]
// is the reverse.
func AppendChanges(b []byte, c *clickbridge.Call) []byte {
	b = AppendText(b, c.State)
	b = AppendText(b, c.Result)
	b = AppendText(b, c.Cause)
	b = AppendText(b, c.Agent)
	b = AppendText(b, c.AgentName)
	b = appendTime(b, c.AcceptedAt)
	b = appendTime(b, c.HuntEnded)
	b = appendTime(b, c.BridgedAt)
	b = appendTime(b, c.EndedAt)
	return appendTexts(b, c.Notes)
}

// Changes reads into c what [AppendChanges] wrote.
func (d *Decoder) Changes(c *clickbridge.Call) {
	c.State, c.Result, c.Cause = clickbridge.CallState(d.Text()), clickbridge.Result(d.Text()), d.Text()
	c.Agent, c.AgentName = clickbridge.Number(d.Text()), d.Text()
	c.AcceptedAt, c.HuntEnded, c.BridgedAt, c.EndedAt = d.time(), d.time(), d.time(), d.time()
	c.Notes = d.texts()
}

// Change sets in c what of a call changes while it lives to what it is in from.
func Change(c, from *clickbridge.Call) {
	c.State, c.Result, c.Cause = from.State, from.Result, from.Cause
	c.Agent, c.AgentName = from.Agent, from.AgentName
	c.AcceptedAt, c.HuntEnded, c.BridgedAt, c.EndedAt = from.AcceptedAt, from.HuntEnded, from.BridgedAt, from.EndedAt
	c.Notes = from.Notes
}

func number(n clickbridge.Number) clickbridge.Number { return clickbridge.Number(Text(string(n))) }
