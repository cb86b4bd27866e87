-- +goose Up
-- What was counted of days that are over, for reports. It can be counted again.
CREATE TABLE counted (
    account_id bigint NOT NULL,
    name       text COLLATE "C" NOT NULL,
    data       text NOT NULL,
    PRIMARY KEY (account_id, name)
);
