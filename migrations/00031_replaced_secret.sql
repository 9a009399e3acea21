-- +goose Up
-- The secret that was replaced is kept until the new one has brought a good
-- sync; reverted says why the new one was given up.
ALTER TABLE credentials ADD COLUMN previous BLOB;
ALTER TABLE credentials ADD COLUMN previous_client_id TEXT;
ALTER TABLE credentials ADD COLUMN previous_created_at INTEGER;
ALTER TABLE credentials ADD COLUMN reverted TEXT;
