-- +goose Up
-- What a FindMe in full needs. Times and durations are microseconds, lists and
-- settings are JSON ('' = none).

ALTER TABLE findmes ADD COLUMN settings TEXT NOT NULL DEFAULT '';
ALTER TABLE notices ADD COLUMN recording TEXT NOT NULL DEFAULT '';
ALTER TABLE calls ADD COLUMN callback TEXT NOT NULL DEFAULT '';

CREATE TABLE turns (
    findme_id INTEGER PRIMARY KEY,
    n         INTEGER NOT NULL
) STRICT;

CREATE TABLE rung (
    account_id INTEGER NOT NULL,
    number     TEXT NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (account_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE talked (
    findme_id INTEGER NOT NULL,
    customer  TEXT NOT NULL,
    agent     TEXT NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (findme_id, customer)
) STRICT, WITHOUT ROWID;
-- For forgetting the oldest.
CREATE INDEX talked_by_time ON talked (at);

CREATE TABLE opt_outs (
    account_id INTEGER NOT NULL,
    number     TEXT NOT NULL,
    at         INTEGER NOT NULL,
    why        TEXT NOT NULL,
    PRIMARY KEY (account_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE callbacks (
    id               TEXT PRIMARY KEY NOT NULL,
    call_id          TEXT NOT NULL,
    account_id       INTEGER NOT NULL,
    findme_id        INTEGER NOT NULL,
    ord              INTEGER NOT NULL,
    phone            TEXT NOT NULL,
    first_caller_id  TEXT NOT NULL,
    second_caller_id TEXT NOT NULL,
    key_name         TEXT NOT NULL,
    page             TEXT NOT NULL,
    ref              TEXT NOT NULL,
    no_answer        TEXT NOT NULL,
    created_at       INTEGER NOT NULL,
    state            TEXT NOT NULL,
    tries            INTEGER NOT NULL,
    due_at           INTEGER NOT NULL,
    node             TEXT NOT NULL,
    cause            TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX callbacks_by_time ON callbacks (created_at);
CREATE INDEX callbacks_by_state ON callbacks (state, created_at);
-- Small for ever: a callback leaves it when it is over.
CREATE INDEX callbacks_due ON callbacks (state, due_at) WHERE state = 'waiting';

CREATE TABLE recordings (
    id         TEXT PRIMARY KEY NOT NULL,
    call_id    TEXT NOT NULL,
    account_id INTEGER NOT NULL,
    findme_id  INTEGER NOT NULL,
    node       TEXT NOT NULL,
    kind       TEXT NOT NULL,
    state      TEXT NOT NULL,
    file       TEXT NOT NULL,
    consent    TEXT NOT NULL,
    note       TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    length     INTEGER NOT NULL,
    bytes      INTEGER NOT NULL,
    keep_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX recordings_by_call ON recordings (call_id);
CREATE INDEX recordings_by_time ON recordings (started_at);
CREATE INDEX recordings_by_account ON recordings (account_id, started_at);
CREATE INDEX recordings_by_state ON recordings (state, keep_until);
-- Files a bucket has not yet got.
CREATE INDEX recordings_local ON recordings (node, state) WHERE substr(file, 1, 3) <> 's3:';

-- The sound comes last: who reads the rest does not read its pages.
CREATE TABLE audio (
    id         INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL,
    name       TEXT NOT NULL,
    sha256     TEXT NOT NULL,
    length     INTEGER NOT NULL,
    ulaw       BLOB NOT NULL,
    UNIQUE (account_id, name)
) STRICT;
