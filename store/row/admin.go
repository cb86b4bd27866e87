package row

import (
	"context"

	"clickbridge"
)

const (
	revisionSQL  = `SELECT n FROM revision`
	accountsSQL  = `SELECT ` + accountColumns + ` FROM accounts ORDER BY id`
	keysSQL      = `SELECT ` + keyColumns + ` FROM access_keys ORDER BY id`
	findMesSQL   = `SELECT ` + findMeColumns + ` FROM findmes ORDER BY id`
	namesSQL     = `SELECT account_id, name, sha256, length FROM audio ORDER BY account_id, name`
	audioSQL     = `SELECT ` + audioColumns + ` FROM audio WHERE account_id = $1 AND name = $2`
	putSecretSQL = `INSERT INTO settings (name, value) VALUES ('secret_key', $1) ON CONFLICT (name) DO NOTHING`
	getSecretSQL = `SELECT value FROM settings WHERE name = 'secret_key'`
)

// Directory implements [store.Admin]: one state of everything.
func (t Tables) Directory(ctx context.Context) (*clickbridge.Directory, error) {
	d := &clickbridge.Directory{}
	err := t.db.Snapshot(ctx, func(tx Tx) (err error) {
		if d.Revision, err = one(tx, itself[int64], "revision", revisionSQL); err != nil {
			return err
		}
		if d.Accounts, err = list(tx, accountDest, accountsSQL); err != nil {
			return err
		}
		if d.Keys, err = list(tx, keyDest, keysSQL); err != nil {
			return err
		}
		if d.FindMes, err = list(tx, findMeDest, findMesSQL); err != nil {
			return err
		}
		d.Audio, err = list(tx, nameDest, namesSQL)
		return err
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// Revision implements [store.Admin]. The Apply of another process or node is
// seen at once.
func (t Tables) Revision(ctx context.Context) (int64, error) {
	return one(t.db.Look(ctx), itself[int64], "revision", revisionSQL)
}

// Audio implements [store.Clips].
func (t Tables) Audio(ctx context.Context, account int64, name string) (clickbridge.Audio, error) {
	return one(t.db.Look(ctx), audioDest, "audio "+name, audioSQL, account, Text(name))
}

// SecretKey implements [store.Admin].
func (t Tables) SecretKey(ctx context.Context, fresh []byte) (key []byte, err error) {
	err = t.db.Write(ctx, func(tx Tx) error {
		if err := exec(tx, putSecretSQL, fresh); err != nil {
			return err
		}
		key, err = one(tx, itself[[]byte], "the secret key", getSecretSQL)
		return err
	})
	return key, err
}
