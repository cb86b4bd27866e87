package row

import (
	"context"
	"fmt"
	"time"

	"clickbridge/store"
)

const (
	webhookColumns = `id, account_id, url, kinds, disabled, created_at,
		seen_to, tries, first_at, next_at, last_at, last_code, answer`

	putWebhookSQL = `INSERT INTO webhooks (` + webhookColumns + `, node, leased)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '', 0)
		ON CONFLICT (id) DO UPDATE SET url = excluded.url, kinds = excluded.kinds, disabled = excluded.disabled`
	listWebhooksSQL = `SELECT ` + webhookColumns + ` FROM webhooks WHERE ($1 = 0 OR account_id = $1) ORDER BY id`
	leaseSQL        = `UPDATE webhooks SET node = $2, leased = $4 WHERE id = $1 AND (node = $2 OR leased < $3)`
	deliveredSQL    = `UPDATE webhooks SET seen_to = $2, tries = $3, first_at = $4, next_at = $5, last_at = $6,
		last_code = $7, answer = $8 WHERE id = $1 AND seen_to = $9`
	rewindSQL = `UPDATE webhooks SET seen_to = $3, tries = 0, first_at = 0, next_at = 0 WHERE account_id = $1 AND id = $2`
)

func webhookDest(w *store.Webhook) []any {
	return []any{
		&w.ID, &w.AccountID, &w.URL, jsonColumn{&w.Kinds}, flag{&w.Disabled}, timeColumn{&w.CreatedAt},
		&w.Cursor, &w.Tries, timeColumn{&w.FirstAt}, timeColumn{&w.NextAt}, timeColumn{&w.LastAt}, &w.LastCode, &w.Answer,
	}
}

// flag scans 0 or 1.
type flag struct{ to *bool }

func (f flag) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("a flag column holds %T", src)
	}
	*f.to = n != 0
	return nil
}

func flagOf(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// PutWebhook implements [store.Webhooks].
func (t Tables) PutWebhook(ctx context.Context, w store.Webhook) error {
	values := []any{
		Text(w.ID), w.AccountID, Text(w.URL), JSON(Texts(w.Kinds), len(w.Kinds) == 0), flagOf(w.Disabled), Micros(w.CreatedAt),
		w.Cursor, int64(w.Tries), Micros(w.FirstAt), Micros(w.NextAt), Micros(w.LastAt), int64(w.LastCode), Text(w.Answer),
	}
	return t.db.Write(ctx, func(tx Tx) error { return exec(tx, putWebhookSQL, values...) })
}

// DeleteWebhook implements [store.Webhooks].
func (t Tables) DeleteWebhook(ctx context.Context, account int64, id string) error {
	return t.changeWebhook(ctx, id, `DELETE FROM webhooks WHERE account_id = $1 AND id = $2`, account, Text(id))
}

// ListWebhooks implements [store.Webhooks].
func (t Tables) ListWebhooks(ctx context.Context, account int64) ([]store.Webhook, error) {
	return list(t.db.Look(ctx), webhookDest, listWebhooksSQL, account)
}

// LeaseWebhook implements [store.Webhooks].
func (t Tables) LeaseWebhook(ctx context.Context, id, node string, now, until time.Time) (ok bool, err error) {
	err = t.db.Write(ctx, func(tx Tx) error {
		n, err := tx.Exec(leaseSQL, Text(id), Text(node), Micros(now), Micros(until))
		ok = n == 1
		return err
	})
	return ok, err
}

// Delivered implements [store.Webhooks].
func (t Tables) Delivered(ctx context.Context, w store.Webhook, was int64) error {
	return t.db.Write(ctx, func(tx Tx) error {
		n, err := tx.Exec(deliveredSQL, Text(w.ID), w.Cursor, int64(w.Tries), Micros(w.FirstAt), Micros(w.NextAt),
			Micros(w.LastAt), int64(w.LastCode), CutText(w.Answer, 512), was)
		if err == nil && n == 0 {
			err = fmt.Errorf("%w: webhook %s was rewound or deleted", store.ErrConflict, w.ID)
		}
		return err
	})
}

// RewindWebhook implements [store.Webhooks].
func (t Tables) RewindWebhook(ctx context.Context, account int64, id string, cursor int64) error {
	return t.changeWebhook(ctx, id, rewindSQL, account, Text(id), cursor)
}

func (t Tables) changeWebhook(ctx context.Context, id, query string, args ...any) error {
	return t.db.Write(ctx, func(tx Tx) error {
		n, err := tx.Exec(query, args...)
		if err == nil && n == 0 {
			err = fmt.Errorf("%w: webhook %s", store.ErrNotFound, id)
		}
		return err
	})
}
