-- +goose Up
-- What a FindMe in full needs. Times and durations are microseconds, lists and
-- settings are JSON ('' = none). Keys are compared byte by byte, as SQLite
-- compares them.

ALTER TABLE findmes ADD COLUMN settings text NOT NULL DEFAULT '';
ALTER TABLE notices ADD COLUMN recording text NOT NULL DEFAULT '';
ALTER TABLE calls ADD COLUMN callback text NOT NULL DEFAULT '';

-- Whom a leg occupies.
ALTER TABLE legs ADD COLUMN agent text COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX legs_by_agent ON legs (agent) WHERE agent <> '';

CREATE TABLE turns (
    findme_id bigint PRIMARY KEY,
    n         bigint NOT NULL
);

CREATE TABLE rung (
    account_id bigint NOT NULL,
    number     text COLLATE "C" NOT NULL,
    at         bigint NOT NULL,
    PRIMARY KEY (account_id, number)
);

CREATE TABLE talked (
    findme_id bigint NOT NULL,
    customer  text COLLATE "C" NOT NULL,
    agent     text NOT NULL,
    at        bigint NOT NULL,
    PRIMARY KEY (findme_id, customer)
);
-- For forgetting the oldest.
CREATE INDEX talked_by_time ON talked (at);

CREATE TABLE opt_outs (
    account_id bigint NOT NULL,
    number     text COLLATE "C" NOT NULL,
    at         bigint NOT NULL,
    why        text NOT NULL,
    PRIMARY KEY (account_id, number)
);

CREATE TABLE callbacks (
    id               text COLLATE "C" PRIMARY KEY,
    call_id          text COLLATE "C" NOT NULL,
    account_id       bigint NOT NULL,
    findme_id        bigint NOT NULL,
    ord              bigint NOT NULL,
    phone            text NOT NULL,
    first_caller_id  text NOT NULL,
    second_caller_id text NOT NULL,
    key_name         text NOT NULL,
    page             text NOT NULL,
    ref              text NOT NULL,
    no_answer        text NOT NULL,
    created_at       bigint NOT NULL,
    state            text COLLATE "C" NOT NULL,
    tries            bigint NOT NULL,
    due_at           bigint NOT NULL,
    node             text COLLATE "C" NOT NULL,
    cause            text NOT NULL
);
CREATE INDEX callbacks_by_time ON callbacks (created_at);
CREATE INDEX callbacks_by_state ON callbacks (state, created_at);
-- Small for ever: a callback leaves it when it is over.
CREATE INDEX callbacks_due ON callbacks (state, due_at) WHERE state = 'waiting';

CREATE TABLE recordings (
    id         text COLLATE "C" PRIMARY KEY,
    call_id    text COLLATE "C" NOT NULL,
    account_id bigint NOT NULL,
    findme_id  bigint NOT NULL,
    node       text COLLATE "C" NOT NULL,
    kind       text NOT NULL,
    state      text COLLATE "C" NOT NULL,
    file       text NOT NULL,
    consent    text NOT NULL,
    note       text NOT NULL,
    started_at bigint NOT NULL,
    length     bigint NOT NULL,
    bytes      bigint NOT NULL,
    keep_until bigint NOT NULL
);
CREATE INDEX recordings_by_call ON recordings (call_id);
CREATE INDEX recordings_by_time ON recordings (started_at);
CREATE INDEX recordings_by_account ON recordings (account_id, started_at);
CREATE INDEX recordings_by_state ON recordings (state, keep_until);
-- Files a bucket has not yet got.
CREATE INDEX recordings_local ON recordings (node, state) WHERE substr(file, 1, 3) <> 's3:';

CREATE TABLE audio (
    account_id bigint NOT NULL,
    name       text COLLATE "C" NOT NULL,
    sha256     text NOT NULL,
    length     bigint NOT NULL,
    ulaw       bytea NOT NULL,
    PRIMARY KEY (account_id, name)
);
