-- +goose Up
-- Times and durations are microseconds, lists are JSON ('' = none). Tables
-- that are found by a text key only are WITHOUT ROWID: one tree to write
-- instead of two.

CREATE TABLE settings (
    name  TEXT PRIMARY KEY NOT NULL,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE revision (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    n  INTEGER NOT NULL
) STRICT;
INSERT INTO revision (id, n) VALUES (1, 1);

CREATE TABLE accounts (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    name              TEXT NOT NULL UNIQUE,
    country           TEXT NOT NULL,
    time_zone         TEXT NOT NULL,
    default_caller_id TEXT NOT NULL,
    destinations      TEXT NOT NULL,
    daily_calls       INTEGER NOT NULL,
    targets           TEXT NOT NULL,
    numbers           TEXT NOT NULL
) STRICT;

CREATE TABLE access_keys (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    name       TEXT NOT NULL,
    kind       TEXT NOT NULL,
    lookup     TEXT NOT NULL UNIQUE,
    secret     TEXT NOT NULL,
    origins    TEXT NOT NULL,
    findmes    TEXT NOT NULL,
    UNIQUE (account_id, name)
) STRICT;

CREATE TABLE findmes (
    id         INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL,
    name       TEXT NOT NULL,
    timeout    INTEGER NOT NULL,
    loops      INTEGER NOT NULL,
    numbers    TEXT NOT NULL
) STRICT;

CREATE TABLE account_days (
    account_id INTEGER NOT NULL,
    day        TEXT NOT NULL,
    calls      INTEGER NOT NULL,
    PRIMARY KEY (account_id, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE calls (
    id               TEXT PRIMARY KEY NOT NULL,
    account_id       INTEGER NOT NULL,
    key_name         TEXT NOT NULL,
    node             TEXT NOT NULL,
    ord              INTEGER NOT NULL,
    findme_id        INTEGER NOT NULL,
    findme_name      TEXT NOT NULL,
    phone            TEXT NOT NULL,
    first_caller_id  TEXT NOT NULL,
    second_caller_id TEXT NOT NULL,
    page             TEXT NOT NULL,
    ref              TEXT NOT NULL,
    no_answer        TEXT NOT NULL,
    notes            TEXT NOT NULL,
    created_at       INTEGER NOT NULL,
    state            TEXT NOT NULL,
    result           TEXT NOT NULL,
    cause            TEXT NOT NULL,
    agent            TEXT NOT NULL,
    agent_name       TEXT NOT NULL,
    accepted_at      INTEGER NOT NULL,
    hunt_ended       INTEGER NOT NULL,
    bridged_at       INTEGER NOT NULL,
    ended_at         INTEGER NOT NULL,
    ended            INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX calls_by_account ON calls (account_id, created_at);
CREATE INDEX calls_by_time ON calls (created_at);
-- Small for ever: a call leaves it when it ends.
CREATE INDEX calls_in_flight ON calls (node) WHERE ended = 0;

CREATE TABLE attempts (
    call_id     TEXT NOT NULL,
    id          TEXT NOT NULL,
    seq         INTEGER NOT NULL,
    party       TEXT NOT NULL,
    number      TEXT NOT NULL,
    name        TEXT NOT NULL,
    pass        INTEGER NOT NULL,
    trunk       TEXT NOT NULL,
    started_at  INTEGER NOT NULL,
    answered_at INTEGER NOT NULL,
    ended_at    INTEGER NOT NULL,
    result      TEXT NOT NULL,
    sip_code    INTEGER NOT NULL,
    cause       TEXT NOT NULL,
    PRIMARY KEY (call_id, id)
) STRICT, WITHOUT ROWID;

-- Legs a carrier may hold now: as many rows as legs are up.
CREATE TABLE legs (
    id       TEXT PRIMARY KEY NOT NULL,
    call_id  TEXT NOT NULL,
    node     TEXT NOT NULL,
    answered INTEGER NOT NULL,
    data     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE notices (
    id         TEXT PRIMARY KEY NOT NULL,
    call_id    TEXT NOT NULL,
    kind       TEXT NOT NULL,
    recipient  TEXT NOT NULL,
    sender     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    body       TEXT NOT NULL,
    state      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    job_id     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX notices_by_call ON notices (call_id);
CREATE INDEX notices_by_time ON notices (created_at);
CREATE INDEX notices_by_state ON notices (state, created_at);

CREATE TABLE notice_tries (
    notice_id TEXT NOT NULL,
    n         INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    duration  INTEGER NOT NULL,
    ok        INTEGER NOT NULL,
    answer    TEXT NOT NULL,
    PRIMARY KEY (notice_id, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE refusals (
    id          INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL,
    account_id  INTEGER NOT NULL,
    key_name    TEXT NOT NULL,
    remote_addr TEXT NOT NULL,
    code        TEXT NOT NULL,
    reason      TEXT NOT NULL,
    findme      TEXT NOT NULL,
    phone       TEXT NOT NULL
) STRICT;

CREATE TABLE nodes (
    name TEXT PRIMARY KEY NOT NULL,
    seen INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
