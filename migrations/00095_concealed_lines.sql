-- +goose Up
-- How many lines without identity a part's last whole list had, whether they
-- are shown, and when its last list without any was complete.
ALTER TABLE part_states ADD COLUMN lines INTEGER NOT NULL DEFAULT 0;
ALTER TABLE part_states ADD COLUMN lines_shown INTEGER NOT NULL DEFAULT 0;
ALTER TABLE part_states ADD COLUMN named_at INTEGER;

-- Rows that stand for lines whose names Microsoft conceals are no rows: the next
-- list shows them as what they are.
DELETE FROM sharepoint_sites WHERE id = '00000000-0000-0000-0000-000000000000';
DELETE FROM m365_active_users WHERE instr(id, '@') = 0;
UPDATE part_states SET named_at = as_of
WHERE kind NOT IN ('sharepoint_sites', 'm365_active_users')
   OR kind = 'sharepoint_sites' AND tenant_id IN (SELECT tenant_id FROM sharepoint_sites)
   OR kind = 'm365_active_users' AND tenant_id IN (SELECT tenant_id FROM m365_active_users);
UPDATE part_states
SET rows = (SELECT count(*) FROM sharepoint_sites AS e WHERE e.tenant_id = part_states.tenant_id AND e.removed_at IS NULL)
WHERE kind = 'sharepoint_sites' AND part = 'list';
UPDATE part_states
SET rows = (SELECT count(*) FROM m365_active_users AS e WHERE e.tenant_id = part_states.tenant_id AND e.removed_at IS NULL)
WHERE kind = 'm365_active_users' AND part = 'list';
DELETE FROM held_rows
WHERE kind = 'sharepoint_sites' AND row_id NOT IN (SELECT row_id FROM sharepoint_sites)
   OR kind = 'm365_active_users' AND row_id NOT IN (SELECT row_id FROM m365_active_users);
