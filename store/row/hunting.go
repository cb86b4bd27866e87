package row

import (
	"context"
	"errors"
	"fmt"
	"time"

	"clickbridge"
	"clickbridge/store"
)

const (
	turnSQL = `INSERT INTO turns AS t (findme_id, n) VALUES ($1, 1)
		ON CONFLICT (findme_id) DO UPDATE SET n = t.n + 1 RETURNING n - 1`

	// The newest news stays, in whatever order it comes.
	rungSQL = `INSERT INTO rung AS r (account_id, number, at) VALUES ($1, $2, $3)
		ON CONFLICT (account_id, number) DO UPDATE SET at = excluded.at WHERE r.at < excluded.at`
	talkedSQL = `INSERT INTO talked AS t (findme_id, customer, agent, at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (findme_id, customer) DO UPDATE SET agent = excluded.agent, at = excluded.at
		WHERE t.at <= excluded.at`
	// A few at a time are more than come.
	forgetTalkedSQL = `DELETE FROM talked WHERE (findme_id, customer) IN (
		SELECT findme_id, customer FROM talked WHERE at < $1 ORDER BY at LIMIT 10 `
	lastAgentSQL = `SELECT agent FROM talked WHERE findme_id = $1 AND customer = $2 AND at >= $3`

	optOutColumns = `account_id, number, at, why`
	optedOutSQL   = `SELECT 1 FROM opt_outs WHERE account_id = $1 AND number = $2`
	optOutSQL     = `INSERT INTO opt_outs (` + optOutColumns + `) VALUES ($1, $2, $3, $4)
		ON CONFLICT (account_id, number) DO NOTHING`
	optInSQL   = `DELETE FROM opt_outs WHERE account_id = $1 AND number = $2`
	optOutsSQL = `SELECT ` + optOutColumns + ` FROM opt_outs
		WHERE account_id = $1 OR $1 = 0 ORDER BY at DESC, account_id, number`
)

// talkedKept is how long who talked to whom is kept: as long as a FindMe may ask.
const talkedKept = clickbridge.MaxStickyDays * 24 * time.Hour

// Turn implements [store.Hunting].
func (t Tables) Turn(ctx context.Context, findMe int64) (n int64, err error) {
	err = t.db.Write(ctx, func(tx Tx) error {
		n, err = one(tx, itself[int64], "turn", turnSQL, findMe)
		return err
	})
	return n, err
}

// Rung implements [store.Hunting].
func (t Tables) Rung(account int64, n clickbridge.Number, at time.Time) {
	n = number(n)
	t.db.Later(fmt.Sprintf("rung %d %s", account, n), rungSQL, account, string(n), Micros(at))
}

// LastRung implements [store.Hunting]; what this store was told by Rung is among
// it.
func (t Tables) LastRung(ctx context.Context, account int64, ns []clickbridge.Number) (map[clickbridge.Number]time.Time, error) {
	out := make(map[clickbridge.Number]time.Time, len(ns))
	if len(ns) == 0 {
		return out, nil
	}
	if err := t.db.Flush(ctx); err != nil {
		return nil, err
	}
	query, args := `SELECT number, at FROM rung WHERE account_id = $1 AND number IN (`, []any{account}
	for i, n := range ns {
		if i > 0 {
			query += ", "
		}
		args = append(args, string(number(n)))
		query += fmt.Sprintf("$%d", len(args))
	}
	err := t.db.Look(ctx).Each(query+")", args, func(scan func(...any) error) error {
		var n clickbridge.Number
		var at time.Time
		err := scan(&n, timeColumn{&at})
		out[n] = at
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Talked implements [store.Hunting].
func (t Tables) Talked(findMe int64, customer, agent clickbridge.Number, at time.Time) {
	customer = number(customer)
	t.db.Later(fmt.Sprintf("talked %d %s", findMe, customer), talkedSQL,
		findMe, string(customer), string(number(agent)), Micros(at))
	t.db.Later("", forgetTalkedSQL+t.skipLocked+`)`, Micros(at.Add(-talkedKept)))
}

// LastAgent implements [store.Hunting]; what this store was told by Talked is
// known.
func (t Tables) LastAgent(ctx context.Context, findMe int64, customer clickbridge.Number, since time.Time) (clickbridge.Number, error) {
	if err := t.db.Flush(ctx); err != nil {
		return "", err
	}
	return one(t.db.Look(ctx), itself[clickbridge.Number], "an agent who talked to "+string(customer), lastAgentSQL,
		findMe, string(number(customer)), Micros(since))
}

// OptedOut implements [store.Hunting].
func (t Tables) OptedOut(ctx context.Context, account int64, n clickbridge.Number) (bool, error) {
	_, err := one(t.db.Look(ctx), itself[int64], "opt-out", optedOutSQL, account, string(number(n)))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// OptOut implements [store.Hunting]. When and why a number first opted out
// stays.
func (t Tables) OptOut(ctx context.Context, o clickbridge.OptOut) error {
	return t.db.Write(ctx, func(tx Tx) error {
		if err := exec(tx, nextRevisionSQL); err != nil {
			return err
		}
		return exec(tx, optOutSQL, o.AccountID, string(number(o.Number)), Micros(o.At), Text(o.Why))
	})
}

// OptIn implements [store.Hunting].
func (t Tables) OptIn(ctx context.Context, account int64, n clickbridge.Number) error {
	return t.db.Write(ctx, func(tx Tx) error {
		if err := exec(tx, nextRevisionSQL); err != nil {
			return err
		}
		return exec(tx, optInSQL, account, string(number(n)))
	})
}

// OptOuts implements [store.Hunting].
func (t Tables) OptOuts(ctx context.Context, account int64) ([]clickbridge.OptOut, error) {
	return list(t.db.Look(ctx), func(o *clickbridge.OptOut) []any {
		return []any{&o.AccountID, &o.Number, timeColumn{&o.At}, &o.Why}
	}, optOutsSQL, account)
}
