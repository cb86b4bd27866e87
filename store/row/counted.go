package row

import "context"

const (
	countedSQL     = `SELECT name, data FROM counted WHERE account_id = $1 AND name >= $2 AND name <= $3`
	keepCountedSQL = `INSERT INTO counted (account_id, name, data) VALUES ($1, $2, $3)
		ON CONFLICT (account_id, name) DO UPDATE SET data = excluded.data`
)

// Counted implements [store.Counted].
func (t Tables) Counted(ctx context.Context, account int64, from, to string) (map[string]string, error) {
	out := map[string]string{}
	err := t.db.Look(ctx).Each(countedSQL, []any{account, Text(from), Text(to)}, func(scan func(...any) error) error {
		var name, data string
		err := scan(&name, &data)
		out[name] = data
		return err
	})
	return out, err
}

// KeepCounted implements [store.Counted].
func (t Tables) KeepCounted(ctx context.Context, account int64, name, data string) error {
	return t.db.Write(ctx, func(tx Tx) error { return exec(tx, keepCountedSQL, account, Text(name), Text(data)) })
}
