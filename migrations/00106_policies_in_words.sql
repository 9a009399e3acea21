-- +goose Up
-- What a policy says, in words.
ALTER TABLE conditional_access_policies ADD COLUMN who TEXT;
ALTER TABLE conditional_access_policies ADD COLUMN what TEXT;
ALTER TABLE conditional_access_policies ADD COLUMN requires TEXT;
ALTER TABLE conditional_access_policies ADD COLUMN unless TEXT;
