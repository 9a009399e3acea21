-- +goose Up
-- What the figures of the overview came to when they were last counted.
CREATE TABLE tallies (
    tenant_id  INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL,
    name       TEXT NOT NULL, -- of the figure
    yes        INTEGER NOT NULL,
    unknown    INTEGER NOT NULL,
    apart      INTEGER NOT NULL,
    counted_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, kind, name)
) WITHOUT ROWID;

-- When the last list was read of which nothing is in doubt. A list whose
-- removals wait for a person is complete, but what it did not show is not
-- known to be there: what rests on the rows is as old as the list before.
ALTER TABLE part_states ADD COLUMN settled_at INTEGER;
UPDATE part_states SET settled_at = as_of WHERE state <> 'held';
