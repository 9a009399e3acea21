-- +goose Up
CREATE TABLE role_assignments (
    row_id                        INTEGER PRIMARY KEY,
    tenant_id                     INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id                            TEXT NOT NULL,
    principal_display_name        TEXT COLLATE NOCASE,
    principal_user_principal_name TEXT,
    role_definition_id            TEXT,
    principal_type                TEXT,
    principal_id                  TEXT,
    directory_scope_id            TEXT,
    app_scope_id                  TEXT,
    condition                     TEXT,
    hash_list                     BLOB,
    search                        TEXT NOT NULL DEFAULT '',
    first_seen                    INTEGER NOT NULL,
    last_changed                  INTEGER NOT NULL,
    removed_at                    INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX role_assignments_principal_display_name ON role_assignments (tenant_id, principal_display_name);
CREATE INDEX role_assignments_role_definition_id ON role_assignments (tenant_id, role_definition_id);
CREATE INDEX role_assignments_principal_id ON role_assignments (tenant_id, principal_id);
