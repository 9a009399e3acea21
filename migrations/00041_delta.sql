-- +goose Up
-- Where the changes of a part go on, what they were asked with, and when its
-- last whole list was complete: as_of is later where only changes were read.
ALTER TABLE part_states ADD COLUMN delta_link TEXT;
ALTER TABLE part_states ADD COLUMN delta_query TEXT NOT NULL DEFAULT '';
ALTER TABLE part_states ADD COLUMN listed_at INTEGER;

-- What a run read of a part: changes alone, or nothing since what is stored was
-- new enough.
ALTER TABLE run_parts ADD COLUMN changes_only INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run_parts ADD COLUMN kept_from INTEGER;

-- What the verdicts on MFA were computed from: while it is the same, so are they.
CREATE TABLE mfa_ingredients (
    tenant_id   INTEGER PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
    fingerprint TEXT NOT NULL
);
