-- +goose Up
-- What the changes being read have said of each object so far, where they say
-- when they were made; emptied when the round ends.
CREATE TABLE settled_changes (
    tenant_id INTEGER NOT NULL,
    kind      TEXT NOT NULL,
    part      TEXT NOT NULL,
    id        TEXT NOT NULL,
    at        INTEGER NOT NULL, -- nanoseconds: Microsoft's times have fractions of the millisecond
    gone      INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, kind, part, id)
) WITHOUT ROWID;
