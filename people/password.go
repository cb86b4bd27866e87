package people

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// cost is what an argon2id hash (RFC 9106) takes: memory in KiB, passes, lanes.
type cost struct {
	memory  uint32
	passes  uint32
	threads uint8
}

// current is what OWASP recommends, 19 MiB and two passes: 30 to 50 ms of one
// core. Kept hashes of another cost are made anew at the next sign-in.
var current = cost{19 * 1024, 2, 1}

const (
	saltBytes = 16
	hashBytes = 32
)

var errPHC = errors.New("a stored password cannot be read")

// hashPassword returns the PHC form of a password's hash.
func hashPassword(password string) string {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails
	return phc(current, salt, current.hash(password, salt))
}

func (c cost) hash(password string, salt []byte) []byte {
	return argon2.IDKey([]byte(norm.NFC.String(password)), salt, c.passes, c.memory, c.threads, hashBytes)
}

func phc(c cost, salt, hash []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.memory, c.passes, c.threads,
		b64.EncodeToString(salt), b64.EncodeToString(hash))
}

// parsePHC reads what phc wrote. Costs no server of ours ever had are refused:
// they could take all memory.
func parsePHC(s string) (c cost, salt, hash []byte, err error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, errPHC
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.passes, &c.threads); err != nil {
		return c, nil, nil, errPHC
	}
	if c.memory > 256*1024 || c.passes < 1 || c.passes > 16 || c.threads < 1 || c.threads > 16 {
		return c, nil, nil, errPHC
	}
	b64 := base64.RawStdEncoding.Strict()
	salt, serr := b64.DecodeString(parts[4])
	hash, herr := b64.DecodeString(parts[5])
	if serr != nil || herr != nil || len(salt) < 8 || len(salt) > 64 || len(hash) != hashBytes || phc(c, salt, hash) != s {
		return c, nil, nil, errPHC
	}
	return c, salt, hash, nil
}

// verify reports whether a password is the one kept, and whether its hash is of
// an older cost.
func verify(kept, password string) (right, outdated bool) {
	c, salt, hash, err := parsePHC(kept)
	if err != nil {
		return false, false
	}
	return subtle.ConstantTimeCompare(c.hash(password, salt), hash) == 1, c != current
}

// nobodys is a hash no password has, to be verified for as long as a real one.
func nobodys() string {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt)
	return phc(current, salt, bytes.Repeat(salt[:1], hashBytes))
}
