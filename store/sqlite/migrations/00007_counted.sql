-- +goose Up
-- What was counted of days that are over, for reports. It can be counted again.
CREATE TABLE counted (
    account_id INTEGER NOT NULL,
    name       TEXT NOT NULL,
    data       TEXT NOT NULL,
    PRIMARY KEY (account_id, name)
) STRICT, WITHOUT ROWID;
