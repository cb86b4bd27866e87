package admin

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"clickbridge"
)

// MaxKeys bounds the keys of an account.
const MaxKeys = 200

// Credential is a new key with what is kept nowhere.
type Credential struct {
	Key    clickbridge.Key
	Public string // access_key, api_key or key
	Secret string // secret_access_key; pairs only
}

// Keys returns the keys of an account.
func (a *Admin) Keys(ctx context.Context, account int64) ([]clickbridge.Key, error) {
	v, err := a.look(ctx, account)
	if err != nil {
		return nil, err
	}
	return v.keys(), nil
}

func (v view) keys() (out []clickbridge.Key) {
	for _, k := range v.whole.Keys {
		if k.AccountID == v.account.ID {
			out = append(out, k)
		}
	}
	return out
}

// CreateKey draws a key and keeps its hashes. limits are those of a public key.
func (a *Admin) CreateKey(ctx context.Context, account int64, k clickbridge.Key) (Credential, error) {
	c := draw(k.Kind)
	err := a.change(ctx, account, Deed{"key.created", "key " + k.Name}, func(v view) ([]clickbridge.Change, error) {
		have := v.keys()
		if len(have) >= MaxKeys {
			return nil, denied(fmt.Sprintf("the account has its %d keys", MaxKeys))
		}
		if slices.ContainsFunc(have, func(o clickbridge.Key) bool { return o.Name == k.Name }) {
			return nil, invalid(fmt.Sprintf("Invalid name %q: is another key's", k.Name))
		}
		c.Key = k
		c.Key.ID, c.Key.AccountID = 0, account
		c.Key.Lookup = clickbridge.HashSecret(a.cfg.Secret, k.Kind, c.Public)
		if k.Kind == clickbridge.PairKey {
			c.Key.Secret = clickbridge.HashSecret(a.cfg.Secret, k.Kind, c.Secret)
		}
		return v.putKey(&c.Key)
	})
	return c, err
}

// ChangeKey changes the limits of a public key, found by its name.
func (a *Admin) ChangeKey(ctx context.Context, account int64, name string, origins []string, findMes []int64) (k clickbridge.Key, err error) {
	err = a.change(ctx, account, Deed{"key.changed", "key " + name}, func(v view) ([]clickbridge.Change, error) {
		was, err := v.key(name)
		if err != nil {
			return nil, err
		}
		k = was
		k.Origins, k.FindMes = origins, findMes
		return v.putKey(&k)
	})
	return k, err
}

// DeleteKey deletes a key, found by its name.
func (a *Admin) DeleteKey(ctx context.Context, account int64, name string) error {
	return a.change(ctx, account, Deed{"key.deleted", "key " + name}, func(v view) ([]clickbridge.Change, error) {
		k, err := v.key(name)
		if err != nil {
			return nil, err
		}
		return []clickbridge.Change{{Op: clickbridge.OpDelete, Key: &k}}, nil
	})
}

func (v view) key(name string) (clickbridge.Key, error) {
	for _, k := range v.keys() {
		if k.Name == name {
			return k, nil
		}
	}
	return clickbridge.Key{}, notFound(fmt.Sprintf("Key %q does not exist", name))
}

// putKey plans a key, if it may be.
func (v view) putKey(k *clickbridge.Key) ([]clickbridge.Change, error) {
	switch {
	case k.Name == "" || len(k.Name) > clickbridge.MaxName || strings.TrimSpace(k.Name) != k.Name || strings.ContainsFunc(k.Name, unicode.IsControl):
		return nil, invalid(fmt.Sprintf("Invalid name %q: must have 1 to %d characters", k.Name, clickbridge.MaxName))
	case k.Kind != clickbridge.PublicKey && len(k.Origins)+len(k.FindMes) > 0:
		return nil, invalid("Invalid findmes: only a public key has limits")
	case k.Kind == clickbridge.PublicKey && len(k.FindMes) == 0:
		return nil, invalid("Invalid findmes: a public key needs those it may click")
	}
	for i, id := range k.FindMes {
		if _, err := v.findMe(id); err != nil {
			return nil, invalid(fmt.Sprintf("Invalid findmes[%d] %d: does not exist", i, id))
		}
	}
	for i, o := range k.Origins {
		if !isOrigin(o) {
			return nil, invalid(fmt.Sprintf("Invalid origins[%d] %q: must be a page's origin as https://www.example.com", i, o))
		}
	}
	return []clickbridge.Change{{Op: clickbridge.OpPut, Key: k}}, nil
}

func isOrigin(s string) bool {
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" &&
		strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && u.Fragment == "" && u.User == nil
}

// draw makes credentials: 20 bytes that nobody guesses, in hex as old clients
// have them.
func draw(kind clickbridge.KeyKind) Credential {
	c := Credential{Public: drawn(20)}
	if kind == clickbridge.PairKey {
		c.Public, c.Secret = drawn(12), drawn(24)
	}
	return c
}

func drawn(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // it never fails
	return hex.EncodeToString(b)
}
