package clickbridge

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// KeyKind says what a key is and so what it may do.
type KeyKind string

// The kinds of key.
const (
	PairKey   KeyKind = "pair"   // access_key + secret_access_key: everything
	APIKey    KeyKind = "api"    // api_key: the rights of a pair in one string
	PublicKey KeyKind = "public" // key: lives in web pages, limited by its lists
)

// Key is one credential of an account. No secret is kept: Lookup and Secret
// are keyed hashes.
type Key struct {
	ID        int64
	AccountID int64
	Name      string // unique in the account
	Kind      KeyKind
	Lookup    string   // HashSecret of access_key, api_key or key
	Secret    string   // HashSecret of secret_access_key; pairs only
	Origins   []string // public: pages that may use it; none = a server may
	FindMes   []int64  // public: FindMes it may click
}

// MayClick reports whether the key is allowed the FindMe.
func (k *Key) MayClick(findMe int64) bool {
	return k.Kind != PublicKey || slices.Contains(k.FindMes, findMe)
}

// HashSecret returns the hex HMAC-SHA-256 of a credential under the server's
// secret key. The kind is part of the hash, so one kind of key can never pass
// for another.
func HashSecret(serverKey []byte, kind KeyKind, credential string) string {
	m := hmac.New(sha256.New, serverKey)
	m.Write([]byte(kind))
	m.Write([]byte{0})
	m.Write([]byte(credential))
	return hex.EncodeToString(m.Sum(nil))
}
