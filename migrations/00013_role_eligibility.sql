-- +goose Up
CREATE TABLE role_eligibility (
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
    state                         TEXT,
    end_date_time                 TEXT,
    start_date_time               TEXT,
    assignment_type               TEXT,
    member_type                   TEXT,
    role_eligibility_schedule_id  TEXT,
    role_assignment_schedule_id   TEXT,
    role_assignment_origin_id     TEXT,
    hash_list                     BLOB,
    search                        TEXT NOT NULL DEFAULT '',
    first_seen                    INTEGER NOT NULL,
    last_changed                  INTEGER NOT NULL,
    removed_at                    INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX role_eligibility_principal_display_name ON role_eligibility (tenant_id, principal_display_name);
CREATE INDEX role_eligibility_role_definition_id ON role_eligibility (tenant_id, role_definition_id);
CREATE INDEX role_eligibility_principal_id ON role_eligibility (tenant_id, principal_id);
CREATE INDEX role_eligibility_end_date_time ON role_eligibility (tenant_id, end_date_time);
