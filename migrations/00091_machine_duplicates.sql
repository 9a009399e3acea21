-- +goose Up
ALTER TABLE machines ADD COLUMN is_potential_duplication INTEGER;
ALTER TABLE machines ADD COLUMN merged_into_machine_id TEXT;
ALTER TABLE machines ADD COLUMN is_excluded INTEGER;
ALTER TABLE machines ADD COLUMN exclusion_reason TEXT;
CREATE INDEX machines_merged_into_machine_id ON machines (tenant_id, merged_into_machine_id);
