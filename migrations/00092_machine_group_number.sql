-- +goose Up
-- A device group's id is a number.
ALTER TABLE machines RENAME COLUMN rbac_group_id TO rbac_group_text;
ALTER TABLE machines ADD COLUMN rbac_group_id INTEGER;
UPDATE machines
SET rbac_group_id = CAST(CAST(rbac_group_text AS TEXT) AS INTEGER)
WHERE CAST(rbac_group_text AS TEXT) GLOB '[0-9]*';
ALTER TABLE machines DROP COLUMN rbac_group_text;
