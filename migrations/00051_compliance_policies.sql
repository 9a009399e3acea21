-- +goose Up
CREATE TABLE compliance_policies (
    row_id                  INTEGER PRIMARY KEY,
    tenant_id               INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id                      TEXT NOT NULL,
    display_name            TEXT COLLATE NOCASE,
    description             TEXT,
    platform                TEXT,
    success_count           INTEGER,
    failed_count            INTEGER,
    error_count             INTEGER,
    pending_count           INTEGER,
    not_applicable_count    INTEGER,
    last_update_date_time   TEXT,
    configuration_version   INTEGER,
    version                 INTEGER,
    created_date_time       TEXT,
    last_modified_date_time TEXT,
    hash_list               BLOB,
    hash_status             BLOB,
    search                  TEXT NOT NULL DEFAULT '',
    first_seen              INTEGER NOT NULL,
    last_changed            INTEGER NOT NULL,
    removed_at              INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX compliance_policies_display_name ON compliance_policies (tenant_id, display_name);
CREATE INDEX compliance_policies_failed_count ON compliance_policies (tenant_id, failed_count);
CREATE INDEX compliance_policies_last_modified_date_time ON compliance_policies (tenant_id, last_modified_date_time);
