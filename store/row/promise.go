package row

import (
	"context"
	"time"

	"clickbridge"
	"clickbridge/store"
)

const (
	promiseColumns = `account_id, name, hash, call_id, at`

	// A promise that is too old makes room for the next with its key.
	promiseSQL = `INSERT INTO promises (` + promiseColumns + `) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (account_id, name) DO UPDATE SET hash = excluded.hash, call_id = excluded.call_id, at = excluded.at
		WHERE promises.at < $6`
	promisedSQL  = `SELECT ` + promiseColumns + ` FROM promises WHERE account_id = $1 AND name = $2`
	unpromiseSQL = `DELETE FROM promises WHERE account_id = $1 AND name = $2 AND call_id = $3`

	askCancelSQL  = `INSERT INTO cancels (call_id, node, at) VALUES ($1, $2, $3) ON CONFLICT (call_id) DO UPDATE SET node = excluded.node`
	cancelingSQL  = `SELECT call_id FROM cancels WHERE node = $1`
	cancelOverSQL = `DELETE FROM cancels WHERE node = $1 RETURNING call_id`
)

// Promise implements [store.Promises].
func (t Tables) Promise(ctx context.Context, p store.Promise, since time.Time) (kept store.Promise, err error) {
	key := Text(p.Key)
	err = t.db.Atomic(ctx, func(tx Tx) error {
		err := exec(tx, promiseSQL, p.AccountID, key, Text(p.Hash), Text(string(p.CallID)), Micros(p.At), Micros(since))
		if err != nil {
			return err
		}
		kept, err = one(tx, promiseDest, "promise "+key, promisedSQL, p.AccountID, key)
		return err
	})
	return kept, err
}

func promiseDest(p *store.Promise) []any {
	return []any{&p.AccountID, &p.Key, &p.Hash, &p.CallID, timeColumn{&p.At}}
}

// Unpromise implements [store.Promises].
func (t Tables) Unpromise(ctx context.Context, p store.Promise) error {
	return t.db.Write(ctx, func(tx Tx) error {
		return exec(tx, unpromiseSQL, p.AccountID, Text(p.Key), Text(string(p.CallID)))
	})
}

// ForgetPromises implements [store.Promises].
func (t Tables) ForgetPromises(ctx context.Context, before time.Time) error {
	return t.db.Write(ctx, func(tx Tx) error { return exec(tx, `DELETE FROM promises WHERE at < $1`, Micros(before)) })
}

// AskCancel implements [store.Cancels].
func (t Tables) AskCancel(ctx context.Context, id clickbridge.CallID, node string, at time.Time) error {
	return t.db.Write(ctx, func(tx Tx) error { return exec(tx, askCancelSQL, Text(string(id)), Text(node), Micros(at)) })
}

// Canceling implements [store.Cancels]. Nearly always nobody asked, and then
// nothing is written.
func (t Tables) Canceling(ctx context.Context, node string) (ids []clickbridge.CallID, err error) {
	node = Text(node)
	asked, err := list(t.db.Look(ctx), itself[clickbridge.CallID], cancelingSQL, node)
	if err != nil || len(asked) == 0 {
		return nil, err
	}
	err = t.db.Write(ctx, func(tx Tx) error {
		ids, err = list(tx, itself[clickbridge.CallID], cancelOverSQL, node)
		return err
	})
	return ids, err
}
