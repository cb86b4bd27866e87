package row

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"clickbridge"
	"clickbridge/store"
)

const (
	eventColumns = `account_id, seq, id, at, call_id, attempt_id, kind, data`

	// The row of an account's counter stays locked to the commit, so that events
	// are seen in the order of their numbers.
	nextSeqSQL = `INSERT INTO event_seqs (account_id, seq) VALUES ($1, $2)
		ON CONFLICT (account_id) DO UPDATE SET seq = event_seqs.seq + excluded.seq RETURNING seq`

	eventsAfterSQL = `SELECT ` + eventColumns + ` FROM events WHERE account_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`
	firstEventSQL  = `SELECT coalesce(min(seq), 0) FROM events WHERE account_id = $1`
	lastEventSQL   = `SELECT coalesce(max(seq), 0) FROM event_seqs WHERE account_id = $1`
	callEventsSQL  = `SELECT ` + eventColumns + ` FROM events WHERE call_id = $1 ORDER BY account_id, seq`
	openCallsSQL   = `SELECT call_id FROM events WHERE at >= $1 AND call_id <> '' GROUP BY call_id
		HAVING max(CASE WHEN kind = 'call.ended' THEN 1 ELSE 0 END) = 0`
)

// eventRows bounds an INSERT: SQLite allows 32,766 parameters.
const eventRows = 500

// KeepEvents implements [store.Events].
func (t Tables) KeepEvents(ctx context.Context, es []store.Event) error {
	count := map[int64]int64{}
	for i := range es {
		count[es[i].AccountID]++
	}
	accounts := make([]int64, 0, len(count))
	for a := range count {
		accounts = append(accounts, a)
	}
	slices.Sort(accounts) // two nodes lock in the same order
	return t.db.Atomic(ctx, func(tx Tx) error {
		next := make(map[int64]int64, len(count))
		for _, a := range accounts {
			last, err := one(tx, itself[int64], "counter", nextSeqSQL, a, count[a])
			if err != nil {
				return err
			}
			next[a] = last - count[a]
		}
		for i := range es {
			next[es[i].AccountID]++
			es[i].Seq = next[es[i].AccountID]
		}
		for part := range slices.Chunk(es, eventRows) {
			query, args := putEvents(part)
			if err := exec(tx, query, args...); err != nil {
				return err
			}
		}
		return nil
	})
}

func putEvents(es []store.Event) (string, []any) {
	var b strings.Builder
	b.WriteString(`INSERT INTO events (` + eventColumns + `) VALUES `)
	args := make([]any, 0, 8*len(es))
	for i := range es {
		e := &es[i]
		if i > 0 {
			b.WriteByte(',')
		}
		n := len(args)
		fmt.Fprintf(&b, "($%d,$%d,$%d,$%d,$%d,$%d,$%d,$%d)", n+1, n+2, n+3, n+4, n+5, n+6, n+7, n+8)
		args = append(args, e.AccountID, e.Seq, Text(e.ID), Micros(e.At), Text(string(e.CallID)), Text(string(e.AttemptID)), Text(e.Kind), Text(e.Data))
	}
	return b.String(), args
}

func eventDest(e *store.Event) []any {
	return []any{&e.AccountID, &e.Seq, &e.ID, timeColumn{&e.At}, &e.CallID, &e.AttemptID, &e.Kind, &e.Data}
}

// EventsAfter implements [store.Events].
func (t Tables) EventsAfter(ctx context.Context, account, after int64, limit int) ([]store.Event, error) {
	return list(t.db.Look(ctx), eventDest, eventsAfterSQL, account, after, orAll(limit))
}

// EventSpan implements [store.Events].
func (t Tables) EventSpan(ctx context.Context, account int64) (first, last int64, err error) {
	err = t.db.Snapshot(ctx, func(tx Tx) error {
		if first, err = one(tx, itself[int64], "", firstEventSQL, account); err != nil {
			return err
		}
		last, err = one(tx, itself[int64], "", lastEventSQL, account)
		return err
	})
	return first, last, err
}

// EventsOfCall implements [store.Events].
func (t Tables) EventsOfCall(ctx context.Context, id clickbridge.CallID) ([]store.Event, error) {
	return list(t.db.Look(ctx), eventDest, callEventsSQL, Text(string(id)))
}

// OpenCalls implements [store.Events].
func (t Tables) OpenCalls(ctx context.Context, since time.Time) ([]clickbridge.CallID, error) {
	return list(t.db.Look(ctx), itself[clickbridge.CallID], openCallsSQL, Micros(since))
}

// ForgetEvents implements [store.Events].
func (t Tables) ForgetEvents(ctx context.Context, before time.Time) error {
	return t.db.Write(ctx, func(tx Tx) error { return exec(tx, `DELETE FROM events WHERE at < $1`, Micros(before)) })
}
