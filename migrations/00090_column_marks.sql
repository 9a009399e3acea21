-- +goose Up
-- Why a column of a part that was read is not what Microsoft said: its values
-- could not be taken for ones of its type, went all at once, or are a property
-- that this cloud does not have.
CREATE TABLE column_marks (
    tenant_id   INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    kind        TEXT NOT NULL,
    part        TEXT NOT NULL,
    column_name TEXT NOT NULL,
    code        TEXT NOT NULL CHECK (code IN ('wrong_type', 'values_missing', 'no_property')),
    property    TEXT NOT NULL DEFAULT '', -- that the cloud does not have
    why         TEXT NOT NULL,
    since       INTEGER NOT NULL,
    as_of       INTEGER, -- of the last list that had all its values
    PRIMARY KEY (tenant_id, kind, part, column_name)
) WITHOUT ROWID;

-- Values that the list being read blanks in columns of which it has shown none
-- yet. When it ends it shows whether they are gone; emptied then.
CREATE TABLE withheld_cells (
    tenant_id   INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    part        TEXT NOT NULL,
    row_id      INTEGER NOT NULL,
    column_name TEXT NOT NULL,
    cell, -- of any type, as the column would have it
    PRIMARY KEY (tenant_id, kind, part, row_id, column_name)
) WITHOUT ROWID;

-- How many columns of a part could not be taken as they came in a run.
ALTER TABLE run_parts ADD COLUMN columns_failed INTEGER NOT NULL DEFAULT 0;
