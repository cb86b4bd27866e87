-- +goose Up
-- What the JSON API keeps: keys that make a request repeatable, calls somebody
-- wants to end, events, and who is told of them. Times are microseconds, lists
-- are JSON ('' = none).
CREATE TABLE promises (
    account_id bigint NOT NULL,
    name       text COLLATE "C" NOT NULL,
    hash       text NOT NULL,
    call_id    text NOT NULL,
    at         bigint NOT NULL,
    PRIMARY KEY (account_id, name)
);
-- For forgetting the oldest.
CREATE INDEX promises_by_time ON promises (at);

CREATE TABLE cancels (
    call_id text COLLATE "C" PRIMARY KEY NOT NULL,
    node    text COLLATE "C" NOT NULL,
    at      bigint NOT NULL
);
CREATE INDEX cancels_by_node ON cancels (node);

CREATE TABLE event_seqs (
    account_id bigint PRIMARY KEY NOT NULL,
    seq        bigint NOT NULL
);

CREATE TABLE events (
    account_id bigint NOT NULL,
    seq        bigint NOT NULL,
    id         text COLLATE "C" NOT NULL,
    at         bigint NOT NULL,
    call_id    text COLLATE "C" NOT NULL,
    attempt_id text COLLATE "C" NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    data       text NOT NULL,
    PRIMARY KEY (account_id, seq)
);
CREATE INDEX events_by_call ON events (call_id);
CREATE INDEX events_by_time ON events (at);

CREATE TABLE webhooks (
    id         text COLLATE "C" PRIMARY KEY NOT NULL,
    account_id bigint NOT NULL,
    url        text NOT NULL,
    kinds      text NOT NULL,
    disabled   bigint NOT NULL,
    created_at bigint NOT NULL,
    seen_to    bigint NOT NULL,
    tries      bigint NOT NULL,
    first_at   bigint NOT NULL,
    next_at    bigint NOT NULL,
    last_at    bigint NOT NULL,
    last_code  bigint NOT NULL,
    answer     text NOT NULL,
    node       text COLLATE "C" NOT NULL,
    leased     bigint NOT NULL
);

-- Why a call is owed.
ALTER TABLE callbacks ADD COLUMN plan bigint NOT NULL DEFAULT 0;
-- An account's callbacks, newest first.
CREATE INDEX callbacks_by_account ON callbacks (account_id, id);
