-- +goose Up
-- What the JSON API keeps: keys that make a request repeatable, calls somebody
-- wants to end, events, and who is told of them. Times are microseconds, lists
-- are JSON ('' = none).
CREATE TABLE promises (
    account_id INTEGER NOT NULL,
    name       TEXT NOT NULL,
    hash       TEXT NOT NULL,
    call_id    TEXT NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (account_id, name)
) STRICT, WITHOUT ROWID;
-- For forgetting the oldest.
CREATE INDEX promises_by_time ON promises (at);

CREATE TABLE cancels (
    call_id TEXT PRIMARY KEY NOT NULL,
    node    TEXT NOT NULL,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX cancels_by_node ON cancels (node);

CREATE TABLE event_seqs (
    account_id INTEGER PRIMARY KEY NOT NULL,
    seq        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    account_id INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    id         TEXT NOT NULL,
    at         INTEGER NOT NULL,
    call_id    TEXT NOT NULL,
    attempt_id TEXT NOT NULL,
    kind       TEXT NOT NULL,
    data       TEXT NOT NULL,
    PRIMARY KEY (account_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX events_by_call ON events (call_id);
CREATE INDEX events_by_time ON events (at);

CREATE TABLE webhooks (
    id         TEXT PRIMARY KEY NOT NULL,
    account_id INTEGER NOT NULL,
    url        TEXT NOT NULL,
    kinds      TEXT NOT NULL,
    disabled   INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    seen_to    INTEGER NOT NULL,
    tries      INTEGER NOT NULL,
    first_at   INTEGER NOT NULL,
    next_at    INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,
    last_code  INTEGER NOT NULL,
    answer     TEXT NOT NULL,
    node       TEXT NOT NULL,
    leased     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Why a call is owed.
ALTER TABLE callbacks ADD COLUMN plan INTEGER NOT NULL DEFAULT 0;
-- An account's callbacks, newest first.
CREATE INDEX callbacks_by_account ON callbacks (account_id, id);
