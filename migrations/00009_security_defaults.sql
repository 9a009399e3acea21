-- +goose Up
CREATE TABLE security_defaults (
    row_id       INTEGER PRIMARY KEY,
    tenant_id    INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id           TEXT NOT NULL,
    display_name TEXT COLLATE NOCASE,
    is_enabled   INTEGER,
    description  TEXT,
    hash_list    BLOB,
    search       TEXT NOT NULL DEFAULT '',
    first_seen   INTEGER NOT NULL,
    last_changed INTEGER NOT NULL,
    removed_at   INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX security_defaults_display_name ON security_defaults (tenant_id, display_name);
