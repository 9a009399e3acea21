-- +goose Up
-- How many live rows of the entity a further part has not read yet. It is kept
-- by every transaction that adds, removes or reads rows, so that a page that
-- shows all entities reads a number.
ALTER TABLE part_states ADD COLUMN unread INTEGER NOT NULL DEFAULT 0;
UPDATE part_states
SET unread = (
    SELECT count(*) FROM users AS e
    WHERE e.tenant_id = part_states.tenant_id AND e.removed_at IS NULL AND e.hash_sign_in_activity IS NULL)
WHERE kind = 'users' AND part = 'sign_in_activity';
UPDATE part_states
SET unread = (
    SELECT count(*) FROM users AS e
    WHERE e.tenant_id = part_states.tenant_id AND e.removed_at IS NULL AND e.hash_per_user_mfa IS NULL)
WHERE kind = 'users' AND part = 'per_user_mfa';
UPDATE part_states
SET unread = (
    SELECT count(*) FROM role_definitions AS e
    WHERE e.tenant_id = part_states.tenant_id AND e.removed_at IS NULL AND e.hash_privileged IS NULL)
WHERE kind = 'role_definitions' AND part = 'privileged';
UPDATE part_states
SET unread = (
    SELECT count(*) FROM compliance_policies AS e
    WHERE e.tenant_id = part_states.tenant_id AND e.removed_at IS NULL AND e.hash_status IS NULL)
WHERE kind = 'compliance_policies' AND part = 'status';
UPDATE part_states
SET unread = (
    SELECT count(*) FROM sharepoint_sites AS e
    WHERE e.tenant_id = part_states.tenant_id AND e.removed_at IS NULL AND e.hash_names IS NULL)
WHERE kind = 'sharepoint_sites' AND part = 'names';
