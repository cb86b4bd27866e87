package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
)

// The store drivers.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

// Store names a store.
type Store struct {
	Driver string // SQLite or Postgres
	Source string // SQLite: path of the file; Postgres: the whole URL, password included
}

// ParseStore reads "sqlite:PATH" or "postgres://…".
func ParseStore(s string) (Store, error) {
	if path, ok := strings.CutPrefix(s, "sqlite:"); ok {
		if path == "" {
			return Store{}, errors.New("names no file; write for example sqlite:clickbridge.db")
		}
		return Store{Driver: SQLite, Source: path}, nil
	}
	if strings.HasPrefix(s, "postgres://") || strings.HasPrefix(s, "postgresql://") {
		u, err := url.Parse(s)
		if err != nil { // its text would quote the password
			return Store{}, errors.New("is not a URL; write for example postgres://user@host/db, with special characters of a password percent-encoded")
		}
		if strings.Trim(u.Path, "/") == "" && u.Query().Get("dbname") == "" {
			return Store{}, errors.New("names no database; write for example postgres://user@host/db")
		}
		return Store{Driver: Postgres, Source: s}, nil
	}
	return Store{}, errors.New("is not a store; write for example sqlite:clickbridge.db or postgres://user@host/db")
}

// String leaves a password out.
func (s Store) String() string {
	if s.Driver == Postgres {
		if u, err := url.Parse(s.Source); err == nil {
			return u.Redacted()
		}
	}
	return fmt.Sprintf("%s:%s", s.Driver, s.Source)
}

// GoString leaves a password out of %#v.
func (s Store) GoString() string { return s.String() }

// LogValue leaves a password out of slog.
func (s Store) LogValue() slog.Value { return slog.StringValue(s.String()) }
