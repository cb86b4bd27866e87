-- +goose Up
-- Whether a call between two numbers may show one the other.
ALTER TABLE accounts ADD COLUMN show_dialled INTEGER NOT NULL DEFAULT 0;
