-- +goose Up
CREATE TABLE organization (
    row_id                                 INTEGER PRIMARY KEY,
    tenant_id                              INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id                                     TEXT NOT NULL,
    display_name                           TEXT COLLATE NOCASE,
    tenant_type                            TEXT,
    verified_domains                       TEXT,
    created_date_time                      TEXT,
    country_letter_code                    TEXT,
    on_premises_sync_enabled               INTEGER,
    on_premises_last_sync_date_time        TEXT,
    technical_notification_mails           TEXT,
    security_compliance_notification_mails TEXT,
    assigned_plans                         TEXT,
    hash_list                              BLOB,
    search                                 TEXT NOT NULL DEFAULT '',
    first_seen                             INTEGER NOT NULL,
    last_changed                           INTEGER NOT NULL,
    removed_at                             INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX organization_display_name ON organization (tenant_id, display_name);
