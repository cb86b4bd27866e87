-- +goose Up
-- What happens to calls in flight is written here, one after the other, in
-- slots that are used again and again; a call moves to its own table some time
-- after its end. What a slot holds: sections.go.
CREATE TABLE facts (
    slot INTEGER PRIMARY KEY,
    seq  INTEGER NOT NULL,
    data BLOB NOT NULL
) STRICT;
-- What was in flight under the first version is in calls and here. The first
-- open after this takes it over and drops it.
ALTER TABLE legs RENAME TO legs_v1;
