package people

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
)

// keys are made of the server's secret key, one for each purpose, so that what
// one of them made is of no use to another (RFC 5869).
type keys struct {
	seal    cipher.AEAD // secrets of codes, cookies on their way through a browser
	recover []byte      // hashes of recovery codes
}

func deriveKeys(secret []byte) (k keys, err error) {
	if len(secret) == 0 {
		return k, errors.New("people: a secret key is needed")
	}
	sealing, err := hkdf.Key(sha256.New, secret, nil, "clickbridge people seal", 32)
	if err != nil {
		return k, err
	}
	if k.recover, err = hkdf.Key(sha256.New, secret, nil, "clickbridge people recovery", 32); err != nil {
		return k, err
	}
	block, err := aes.NewCipher(sealing)
	if err != nil {
		return k, err
	}
	k.seal, err = cipher.NewGCMWithRandomNonce(block)
	return k, err
}

// sealed encrypts; only who names the same purpose opens it.
func (k keys) sealed(plain []byte, purpose string) []byte {
	return k.seal.Seal(nil, nil, plain, []byte(purpose))
}

func (k keys) opened(box []byte, purpose string) ([]byte, error) {
	return k.seal.Open(nil, nil, box, []byte(purpose))
}

// recovery is what is kept of a recovery code: it is drawn, so that one round of
// a keyed hash is enough.
func (k keys) recovery(code string) string { return mac(k.recover, code) }

func mac(key []byte, text string) string {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return hex.EncodeToString(m.Sum(nil))
}

// secretBytes is how long drawn secrets are.
const secretBytes = 32

// draw returns a secret of 256 bits.
func draw() string {
	b := make([]byte, secretBytes)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}
