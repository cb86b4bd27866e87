package accounts

import (
	"fmt"
	"strings"
	"unicode"

	"clickbridge"
)

// key reads one key; which of its credentials are written says of which kind
// it is.
func (r *reader) key(at string, raw rawKey) keyEntry {
	e := keyEntry{path: at, name: r.label(at, "name", raw.Name, true)}
	pair := raw.AccessKey != nil || raw.SecretAccessKey != nil
	switch {
	case count(pair, raw.APIKey != nil, raw.Key != nil) == 0:
		r.fault(at, "needs access_key and secret_access_key, or api_key, or key")
		return e
	case count(pair, raw.APIKey != nil, raw.Key != nil) > 1:
		r.fault(at, "mixes kinds of key; write access_key and secret_access_key, or api_key, or key, each in an entry of its own")
		return e
	case pair && (raw.AccessKey == nil || raw.SecretAccessKey == nil):
		r.fault(at, "has half of a pair; access_key and secret_access_key go together")
		return e
	case pair:
		e.kind = clickbridge.PairKey
		e.lookup = r.credential(at+".access_key", *raw.AccessKey)
		e.secret = r.credential(at+".secret_access_key", *raw.SecretAccessKey)
	case raw.APIKey != nil:
		e.kind = clickbridge.APIKey
		e.lookup = r.credential(at+".api_key", *raw.APIKey)
	default:
		e.kind = clickbridge.PublicKey
		e.lookup = r.publicKey(at+".key", *raw.Key)
	}
	r.limits(at, raw, &e)
	return e
}

// limits reads what only a public key has.
func (r *reader) limits(at string, raw rawKey, e *keyEntry) {
	if e.kind != clickbridge.PublicKey {
		if raw.Origins != nil {
			r.fault(at+".origins", "only a public key (key) has origins")
		}
		if raw.FindMes != nil {
			r.fault(at+".findmes", "only a public key (key) has findmes; this kind may click every FindMe of the account")
		}
		return
	}
	if raw.FindMes == nil || len(*raw.FindMes) == 0 {
		r.fault(at, "findmes is needed: the FindMes that a public key may click")
	} else {
		e.findMes = *raw.FindMes
	}
	if raw.Origins == nil {
		return
	}
	list := make([]string, len(*raw.Origins))
	for i, o := range *raw.Origins {
		list[i] = r.origin(fmt.Sprintf("%s.origins[%d]", at, i), o)
	}
	e.origins = &list
}

func (r *reader) credential(at, s string) string {
	if s == "" || len(s) > 256 || strings.TrimSpace(s) != s || strings.ContainsFunc(s, unicode.IsControl) {
		r.fault(at, "is not one line of 1 to 256 characters without spaces around it")
	}
	return s
}

func (r *reader) publicKey(at, s string) string {
	if len(s) != 40 || strings.Trim(s, "0123456789abcdefABCDEF") != "" {
		r.fault(at, "is not 40 hexadecimal digits")
	}
	return s
}

func count(conditions ...bool) (n int) {
	for _, c := range conditions {
		if c {
			n++
		}
	}
	return n
}
