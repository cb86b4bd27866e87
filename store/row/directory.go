package row

import "clickbridge"

// AccountColumns, KeyColumns and FindMeColumns are in the order of the Values
// and Dest functions of the same name.
const (
	AccountColumns = `id, name, country, time_zone, default_caller_id, destinations, daily_calls, targets, numbers`
	KeyColumns     = `id, account_id, name, kind, lookup, secret, origins, findmes`
	FindMeColumns  = `id, account_id, name, timeout, loops, numbers`
)

// AccountValues returns what is bound for an account, without its id.
func AccountValues(a *clickbridge.Account) []any {
	numbers := make([]clickbridge.OwnedNumber, len(a.Numbers))
	for i, n := range a.Numbers {
		n.Number, n.Kind, n.Description = number(n.Number), clickbridge.NumberKind(Text(string(n.Kind))), Text(n.Description)
		numbers[i] = n
	}
	t := clickbridge.NoAnswerTargets{
		Emails: Texts(a.NoAnswerTargets.Emails), URLs: Texts(a.NoAnswerTargets.URLs),
		SMS: numberList(a.NoAnswerTargets.SMS), Phones: numberList(a.NoAnswerTargets.Phones),
	}
	none := len(t.Emails)+len(t.SMS)+len(t.URLs)+len(t.Phones) == 0
	return []any{
		Text(a.Name), Text(a.Country), Text(a.TimeZone), Text(string(a.DefaultCallerID)),
		JSON(Texts(a.Destinations), len(a.Destinations) == 0), int64(a.DailyCalls),
		JSON(t, none), JSON(numbers, len(numbers) == 0),
	}
}

// AccountDest returns where a row of [AccountColumns] is scanned to.
func AccountDest(a *clickbridge.Account) []any {
	return []any{
		&a.ID, &a.Name, &a.Country, &a.TimeZone, &a.DefaultCallerID, jsonColumn{&a.Destinations},
		&a.DailyCalls, jsonColumn{&a.NoAnswerTargets}, jsonColumn{&a.Numbers},
	}
}

// KeyValues returns what is bound for a key of an account, without its id.
func KeyValues(k *clickbridge.Key, account int64) []any {
	return []any{
		account, Text(k.Name), Text(string(k.Kind)), Text(k.Lookup), Text(k.Secret),
		JSON(Texts(k.Origins), len(k.Origins) == 0), JSON(k.FindMes, len(k.FindMes) == 0),
	}
}

// KeyDest returns where a row of [KeyColumns] is scanned to.
func KeyDest(k *clickbridge.Key) []any {
	return []any{
		&k.ID, &k.AccountID, &k.Name, &k.Kind, &k.Lookup, &k.Secret,
		jsonColumn{&k.Origins}, jsonColumn{&k.FindMes},
	}
}

// FindMeValues returns what is bound for a FindMe of an account.
func FindMeValues(f *clickbridge.FindMe, account int64) []any {
	numbers := make([]clickbridge.FindMeNumber, len(f.Numbers))
	for i, n := range f.Numbers {
		n.Number, n.Name = number(n.Number), Text(n.Name)
		numbers[i] = n
	}
	return []any{
		f.ID, account, Text(f.Name), f.Timeout.Microseconds(), int64(f.LoopCount),
		JSON(numbers, len(numbers) == 0),
	}
}

// FindMeDest returns where a row of [FindMeColumns] is scanned to.
func FindMeDest(f *clickbridge.FindMe) []any {
	return []any{
		&f.ID, &f.AccountID, &f.Name, durationColumn{&f.Timeout}, &f.LoopCount, jsonColumn{&f.Numbers},
	}
}

// RefusalColumns are in the order of [RefusalValues] and [RefusalDest].
const RefusalColumns = `at, account_id, key_name, remote_addr, code, reason, findme, phone`

// maxRefusalText bounds what a stranger can make us keep, in bytes a column.
const maxRefusalText = 512

// RefusalValues returns what an INSERT of a refusal binds.
func RefusalValues(r *clickbridge.Refusal) []any {
	cut := func(s string) string { return CutText(s, maxRefusalText) }
	return []any{
		Micros(r.At), r.AccountID, cut(r.Key), cut(r.RemoteAddr), cut(string(r.Code)),
		cut(r.Reason), cut(r.FindMe), cut(r.Phone),
	}
}

// RefusalDest returns where a row of [RefusalColumns] is scanned to.
func RefusalDest(r *clickbridge.Refusal) []any {
	return []any{
		timeColumn{&r.At}, &r.AccountID, &r.Key, &r.RemoteAddr, &r.Code, &r.Reason, &r.FindMe, &r.Phone,
	}
}

func numberList(l []clickbridge.Number) []clickbridge.Number {
	if len(l) == 0 {
		return nil
	}
	out := make([]clickbridge.Number, len(l))
	for i, n := range l {
		out[i] = number(n)
	}
	return out
}
