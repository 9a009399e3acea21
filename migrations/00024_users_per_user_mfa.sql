-- +goose Up
ALTER TABLE users ADD COLUMN per_user_mfa_state TEXT;
ALTER TABLE users ADD COLUMN hash_per_user_mfa BLOB;
