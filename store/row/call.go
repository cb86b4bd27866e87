package row

import "clickbridge"

// CallColumns are the columns of a call in the order of [CallValues] and
// [CallDest].
const CallColumns = `id, account_id, key_name, node, ord, findme_id, findme_name, phone,
	first_caller_id, second_caller_id, page, ref, no_answer, created_at,
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
		JSON(no, no == clickbridge.NoAnswer{}), Micros(c.CreatedAt),
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
		jsonColumn{&c.NoAnswer}, timeColumn{&c.CreatedAt},
		&c.State, &c.Result, &c.Cause, &c.Agent, &c.AgentName,
		timeColumn{&c.AcceptedAt}, timeColumn{&c.HuntEnded}, timeColumn{&c.BridgedAt}, timeColumn{&c.EndedAt},
		jsonColumn{&c.Notes},
	}
}

func number(n clickbridge.Number) clickbridge.Number { return clickbridge.Number(Text(string(n))) }
