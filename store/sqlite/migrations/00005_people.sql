-- +goose Up
-- People who sign in, their sessions, and who did what. Times are microseconds,
-- lists are JSON ('' = none).

CREATE TABLE users (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    email        TEXT NOT NULL UNIQUE,
    name         TEXT NOT NULL,
    operator     INTEGER NOT NULL,
    disabled     INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    signed_in_at INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    password     TEXT NOT NULL,
    totp         BLOB NOT NULL,
    totp_on      INTEGER NOT NULL,
    totp_step    INTEGER NOT NULL,
    recovery     TEXT NOT NULL,
    issuer       TEXT NOT NULL,
    subject      TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX users_by_identity ON users (issuer, subject) WHERE subject <> '';

CREATE TABLE user_roles (
    user_id    INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    role       TEXT NOT NULL,
    PRIMARY KEY (user_id, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_roles_by_account ON user_roles (account_id);

CREATE TABLE sessions (
    id          TEXT PRIMARY KEY NOT NULL,
    user_id     INTEGER NOT NULL,
    hash        TEXT NOT NULL UNIQUE,
    method      TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    seen_at     INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    ended_at    INTEGER NOT NULL,
    remote_addr TEXT NOT NULL,
    agent       TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions (user_id, remote_addr);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE audit (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL,
    account_id  INTEGER NOT NULL,
    account     TEXT NOT NULL,
    actor_kind  TEXT NOT NULL,
    actor_id    INTEGER NOT NULL,
    actor       TEXT NOT NULL,
    remote_addr TEXT NOT NULL,
    action      TEXT NOT NULL,
    object      TEXT NOT NULL,
    changes     TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_account ON audit (account_id, id);
CREATE INDEX audit_by_actor ON audit (actor, id);
CREATE INDEX audit_by_time ON audit (at);
