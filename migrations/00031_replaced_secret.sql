-- +goose Up
-- A secret that a newer one replaced stays sealed until a sync with the newer
-- one has succeeded. It is in the row of the newer one: whatever wipes that
-- wipes both. generation tells a sync whether the secret it used is still the
-- present one.
ALTER TABLE credentials ADD COLUMN generation INTEGER NOT NULL DEFAULT 1;
ALTER TABLE credentials ADD COLUMN old_sealed BLOB;
ALTER TABLE credentials ADD COLUMN old_client_id TEXT;
ALTER TABLE credentials ADD COLUMN old_created_at INTEGER;
ALTER TABLE credentials ADD COLUMN replaced_at INTEGER;
-- Why the newest secret was given up and the one before is used again.
ALTER TABLE integrations ADD COLUMN refused_secret TEXT;
