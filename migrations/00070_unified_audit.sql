-- +goose Up
-- How far each type of content of an activity feed was read, as JSON.
ALTER TABLE part_states ADD COLUMN feeds TEXT NOT NULL DEFAULT '';

CREATE TABLE unified_audit (
    row_id          INTEGER PRIMARY KEY,
    tenant_id       INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id              TEXT NOT NULL,
    operation       TEXT,
    creation_time   TEXT,
    workload        TEXT,
    record_type     INTEGER,
    user_id         TEXT COLLATE NOCASE,
    user_key        TEXT,
    user_type       INTEGER,
    result_status   TEXT,
    client_ip       TEXT,
    object_id       TEXT,
    organization_id TEXT,
    content_type    TEXT,
    audit_data      TEXT,
    hash_list       BLOB,
    search          TEXT NOT NULL DEFAULT '',
    first_seen      INTEGER NOT NULL,
    last_changed    INTEGER NOT NULL,
    removed_at      INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX unified_audit_creation_time ON unified_audit (tenant_id, creation_time);
CREATE INDEX unified_audit_user_id ON unified_audit (tenant_id, user_id);
