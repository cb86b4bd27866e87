package intake

import (
	"crypto/subtle"
	"strings"
	"time"

	"clickbridge"
)

// Credentials are what a client showed. The first complete kind counts: a pair,
// else an api_key, else a public key.
type Credentials struct {
	AccessKey       string
	SecretAccessKey string
	APIKey          string // never half of a pair
	PublicKey       string
}

// pick returns the kind of credential that counts and its public half; kind ""
// when none is complete.
func (c Credentials) pick() (kind clickbridge.KeyKind, id string) {
	switch {
	case c.AccessKey != "" && c.SecretAccessKey != "":
		return clickbridge.PairKey, c.AccessKey
	case c.APIKey != "":
		return clickbridge.APIKey, c.APIKey
	case c.PublicKey != "":
		return clickbridge.PublicKey, c.PublicKey
	}
	return "", ""
}

// Access is what credentials gave access to. Account and Key must not be
// changed.
type Access struct {
	Account *clickbridge.Account
	Key     *clickbridge.Key
	Zone    *time.Location // the account's
}

// Public reports whether the key lives in web pages.
func (a Access) Public() bool { return a.Key.Kind == clickbridge.PublicKey }

// Authorize returns what the credentials give access to; EUNAUTHORIZED, without
// a word about which half is wrong, when nothing.
func (d *Directory) Authorize(c Credentials) (Access, error) {
	return d.current.Load().authorize(c, d.secret)
}

// AllowsOrigin reports whether a page of the origin may read answers to clicks
// with the public key. Of a key that does not exist any page may: all it reads
// is that the key is wrong.
func (d *Directory) AllowsOrigin(publicKey, origin string) bool {
	hash := clickbridge.HashSecret(d.secret, clickbridge.PublicKey, publicKey)
	k := d.current.Load().keys[hash]
	return k == nil || len(k.Origins) == 0 || originListed(k.Origins, origin)
}

func (s *snapshot) authorize(c Credentials, secret []byte) (Access, error) {
	kind, id := c.pick()
	k := s.keys[clickbridge.HashSecret(secret, kind, id)]
	ok := kind != "" && k != nil && k.Kind == kind
	if kind == clickbridge.PairKey {
		// The secret is hashed and compared whether or not the access key
		// exists, so that the time taken does not tell which half is wrong.
		given := clickbridge.HashSecret(secret, clickbridge.PairKey, c.SecretAccessKey)
		want := strings.Repeat("0", len(given))
		if ok {
			want = k.Secret
		}
		ok = subtle.ConstantTimeCompare([]byte(given), []byte(want)) == 1 && ok
	}
	if !ok {
		return Access{}, wrongKey()
	}
	t := s.tenants[k.AccountID]
	if t == nil {
		return Access{}, wrongKey()
	}
	return Access{Account: &t.account, Key: k, Zone: t.zone}, nil
}

func wrongKey() error {
	return &clickbridge.Error{Code: clickbridge.EUNAUTHORIZED, Message: "Invalid access key"}
}
