-- +goose Up
-- Only beta has the property: the column was empty in every row.
ALTER TABLE directory_audits DROP COLUMN user_agent;
