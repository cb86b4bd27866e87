package row

import "clickbridge"

// The columns are in the order of the values and dest functions of their kind.
const (
	accountColumns = `id, name, country, time_zone, default_caller_id, destinations, daily_calls, targets, numbers, show_dialled`
	keyColumns     = `id, account_id, name, kind, lookup, secret, origins, findmes`
	findMeColumns  = `id, account_id, name, timeout, loops, numbers, settings`
	audioColumns   = `account_id, name, sha256, length, ulaw`
)

// accountValues returns what is bound for an account, without its id.
func accountValues(a *clickbridge.Account) []any {
	return []any{
		Text(a.Name), Text(a.Country), Text(a.TimeZone), Text(string(a.DefaultCallerID)),
		cleanJSON(a.Destinations), int64(a.DailyCalls), cleanJSON(a.NoAnswerTargets), cleanJSON(a.Numbers),
		a.ShowDialled,
	}
}

func accountDest(a *clickbridge.Account) []any {
	return []any{
		&a.ID, &a.Name, &a.Country, &a.TimeZone, &a.DefaultCallerID, jsonColumn{&a.Destinations},
		&a.DailyCalls, jsonColumn{&a.NoAnswerTargets}, jsonColumn{&a.Numbers},
		&a.ShowDialled,
	}
}

// keyValues returns what is bound for a key of an account, without its id.
func keyValues(k *clickbridge.Key, account int64) []any {
	return []any{
		account, Text(k.Name), Text(string(k.Kind)), Text(k.Lookup), Text(k.Secret),
		cleanJSON(k.Origins), cleanJSON(k.FindMes),
	}
}

func keyDest(k *clickbridge.Key) []any {
	return []any{
		&k.ID, &k.AccountID, &k.Name, &k.Kind, &k.Lookup, &k.Secret,
		jsonColumn{&k.Origins}, jsonColumn{&k.FindMes},
	}
}

func findMeValues(f *clickbridge.FindMe, account int64) []any {
	return []any{
		f.ID, account, Text(f.Name), f.Timeout.Microseconds(), int64(f.LoopCount),
		cleanJSON(f.Numbers), cleanJSON(f.Settings),
	}
}

func findMeDest(f *clickbridge.FindMe) []any {
	return []any{
		&f.ID, &f.AccountID, &f.Name, durationColumn{&f.Timeout}, &f.LoopCount,
		jsonColumn{&f.Numbers}, jsonColumn{&f.Settings},
	}
}

func audioValues(a *clickbridge.Audio, account int64) []any {
	sound := a.ULaw
	if sound == nil {
		sound = []byte{}
	}
	return []any{account, Text(a.Name), Text(a.SHA256), a.Length.Microseconds(), sound}
}

func audioDest(a *clickbridge.Audio) []any {
	return []any{&a.AccountID, &a.Name, &a.SHA256, durationColumn{&a.Length}, &a.ULaw}
}

// nameDest is audioDest without the sound.
func nameDest(a *clickbridge.Audio) []any { return audioDest(a)[:4] }

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
